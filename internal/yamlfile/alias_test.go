package yamlfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/growth"
)

// laughs returns a "billion laughs" document: each of n anchors has ten aliases of
// the previous one.
func laughs(n int) string {
	text := "- &a0 x\n"
	for i := range n {
		text += fmt.Sprintf("- &a%d [%s*a%d]\n", i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	return text
}

// nested returns aliases nested n levels deep.
func nested(n int) string {
	text := ""
	for i := range n {
		text += fmt.Sprintf("- &a%d [*a%d]\n", i+1, i)
	}
	return text
}

func TestCheckAliases(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		docs       int
		want       string
	}{
		{"none", "a: [b]\n", 1, ""},
		{"few", laughs(3), 1, ""},
		{"too many values", "a\n---\n" + laughs(9), 1, "8:43: aliases expand to more than 200000 values"},
		{"too much text", "- &a " + strings.Repeat("x", 10<<10) + "\n" + strings.Repeat("- *a\n", 20_000), 0, "16668:3: aliases expand to"},
		{"deep", "- &a0 x\n" + nested(1000), 0, "448:10: aliases expand to more than 200000 values"},
		{"a part of itself", "- &a [b, *a]\n", 0, "1:10: alias of a value that contains it"},
		{"parts of each other", "- &a [&b [*a], *b]\n", 0, "1:11: alias of a value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			docs, bad := Read([]byte(tt.text))
			if bad != nil {
				t.Fatal(bad)
			}
			n, err := CheckAliases(docs)
			if n != tt.docs || (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%d documents and %v, want %d and %s", n, err, tt.docs, tt.want)
			}
		})
	}
}

func TestCheckAliasesTime(t *testing.T) {
	growth.Linear(t, 1000, func(n int) {
		docs, bad := Read([]byte("- &a x\n" + strings.Repeat("- [*a]\n", n)))
		if bad != nil {
			t.Fatal(bad)
		}
		CheckAliases(docs)
	})
}
