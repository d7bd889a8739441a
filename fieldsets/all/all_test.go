package all_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/parser"
)

// references returns ways to refer to a field, with and without arguments.
func references(source *fieldsets.Source, f fieldsets.Field) []string {
	texts := []string{f.Name, f.Name + "[0]", f.Name + "[1]", f.Name + "[-1]", f.Name + "[x]", f.Name + "[/a]"}
	switch f.Name {
	case "evt.arg", "evt.rawarg":
		types := map[fieldsets.Type]bool{}
		for _, t := range syscall.EventTypes() {
			for i, p := range t.Params {
				if i == 0 || !types[p.Type] { // the result, and one parameter of each type
					types[p.Type] = true
					texts = append(texts, f.Name+"."+p.Name)
				}
			}
		}
	case "evt.type.is":
		texts = append(texts, f.Name+".open")
	case "evt.abspath":
		texts = append(texts, f.Name+".src", f.Name+".dst")
	case "thread.cgroup":
		texts = append(texts, f.Name+".cpuset")
	}
	slices.Sort(texts)
	return slices.DeleteFunc(slices.Compact(texts), func(text string) bool {
		_, _, err := source.Lookup(text)
		return err != nil
	})
}

// reader uses every field of a source in conditions and outputs.
type reader struct {
	source  *fixture.Source
	decoder *fixture.Decoder
	engine  *eval.Engine
	matcher *eval.Matcher
	// references are ways to refer to fields. consistent has those that have the same
	// value in conditions as in outputs.
	references []string
	consistent []bool
	rules      map[*eval.Rule]form
}

// form is how a rule uses a reference: in conditions[number] or, if prints is set, in
// outputs[number].
type form struct {
	reference, number int
	prints            bool
}

// The forms. No condition can hold unless the first one does.
var (
	conditions = []string{
		"%s exists", "len(%s) >= 0", "tolower(%s) exists", "%[1]s = val(%[1]s)", "%[1]s in val(%[1]s)", "join(',', (%s)) exists",
		`%s != "1"`, `%s in ("1", "2")`,
	}
	outputs = []string{"%%%s", "%%toupper(%s)", "%%len(%s)"}
)

func newReader(t testing.TB, source *fixture.Source) *reader {
	t.Helper()
	r := &reader{source: source, decoder: fixture.NewDecoder(&fieldsets.Stream{}, source), rules: map[*eval.Rule]form{}}
	b := eval.NewBuilder(source.Source)
	add := func(condition, output string, of form) {
		x, err := parser.Condition(condition)
		if err != nil {
			t.Fatalf("%s: %v", condition, err)
		}
		out, err := b.CompileOutput(source.Name(), output)
		rule := &eval.Rule{Source: source.Name(), Condition: x, Output: out}
		if err == nil {
			err = b.Add(rule)
		}
		if err == nil {
			r.rules[rule] = of
		} else if of.number == 0 {
			t.Fatalf("%s, %s: %v", condition, output, err)
		}
	}
	for _, f := range source.Fields() {
		refs := references(source.Source, f)
		if len(refs) == 0 {
			t.Errorf("no way to refer to %s", f.Name)
		}
		for _, ref := range refs {
			at := len(r.references)
			for i, condition := range conditions {
				add(fmt.Sprintf(condition, ref), "x", form{at, i, false})
			}
			for i, output := range outputs {
				add("evt.num >= 0", fmt.Sprintf(output, ref), form{at, i, true})
			}
			r.references = append(r.references, ref)
			r.consistent = append(r.consistent, isConsistent(t, source, ref))
		}
	}
	r.engine = b.Engine()
	r.matcher = r.engine.NewMatcher(eval.AllMatches)
	return r
}

// isConsistent reports whether a reference has the same value in conditions as in
// outputs.
func isConsistent(t testing.TB, source *fixture.Source, ref string) bool {
	t.Helper()
	x, err := parser.Condition(ref + " exists")
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := source.Resolve(x.(*ast.Check).Left.(*ast.Field))
	if err != nil {
		t.Fatal(err)
	}
	return f.ConditionValue == nil
}

// decode decodes an event in JSON. It returns nil if the event is invalid.
func (r *reader) decode(t testing.TB, given []byte) *fieldsets.Event {
	t.Helper()
	var doc jsonfields.Document
	if err := doc.Parse(given); err != nil {
		t.Fatalf("%s: %v", given, err)
	}
	ev, err := r.decoder.Decode(given, doc.JSON())
	if err != nil {
		return nil
	}
	return ev
}

// read uses all fields of an event. It checks that no condition holds for a field
// without a value, and that outputs print <NA> for it.
func (r *reader) read(t testing.TB, text []byte, ev *fieldsets.Event) {
	t.Helper()
	matches := r.matcher.Match(ev)
	exists := make([]bool, len(r.references))
	for _, m := range matches {
		if of := r.rules[m.Rule]; !of.prints && of.number == 0 {
			exists[of.reference] = true
		}
	}
	for _, m := range matches {
		of := r.rules[m.Rule]
		ref := r.references[of.reference]
		if of.prints {
			printed := string(m.AppendMessage(nil))
			if !exists[of.reference] && printed != "<NA>" && r.consistent[of.reference] {
				t.Errorf("%s: %s does not exist, but %s prints %q", text, ref, fmt.Sprintf(outputs[of.number], ref), printed)
			}
			if alert := m.AppendJSON(nil); !json.Valid(alert) {
				t.Errorf("%s: %s: invalid JSON %s", text, ref, alert)
			}
		} else if !exists[of.reference] && r.consistent[of.reference] {
			t.Errorf("%s: %s does not exist, but %s holds", text, ref, fmt.Sprintf(conditions[of.number], ref))
		}
	}
}

// TestSparseFixtures reads all fields of events with a single value, and of failed and
// successful events of each type.
func TestSparseFixtures(t *testing.T) {
	for _, source := range fixtures.Sources(all.Sources()) {
		t.Run(source.Name(), func(t *testing.T) {
			r := newReader(t, source)
			events := []string{`{"fields": {}}`}
			for i, ref := range r.references {
				value := values[i%len(values)]
				if i%3 == 0 {
					value = `"1"`
				}
				events = append(events, fmt.Sprintf(`{"fields": {%q: %s}}`, ref, value))
			}
			if source.Name() == syscall.SourceName {
				for _, e := range syscall.EventTypes() {
					for _, res := range []string{"ENOENT", "SUCCESS"} {
						events = append(events, fmt.Sprintf(`{"fields": {"evt.type": %q, "evt.res": %q}}`, e.Name, res))
					}
				}
				events = append(events, `{"evt": {"type": "execve"}, "proc": {"name": "bash", "args": ["-i"]}}`)
			}
			step := 7
			if testing.Short() {
				step = 40
			}
			for i := 0; i < len(events); i += step {
				text := events[len(events)-1-i]
				given := []byte(strings.Replace(text, "{", fmt.Sprintf(`{"source": %q, `, source.Name()), 1))
				if ev := r.decode(t, given); ev != nil {
					r.read(t, given, ev)
				}
			}
		})
	}
}

// values are given values of fields, in JSON.
var values = []string{
	`"1"`, `""`, `0`, `-1`, `true`, `null`, `[]`, `["a", "b"]`, `"/a/b"`, `"ENOENT"`, `"SUCCESS"`, `"ipv4"`, `"file"`, `"10.0.0.1"`, `"::1"`,
	`"10.0.0.1:1->10.0.0.2:80"`, `":::80"`, `"A=1 B=2"`, `"-c x"`, `"host"`, `4294967295`, `{"hex": "00ff"}`, `{"x": "1"}`, `"O_RDWR|O_CREAT"`, `"<NA>"`,
}

// FuzzSparseFixtures reads all fields of events with a few values. The bytes of the
// input select the source, the type of the event, and the values.
func FuzzSparseFixtures(f *testing.F) {
	var readers []*reader
	for _, source := range fixtures.Sources(all.Sources()) {
		readers = append(readers, newReader(f, source))
	}
	types := syscall.EventTypes()
	f.Add([]byte{})
	for i := range readers {
		f.Add([]byte{byte(i), 3, 0, 7, 1, 9, 0, 100, 4})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		next := func() int {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return int(b)
		}
		r := readers[next()%len(readers)]
		fields := []string{}
		text := func() []byte {
			return fmt.Appendf(nil, `{"source": %q, "fields": {%s}}`, r.source.Name(), strings.Join(fields, ", "))
		}
		if number := next(); r.source.Name() == syscall.SourceName && number > 0 {
			fields = append(fields, fmt.Sprintf(`"evt.type": %q`, types[(number*256+next())%len(types)].Name))
		}
		for len(data) > 0 && len(fields) < 20 {
			ref := r.references[(next()*256+next())%len(r.references)]
			fields = append(fields, fmt.Sprintf("%q: %s", ref, values[next()%len(values)]))
			if r.decode(t, text()) == nil { // the value has the wrong type
				fields = fields[:len(fields)-1]
			}
		}
		given := text()
		ev := r.decode(t, given)
		if ev == nil {
			t.Fatalf("invalid event %s", given)
		}
		r.decoder.Conflicts()
		r.read(t, given, ev)
		if rules := r.engine.Rules(); len(rules) > 0 {
			explainer(t, r.engine, rules[(len(given)*31+next())%len(rules)], eval.AllMatches).Explain(ev)
		}
	})
}

// explainer returns an explainer for a rule.
func explainer(t *testing.T, engine *eval.Engine, rule *eval.Rule, mode eval.Mode) *eval.Explainer {
	t.Helper()
	x, err := engine.NewExplainer(rule, mode)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
