package syscall_test

import (
	"slices"
	"testing"

	"github.com/falcorules/falcorules/fieldsets/syscall"
)

func TestResults(t *testing.T) {
	all := syscall.Results()
	for _, name := range []string{"SUCCESS", "EACCES", "EINPROGRESS"} {
		if !slices.Contains(all, name) {
			t.Errorf("%s is missing in %v", name, all)
		}
	}
	if all[0] != "SUCCESS" || !slices.IsSorted(all[1:]) {
		t.Errorf("wrong order: %v", all)
	}
}
