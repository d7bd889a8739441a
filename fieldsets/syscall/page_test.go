package syscall_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/golden"
)

// TestFixturesPage holds the table of what is derived against the code's own.
func TestFixturesPage(t *testing.T) {
	const page, begin, end = "../../docs/fixtures.md", "<!-- derived: go test ./fieldsets/syscall -update -->\n", "<!-- end -->"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatal("the page has no place for the table")
	}
	var b strings.Builder
	b.WriteString(before + begin + "| field | derived from |\n|---|---|\n")
	for _, d := range syscall.Derivations() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", d.Field, d.From)
	}
	golden.Check(t, page, b.String()+end+after)
}

// TestDerivationsAreFields checks that what is derived is a field, and once.
func TestDerivationsAreFields(t *testing.T) {
	source, seen := syscall.NewSource(), map[string]bool{}
	for _, d := range syscall.Derivations() {
		if !source.Has(d.Field) || seen[d.Field] {
			t.Errorf("%s is no field, or derived twice", d.Field)
		}
		seen[d.Field] = true
	}
}
