package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
)

// TestReadme runs the commands in README.md and in the pages of docs, and compares their
// output with the pages.
func TestReadme(t *testing.T) {
	t.Setenv("TZ", "UTC")
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../../README.md") {
		if filepath.Base(page) != "testing.md" { // see TestTestingPage
			t.Run(filepath.Base(page), func(t *testing.T) { runPage(t, page) })
		}
	}
}

func runPage(t *testing.T, page string) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)(```console\n\\$ falcorules ([^\n]*)\n).*?```")
	got := block.ReplaceAllStringFunc(string(text), func(b string) string {
		parts := block.FindStringSubmatch(b)
		cmd := exec.Command("sh", "-c", `exec "$0" `+parts[2], exe)
		cmd.Dir = "../.."
		cmd.Env = append(os.Environ(), runAsCommand+"=1")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		_ = cmd.Run() // some examples fail on purpose
		return parts[1] + out.String() + "```"
	})
	golden.Check(t, page, got)
}

// TestProgram compares the Go programs on pages with those in example_test.go.
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
