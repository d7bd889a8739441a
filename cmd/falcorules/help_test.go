package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/falcorules/falcorules/internal/golden"
)

// helpTexts calls visit with the name and the help of every command.
func helpTexts(t *testing.T, visit func(name, help string)) {
	t.Helper()
	var walk func(path []string)
	walk = func(path []string) {
		var out bytes.Buffer
		if status := execute(t.Context(), append(path, "--help"), strings.NewReader(""), &out, &out); status != exitOK {
			t.Fatalf("%v: exit status %d: %s", path, status, out.String())
		}
		visit(strings.Join(append([]string{"falcorules"}, path...), " "), out.String())
		_, commands, _ := strings.Cut(out.String(), "\nCommands:\n")
		commands, _, _ = strings.Cut(commands, "\n\n")
		for line := range strings.Lines(commands) {
			walk(append(slices.Clone(path), strings.Fields(line)[0]))
		}
	}
	walk(nil)
}

// TestHelpWidth checks that help texts fit any terminal.
func TestHelpWidth(t *testing.T) {
	helpTexts(t, func(name, help string) {
		t.Run(name, func(t *testing.T) {
			for line := range strings.Lines(help) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpWidth {
					t.Errorf("%d columns: %s", n, line)
				} else if n+1 != len(line) {
					t.Errorf("not ASCII: %s", line)
				}
			}
		})
	})
}

// TestCommandsPage compares docs/commands.md with the help of the commands.
func TestCommandsPage(t *testing.T) {
	var page strings.Builder
	page.WriteString("# Command line\n\n```sh\nfalcorules help COMMAND\n```\n\n" +
		"This is the help of every command. `go test ./cmd/falcorules -update` writes this page.\n")
	helpTexts(t, func(name, help string) {
		if name != "falcorules help" {
			fmt.Fprintf(&page, "\n## %s\n\n```text\n%s```\n", name, help)
		}
	})
	golden.Check(t, "../../docs/commands.md", page.String())
}

func TestMisspeltCalls(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"chek", `unknown command "chek" for "falcorules": did you mean check?` + "\nSee 'falcorules --help'.\n"},
		{"help chek", `unknown command "chek" for "falcorules": did you mean check?` + "\nSee 'falcorules --help'.\n"},
		{"chek --help", `unknown command "chek" for "falcorules": did you mean check?` + "\nSee 'falcorules --help'.\n"},
		{"-h chek", `unknown command "chek" for "falcorules": did you mean check?` + "\nSee 'falcorules --help'.\n"},
		{"convert psq --help", `unknown command "psq" for "falcorules convert": did you mean psp?` + "\nSee 'falcorules convert --help'.\n"},
		{"help convert psq", `unknown command "psq" for "falcorules convert": did you mean psp?` + "\nSee 'falcorules convert --help'.\n"},
		{"help run run", `unknown command "run" for "falcorules run"` + "\nSee 'falcorules run --help'.\n"},
		{"xyzzy", `unknown command "xyzzy" for "falcorules"` + "\nSee 'falcorules --help'.\n"},
		{"check --outpt json", "unknown flag: --outpt: did you mean --output?\nSee 'falcorules check --help'.\n"},
		{"check --outpt=json", "unknown flag: --outpt: did you mean --output?\nSee 'falcorules check --help'.\n"},
		{"run --al-matches", "unknown flag: --al-matches: did you mean --all-matches?\nSee 'falcorules run --help'.\n"},
		{"convert psp --psp-pth x", "unknown flag: --psp-pth: did you mean --psp-path?\nSee 'falcorules convert psp --help'.\n"},
		{"check --xyzzy", "unknown flag: --xyzzy\nSee 'falcorules check --help'.\n"},
		{"check -x", "unknown shorthand flag: 'x' in -x\nSee 'falcorules check --help'.\n"},
		{"test --init rules.yaml", "unknown flag: --init: did you mean falcorules test init?\nSee 'falcorules test --help'.\n"},
		{"test --schema", "unknown flag: --schema: did you mean falcorules test schema?\nSee 'falcorules test --help'.\n"},
		{"--check", "unknown flag: --check: did you mean falcorules check?\nSee 'falcorules --help'.\n"},
		{"--versoin", "unknown flag: --versoin: did you mean --version?\nSee 'falcorules --help'.\n"},
		{"completion bsh", `unknown shell "bsh": want bash, zsh, fish or powershell` + "\n"},
	} {
		t.Run(test.args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := execute(t.Context(), strings.Fields(test.args), strings.NewReader(""), &stdout, &stderr)
			if want := "falcorules: " + test.want; status != exitCall || stderr.String() != want || stdout.Len() > 0 {
				t.Errorf("exit status %d, output %q, standard error\n%swant\n%s", status, stdout.String(), stderr.String(), want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	var stdout, stderr bytes.Buffer
	status := execute(t.Context(), []string{"--version"}, strings.NewReader(""), &stdout, &stderr)
	if want := "(Falco 0.45, rules engine 0.63.0)\n"; status != exitOK || !strings.HasSuffix(stdout.String(), want) {
		t.Errorf("exit status %d, %q, want %q at the end", status, stdout.String(), want)
	}
}
