package ruletest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/ruletest"
)

// TestRoot runs suites that name files inside and outside of a root.
func TestRoot(t *testing.T) {
	dir := t.TempDir()
	const rules = "- rule: R\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: INFO\n"
	const tests = "tests: [{name: t, event: {evt: {type: execve}}, expect: [R]}]\n"
	for name, text := range map[string]string{
		"secret.yaml":            "root:x:0:0\n",
		"outside/rules.yaml":     rules,
		"outside/more.yaml":      rules,
		"outside/evil_test.yaml": "secret\n",
		"outside/fields.yaml":    "source: edr\nfields: {edr.host: text}\n",
		"root/rules/rules.yaml":  rules,
		"root/fields.yaml":       "source: edr\nfields: {edr.host: text}\n",
		"root/..data/r.yaml":     rules,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{
		"root/link.yaml":        "../outside/rules.yaml",
		"root/out":              "../outside",
		"root/inside.yaml":      "rules/rules.yaml",
		"root/mixed/rules.yaml": "../rules/rules.yaml",
		"root/mixed/more.yaml":  "../../outside/more.yaml",
		"root/dangling.yaml":    "../outside/missing.yaml",
		"root/evil_test.yaml":   "../outside/evil_test.yaml",
		"same":                  "root",
	} {
		path := filepath.Join(dir, link)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
	}
	const outside = "outside of the root"
	for _, test := range []struct{ name, suite, want string }{
		{"file inside", "rules: rules/rules.yaml\n" + tests, ""},
		{"folder inside", "rules: rules\n" + tests, ""},
		{"link inside", "rules: inside.yaml\n" + tests, ""},
		{"name with dots", "rules: ..data/r.yaml\n" + tests, ""},
		{"out and in again", "rules: ../root/rules/rules.yaml\n" + tests, ""},
		{"parent", "rules: ../secret.yaml\n" + tests, outside},
		{"absolute", "rules: DIR/secret.yaml\n" + tests, outside},
		{"missing outside", "rules: ../missing.yaml\n" + tests, outside},
		{"missing inside", "rules: missing.yaml\n" + tests, "no such file"},
		{"link to a file", "rules: link.yaml\n" + tests, outside},
		{"link to a folder", "rules: out\n" + tests, outside},
		{"through a link", "rules: out/rules.yaml\n" + tests, outside},
		{"link in a folder", "rules: mixed\n" + tests, outside},
		{"dangling link", "rules: dangling.yaml\n" + tests, "no such file"},
		{"pattern outside", "rules: ../*.yaml\n" + tests, outside},
		{"pattern with a link", "rules: l*.yaml\n" + tests, outside},
		{"events outside", "rules: rules\ntests: [{name: t, events: {file: ../secret.yaml}, expect: [R]}]\n", outside},
		{"files outside", "rules: rules\ntests: [{name: t, files: [../outside/more.yaml], event: {evt: {type: execve}}, expect: [R]}]\n", outside},
		{"fields inside", "fields: [fields.yaml]\nrules: rules\n" + tests, ""},
		{"fields outside", "fields: [../outside/fields.yaml]\nrules: rules\n" + tests, outside},
	} {
		for _, root := range []string{"root", "same"} {
			t.Run(test.name+" "+root, func(t *testing.T) {
				suite := filepath.Join(dir, "root", "suite_test.yaml")
				text := strings.ReplaceAll(test.suite, "DIR", dir)
				if err := os.WriteFile(suite, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				checkRoot(t, suite, filepath.Join(dir, root), test.want)
			})
		}
	}
	t.Run("suite", func(t *testing.T) {
		checkRoot(t, filepath.Join(dir, "outside", "evil_test.yaml"), filepath.Join(dir, "root"), outside)
	})
	t.Run("linked suite", func(t *testing.T) {
		checkRoot(t, filepath.Join(dir, "root", "evil_test.yaml"), filepath.Join(dir, "root"), outside)
	})
	t.Run("missing root", func(t *testing.T) {
		checkRoot(t, filepath.Join(dir, "outside", "evil_test.yaml"), filepath.Join(dir, "missing"), outside)
	})
}

// checkRoot checks that a suite passes, or that it is invalid with an error that contains
// want and shows nothing of the file.
func checkRoot(t *testing.T, suite, root, want string) {
	t.Helper()
	results := ruletest.RunFiles(t.Context(), []string{suite}, ruletest.Options{Root: root})
	got := diag.Text(results.Suites[0].Errors, diag.TextOptions{})
	if want == "" && (got != "" || results.Counts().Passed != 1) {
		t.Errorf("%d passed; %s", results.Counts().Passed, got)
	}
	if !strings.Contains(got, want) || strings.Contains(got, "root:x") || strings.Contains(got, "secret\n") {
		t.Errorf("want %q in %s", want, got)
	}
}
