package suggest_test

import (
	"os"
	"strings"
	"testing"
)

// TestFields checks the suggestions for unknown fields.
func TestFields(t *testing.T) {
	all := sources()
	count := 0
	for line := range strings.Lines(readNames(t)) {
		words := strings.Fields(line)
		if len(words) != 3 || words[0] == "#" {
			continue
		}
		count++
		source, written, want := all[words[0]], words[1], strings.TrimPrefix(words[2], "-")
		t.Run(source.Name()+" "+written, func(t *testing.T) {
			if got := source.Suggest(written); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if want != "" {
				checkCondition(t, source, strings.Replace(want, "[…]", "[/a]", 1)+" exists")
			}
		})
	}
	if count < 400 {
		t.Errorf("only %d names", count)
	}
}

// readNames returns all tables of names.
func readNames(t *testing.T) string {
	var all strings.Builder
	for _, file := range []string{"names.txt", "others.txt"} {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
