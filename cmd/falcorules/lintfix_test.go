package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/filename"
	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/internal/solve"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// TestFixAll applies all fixes to all rules files of the repository, and to those of the
// conformance data if they are there. The rules must load, and a second run must change
// nothing. Fixes that do not change what rules match must not change that.
func TestFixAll(t *testing.T) {
	t.Run("repository", func(t *testing.T) { fixFolders(t, "../../examples", "../../lint/testdata", "../../loader/testdata") })
	t.Run("conformance", func(t *testing.T) {
		dir := conformance.WholeDir(t)
		fixFolders(t, filepath.Join(dir, "official"), filepath.Join(dir, "load-upstream"), filepath.Join(dir, "load-generated"))
	})
}

// fixFolders applies all fixes to the rules files in folders.
func fixFolders(t *testing.T, dirs ...string) {
	var paths []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && filename.IsYAML(path) && !filename.IsSuite(path) && d.Name() != filename.Config {
				paths = append(paths, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var count counts
	for i, path := range paths {
		if i%samples.Every() != 0 {
			continue
		}
		t.Run(path, func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			count.fixAll(t, loader.File{Name: filepath.Base(path), Data: data})
		})
	}
	t.Logf("%+v", count)
}

// counts says how much was tested.
type counts struct {
	files, findings        int
	safe, unsafe, rejected int // fixes
	changed                int // rules that were compared
}

// fixAll applies all fixes to a file.
func (n *counts) fixAll(t *testing.T, file loader.File) {
	x := &fixer{ctx: t.Context(), known: &knownFindings{}, lint: lintWith(t, lint.Default())}
	old, err := x.lint([]loader.File{file})
	if err != nil {
		t.Skip("the file does not load")
	}
	n.files++
	n.findings += len(old.findings)
	now := x.fixAll(old)
	n.safe += x.fixed
	n.again(t, now, false)
	risky := &fixer{ctx: t.Context(), known: x.known, lint: x.lint, unsafe: true}
	changed := risky.fixAll(now)
	n.unsafe += risky.fixed
	n.rejected += len(risky.rejected)
	n.again(t, changed, true)

	analyzers := slices.DeleteFunc(lint.Default(), func(a *lint.Analyzer) bool { return !a.SameMatches })
	x = &fixer{ctx: t.Context(), known: x.known, lint: lintWith(t, analyzers)}
	if old, err = x.lint([]loader.File{file}); err != nil {
		t.Fatal(err)
	}
	n.sameEvents(t, old.set, x.fixAll(old).set)
}

// again fixes files that have been fixed.
func (n *counts) again(t *testing.T, fixed *linted, unsafe bool) {
	t.Helper()
	x := &fixer{ctx: t.Context(), known: &knownFindings{}, lint: lintWith(t, lint.Default()), unsafe: unsafe}
	if again := x.fixAll(fixed); !bytes.Equal(fixed.files[0].Data, again.files[0].Data) {
		t.Errorf("unsafe is %v: a second run changes\n%s\nto\n%s", unsafe, fixed.files[0].Data, again.files[0].Data)
	}
}

// sameEvents looks for events that a rule of one set matches, and the same rule of the other
// set does not.
func (n *counts) sameEvents(t *testing.T, before, after *loader.Ruleset) {
	t.Helper()
	sources := map[string]*fixture.Source{}
	for _, s := range fixtures.Sources(before.Sources) {
		sources[s.Name()] = s
	}
	for i, r := range before.Rules {
		other := after.Rules[i]
		if ast.Equal(r.Compiled, other.Compiled) {
			continue
		}
		n.changed++
		for _, difference := range []*ast.And{
			{Operands: []ast.Expr{r.Compiled, &ast.Not{Operand: other.Compiled}}},
			{Operands: []ast.Expr{other.Compiled, &ast.Not{Operand: r.Compiled}}},
		} {
			solution, err := solve.NewSolver().Solve(t.Context(), sources[r.Source], difference)
			if err != nil {
				t.Fatal(err)
			}
			if solution.Found() {
				t.Errorf("rule %q: %s\nbecomes %s\nwhich is different for %v", r.Name, ast.String(r.Compiled), ast.String(other.Compiled), solution.Event)
			}
		}
	}
}

// lintWith returns a function that lints files with analyzers, those included that are off by
// default.
func lintWith(t *testing.T, analyzers []*lint.Analyzer) func([]loader.File) (*linted, error) {
	levels := map[string]lint.Level{}
	for _, a := range analyzers {
		if a.Level == lint.Off {
			levels[string(a.ID)] = lint.Info
		}
	}
	return func(files []loader.File) (*linted, error) {
		set, err := loader.Load(files, loader.Options{Sources: all.Sources()})
		if err != nil {
			return nil, err
		}
		return &linted{files, set, lint.Run(t.Context(), set, lint.Options{Analyzers: analyzers, Levels: levels})}, nil
	}
}
