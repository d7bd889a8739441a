package loader_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
)

// TestImports checks that loading rules does not link the code that reads events. The fields
// of all sources are linked: they are the default.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	deps := strings.Fields(string(out))
	for _, path := range []string{"fieldsets/fixture", "fieldsets/syscall/fixtures", "events"} {
		t.Run(subtest.Name(path), func(t *testing.T) {
			if slices.Contains(deps, "github.com/falcorules/falcorules/"+path) {
				t.Errorf("package loader imports %s", path)
			}
		})
	}
}
