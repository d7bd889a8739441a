package lintconfig_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/lintconfig"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/lint"
)

func TestRead(t *testing.T) {
	const full = `
profile: strict
rules:
  comm-length: {level: error, ignore: {files: ["old/**"]}}
  style: off
  maturity-tag: {tags: prod}
  contains-short: {words: [curl, wget], ignore: [a.yaml, b.yaml]}
  line-length:
    max: 100
  dead: {ignore: c.yaml}
default: {level: info}
ignore: ["vendor/**", "*.draft.yaml"]
context: falco_rules.yaml
audit-policy: audit.yaml
fields:
  - edr.yaml
`
	isOff, isError, info := lint.Off, lint.Error, lint.Info
	path := func(name string) []lintconfig.Path { return []lintconfig.Path{{Name: name}} }
	for _, tt := range []struct {
		name, text string
		want       lintconfig.Config
	}{
		{"empty", "", lintconfig.Config{}},
		{"comment", "# nothing\n", lintconfig.Config{}},
		{"null", "---\n", lintconfig.Config{}},
		{"full", full, lintconfig.Config{
			Profile: "strict",
			Rules: map[string]lintconfig.Setting{
				"comm-length":    {Level: &isError, Ignore: []string{"old/**"}},
				"style":          {Level: &isOff},
				"contains-short": {Values: map[string]any{"words": []string{"curl", "wget"}}, Ignore: []string{"a.yaml", "b.yaml"}},
				"maturity-tag":   {Values: map[string]any{"tags": []string{"prod"}}},
				"line-length":    {Values: map[string]any{"max": 100}},
				"dead":           {Ignore: []string{"c.yaml"}},
			},
			Default:     &info,
			Ignore:      []string{"vendor/**", "*.draft.yaml"},
			Context:     path("falco_rules.yaml"),
			AuditPolicy: &lintconfig.Path{Name: "audit.yaml"},
			Fields:      path("edr.yaml"),
		}},
		{"short forms", "rules: {dead: off}\ndefault: info\nignore: {files: a.yaml}\n", lintconfig.Config{
			Rules: map[string]lintconfig.Setting{"dead": {Level: &isOff}}, Default: &info, Ignore: []string{"a.yaml"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, errs := lintconfig.Read(strings.NewReader(tt.text), "")
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if diff := cmp.Diff(&tt.want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(lintconfig.Path{}, "Range")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestErrors compares the errors in the files of testdata.
func TestErrors(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			config, errs := lintconfig.Read(bytes.NewReader(data), filepath.Base(path))
			if config != nil {
				t.Error("there is a configuration")
			}
			golden.Check(t, strings.TrimSuffix(path, ".yaml")+".txt", diag.Text(errs, diag.TextOptions{}))
		})
	}
}

func TestReadLimits(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
		errs             int
	}{
		{"large", strings.Repeat("#", 1<<20+1), "the file has more than 1048576 bytes", 1},
		{"many errors", "rules: {" + strings.Repeat("a,", 1000) + "}", "duplicate key", 100},
		{"deep", "rules: " + strings.Repeat("[", 5000), "", 1},
		{"growing aliases", "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n" +
			"c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" +
			"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n", "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, errs := lintconfig.Read(strings.NewReader(tt.text), "x.yaml")
			if len(errs) != tt.errs || !strings.Contains(errs[len(errs)-1].Message, tt.want) {
				t.Errorf("%d errors, want %d: %v", len(errs), tt.errs, errs[:min(len(errs), 3)])
			}
		})
	}
	t.Run("broken reader", func(t *testing.T) {
		_, errs := lintconfig.Read(iotest.ErrReader(errors.New("disk on fire")), "x.yaml")
		if got := diag.Text(errs, diag.TextOptions{}); got != "x.yaml: error: cannot read: disk on fire\n" {
			t.Error(got)
		}
	})
}

// TestSettings checks which level wins for rules/a.yaml. By default, comm-length has the level
// warning and the category dead.
func TestSettings(t *testing.T) {
	type (
		levels = map[string]lint.Level
		rules  = map[string]lintconfig.Setting
	)
	level := func(l lint.Level) lintconfig.Setting { return lintconfig.Setting{Level: &l} }
	ignore := func(pattern string) lintconfig.Setting { return lintconfig.Setting{Ignore: []string{pattern}} }
	off := lint.Off
	for _, tt := range []struct {
		name   string
		config lintconfig.Config
		flags  levels
		want   lint.Level
	}{
		{"nothing", lintconfig.Config{}, nil, lint.Warning},
		{"default", lintconfig.Config{Default: &off}, nil, lint.Off},
		{"category", lintconfig.Config{Default: &off, Rules: rules{"dead": level(lint.Info)}}, nil, lint.Info},
		{"ID", lintconfig.Config{Default: &off, Rules: rules{"dead": level(lint.Info), "comm-length": level(lint.Error)}}, nil, lint.Error},
		{"ID without a level", lintconfig.Config{Rules: rules{"dead": level(lint.Info), "comm-length": {}}}, nil, lint.Info},
		{"other category", lintconfig.Config{Rules: rules{"style": level(lint.Info)}}, nil, lint.Warning},
		{"flag with category", lintconfig.Config{Rules: rules{"comm-length": level(lint.Error)}}, levels{"dead": lint.Info}, lint.Info},
		{"flag with ID", lintconfig.Config{Rules: rules{"comm-length": level(lint.Error)}}, levels{"dead": lint.Info, "comm-length": lint.Off}, lint.Off},
		{"ignored file", lintconfig.Config{Rules: rules{"comm-length": ignore("rules")}}, nil, lint.Off},
		{"file ignored by the category", lintconfig.Config{Rules: rules{"dead": ignore("**/a.yaml"), "comm-length": level(lint.Error)}}, nil, lint.Off},
		{"ignored file and a flag", lintconfig.Config{Rules: rules{"comm-length": ignore("rules/*")}}, levels{"comm-length": lint.Error}, lint.Off},
		{"other file", lintconfig.Config{Rules: rules{"comm-length": ignore("a.yaml")}}, nil, lint.Warning},
		{"profile", lintconfig.Config{Profile: "strict"}, nil, lint.Warning},
	} {
		t.Run(tt.name, func(t *testing.T) {
			levels, values := tt.config.Settings("rules/a.yaml", tt.flags)
			if got := levels["comm-length"]; got != tt.want || len(values) > 0 {
				t.Errorf("level %v, want %v; values %v", got, tt.want, values)
			}
		})
	}
	t.Run("profile", func(t *testing.T) {
		if levels, _ := (&lintconfig.Config{Profile: "strict"}).Settings("", nil); levels["event-type-first"] != lint.Warning {
			t.Errorf("level %v in profile strict", levels["event-type-first"])
		}
	})
	t.Run("values", func(t *testing.T) {
		want := lint.Values{"line-length": {"max": 100}}
		config := lintconfig.Config{Rules: rules{"line-length": {Values: map[string]any{"max": 100}}}}
		if _, got := config.Settings("", nil); cmp.Diff(want, got) != "" {
			t.Errorf("got %v", got)
		}
	})
}

func TestIgnored(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		yes, no []string
	}{
		{"a.yaml", []string{"a.yaml"}, []string{"b/a.yaml", "a.yaml.bak", "xa.yaml"}},
		{"*.yaml", []string{"a.yaml", ".yaml"}, []string{"b/a.yaml"}},
		{"vendor", []string{"vendor", "vendor/a.yaml", "vendor/b/a.yaml"}, []string{"b/vendor/a.yaml", "vendors/a.yaml"}},
		{"vendor/", []string{"vendor/a.yaml"}, []string{"b/vendor/a.yaml"}},
		{"vendor/**", []string{"vendor", "vendor/a.yaml", "vendor/b/a.yaml"}, []string{"b/vendor"}},
		{"**/vendor", []string{"vendor/a.yaml", "b/vendor/a.yaml", "b/c/vendor"}, []string{"vendor.yaml"}},
		{"**/*.draft.yaml", []string{"a.draft.yaml", "b/c/a.draft.yaml"}, []string{"a.yaml"}},
		{"a/**/b", []string{"a/b", "a/x/b", "a/x/y/b/c"}, []string{"a/x", "x/a/b"}},
		{"a/**/**/b", []string{"a/b", "a/x/y/z/b"}, []string{"a"}},
		{"**", []string{"a.yaml", "b/a.yaml"}, nil},
		{"?[bc]", []string{"ab", "ac"}, []string{"ad", "b"}},
		{"a", nil, []string{"../a", "..", "."}},
	} {
		t.Run(tt.pattern, func(t *testing.T) {
			c := lintconfig.Config{Ignore: []string{tt.pattern}}
			for _, name := range tt.yes {
				if !c.Ignored(name) {
					t.Errorf("%s is not ignored", name)
				}
			}
			for _, name := range tt.no {
				if c.Ignored(name) {
					t.Errorf("%s is ignored", name)
				}
			}
		})
	}
}

func configSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(lintconfig.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// validates reports whether a YAML document is valid by a schema.
func validates(t testing.TB, schema *jsonschema.Schema, doc *yamlfile.Node) bool {
	t.Helper()
	var value any
	if doc.Decode(&value) != nil {
		return false
	}
	text, err := json.Marshal(value)
	if err != nil {
		return false
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(document) == nil
}

// FuzzRead reads arbitrary configurations. What is valid is also valid by the schema.
func FuzzRead(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("profile: upstream\nrules: {dead: off, comm-length: {level: error, ignore: {files: [a]}}, contains-short: {words: [a]}, line-length: {max: 1}}\ndefault: {level: info}\nignore: ['**/a']\ncontext: a\naudit-policy: c\nfields: [b]\n")
	schema := configSchema(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10_000 {
			t.Skip("long")
		}
		config, errs := lintconfig.Read(strings.NewReader(text), "x.yaml")
		if (config == nil) != (len(errs) > 0) {
			t.Fatalf("a configuration with errors: %v", errs)
		}
		if config == nil {
			return
		}
		config.Settings("a/b.yaml", nil)
		config.Ignored("a/b/c.yaml")
		docs, _ := yamlfile.Read([]byte(text))
		for _, doc := range docs {
			if len(doc.Content) > 0 && !strings.ContainsAny(text, "&*!") && !validates(t, schema, doc) {
				t.Errorf("the schema does not allow %q", text)
			}
		}
	})
}
