package yamlfile

import (
	"runtime"
	"strings"
	"testing"
)

// TestMemory checks the memory for files with many short values.
func TestMemory(t *testing.T) {
	const length, most = 512 << 10, 100 << 20
	for _, tt := range []struct{ name, start, part, end, want string }{
		{name: "open brackets", part: "[ ", want: "nested more than"},
		{name: "open braces", part: "{ ", want: "expected a comma or the end of the {"},
		{name: "lists in lists", part: "- ", want: "nested more than"},
		{name: "a list in one line", start: "[", part: "a,", end: "]"},
		{name: "a list in one line that is not closed", start: "[", part: "a,", want: "not closed"},
		{name: "a map in one line", start: "{", part: "a: b,", end: "}"},
		{name: "a list in brackets over many lines", start: "[", part: "a,\n", end: "]"},
		{name: "items that are not written", part: "-\n", want: "omitted"},
		{name: "entries that are not written", start: "[", part: ",", end: "]", want: "omitted"},
		{name: "keys and values that are not written", start: "{", part: ",", end: "}", want: "omitted"},
		{name: "items", part: "- a\n"},
		{name: "empty maps", part: "- {}\n"},
		{name: "documents", part: "--- a\n"},
		{name: "aliases", start: "- &a b\n", part: "- *a\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := tt.start + strings.Repeat(tt.part, length/len(tt.part)) + tt.end
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := Parse(text)
			runtime.ReadMemStats(&after)
			switch {
			case err == nil && tt.want != "":
				t.Errorf("no error, want one with %q", tt.want)
			case err != nil && (tt.want == "" || !strings.Contains(err.Message, tt.want)):
				t.Errorf("%v, want %q", err, tt.want)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > most {
				t.Errorf("%d bytes for a text of %d", got, len(text))
			}
		})
	}
}

func TestTooManyValues(t *testing.T) {
	// With its list, the text has 11 values.
	for before, want := range map[int]string{maxNodes - 11: "", maxNodes - 10: "more than 2000000 values"} {
		p := newParser("["+strings.Repeat("a,", 10)+"]", false)
		p.nodes = before
		p.rulesDocuments()
		if got := p.err != nil; got != (want != "") || got && !strings.Contains(p.err.Message, want) {
			t.Errorf("after %d values got %v, want %q", before, p.err, want)
		}
	}
}

// TestLongKeys checks that errors in a key that is too long have Falco's positions.
func TestLongKeys(t *testing.T) {
	long := strings.Repeat("a, ", longestKey)
	for _, tt := range []struct{ name, text, want string }{
		{"later error comes first", "[*a, " + long + "@]\n", "0:3077 3077"},
		{"error on a later line does not", "[*a, " + long + "]\n\n- b\n", "0:1 1"},
		{"not closed", "[" + long, "0:0 3073"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := check(tt.text); place(err) != tt.want {
				t.Errorf("got %s (%v), want %s", place(err), err, tt.want)
			}
		})
	}
}
