// Package golden compares what a test got with a file. With the flag -update tests
// rewrite their files instead:
//
//	go test ./loader -update
//
// Read what changed.
package golden

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Update reports whether tests are to rewrite their files. It is for tests whose
// files Check does not compare; flags must have been parsed.
func Update() bool { return *update }

// Check fails the test if got is not the content of the file at path.
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
		t.Errorf("%s differs; -update rewrites it (-file +got):\n%s", path, diff)
	}
}
