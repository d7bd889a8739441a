package syscall_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/parser"
)

// answer is an event of the conformance data with what Falco said of it.
type answer struct {
	ID     string
	Fields map[string]struct {
		Type string
		List bool
		Str  string
		JSON json.RawMessage
	}
	Filters, Formats [][2]json.RawMessage
}

// event is the fixture of an answer.
func (a *answer) event(t *testing.T) string {
	t.Helper()
	fields := map[string]any{}
	for name, v := range a.Fields {
		fields[name] = v.JSON
		switch v.Type {
		case "CHARBUF", "FSPATH", "FSRELPATH", "BYTEBUF", "IPADDR":
			if !v.List || string(v.JSON) == "null" {
				fields[name] = v.Str
			}
		}
	}
	text, err := json.Marshal(map[string]any{"fields": fields})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// answers reads a file of the conformance data.
func answers(t *testing.T, name string) []answer {
	t.Helper()
	dir := os.Getenv("FALCORULES_CONFORMANCE")
	if dir == "" {
		dir = "../../../shared/conformance"
	}
	data, err := os.ReadFile(filepath.Join(dir, "syscall", name))
	if err != nil {
		t.Skip("no conformance data; set FALCORULES_CONFORMANCE to its folder")
	}
	var out []answer
	for line := range bytes.Lines(data) {
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

// lost is how many answers may differ: those on environments of ancestors that the
// fields do not show, and on memory that Falco read beyond a value's end.
const lost = 3

// TestConformanceEvents holds conditions and outputs on fixtures made of the fields
// of real events against Falco's answers on these events.
func TestConformanceEvents(t *testing.T) {
	source := syscall.NewFixtures()
	wrong, total := 0, 0
	differs := func(id, what string, got, want any) {
		if wrong++; wrong > lost {
			t.Errorf("%s: %s: got %v, want %v", id, what, got, want)
		} else {
			t.Logf("%s: %s: got %v, want %v", id, what, got, want)
		}
	}
	events := map[string]*answer{}
	all := answers(t, "events.jsonl")
	for i := range all {
		a := &all[i]
		events[a.ID] = a
		ev := decode(t, source, a.event(t))
		b := eval.NewBuilder(source.Source)
		output, err := b.CompileOutput(syscall.SourceName, "x")
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for _, filter := range a.Filters {
			var condition string
			var holds bool
			if json.Unmarshal(filter[0], &condition) != nil || json.Unmarshal(filter[1], &holds) != nil {
				continue // it does not compile
			}
			x, err := parser.Condition(condition)
			if err == nil {
				err = b.Add(&eval.Rule{Name: condition, Source: syscall.SourceName, Condition: x, Output: output})
			}
			if err != nil {
				t.Errorf("%s: %s: %v", a.ID, condition, err)
			}
			want[condition] = holds
		}
		fired := map[string]bool{}
		for _, m := range b.Engine().NewMatcher(eval.AllMatches).Match(ev) {
			fired[m.Rule.Name] = true
		}
		for condition, holds := range want {
			if total++; fired[condition] != holds {
				differs(a.ID, condition, fired[condition], holds)
			}
		}
	}
	yes, err := parser.Condition("evt.num >= 0")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers(t, "formats.jsonl") {
		var ev *fieldsets.Event
		if event := events[a.ID]; event != nil {
			ev = decode(t, source, event.event(t))
		}
		for _, format := range a.Formats {
			var template string
			var shown struct{ Str *string }
			if json.Unmarshal(format[0], &template) != nil || json.Unmarshal(format[1], &shown) != nil || shown.Str == nil || len(template) < 2 || template[0] != '*' || template[1] == '*' || ev == nil {
				continue // a rule always gets one
			}
			b := eval.NewBuilder(source.Source)
			output, err := b.CompileOutput(syscall.SourceName, template[1:])
			if err == nil {
				err = b.Add(&eval.Rule{Source: syscall.SourceName, Condition: yes, Output: output})
			}
			if err != nil {
				t.Errorf("%s: %s: %v", a.ID, template, err)
				continue
			}
			total++
			for _, m := range b.Engine().NewMatcher(eval.FirstMatch).Match(ev) {
				// As JSON, in which bytes that are no text are lost.
				var alert struct{ Output string }
				if err := json.Unmarshal(m.AppendJSON(nil), &alert); err != nil {
					t.Fatal(err)
				}
				_, got, _ := strings.Cut(alert.Output, ": Emergency ")
				if got != *shown.Str {
					differs(a.ID, template, got, *shown.Str)
				}
			}
		}
	}
	t.Logf("%d of %d agree", total-wrong, total)
}

// TestConformanceDerivations derives each field of real events from the others.
func TestConformanceDerivations(t *testing.T) {
	source := syscall.NewFixtures()
	for _, a := range answers(t, "events.jsonl") {
		text := strings.Replace(a.event(t), "{", `{"container": {"id": ""}, `, 1) // no plugin told Falco of one
		var doc jsonfields.Document
		if err := doc.Parse([]byte(text)); err != nil {
			t.Fatal(err)
		}
		d := fixture.NewDecoder(&fieldsets.Stream{}, source)
		if _, err := d.Decode([]byte(text), doc.JSON()); err != nil {
			t.Fatalf("%s: %v", a.ID, err)
		}
		for _, c := range d.Conflicts() {
			if c.Field != "container.id" {
				t.Errorf("%s: %v", a.ID, c)
			}
		}
	}
}
