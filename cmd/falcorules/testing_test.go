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
)

// TestTestingPage follows the tutorial in docs/testing.md: it writes the files that
// the page shows, and runs the commands. The suites of the other sections pass.
func TestTestingPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	steps := regexp.MustCompile("(?s)<!-- file: (\\S+) -->\n```yaml\n(.*?)```|```console\n\\$ falcorules ([^\n]*)\n(.*?)```").FindAllSubmatch(page, -1)
	ran := 0
	for _, step := range steps {
		if name := string(step[1]); name != "" {
			if err := os.WriteFile(filepath.Clean(name), step[2], 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		ran++
		var out bytes.Buffer
		execute(context.Background(), strings.Fields(string(step[3])), strings.NewReader(""), &out, &out)
		if diff := cmp.Diff(string(step[4]), out.String()); diff != "" {
			t.Errorf("%s (-page +got):\n%s", step[3], diff)
		}
	}
	if ran < 2 {
		t.Errorf("the page shows %d commands", ran)
	}
	for _, suite := range []string{"loading_test.yaml", "cases_test.yaml"} {
		var out bytes.Buffer
		if status := execute(context.Background(), []string{"test", suite}, strings.NewReader(""), &out, &out); status != exitOK {
			t.Errorf("%s: status %d\n%s", suite, status, out.String())
		}
	}
}
