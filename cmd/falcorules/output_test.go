package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/quote"
)

func TestLocale(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte(feedRules), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		all, ctype, lang string
		unicode          bool
	}{
		{all: "en_US.UTF-8", unicode: true},
		{all: "C.utf8", ctype: "C", lang: "C", unicode: true},
		{all: "C", ctype: "en_US.UTF-8", lang: "en_US.UTF-8"},
		{ctype: "POSIX", lang: "en_US.UTF-8"},
		{ctype: "en_US.UTF-8", lang: "C", unicode: true},
		{lang: "de_DE.UTF-8", unicode: true},
		{lang: "de_DE.ISO-8859-1"},
		{unicode: runtime.GOOS == "windows"},
	} {
		t.Run(test.all+","+test.ctype+","+test.lang, func(t *testing.T) {
			t.Setenv("LC_ALL", test.all)
			t.Setenv("LC_CTYPE", test.ctype)
			t.Setenv("LANG", test.lang)
			want := "> + proc.pid >= 0"
			if test.unicode {
				want = "→ ✓ proc.pid >= 0"
			}
			var stdout, stderr bytes.Buffer
			args := []string{"explain", "-r", rules, "--rule", "Everything", "--event", "proc: {pid: 1}"}
			if status := execute(t.Context(), args, strings.NewReader(""), &stdout, &stderr); status != exitOK || !strings.Contains(stdout.String(), want) {
				t.Errorf("exit status %d, no %q in %s%s", status, want, stdout.String(), stderr.String())
			}
		})
	}
}

// hostile is text that clears the screen of a terminal and contains commands for CI systems,
// on a separate line and inside a line. hostileYAML is the same in YAML and JSON.
const (
	hostile     = "a\x1b[2J\n::error file=x::y ##[error]\u202e"
	hostileYAML = `"a\u001b[2J\n::error file=x::y ##[error]\u202e"`
)

// hostileFiles are files that contain it in many places.
var hostileFiles = map[string]string{
	"rules": `
- list: HOSTILE
  items: []
- rule: HOSTILE
  desc: HOSTILE
  condition: proc.name = HOSTILE and evt.type = HOSTILE
  output: HOSTILE
  priority: INFO
  tags: [HOSTILE]
  HOSTILE: x
- rule: 7
  condition: |
    evt.num >= 0 and
    ::error file=x::y
`,
	"good": `
- rule: HOSTILE
  desc: HOSTILE
  condition: proc.name startswith a and evt.type = execve
  output: "%proc.name"
  priority: INFO
  tags: [HOSTILE]
- rule: OTHER
  desc: HOSTILE
  condition: "proc.name startswith a and proc.exepath != 'a\e[2J\n::error file=x::y ##[error]' and evt.type = execve"
  output: "%proc.name"
  priority: INFO
`,
	"events": `
- {evt: {type: execve}, proc: {name: HOSTILE}}
- {evt: {type: HOSTILE}}
- {HOSTILE: HOSTILE}
`,
	"suite": `
rules: GOOD
tests:
  - name: HOSTILE
    event: {evt: {type: execve}, proc: {name: HOSTILE}}
    expect: []
  - name: OTHER
    event: {evt: {type: execve}, proc: {name: HOSTILE}}
    expect: [{rule: HOSTILE, output: HOSTILE, fields: {proc.name: HOSTILE}}]
  - name: skipped
    skip: HOSTILE
    event: {evt: {type: execve}}
    expect: []
`,
	"broken": `
rules: HOSTILE
HOSTILE: HOSTILE
tests: [{name: HOSTILE, HOSTILE: 1}]
`,
	"alerts": `{"rule": HOSTILE, "output_fields": {"proc.name": "x", HOSTILE: 1}}
{"rule": "a", "output_fields": {"proc.name": HOSTILE}}
{HOSTILE: 2}
x
`,
	"fields": "source: HOSTILE\nfields: {HOSTILE: text}\n",
	"more":   "source: syscall\nfields: {proc.name: {type: text, desc: HOSTILE}}\n",
	"policy": "kind: HOSTILE\napiVersion: HOSTILE\nmetadata: {name: HOSTILE}\nHOSTILE: HOSTILE\n",
}

// TestHostileText checks that no name and no text in files can control a terminal or a CI
// system.
func TestHostileText(t *testing.T) {
	t.Chdir(t.TempDir())
	names := []string{}
	for name, text := range hostileFiles {
		file := hostile + name + ".yaml"
		file = strings.ReplaceAll(file, "/", "")
		text = strings.NewReplacer("HOSTILE", hostileYAML, "OTHER", `"x`+hostileYAML[1:], "GOOD", `"`+hostileYAML[1:len(hostileYAML)-1]+`good.yaml"`).Replace(text)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, "@"+name, file)
	}
	names = append(names, "HOSTILE", hostile, "OTHER", "x"+hostile)
	for _, args := range [][]string{
		{"HOSTILE"}, {"help", "HOSTILE"}, {"completion", "HOSTILE"}, {"check", "--HOSTILE"}, {"check", "-HOSTILE"}, {"test", "--jobs", "HOSTILE"},
		{"check", "@rules"}, {"check", "@good"}, {"check", "HOSTILE"}, {"check", "-o", "HOSTILE", "@good"}, {"check", "-o", "github", "@rules"},
		{"check", "--plugin", "HOSTILE", "@good"}, {"check", "--engine-version", "HOSTILE", "@good"}, {"check", "--context", "HOSTILE", "@good"},
		{"check", "@events"}, {"check", "@policy"},
		{"check", "-o", "json", "@rules"}, {"check", "-o", "sarif", "@rules"}, {"check", "-o", "junit", "@rules"}, {"describe", "-o", "json", "@good"},
		{"explain", "-o", "json", "-r", "@good", "@events"}, {"parse", "-o", "json", "proc.name = '" + hostile + "'"}, {"parse", "-o", "json", "a.b = '" + hostile},
		{"test", "-o", "json", "--coverage", "--mutate", "@suite"}, {"test", "-o", "junit", "@suite"}, {"test", "-o", "json", "@broken"}, {"test", "-o", "junit", "@broken"},
		{"fields", "-o", "json", "--fields", "@more", "proc.name"},
		{"describe", "@good"}, {"describe", "@rules"}, {"describe", "--rule", "HOSTILE", "@good"}, {"describe", "--rule", "OTHER", "@good"},
		{"run", "-r", "@rules", "@events"}, {"run", "-r", "HOSTILE", "@events"}, {"run", "--safe-output", "-r", "@good", "@events"},
		{"run", "-r", "@good", "-s", "HOSTILE"}, {"run", "-r", "@good", "HOSTILE"}, {"run", "-o", "json", "--all-matches", "-r", "@good", "@events", "HOSTILE"},
		{"filter", "HOSTILE"}, {"filter", "-s", "syscall", "--safe-output", "proc.name exists", "@events"}, {"filter", "--macros", "HOSTILE", "evt.num=1"},
		{"explain", "-r", "@good", "--rule", "HOSTILE", "@events"}, {"explain", "-r", "@good", "--rule", "OTHER", "@events"},
		{"explain", "-r", "@good", "--rule", "HOSTILE", "--event", "HOSTILE"},
		{"test", "@suite"}, {"test", "-v", "--coverage", "--mutate", "@suite"}, {"test", "@broken"}, {"test", "HOSTILE"}, {"test", "--run", "HOSTILE", "@suite"},
		{"test", "init", "--out", "HOSTILE_test.yaml", "HOSTILE"}, {"test", "init", "--out", "HOSTILE", "@good"}, {"test", "--coverage-out", "HOSTILE", "@suite"},
		{"test", "--coverage-out", "HOSTILE/x.json", "@suite"},
		{"fixture", "@alerts"}, {"fixture", "HOSTILE"}, {"fixture", "-r", "HOSTILE", "@alerts"}, {"fixture", "-o", "json", "@alerts"},
		{"parse", "HOSTILE"}, {"parse", "proc.name = '" + hostile + "'"}, {"parse", "-o", "tree", "proc.name = '" + hostile + "'"}, {"parse", "-s", "HOSTILE", "evt.num=1"},
		{"parse", "-s", "syscall", "evt.num = '" + hostile + "'"},
		{"fields", "HOSTILE"}, {"fields", "--fields", "HOSTILE"}, {"fields", "--fields", "@fields"}, {"fields", "--fields", "@more", "proc.name"}, {"fields", "--events", "HOSTILE"},
		{"convert", "HOSTILE"}, {"convert", "psp", "--psp-path", "HOSTILE"}, {"convert", "psp", "--psp-path", "@policy"}, {"convert", "pss", "--level", "HOSTILE"},
		{"convert", "pss", "--level", "baseline", "--rules-path", "HOSTILE/x"}, {"convert", "pss", "--level", "baseline", "--rules-path", "HOSTILE.out"},
		{"convert", "pss", "--level", "baseline", "--sources", "HOSTILE"}, {"convert", "pss", "--level", "baseline", "--version", "HOSTILE"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			words := make([]string, len(args))
			for i, arg := range args {
				words[i] = strings.NewReplacer(names...).Replace(arg)
			}
			var stdout, stderr bytes.Buffer
			execute(t.Context(), words, strings.NewReader(""), &stdout, &stderr)
			if stdout.Len()+stderr.Len() == 0 {
				t.Error("nothing is printed")
			}
			if args[0] == "fixture" { // it writes files of YAML and JSON
				stdout.Reset()
			}
			github := slices.Contains(args, "github")
			for line := range strings.Lines(stdout.String() + stderr.String()) {
				line = strings.TrimSuffix(line, "\n")
				if github {
					line = strings.TrimPrefix(line, "::") // the command that check gives
				}
				if quote.Line(line) != line {
					t.Errorf("%q", line)
				}
			}
		})
	}
}

// TestColored opens a terminal and asks for colours in different environments.
func TestColored(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil || !isTerminal(terminal) {
		t.Skip("there is no terminal to open")
	}
	defer terminal.Close()
	for _, test := range []struct {
		term, noColor string
		want          bool
	}{
		{"xterm-256color", "", true},
		{"xterm-256color", "1", false},
		{"dumb", "", false},
		{"", "", false},
	} {
		t.Run(test.term+","+test.noColor, func(t *testing.T) {
			t.Setenv("TERM", test.term)
			t.Setenv("NO_COLOR", test.noColor)
			if got := colored(&output{w: terminal}); got != test.want {
				t.Errorf("got %t", got)
			}
			if colored(&bytes.Buffer{}) {
				t.Error("a buffer has colours")
			}
		})
	}
}
