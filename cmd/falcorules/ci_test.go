package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/internal/subtest"
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

// docsExample returns the first code block in a language in a section of docs/ci.md.
func docsExample(t *testing.T, section, language string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "## "+section+"\n")
	_, example, _ = strings.Cut(example, "```"+language+"\n")
	example, _, found := strings.Cut(example, "```")
	if !found {
		t.Fatalf("section %q has no example", section)
	}
	return example
}

// decodeExample decodes an example in YAML, which must not have other keys than out.
func decodeExample(t *testing.T, section string, out any) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(docsExample(t, section, "yaml")))
	d.KnownFields(true)
	if err := d.Decode(out); err != nil {
		t.Fatal(err)
	}
}

// TestHooksInDocs checks the hooks in the example of docs/ci.md.
func TestHooksInDocs(t *testing.T) {
	var config struct {
		Repos []struct {
			Repo, Rev string
			Hooks     []hook
		}
	}
	decodeExample(t, "pre-commit", &config)
	if len(config.Repos) != 1 {
		t.Fatalf("%d repositories", len(config.Repos))
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

// goStub replaces the go command in scripts of examples. It accepts only the installation of
// falcorules.
const goStub = `go() { [ "$*" = "install github.com/falcorules/falcorules/cmd/falcorules@latest" ]; }` + "\n"

// runPipeline runs the script of a pipeline on good rules, which it must accept, and on bad
// ones, and returns the folder of the first run.
func runPipeline(t *testing.T, script string) string {
	t.Helper()
	good, bad := t.TempDir(), t.TempDir()
	if err := os.CopyFS(filepath.Join(good, "rules"), os.DirFS("../../examples/capture")); err != nil {
		t.Fatal(err)
	}
	if status, stdout, stderr := runLine(t, good, goStub+script); status != exitOK {
		t.Errorf("exit status %d\n%s%s", status, stdout, stderr)
	}
	if err := os.CopyFS(filepath.Join(bad, "rules"), os.DirFS("../../examples/check")); err != nil {
		t.Fatal(err)
	}
	if status, stdout, stderr := runLine(t, bad, goStub+script); status != exitRules {
		t.Errorf("rejected rules: exit status %d\n%s%s", status, stdout, stderr)
	}
	return good
}

// TestGitLab runs the example for GitLab CI.
func TestGitLab(t *testing.T) {
	var pipeline struct {
		Rules struct {
			Image     string
			Script    []string
			Artifacts struct {
				When    string
				Reports struct{ JUnit []string }
			}
		}
	}
	decodeExample(t, "GitLab CI", &pipeline)
	// GitLab stops at the first line that fails.
	folder := runPipeline(t, "set -e\n"+strings.Join(pipeline.Rules.Script, "\n"))
	reports := pipeline.Rules.Artifacts.Reports.JUnit
	if len(reports) != 3 {
		t.Errorf("%d reports", len(reports))
	}
	for _, name := range reports {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(data, []byte("<testsuites")) {
			t.Errorf("%s is not a report:\n%s", name, data)
		}
	}
}

// TestTekton runs the example for Tekton.
func TestTekton(t *testing.T) {
	type value struct{ Name, Type, Description, Default, Value string }
	var task struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   struct{ Name string }
		Spec       struct {
			Params     []value
			Workspaces []value
			Steps      []struct {
				Name, Image string
				WorkingDir  string `yaml:"workingDir"`
				Env         []value
				Script      string
			}
		}
	}
	decodeExample(t, "Tekton", &task)
	params := map[string]string{}
	for _, p := range task.Spec.Params {
		params["$(params."+p.Name+")"] = p.Default
	}
	if len(task.Spec.Steps) != 1 || len(task.Spec.Workspaces) != 1 {
		t.Fatalf("%d steps, %d workspaces", len(task.Spec.Steps), len(task.Spec.Workspaces))
	}
	step := task.Spec.Steps[0]
	if want := "$(workspaces." + task.Spec.Workspaces[0].Name + ".path)"; step.WorkingDir != want {
		t.Errorf("working directory %s, want %s", step.WorkingDir, want)
	}
	for _, env := range step.Env {
		param, ok := params[env.Value]
		if !ok {
			t.Errorf("there is no parameter for %s", env.Value)
		}
		t.Setenv(env.Name, param)
	}
	runPipeline(t, step.Script)
}

// TestProblemMatcher compares what the problem matcher for GitHub finds in the text of check
// and lint with their JSON.
func TestProblemMatcher(t *testing.T) {
	var matchers struct {
		ProblemMatcher []struct {
			Owner   string
			Pattern []struct {
				Regexp                                      string
				File, Line, Column, Severity, Code, Message int
			}
		}
	}
	d := json.NewDecoder(strings.NewReader(docsExample(t, "GitHub Actions", "json")))
	d.DisallowUnknownFields()
	if err := d.Decode(&matchers); err != nil {
		t.Fatal(err)
	}
	pattern := matchers.ProblemMatcher[0].Pattern[0]
	re := regexp.MustCompile(pattern.Regexp)

	type problem struct {
		Severity, Code, Message string
		Range                   struct {
			File  string
			Start struct{ Line, Column int }
		}
	}
	describe := func(file, line, column, severity, code, message any) string {
		return fmt.Sprintf("%v:%v:%v %v %v %v", file, line, column, severity, code, message)
	}
	for _, command := range []string{"check examples/check/rules.yaml", "lint examples/lint/rules.yaml examples/syscall/rules.yaml"} {
		t.Run(subtest.Name(command), func(t *testing.T) {
			args := strings.Fields(command)
			_, text, _ := runIn(t, "../..", args...)
			var got []string
			for line := range strings.Lines(text) {
				if m := re.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
					got = append(got, describe(m[pattern.File], m[pattern.Line], m[pattern.Column], m[pattern.Severity], m[pattern.Code], m[pattern.Message]))
				}
			}
			_, text, _ = runIn(t, "../..", append(args, "-o", "json")...)
			var result struct {
				Findings []problem
				Results  []struct{ Errors, Warnings, Notices []problem } `json:"falco_load_results"`
			}
			if err := json.Unmarshal([]byte(text), &result); err != nil {
				t.Fatal(err)
			}
			var want []string
			add := func(severity string, problems []problem) {
				for _, p := range problems {
					want = append(want, describe(p.Range.File, p.Range.Start.Line, p.Range.Start.Column, cmp.Or(severity, p.Severity), p.Code, p.Message))
				}
			}
			add("", result.Findings)
			for _, r := range result.Results {
				add("error", r.Errors)
				add("warning", r.Warnings)
				add("notice", r.Notices)
			}
			slices.Sort(got)
			slices.Sort(want)
			if len(want) < 2 || !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}
