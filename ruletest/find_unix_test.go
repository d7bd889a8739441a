//go:build unix

package ruletest_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ruletest"
)

// TestFindRegular checks that Find skips suites that are not regular files.
func TestFindRegular(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "real.yaml", "")
	for _, err := range []error{
		syscall.Mkfifo("pipe_test.yaml", 0o666),
		os.Symlink("nosuch", "dangling_test.yaml"),
		os.Symlink(".", "folder_test.yaml"),
		os.Symlink("real.yaml", "link_test.yaml"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	files, skipped, err := ruletest.Find(".")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"link_test.yaml"}, files); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := []string{
		"dangling_test.yaml: skipped: no such file or directory",
		"folder_test.yaml: skipped: not a regular file",
		"pipe_test.yaml: skipped: not a regular file",
	}
	if diff := cmp.Diff(want, skipped); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, _, err := ruletest.Find("pipe*"); err == nil || err.Error() != "pipe*: no test suite matches this pattern" {
		t.Errorf("a pattern that matches only a named pipe: %v", err)
	}
}
