package lint

import (
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
)

// show returns a set as text.
func show(v ValueSet) string {
	text := strings.Join(v.Texts(), " ")
	if !v.IsFinite() {
		text = "all but " + strings.Join(v.not().Texts(), " ")
	}
	if v.AllowsNone() {
		text += ", none"
	}
	return text
}

func TestValues(t *testing.T) {
	for _, test := range []struct{ condition, operand, want string }{
		{"proc.name = a", "proc.name", "a"},
		{"proc.name = a", "proc.pname", "all but , none"},
		{"proc.name in (a, b) and not proc.name = b", "proc.name", "a"},
		{"proc.name in (a, b) and proc.name != b and proc.name != a", "proc.name", ""},
		{"not proc.name = a", "proc.name", "all but a, none"},
		{"proc.name != a", "proc.name", "all but a"},
		{"not proc.name != a", "proc.name", "a, none"},
		{"proc.name exists", "proc.name", "all but "},
		{"not proc.name exists", "proc.name", ", none"},
		{"proc.name startswith a", "proc.name", "all but "},
		{"not proc.name startswith a", "proc.name", "all but , none"},
		{"(proc.name = a or proc.name = b) and not proc.name = a", "proc.name", "b"},
		{"(proc.name = a or fd.name = b)", "proc.name", "all but , none"},
		{"(proc.name = a or (proc.name in (b, c) and fd.name = x and proc.name != c))", "proc.name", "a b"},
		{"proc.name = val(proc.pname)", "proc.name", "all but "},
		{"not proc.name = val(proc.pname)", "proc.name", "all but , none"},
		{"proc.aname = a", "proc.aname", "all but , none"},
		{"fd.num in (16, 1)", "fd.num", "1 16"},
		{"fd.sport = ssh", "fd.sport", "all but "},
		{"fd.sip = 1.2.3.4", "fd.sip", "all but "},
		{"evt.is_open_read = true", "evt.is_open_read", "true"},
	} {
		t.Run(subtest.Name(test.condition+" "+test.operand), func(t *testing.T) {
			c := load(t, "", "syscall", "evt.type = open and "+test.condition)
			if got := show(c.Root.ValueSet(test.operand)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestValuesOfBranch looks at a branch of a choice, which the literals around it narrow.
func TestValuesOfBranch(t *testing.T) {
	c := load(t, "", "syscall", "evt.type in (open, close, unlink) and (not evt.type in (open, dup) or proc.name = a)")
	for i, want := range []string{"close open unlink", "close unlink", "close open unlink"} {
		n := 0
		for b := range c.AllBranches() {
			if got := show(b.ValueSet("evt.type")); n == i && got != want {
				t.Errorf("branch %d has %q, want %q", i, got, want)
			}
			n++
		}
	}
}
