package lint_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// TestConfigSuppressions suppresses findings in falco.yaml.
func TestConfigSuppressions(t *testing.T) {
	got := findings(t, nil,
		loader.File{Name: falcoYAML, Data: []byte(`stdout_output: {enabled: true}
json_outptu: true # falcorules ignore:falco-config only to show it
json_output: true # falcorules ignore:falco-config nothing
`)},
		loader.File{Name: "a.yaml", Data: []byte("[]")},
	)
	want := `falco.yaml:3:39: warning: unused-suppression: there is no finding falco-config to suppress here
    json_output: true # falcorules ignore:falco-config nothing
                                          ^~~~~~~~~~~~
`
	if text := diag.Text(got, diag.TextOptions{}); text != want {
		t.Errorf("got:\n%s", text)
	}
}

// TestConfigSelection checks that other analyzers go by the configuration.
func TestConfigSelection(t *testing.T) {
	const rules = `- rule: Shell started
  desc: Shell started.
  condition: evt.type in (execve, execveat) and proc.name = bash
  output: command=%proc.cmdline
  priority: NOTICE
- rule: Shell of root started
  desc: Shell of root started.
  condition: evt.type in (execve, execveat) and proc.name = bash and user.name = root
  output: command=%proc.cmdline
  priority: NOTICE
- rule: Read
  desc: Something is read.
  condition: evt.type = read and fd.name = /a
  output: file=%fd.name
  priority: NOTICE
`
	const stdout = "stdout_output: {enabled: true}\n"
	for name, tt := range map[string]struct {
		config string
		want   int
	}{
		"nothing":          {"", 2},
		"all rules match":  {"rule_matching: all\n", 1},
		"all system calls": {"base_syscalls: {all: true}\n", 1},
		"disabled":         {"rules: [{disable: {rule: '*started'}}]\n", 1},
		"other disabled":   {"rules: [{disable: {rule: Read}}]\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := findings(t, nil, loader.File{Name: falcoYAML, Data: []byte(stdout + tt.config)}, loader.File{Name: "a.yaml", Data: []byte(rules)})
			if len(got) != tt.want {
				t.Errorf("want %d findings, got:\n%s", tt.want, diag.Text(got, diag.TextOptions{}))
			}
		})
	}
}

// FuzzFalcoConfig checks arbitrary configurations.
func FuzzFalcoConfig(f *testing.F) {
	paths, err := filepath.Glob("testdata/falco-config/*.falco")
	if err != nil || len(paths) == 0 {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	rules, err := os.ReadFile("testdata/falco-config/err-switches.yaml")
	if err != nil {
		f.Fatal(err)
	}
	sources := all.Sources()
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 20_000 {
			t.Skip("long")
		}
		config, _ := falcoconfig.Parse(falcoYAML, data, falcoconfig.Options{})
		if config == nil {
			return
		}
		set, err := loader.Load([]loader.File{{Name: "a.yaml", Data: rules}}, loader.Options{Sources: config.Sources(sources)})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range lint.Run(t.Context(), set, lint.Options{Config: config}) {
			if d.Message == "" || d.Range.File == falcoYAML && d.Range.End.Offset > len(config.Text(falcoYAML)) {
				t.Errorf("%+v", d)
			}
		}
	})
}
