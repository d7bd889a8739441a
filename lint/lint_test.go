package lint_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/docs"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// TestAnalyzers runs each analyzer over the files in testdata/ID. Files named err* have
// findings, which a golden file shows, and files named ok* have none. A file with the same
// name and .falco is the configuration of Falco. For err_x.yaml and ok_x.yaml, policy_x.yaml
// is the audit policy.
func TestAnalyzers(t *testing.T) {
	for _, a := range lint.Default() {
		t.Run(string(a.ID), func(t *testing.T) {
			for _, kind := range []string{"err", "ok"} {
				paths, _ := filepath.Glob(filepath.Join("testdata", string(a.ID), kind+"*.yaml"))
				if len(paths) == 0 {
					t.Errorf("there is no file testdata/%s/%s*.yaml", a.ID, kind)
				}
				for _, path := range paths {
					t.Run(filepath.Base(path), func(t *testing.T) {
						data, err := os.ReadFile(path)
						if err != nil {
							t.Fatal(err)
						}
						alone := []*lint.Analyzer{a}
						if a.ID == "unused-suppression" { // which is about the others
							alone = enabled(a)
						}
						files := append(contextOf(path), loader.File{Name: filepath.Base(path), Data: data})
						if config, err := os.ReadFile(strings.TrimSuffix(path, ".yaml") + ".falco"); err == nil {
							files = slices.Insert(files, 0, loader.File{Name: falcoYAML, Data: config})
						}
						policy := filepath.Join(filepath.Dir(path), "policy"+strings.TrimPrefix(filepath.Base(path), kind))
						if data, err := os.ReadFile(policy); err == nil {
							files = slices.Insert(files, 0, loader.File{Name: policyYAML, Data: data})
						}
						found := findings(t, alone, files...)
						switch text := diag.Text(found, diag.TextOptions{}); {
						case kind == "ok" && len(found) > 0:
							t.Errorf("unexpected findings:\n%s", text)
						case kind == "err" && len(found) == 0:
							t.Error("there is no finding")
						case kind == "err":
							golden.Check(t, strings.TrimSuffix(path, ".yaml")+".txt", text)
						}
					})
				}
			}
		})
	}
}

// TestPages checks the page of each analyzer: its headings, and that its examples have
// the findings that they should have.
func TestPages(t *testing.T) {
	known := []string{"README.md"}
	for _, a := range lint.Default() {
		known = append(known, string(a.ID)+".md")
		t.Run(string(a.ID), func(t *testing.T) {
			data, err := docs.Lint.ReadFile("lint/" + string(a.ID) + ".md")
			if err != nil {
				t.Fatal(err)
			}
			page := string(data)
			if want := "# " + string(a.ID) + "\n\n" + a.Summary + "\n"; !strings.HasPrefix(page, want) {
				t.Errorf("the page does not begin with the ID and the summary:\n%s", want)
			}
			var headings []string
			for line := range strings.Lines(page) {
				if heading, ok := strings.CutPrefix(line, "## "); ok {
					headings = append(headings, strings.TrimSpace(heading))
				}
			}
			if want := []string{"Avoid", "Prefer", "Why", "Options", "Related"}; !slices.Equal(headings, want) {
				t.Errorf("the headings are %q, want %q", headings, want)
			}
			if len(a.Options) > 0 {
				golden.Check(t, "../docs/lint/"+string(a.ID)+".md", withOptions(t, page, a))
			}
			files := examples(page, "Avoid")
			if files == nil {
				return // what is wrong cannot be shown
			}
			avoid := findings(t, enabled(a), files...)
			if len(avoid) == 0 || slices.ContainsFunc(avoid, func(d *diag.Diagnostic) bool { return d.Code != a.ID }) {
				t.Errorf("want findings of this analyzer alone under Avoid, got:\n%s", diag.Text(avoid, diag.TextOptions{}))
			}
			if prefer := findings(t, enabled(a), examples(page, "Prefer")...); len(prefer) > 0 {
				t.Errorf("want no finding under Prefer, got:\n%s", diag.Text(prefer, diag.TextOptions{}))
			}
		})
	}
	entries, err := docs.Lint.ReadDir("lint")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(known, e.Name()) {
			t.Errorf("page %s is of no analyzer", e.Name())
		}
	}
}

// withOptions returns a page with the table of the options of an analyzer.
func withOptions(t *testing.T, page string, a *lint.Analyzer) string {
	before, section, _ := strings.Cut(page, "\n## Options\n")
	section, after, ok := strings.Cut(section, "\n## Related\n")
	if !ok {
		t.Fatal("the page has no options")
	}
	text, _, _ := strings.Cut(section, "|")
	text = strings.TrimSpace(text) + "\n\n"
	if text == "None.\n\n" || text == "\n\n" {
		text = ""
	}
	var b strings.Builder
	b.WriteString(before + "\n## Options\n\n" + text + "| option | default | |\n|---|---|---|\n")
	for _, o := range a.Options {
		value := fmt.Sprint(o.Default)
		if texts, ok := o.Default.([]string); ok {
			value = "`" + strings.Join(texts, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", o.Name, value, o.Doc)
	}
	return b.String() + "\n## Related\n" + after
}

// TestOptions lints with values of options, which are those for a file.
func TestOptions(t *testing.T) {
	const rule = "- rule: r\n  desc: d\n  condition: evt.type = execve and proc.args contains curl\n  output: o %proc.env[PATH]\n  priority: INFO\n  tags: [prod]\n# " +
		"a comment that is rather long\n"
	for _, tt := range []struct {
		id     diag.Code
		values map[string]any
		want   bool // whether there is a finding with the values, and none without
	}{
		{"contains-short", map[string]any{"words": []string{"curl"}}, true},
		{"line-length", map[string]any{"max": 20}, true},
		{"output-sensitive", map[string]any{"fields": []string{"proc.env*"}}, true},
		{"maturity-tag", map[string]any{"tags": []string{"test", "prod"}}, false},
	} {
		t.Run(string(tt.id), func(t *testing.T) {
			set, err := loader.Load([]loader.File{
				{Name: "a.yaml", Data: []byte(rule)}, {Name: "b.yaml", Data: []byte(strings.Replace(rule, "rule: r", "rule: s", 1))},
			}, loader.Options{})
			if err != nil {
				t.Fatal(err)
			}
			options := lint.Options{
				Analyzers: slices.DeleteFunc(lint.Default(), func(a *lint.Analyzer) bool { return a.ID != tt.id }),
				ForFile: func(name string) (map[string]lint.Level, lint.Values) {
					levels := map[string]lint.Level{string(tt.id): lint.Warning}
					if name == "b.yaml" {
						return levels, lint.Values{tt.id: tt.values}
					}
					return levels, nil
				},
			}
			got := map[string]bool{}
			for _, d := range lint.Run(t.Context(), set, options) {
				got[d.Range.File] = true
			}
			if got["a.yaml"] == tt.want || got["b.yaml"] != tt.want {
				t.Errorf("findings with the default value: %v, with another one: %v", got["a.yaml"], got["b.yaml"])
			}
		})
	}
}

// TestIndex compares the list of all analyzers with docs/lint/README.md.
func TestIndex(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Lint\n\nPackage lint and `falcorules lint` report likely mistakes in rules that load. `falcorules check` reports those marked with *.\n\n" +
		"`falcorules lint --fix` applies safe fixes, and with `--unsafe` also the others. The table shows the best fix that a finding can have: a particular finding may have an unsafe fix or none.\n")
	for _, category := range lint.Categories() {
		header := fmt.Sprintf("\n## %s\n\n| finding | level | fix | |\n|---|---|---|---|\n", category)
		for _, a := range lint.Default() {
			if a.Category != category {
				continue
			}
			mark := ""
			if slices.Contains(lint.Codes(), a.ID) {
				mark = "*"
			}
			fix := ""
			if a.Fix != lint.NoFix {
				fix = a.Fix.String()
			}
			fmt.Fprintf(&b, "%s| [%s](%s.md)%s | %s | %s | %s |\n", header, a.ID, a.ID, mark, a.Level, fix, a.Summary)
			header = ""
		}
	}
	golden.Check(t, "../docs/lint/README.md", b.String())
}

// contextOf returns the file context.yaml in the folder of a file, if there is one. It is loaded
// before the file.
func contextOf(path string) []loader.File {
	data, err := os.ReadFile(filepath.Join(filepath.Dir(path), "context.yaml"))
	if err != nil {
		return nil
	}
	return []loader.File{{Name: "context.yaml", Data: data, Context: true}}
}

// enabled returns an analyzer and all others that are on by default.
func enabled(a *lint.Analyzer) []*lint.Analyzer {
	return slices.DeleteFunc(lint.Default(), func(other *lint.Analyzer) bool { return other != a && other.Level == lint.Off })
}

// plugins is a file that requires the plugins of examples.
const plugins = "- required_plugin_versions:\n    - {name: json, version: 0.7.0}\n    - {name: k8saudit, version: 0.11.0}\n"

// examples returns the YAML under a heading of a page, each block as a file.
func examples(page, heading string) []loader.File {
	_, section, _ := strings.Cut(page, "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	files := []loader.File{{Name: "plugins.yaml", Data: []byte(plugins), Context: true}}
	for {
		_, rest, ok := strings.Cut(section, "```yaml\n")
		if !ok {
			break
		}
		var text string
		text, section, _ = strings.Cut(rest, "```")
		name := strings.ToLower(heading) + string(rune('0'+len(files))) + ".yaml"
		switch {
		case strings.HasPrefix(text, "apiVersion:"):
			name = policyYAML
		case !strings.HasPrefix(text, "-"):
			name = falcoYAML
		}
		files = append(files, loader.File{Name: name, Data: []byte(text)})
	}
	if len(files) == 1 {
		return nil
	}
	return files
}

// falcoYAML is the name of a file that is a configuration of Falco, and policyYAML that of an
// audit policy.
const (
	falcoYAML  = "falco.yaml"
	policyYAML = "policy.yaml"
)

// findings loads files and returns what analyzers find in them, at any level.
func findings(t *testing.T, analyzers []*lint.Analyzer, files ...loader.File) diag.List {
	t.Helper()
	var config *falcoconfig.Config
	options := loader.Options{Sources: all.Sources()}
	if i := slices.IndexFunc(files, func(f loader.File) bool { return f.Name == falcoYAML }); i >= 0 {
		config, _ = falcoconfig.Parse(falcoYAML, files[i].Data, falcoconfig.Options{})
		options.Sources = config.Sources(options.Sources)
		files = slices.Delete(files, i, i+1)
	}
	var policy *lint.AuditPolicy
	if i := slices.IndexFunc(files, func(f loader.File) bool { return f.Name == policyYAML }); i >= 0 {
		var err error
		if policy, err = lint.ReadAuditPolicy(bytes.NewReader(files[i].Data), files[i].Name); err != nil {
			t.Fatal(err)
		}
		files = slices.Delete(files, i, i+1)
	}
	set, err := loader.Load(files, options)
	if err != nil && !bytes.HasPrefix(files[len(files)-1].Data, []byte("# does not load\n")) {
		t.Fatal(err)
	}
	levels := map[string]lint.Level{}
	for _, a := range analyzers {
		if a.Level == lint.Off {
			levels[string(a.ID)] = lint.Info
		}
	}
	return lint.Run(t.Context(), set, lint.Options{Analyzers: analyzers, Levels: levels, Config: config, AuditPolicy: policy})
}

// TestIdentity checks what makes an analyzer usable in configurations.
func TestIdentity(t *testing.T) {
	seen := map[diag.Code]bool{}
	for _, a := range lint.Default() {
		if a.ID == "" || strings.Trim(string(a.ID), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || seen[a.ID] {
			t.Errorf("%q is not a new ID of lower case words", a.ID)
		}
		seen[a.ID] = true
		if !slices.Contains(lint.Categories(), a.Category) {
			t.Errorf("%s: unknown category %q", a.ID, a.Category)
		}
		if slices.Contains(lint.Categories(), lint.Category(a.ID)) {
			t.Errorf("%s is also a category", a.ID)
		}
		if a.Summary == "" || !strings.HasSuffix(a.Summary, ".") {
			t.Errorf("%s: the summary %q is not a sentence", a.ID, a.Summary)
		}
	}
}
