// Package golden compares results of tests with golden files. With the flag
// -update, tests rewrite their golden files; review the changes afterwards:
//
//	go test ./loader -update
package golden

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Update reports whether the flag -update is set. It is for tests that do not use
// Check. The flags must have been parsed.
func Update() bool { return *update }

// Check fails the test if got differs from the content of the file at path.
func Check(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; run with -update to rewrite it (-file +got):\n%s", path, diff)
	}
}

// CheckPart is like [Check] for a part of a file: what is between the line begin, whose line
// break is included, and the line "<!-- end -->".
func CheckPart(t *testing.T, path, begin, got string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no part between %q and %q", path, begin, end)
	}
	Check(t, path, before+begin+got+end+after)
}

const end = "<!-- end -->"
