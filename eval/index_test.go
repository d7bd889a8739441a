package eval

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

// kinds has text fields. The Data of an event are their values in order, with "-" for a
// missing one.
type kinds struct{}

func (kinds) Fields() []fieldsets.Field {
	return []fieldsets.Field{{Name: "k.kind"}, {Name: "k.object"}, {Name: "k.free"}}
}

func (kinds) Discriminating() []string { return []string{"k.kind", "k.object"} }

func (kinds) Extractor(f *fieldsets.Field, _ fieldsets.Arg) (fieldsets.Extractor, error) {
	number := map[string]int{"k.kind": 0, "k.object": 1, "k.free": 2}[f.Name]
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		if text := strings.Fields(ev.Data.(string))[number]; text != "-" {
			out.AddText(text)
		}
	}, nil
}

// kindsProgram compiles conditions as rules named 0, 1, … of the source kinds.
func kindsProgram(tb testing.TB, conditions ...string) *Engine {
	tb.Helper()
	b := NewBuilder(fieldsets.NewSource("kinds", kinds{}))
	output, err := b.CompileOutput("kinds", "x")
	if err != nil {
		tb.Fatal(err)
	}
	for i, text := range conditions {
		x, err := parser.Condition(text)
		if err != nil {
			tb.Fatal(err)
		}
		if err := b.Add(&Rule{Name: strconv.Itoa(i), Source: "kinds", Condition: x, Output: output}); err != nil {
			tb.Fatal(err)
		}
	}
	return b.Engine()
}

// candidatesOf returns the rules that an event can fire according to the index.
func candidatesOf(e *Engine, event string) []int {
	p := e.programs["kinds"]
	p.prepared.Do(p.prepare)
	f := newFrame(p)
	f.begin(&fieldsets.Event{Source: "kinds", Data: event})
	rules, _ := f.choose()
	var out []int
	for i, word := range rules {
		for ; word != 0; word &= word - 1 {
			out = append(out, i*64+bits.TrailingZeros64(word))
		}
	}
	return out
}

func TestIndex(t *testing.T) {
	e := kindsProgram(t, []string{
		0: "k.kind = open and k.free = x",
		1: "k.kind in (open, close) and k.object != file",
		2: "not k.kind = open",
		3: "not (k.kind != open or k.object = file)",
		4: "k.free = x",
		5: "k.kind exists",
		6: "k.kind = open or k.free = x",
		7: "k.kind startswith o and k.object = file",
		8: "k.kind in ()",
	}...)
	for event, want := range map[string]string{
		"open file x":  "[0 4 5 6 7]",
		"open dir x":   "[0 1 3 4 5 6]",
		"open - x":     "[0 3 4 5 6]", // a missing value is neither equal nor different
		"close dir x":  "[1 2 4 5 6]",
		"close file x": "[2 4 5 6 7]",
		"write file x": "[2 4 5 6 7]",
		"- - x":        "[2 3 4 5 6]",
	} {
		t.Run(subtest.Name(event), func(t *testing.T) {
			if got := fmt.Sprint(candidatesOf(e, event)); got != want {
				t.Errorf("%s: looks at %s, want %s", event, got, want)
			}
		})
	}
}

// TestIndexValues has more values than the index has classes, and more rules than a word
// has bits.
func TestIndexValues(t *testing.T) {
	var conditions []string
	for i := range maxIndexed + 100 {
		conditions = append(conditions, fmt.Sprintf("k.kind = v%d", i), fmt.Sprintf("k.kind != v%d and k.object = none", i))
	}
	e := kindsProgram(t, conditions...)
	m := e.NewMatcher(AllMatches)
	for i := range maxIndexed + 100 {
		matches := m.Match(&fieldsets.Event{Source: "kinds", Data: fmt.Sprintf("v%d file x", i)})
		if len(matches) != 1 || matches[0].Rule.Name != strconv.Itoa(2*i) {
			t.Fatalf("v%d: %d matches", i, len(matches))
		}
		if n := len(candidatesOf(e, fmt.Sprintf("v%d file x", i))); n > 101 {
			t.Errorf("v%d: looks at %d rules", i, n)
		}
	}
	if got := len(m.Match(&fieldsets.Event{Source: "kinds", Data: "other none x"})); got != maxIndexed+100 {
		t.Errorf("another value: %d matches", got)
	}
}
