package eval_test

import (
	"encoding/json"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/parser"
)

// hollow has fields whose extractors mark a value as present, but add none.
type hollow struct{}

func (hollow) Fields() []fieldsets.Field {
	return []fieldsets.Field{
		{Name: "h.text"},
		{Name: "h.number", Type: fieldsets.Uint64},
		{Name: "h.addr", Type: fieldsets.IPAddr},
		{Name: "h.list", List: true},
		{Name: "h.some", Match: fieldsets.MatchAny},
		{Name: "h.sides", Type: fieldsets.Port, Match: fieldsets.MatchEither},
		{Name: "h.compared", Match: fieldsets.MatchAny, ConditionValue: present},
	}
}

func (hollow) Extractor(*fieldsets.Field, fieldsets.Arg) (fieldsets.Extractor, error) {
	return present, nil
}

func present(_ *fieldsets.Event, out *fieldsets.Values) { out.MarkPresent() }

// TestPresentWithoutValue checks and prints fields that are marked as present but have no
// value. Only lists and fields with several values are present then.
func TestPresentWithoutValue(t *testing.T) {
	for field, exists := range map[string]bool{
		"h.text": false, "h.number": false, "h.addr": false, "h.list": true, "h.some": true, "h.sides": true, "h.compared": true,
	} {
		t.Run(field, func(t *testing.T) {
			b := eval.NewBuilder(fieldsets.NewSource("test", hollow{}))
			want := map[string]bool{
				field + " exists":                   exists,
				field + " = x":                      false,
				field + " = 1":                      false,
				field + " != 1":                     false,
				field + " = val(" + field + ")":     false,
				field + " in (x, 1)":                field == "h.list", // as all of its elements are
				field + " intersects (x, 1)":        false,
				"len(" + field + ") >= 0":           field == "h.list",
				"tolower(" + field + ") = x":        false,
				"concat(" + field + ", 'a') exists": false,
			}
			outputs := []string{"%" + field, "%len(" + field + ")", "%toupper(" + field + ")"}
			compiled := 0
			for condition := range want {
				x, err := parser.Condition(condition)
				if err != nil {
					t.Fatal(err)
				}
				for _, output := range outputs {
					out, err := b.CompileOutput("test", output)
					if err != nil {
						continue // of another type
					}
					if b.Add(&eval.Rule{Name: condition, Source: "test", Condition: x, Output: out}) == nil {
						compiled++
					}
				}
			}
			if compiled == 0 {
				t.Fatal("no rule compiles")
			}
			engine := b.Engine()
			ev := &fieldsets.Event{Source: "test"}
			fired := map[string]bool{}
			for _, m := range engine.NewMatcher(eval.AllMatches).Match(ev) {
				fired[m.Rule.Name] = true
				if !json.Valid(m.AppendJSON(nil)) || m.String() == "" {
					t.Errorf("%s: %s", m.Rule.Name, m)
				}
			}
			for _, r := range engine.Rules() {
				if fired[r.Name] != want[r.Name] {
					t.Errorf("%s is %v", r.Name, fired[r.Name])
				}
				if got := explainer(t, engine, r, eval.AllMatches).Explain(ev).Condition.Result; got != want[r.Name] {
					t.Errorf("%s is %v when it is explained", r.Name, got)
				}
			}
			for _, template := range outputs {
				all, err := parser.Condition("evt.num >= 0")
				if err != nil {
					t.Fatal(err)
				}
				b := eval.NewBuilder(fieldsets.NewSource("test", hollow{}))
				out, err := b.CompileOutput("test", template)
				if err != nil {
					continue
				}
				if err := b.Add(&eval.Rule{Source: "test", Condition: all, Output: out}); err != nil {
					t.Fatal(err)
				}
				for _, m := range b.Engine().NewMatcher(eval.FirstMatch).Match(ev) {
					if text := string(m.AppendMessage(nil)); text != "<NA>" && field != "h.list" {
						t.Errorf("%s prints %q", template, text)
					}
				}
			}
		})
	}
}
