package ruletest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/fileerr"
	"github.com/falcorules/falcorules/internal/filename"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/loader/explain"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

// contentName is the name of the rules file whose text is in a test. [notVirtual] keeps
// it apart from a real file of that name.
const contentName = "content"

// ruleset is the rules of some tests, for one goroutine.
type ruleset struct {
	set     *loader.Ruleset
	errors  diag.List // if the rules do not load
	matcher *eval.Matcher
	// rules and compiled have the same rules by name.
	rules    map[string]*loader.Rule
	compiled map[string]*eval.Rule
	router   *route.Matcher // or nil
	// reportedBy is the first test that reported the errors.
	reportedBy string
	group      *coverage.Group // nil unless coverage is measured
}

// path resolves a path in the suite.
func (r *suiteRun) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(r.suite.Dir, filepath.FromSlash(name))
}

func (r *suiteRun) options() loader.Options {
	s := r.suite
	options := loader.Options{Sources: r.sources.rules, PluginVersions: loader.DefaultPluginVersions(), Unwrap: true}
	var err error
	if s.EngineVersion != "" {
		if options.EngineVersion, err = loader.ParseEngineVersion(s.EngineVersion); err != nil {
			r.fail(s.at.of("engine_version"), "", "engine_version: %v", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Plugins)) {
		version := s.Plugins[name]
		if version == "" {
			if _, ok := options.PluginVersions[name]; !ok {
				known := slices.Sorted(maps.Keys(loader.DefaultPluginVersions()))
				r.fail(s.at.ofName("plugins", name), hintOf(name, known), "unknown plugin %s", quote.Text(name))
			}
			delete(options.PluginVersions, name)
			continue
		}
		if options.PluginVersions[name], err = loader.ParsePluginVersion(version); err != nil {
			r.fail(s.at.ofName("plugins", name), "", "plugin %s: %v", quote.Name(name), err)
		}
	}
	return options
}

// read reads the rules files that the suite names, each once. Errors are reported at the
// items of key.
func (r *suiteRun) read(names []string, at positions, key string) []loader.File {
	var paths []string
	named := map[string]int{} // the index of the name that led to a path
	for i, name := range names {
		found, err := r.rulesPaths(name)
		if err != nil {
			r.fail(at.ofItem(key, i), "", "%s: %s", quote.Name(name), fileerr.Cause(err))
			continue
		}
		for _, path := range found {
			if _, again := named[path]; !again {
				named[path] = i
				paths = append(paths, path)
			}
		}
	}
	var files []loader.File
	for _, f := range (loader.Reader{}).Read(paths...) {
		switch {
		case inRoot(r.root, f.Name) != nil: // a link in a folder
			r.fail(at.ofItem(key, named[f.Path]), "", "%s: %v", quote.Name(f.Name), inRoot(r.root, f.Name))
		case f.Err != nil:
			r.fail(at.ofItem(key, named[f.Path]), "", "%v", messageOf(f.Err))
		case f.Skipped == nil:
			f.Name = notVirtual(f.Name)
			files = append(files, f)
		}
	}
	return files
}

// notVirtual returns another name of the same file if name is a virtual one.
func notVirtual(path string) string {
	if isVirtual(path) {
		return "." + string(filepath.Separator) + path
	}
	return path
}

// isVirtual reports whether name is that of rules which the suite itself contains.
func isVirtual(name string) bool { return name == contentName || loader.IsOverrideName(name) }

func messageOf(err error) string {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return d.Range.File + ": " + d.Message
	}
	return err.Error()
}

// rulesPaths returns the files and folders that a path or pattern in the suite names.
// Files that are not regular are errors: reading a pipe may never end.
func (r *suiteRun) rulesPaths(name string) ([]string, error) {
	path := r.path(name)
	if err := inRoot(r.root, path); err != nil {
		return nil, err
	}
	found, err := rulesPaths(path)
	for _, path := range found {
		if info, err := os.Stat(path); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			return nil, errNotRegular
		}
		if err := inRoot(r.root, path); err != nil {
			return nil, err
		}
	}
	return found, err
}

// rulesPaths returns a path as it is, and the files that match a pattern. A pattern does
// not match test suites and folders.
func rulesPaths(path string) ([]string, error) {
	_, err := os.Stat(path)
	switch {
	case err == nil:
		return []string{path}, nil
	case strings.Contains(path, "**"):
		return nil, errors.New("** is not supported in patterns: name each folder")
	case !strings.ContainsAny(path, "*?["):
		return nil, err
	}
	matches, err := filepath.Glob(path)
	if err != nil {
		return nil, errors.New("invalid pattern")
	}
	matches = slices.DeleteFunc(matches, func(path string) bool {
		info, err := os.Stat(path)
		return filename.IsSuite(path) || err == nil && info.IsDir()
	})
	if len(matches) == 0 {
		return nil, errors.New("no rules file matches this pattern")
	}
	return matches, nil
}

// maxRulesets limits how many rulesets of a suite are cached.
const maxRulesets = 32

// rulesOf returns the rules of a test, or nil if it reported mistakes in the suite.
func (r *suiteRun) rulesOf(ctx context.Context, t *Test) *ruleset {
	key := fmt.Sprintf("%q %q", t.Files, t.Content)
	plain := r.load(ctx, key, t, loader.Overrides{})
	overrides, at := r.overrides(t)
	if plain == nil || plain.errors != nil || len(at) == 0 {
		return plain
	}
	before := len(r.errs)
	overrides.Enable = slices.DeleteFunc(overrides.Enable, func(name string) bool {
		unknown := plain.rules[name] == nil
		if unknown {
			r.unknownRule(plain, name, at[loader.OverrideName("rule", name)].name)
		}
		return unknown
	})
	set := r.load(ctx, key+fmt.Sprintf(" %q", overrides), t, overrides)
	if set == nil || r.overrideErrors(set.errors, at) || len(r.errs) > before {
		return nil
	}
	return set
}

func (r *suiteRun) filesOf(t *Test) []loader.File {
	files := slices.Concat(r.files, r.read(t.Files, t.at, "files"))
	if t.Content != "" {
		files = append(files, loader.File{Name: contentName, Data: []byte(t.Content)})
	}
	return files
}

// load loads the rules of a test, or returns those that were loaded for the same key.
func (r *suiteRun) load(ctx context.Context, key string, t *Test, overrides loader.Overrides) *ruleset {
	if set := r.sets[key]; set != nil {
		return set
	}
	before := len(r.errs)
	list := r.filesOf(t)
	if len(r.errs) > before {
		return nil
	}
	if len(r.sets) == maxRulesets {
		r.evaluateCoverage(ctx)
		clear(r.sets)
	}
	if r.collector != nil {
		r.collector.AddFiles(list)
	}
	set := &ruleset{rules: map[string]*loader.Rule{}, compiled: map[string]*eval.Rule{}}
	options := r.loading
	options.Overrides = overrides
	var err error
	if set.set, err = loader.Load(list, options); err != nil {
		set.errors = set.set.Errors
	} else {
		set.matcher = set.set.Engine.NewMatcher(r.suite.Matching)
		for _, rule := range set.set.Rules {
			set.rules[rule.Name] = rule
		}
		for _, rule := range set.set.Engine.Rules() {
			set.compiled[rule.Name] = rule
		}
		if len(r.routes) > 0 && !r.compileRoutes(set) {
			return nil
		}
		if r.collector != nil {
			set.group = r.collector.NewGroup(set.set, r.sources.rules, r.suite.Matching)
		}
	}
	r.sets[key] = set
	return set
}

// overrideAt is the position of an override in the suite.
type overrideAt struct {
	// condition is valid only if the file has a macro's condition as it is: without
	// escapes, and on one line.
	name, condition diag.Range
	kind, of        string // such as macro and the macro's name
}

// overrides returns what the suite and a test override and enable, and the positions by
// [loader.OverrideName].
func (r *suiteRun) overrides(t *Test) (loader.Overrides, map[string]overrideAt) {
	out := loader.Overrides{Macros: map[string]string{}, Lists: map[string][]string{}}
	at := map[string]overrideAt{}
	note := func(where overrideAt) { at[loader.OverrideName(where.kind, where.of)] = where }
	add := func(o Override, enable []string, in positions) {
		for name, condition := range o.Macros {
			out.Macros[name] = condition
			where := overrideAt{name: in.ofName("macros", name), kind: "macro", of: name}
			if quote.YAML(condition) == `"`+condition+`"` {
				where.condition = in[element{key: conditionOf, name: name}]
			}
			note(where)
		}
		for name, items := range o.Lists {
			out.Lists[name] = items
			note(overrideAt{name: in.ofName("lists", name), kind: "list", of: name})
		}
		for i, name := range enable {
			out.Enable = append(out.Enable, name)
			note(overrideAt{name: in.ofItem("enable", i), kind: "rule", of: name})
		}
	}
	add(r.suite.Override, r.suite.Enable, r.suite.at)
	add(t.Override, t.Enable, t.at)
	return out, at
}

func (set *ruleset) names() []string {
	names := make([]string, len(set.set.Rules))
	for i, rule := range set.set.Rules {
		names[i] = rule.Name
	}
	return names
}

// overrideErrors reports the load errors that are in overrides of the suite, and returns
// whether there are any.
func (r *suiteRun) overrideErrors(errs diag.List, at map[string]overrideAt) bool {
	found := false
	for _, d := range errs {
		where, ok := at[d.Range.File]
		switch {
		case !ok:
			continue
		case !d.Range.Start.IsValid(): // nothing of this name to override
			r.fail(where.name, d.Hint, "%s", d.Message)
		default:
			at := where.name
			if d.Range.Start.Line == 1 && where.condition.Start.IsValid() {
				at = where.condition
				at.Start.Column += d.Range.Start.Column - 1
				at.Start.Offset += d.Range.Start.Column - 1
			}
			e := r.suite.text.errorIn(at, d.Hint, "override of %s %s: %s: %s", where.kind, quote.Text(where.of), d.Code, d.Message)
			if at != where.name {
				e.Range.End = at.Start
				e.Range.End.Column += max(0, d.Range.End.Column-d.Range.Start.Column)
				e.Range.End.Offset += max(0, d.Range.End.Column-d.Range.Start.Column)
			}
			r.add(e)
		}
		found = true
	}
	return found
}

// canFire reports whether the named rule exists and can fire. If not, it adds an error.
func (r *suiteRun) canFire(set *ruleset, name string, at diag.Range) bool {
	rule := set.rules[name]
	switch {
	case rule != nil && rule.Enabled:
		return true
	case rule != nil:
		off := rule.NameAt
		if rule.EnabledAt.Start.IsValid() {
			off = rule.EnabledAt
		}
		hint := fmt.Sprintf("add enable: [%s] to the suite or the test", quote.Name(name))
		r.fail(at, hint, "rule %s cannot fire: it is disabled (%s:%d)", quote.Text(name), off.File, off.Start.Line)
	default:
		r.unknownRule(set, name, at)
	}
	return false
}

// skipped reports whether loading skipped the rule with that name.
func (set *ruleset) skipped(name string) bool {
	if set.rules[name] != nil {
		return false
	}
	_, err := explain.New(set.set, name, eval.FirstMatch)
	return err == nil
}

// unknownRule reports a rule that does not exist, or that loading skipped.
func (r *suiteRun) unknownRule(set *ruleset, name string, at diag.Range) {
	skipped, err := explain.New(set.set, name, r.suite.Matching)
	if err != nil {
		r.fail(at, suggest.Hint(name, slices.Values(set.names())), "unknown rule %s", quote.Text(name))
		return
	}
	why := skipped.Explain(&fieldsets.Event{}).Cause()
	r.fail(at, "", "rule %s cannot fire: %s", quote.Text(name), why)
}
