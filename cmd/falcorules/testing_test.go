package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/subtest"
)

// TestTestingPage follows the tutorial in docs/testing.md. It writes the files on the page,
// runs the commands, and compares their output and the files that they write with the page.
func TestTestingPage(t *testing.T) {
	path, err := filepath.Abs("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	ran := 0
	step := regexp.MustCompile("(?s)(<!-- (file|written): (\\S+) -->\n```(?:yaml|json)\n)(.*?)```|(```console\n\\$ falcorules ([^\n]*)\n).*?```")
	got := step.ReplaceAllStringFunc(string(page), func(text string) string {
		parts := step.FindStringSubmatch(text)
		switch name := filepath.Clean(parts[3]); parts[2] {
		case "file":
			if err := os.WriteFile(name, []byte(parts[4]), 0o666); err != nil {
				t.Fatal(err)
			}
			return text
		case "written": // by a command before
			written, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			return parts[1] + string(written) + "```"
		}
		ran++
		var out bytes.Buffer
		execute(context.Background(), strings.Fields(parts[6]), strings.NewReader(""), &out, &out)
		return parts[5] + out.String() + "```"
	})
	golden.Check(t, path, got)
	if ran < 2 {
		t.Errorf("the page has %d commands", ran)
	}
	for _, suite := range []string{"loading_test.yaml", "cases_test.yaml", "first_test.yaml"} {
		t.Run(subtest.Name(suite), func(t *testing.T) {
			var out bytes.Buffer
			if status := execute(context.Background(), []string{"test", suite}, strings.NewReader(""), &out, &out); status != exitOK {
				t.Errorf("%s: status %d\n%s", suite, status, out.String())
			}
		})
	}
}
