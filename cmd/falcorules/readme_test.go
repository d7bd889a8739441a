package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadme runs the commands that the README and pages of docs show and compares
// what they print with what it says there.
func TestReadme(t *testing.T) {
	t.Setenv("TZ", "UTC")
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../../README.md") {
		if filepath.Base(page) != "testing.md" { // TestTestingPage has files of its own
			t.Run(filepath.Base(page), func(t *testing.T) { runPage(t, page) })
		}
	}
}

func runPage(t *testing.T, page string) {
	readme, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```console\n\\$ (?:go run ./cmd/)?falcorules ([^\n]*)\n(.*?)```").FindAllSubmatch(readme, -1)
	exe, err := os.Executable() // which is the command, if called by its name
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		line, want := string(b[1]), string(b[2])
		cmd := exec.Command("sh", "-c", `exec "$0" `+line, exe)
		cmd.Dir = "../.."
		cmd.Env = append(os.Environ(), runAsCommand+"=1")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		_ = cmd.Run() // some of them fail, as the README says
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s (-%s +got):\n%s", line, page, diff)
		}
	}
}

// TestProgram compares the programs that pages show with the example that is
// compiled and run.
func TestProgram(t *testing.T) {
	example, err := os.ReadFile("../../example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"README.md", "docs/library.md"} {
		t.Run(page, func(t *testing.T) {
			text, err := os.ReadFile("../../" + page)
			if err != nil {
				t.Fatal(err)
			}
			_, program, _ := strings.Cut(string(text), "```go\n")
			program, _, _ = strings.Cut(program, "```")
			if program == "" || !strings.Contains(string(example), program) {
				t.Error("the program on the page is not the one in example_test.go")
			}
		})
	}
}
