package syscall_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
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

// TestFixturesExamples decodes the events of the page, which contradict nothing.
func TestFixturesExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/fixtures.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```(?:json|yaml)\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) < 2 {
		t.Fatal("the page has no examples")
	}
	d := fixture.NewDecoder(&fieldsets.Stream{}, syscall.NewFixtures())
	for _, block := range blocks {
		var n yaml.Node
		if err := yaml.Unmarshal(block[1], &n); err != nil {
			t.Fatal(err)
		}
		if _, err := d.DecodeYAML(&n); err != nil {
			t.Errorf("%s: %v", block[1], err)
		}
		for _, c := range d.Conflicts() {
			t.Errorf("%s: %v", block[1], c)
		}
	}
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
