package format

import (
	"testing"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

func TestSame(t *testing.T) {
	for _, tt := range []struct {
		name, before, after string
		same                bool
	}{
		{"order of keys", "- a: 1\n  b: 2", "- b: 2\n  a: 1", true},
		{"quotes and comments", "- a: 1 # b", "# c\n- 'a': \"1\"", true},
		{"white space of conditions", "- condition: a and  b.c in(d)", "- condition: >\n    a\n    and b.c in (d)", true},
		{"text", "- desc: a  b", "- desc: a b", false},
		{"text in quotes", "- condition: a.b = 'c  d'", "- condition: a.b = 'c d'", false},
		{"parentheses", "- condition: (a)", "- condition: a", false},
		{"condition that does not parse", "- condition: a  and", "- condition: a and", false},
		{"condition as a list", "- condition: [a]", "- condition: a", false},
		{"keys", "- a: 1", "- b: 1", false},
		{"order of the same key", "- a: 1\n  a: 2", "- a: 2\n  a: 1", false},
		{"nested order", "- a: {b: 1, c: 2}", "- a: {c: 2, b: 1}", false},
		{"null", "- a:", "- a: ''", false},
		{"anchor", "- a: &x 1", "- a: 1", false},
		{"tag", "- a: !!str 1", "- a: 1", false},
		{"fewer items", "- a\n- b", "- a", false},
		{"fewer documents", "- a\n---\n- b", "- a", false},
		{"more documents", "- a", "- a\n---\n- b", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before, _, err1 := yamlfile.Parse(tt.before)
			after, _, err2 := yamlfile.Parse(tt.after)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			if err := same(before, after); (err == nil) != tt.same {
				t.Errorf("got %v", err)
			}
		})
	}
}
