package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/internal/subtest"
)

// TestTestingPage follows the tutorial in docs/testing.md: it writes the files that
// the page shows, and runs the commands. The suites of the other sections pass, and the
// file that a command writes is the one that the page shows.
func TestTestingPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	steps := regexp.MustCompile("(?s)<!-- (file|init): (\\S+) -->\n```(?:yaml|json)\n(.*?)```|```console\n\\$ falcorules ([^\n]*)\n(.*?)```").FindAllSubmatch(page, -1)
	ran := 0
	for _, step := range steps {
		name := filepath.Clean(string(step[2]))
		switch string(step[1]) {
		case "file":
			if err := os.WriteFile(name, step[3], 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		case "init": // a command wrote it
			written, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(step[3]), string(written)); diff != "" {
				t.Errorf("%s (-page +written):\n%s", name, diff)
			}
			continue
		}
		ran++
		var out bytes.Buffer
		execute(context.Background(), strings.Fields(string(step[4])), strings.NewReader(""), &out, &out)
		if diff := cmp.Diff(string(step[5]), out.String()); diff != "" {
			t.Errorf("%s (-page +got):\n%s", step[4], diff)
		}
	}
	if ran < 2 {
		t.Errorf("the page shows %d commands", ran)
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
