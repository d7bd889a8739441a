package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// hook is a hook in .pre-commit-hooks.yaml.
type hook struct {
	ID            string
	Name          string
	Description   string
	Entry         string
	Language      string
	Types         []string
	Files         string
	Exclude       string
	PassFilenames *bool `yaml:"pass_filenames"`
	RequireSerial bool  `yaml:"require_serial"`
}

// arguments returns the arguments that pre-commit gives the command if all files of the
// working directory are staged.
func (h hook) arguments(t *testing.T, files []string) []string {
	t.Helper()
	command := strings.Fields(h.Entry)
	// pre-commit installs the main package, whose folder names the command.
	if dir, err := os.Getwd(); err != nil || h.Language != "golang" || command[0] != filepath.Base(dir) {
		t.Fatalf("%s: language %s does not install %s", h.ID, h.Language, command[0])
	}
	if h.PassFilenames != nil && !*h.PassFilenames {
		return command[1:]
	}
	include, exclude := regexp.MustCompile(h.Files), regexp.MustCompile(h.Exclude)
	if !slices.Equal(h.Types, []string{"yaml"}) {
		t.Fatalf("%s: types %v", h.ID, h.Types)
	}
	args := command[1:]
	for _, name := range files {
		if include.MatchString(name) && !exclude.MatchString(name) {
			args = append(args, name)
		}
	}
	return args
}

// readHooks returns the hooks in .pre-commit-hooks.yaml by ID.
func readHooks(t *testing.T) map[string]hook {
	t.Helper()
	data, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	var list []hook
	if err := d.Decode(&list); err != nil {
		t.Fatal(err)
	}
	hooks := map[string]hook{}
	for _, h := range list {
		hooks[h.ID] = h
	}
	return hooks
}

// TestHooks runs the hooks for pre-commit in folders with some of the examples.
func TestHooks(t *testing.T) {
	hooks := readHooks(t)
	tests := []struct {
		name, hook string
		files      []string
		status     int
		stdout     string // a part of it
	}{
		{"valid", "falcorules-check", []string{"k8s_audit/rules/pods.yaml", "capture/rules.yaml", "capture/rules_test.yaml"}, exitOK, ""},
		{"rejected", "falcorules-check", []string{"check/rules.yaml"}, exitRules, "check/rules.yaml: rejected"},
		{"no finding", "falcorules-lint", []string{"syscall/rules.yaml", "syscall/rules_test.yaml"}, exitOK, ""},
		{"finding", "falcorules-lint", []string{"lint/rules.yaml"}, exitRules, "lint/rules.yaml:"},
		{"formatted", "falcorules-fmt", []string{"routes/rules.yaml"}, exitOK, ""},
		{"not formatted", "falcorules-fmt", []string{"format/rules.yaml", "routes/rules.yaml", "routes/rules_test.yaml"}, exitOK, "format/rules.yaml\n"},
		{"passes", "falcorules-test", []string{"syscall/rules.yaml", "syscall/rules_test.yaml", "syscall/events.yaml"}, exitOK, " passed, 0 failed"},
		{"invalid suite", "falcorules-test", []string{"syscall/rules_test.yaml"}, exitCall, "FAIL syscall/rules_test.yaml"},
		{"no suite", "falcorules-test", []string{"format/rules.yaml"}, exitCall, ""},
	}
	for _, test := range tests {
		t.Run(test.hook+"/"+test.name, func(t *testing.T) {
			h, ok := hooks[test.hook]
			if !ok {
				t.Fatal("there is no such hook")
			}
			work := t.TempDir()
			before := copyExamples(t, work, test.files)
			status, stdout, stderr := runIn(t, work, h.arguments(t, test.files)...)
			if status != test.status || !strings.Contains(stdout, test.stdout) {
				t.Errorf("exit status %d, want %d; output, want %q:\n%s%s", status, test.status, test.stdout, stdout, stderr)
			}
			// pre-commit fails if a hook changes files.
			for name, text := range before {
				after, err := os.ReadFile(filepath.Join(work, name))
				if err != nil {
					t.Fatal(err)
				}
				changes := test.hook == "falcorules-fmt" && strings.Contains(test.stdout, name)
				if (string(after) != text) != changes {
					t.Errorf("%s: changed is %t, want %t", name, !changes, changes)
				}
			}
		})
	}
	tested := map[string]bool{}
	for _, test := range tests {
		tested[test.hook] = true
	}
	for id := range hooks {
		if !tested[id] {
			t.Errorf("hook %s has no test", id)
		}
	}
}

// copyExamples copies files from examples to a folder and returns their texts.
func copyExamples(t *testing.T, folder string, files []string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join("../../examples", name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		texts[name] = string(data)
	}
	return texts
}

// runIn runs falcorules in a folder and returns its exit status and what it prints.
func runIn(t *testing.T, folder string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return runToEnd(t, folder, exec.Command(exe, args...))
}

// runLine does the same with a text in the language of the shell, in which falcorules is a
// command.
func runLine(t *testing.T, folder, text string) (status int, stdout, stderr string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return runToEnd(t, folder, exec.Command("sh", "-c", `falcorules() { "$0" "$@"; }`+"\n"+text, exe))
}

func runToEnd(t *testing.T, folder string, cmd *exec.Cmd) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Env = folder, append(os.Environ(), runAsCommand+"=1", "TZ=UTC")
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// TestHooksInDocs checks the hooks in the example of docs/ci.md.
func TestHooksInDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "## pre-commit\n")
	_, example, _ = strings.Cut(example, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	var config struct {
		Repos []struct{ Hooks []hook }
	}
	if err := yaml.Unmarshal([]byte(example), &config); err != nil || len(config.Repos) != 1 {
		t.Fatalf("%v: %q", err, example)
	}
	hooks := readHooks(t)
	if got := config.Repos[0].Hooks; len(got) != len(hooks) {
		t.Errorf("the example has %d of %d hooks", len(got), len(hooks))
	}
	for _, h := range config.Repos[0].Hooks {
		if _, ok := hooks[h.ID]; !ok {
			t.Errorf("there is no hook %s", h.ID)
		}
	}
}
