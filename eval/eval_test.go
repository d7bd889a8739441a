package eval_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/parser"
)

// record is an event of the tests: the values of its fields.
type record map[string][]string

// fields has a field of each kind, read from a record.
type fields struct{}

func (fields) Fields() []fieldsets.Field {
	return []fieldsets.Field{
		{Name: "t.s"},
		{Name: "t.other"},
		{Name: "t.empty"},
		{Name: "t.none"},
		{Name: "t.path"},
		{Name: "t.list", List: true},
		{Name: "t.list2", List: true},
		{Name: "t.at", Arg: fieldsets.IndexArg},
		{Name: "t.key", Arg: fieldsets.KeyArg, ArgRequired: true},
	}
}

func (fields) Extractor(f *fieldsets.Field, arg fieldsets.Arg) (fieldsets.Extractor, error) {
	if f.Name == "t.key" && arg.Key == "bad" {
		return nil, errors.New("bad is no key")
	}
	name := f.Name
	if arg.Present {
		name += "[" + arg.Key + "]"
	}
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		for _, v := range ev.Data.(record)[name] {
			out.AddText(v)
		}
	}, nil
}

func testSource() *fieldsets.Source { return fieldsets.NewSource("test", fields{}) }

func testEvent() *fieldsets.Event {
	return &fieldsets.Event{
		Source: "test", Number: 7, Time: 1540475929736141000,
		Start: 1540475929000000000, Stream: &fieldsets.Stream{Hostname: "here"},
		Data: record{
			"t.s":      {"Hello World"},
			"t.other":  {"Hello World"},
			"t.empty":  {""},
			"t.path":   {"//usr/lib//x86/libc.so"},
			"t.list":   {"a", "b", "b"},
			"t.list2":  {"b", "c"},
			"t.at":     {"whole"},
			"t.at[1]":  {"one"},
			"t.key[x]": {"aGk="},
		},
	}
}

// build compiles rules from conditions, which are also the names of the rules.
func build(t *testing.T, conditions ...string) *eval.Engine {
	t.Helper()
	b := eval.NewBuilder(testSource())
	for _, text := range conditions {
		r, err := compile(b, text, "%evt.num")
		if err == nil {
			err = b.Add(r)
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return b.Engine()
}

func compile(b *eval.Builder, condition, output string) (*eval.Rule, error) {
	x, err := parser.Condition(condition)
	if err != nil {
		return nil, err
	}
	out, err := b.CompileOutput("test", output)
	if err != nil {
		return nil, err
	}
	return &eval.Rule{Name: condition, Source: "test", Priority: eval.PriorityWarning, Tags: []string{"x"}, Condition: x, Output: out}, nil
}

var truths = []struct {
	condition string
	holds     bool
}{
	// A check of a missing value is false.
	{"t.none exists", false},
	{"t.none = x", false},
	{"t.none != x", false},
	{"not t.none != x", true},
	{"t.empty exists", true},
	{"t.empty = ''", true},

	// Text.
	{"t.s = 'Hello World'", true},
	{"t.s == hello", false},
	{"t.s != hello", true},
	{"t.s contains lo", true},
	{"t.s contains LO", false},
	{"t.s icontains 'LO w'", true},
	{"t.s icontains ''", true},
	{"t.s startswith Hell", true},
	{"t.s endswith World", true},
	{"t.s glob 'H?llo*'", true},
	{"t.s glob 'h*'", false},
	{"t.s iglob 'h*D'", true},
	{"t.s glob '[A-I]*[!x]'", true},
	{"t.s regex 'H.* [A-Z][a-z]*'", true},
	{"t.s regex World", false}, // the whole value
	{"t.s in (a, 'Hello World')", true},
	{"t.s in ()", false},
	{"t.s intersects (a, 'Hello World')", true},
	{"t.s in x", false},

	// Modifiers.
	{"t.s startswith anyof (x, Hello)", true},
	{"t.s startswith allof (H, Hello)", true},
	{"t.s startswith oneof (H, Hello)", false},
	{"t.s startswith oneof (H, x)", true},
	{"t.s != allof (a, b)", true},
	{"t.s = anyof ()", false},
	{"t.s != allof ()", false},

	// Paths.
	{"t.path pmatch (/usr)", true},
	{"t.path pmatch (/us)", false},
	{"t.path pmatch (/etc, usr/lib/)", true},
	{"t.path pmatch (/usr/*/x86)", true},
	{"t.path pmatch (/usr/lib/x86/libc.so/x)", false},
	{"t.path pmatch ('')", true},
	{"t.none pmatch ('')", false},

	// Lists.
	{"t.list exists", true},
	{"t.list in (a, b, c)", true},
	{"t.list in (a)", false},
	{"t.list intersects (x, b)", true},
	{"t.list intersects (x)", false},
	{"t.list in ()", false},

	// Numbers.
	{"evt.num = 7", true},
	{"evt.num >= 7", true},
	{"evt.num > 7", false},
	{"evt.num < 8", true},
	{"evt.num != 7", false},
	{"evt.num in (1, 7)", true},
	{"evt.num < -1", true}, // wraps, as in Falco
	{"evt.num < 99999999999999999999", true},
	{"evt.is_async = false", true},
	{"evt.rawtime.s = 1540475929", true},
	{"evt.rawtime.ns = 736141000", true},
	{"evt.reltime = 736141000", true},
	{"evt.source = test", true},
	{"evt.hostname = here", true},
	{"evt.time startswith 13:58:49", true},
	{"evt.asynctype exists", false},

	// Arguments.
	{"t.at = whole", true},
	{"t.at[1] = one", true},
	{"t.at[2] exists", false},
	{"t.key[x] exists", true},

	// Transformers.
	{"tolower(t.s) = 'hello world'", true},
	{"toupper(t.list) intersects (B)", true},
	{"b64(t.key[x]) = hi", true},
	{"b64(t.s) exists", false},
	{"basename(t.path) = libc.so", true},
	{"len(t.s) = 11", true},
	{"len(t.list) = 3", true},
	{"len(t.none) exists", false},
	{"join('-', t.list) = a-b-b", true},
	{"join('-', (t.s, 'x')) = 'Hello World-x'", true},
	{"concat(t.at, '/', t.at[1]) = whole/one", true},
	{"concat(t.at, t.none) exists", false},
	{"tolower(toupper(t.at)) = whole", true},
	{"tolower('A') = a", true},
	{"join(',', (evt.num, evt.num)) = '7,7'", true},
	{"join(t.at, (t.list, 'x')) = awholebwholebwholex", true},

	// Fields on the right.
	{"t.s = val(t.other)", true},
	{"t.s != val(t.other)", false},
	{"t.s = val(t.none)", false},
	{"t.s startswith val(t.empty)", true},
	{"t.list intersects val(t.list2)", true},
	{"t.list in val(t.list2)", false},
	{"evt.num = len(t.at)", false},

	// Logic.
	{"t.s exists and t.none exists", false},
	{"t.s exists or t.none exists", true},
	{"not (t.s exists and not t.none exists)", false},
}

func TestConditions(t *testing.T) {
	var conditions []string
	for _, test := range truths {
		conditions = append(conditions, test.condition)
	}
	// All in one engine, so that they share checks and fields.
	m := build(t, conditions...).NewMatcher(eval.AllMatches)
	for range 2 { // the first event must not affect the second
		fired := map[string]bool{}
		for _, match := range m.Match(testEvent()) {
			fired[match.Rule.Name] = true
		}
		for _, test := range truths {
			if fired[test.condition] != test.holds {
				t.Errorf("%s: got %v", test.condition, fired[test.condition])
			}
		}
	}
}

// isUnknown reports whether an error is about a field or an event type that Falco does
// not know.
func isUnknown(err error) bool {
	var field *fieldsets.FieldError
	return errors.As(err, &field) && field.Unknown
}

// TestAllocations matches rules that do not fire.
func TestAllocations(t *testing.T) {
	m := build(t, "t.s = x", "not t.list intersects (a)", "tolower(t.s) startswith anyof (x, y)", "t.s = val(t.at)", "t.path pmatch (/etc) or t.s glob 'x*'").NewMatcher(eval.AllMatches)
	ev := testEvent()
	if n := testing.AllocsPerRun(100, func() { m.Match(ev) }); n > 0 {
		t.Errorf("%v allocations an event", n)
	}
}

func TestLongListIsCut(t *testing.T) {
	b := eval.NewBuilder(testSource())
	r, err := compile(b, "t.list exists", "%t.list")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Add(r); err != nil {
		t.Fatal(err)
	}
	ev := testEvent()
	ev.Data.(record)["t.list"] = []string{"", "", strings.Repeat("x", 2000)}
	got := string(b.Engine().NewMatcher(eval.FirstMatch).Match(ev)[0].AppendMessage(nil))
	if want := "(" + strings.Repeat("x", 1022); got != want {
		t.Errorf("got %d bytes, %q…", len(got), got[:10])
	}
}

func TestAlerts(t *testing.T) {
	b := eval.NewBuilder(testSource())
	r, err := compile(b, "t.s exists", "quote \" tab\t bad \xff s=%t.s at=%t.at[1] none=%t.none list=%t.list up=%toupper(t.other) n=%evt.num")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Add(r); err != nil {
		t.Fatal(err)
	}
	ev := testEvent()
	ev.Stream.Location = time.FixedZone("", 2*60*60)
	m := b.Engine().NewMatcher(eval.FirstMatch).Match(ev)[0]
	text := string(m.AppendText(nil))
	const wantText = `15:58:49.736141000: Warning quote \" tab\t bad ` + "\uFFFD" + ` s=Hello World at=one none=<NA> list=(a,b,b) up=HELLO WORLD n=7`
	if text != wantText {
		t.Errorf("got  %s\nwant %s", text, wantText)
	}
	var got map[string]any
	if err := json.Unmarshal(m.AppendJSON(nil), &got); err != nil {
		t.Fatalf("%v: %s", err, m.AppendJSON(nil))
	}
	want := map[string]any{
		"hostname": "here",
		"output":   "15:58:49.736141000: Warning quote \" tab\t bad \uFFFD s=Hello World at=one none=<NA> list=(a,b,b) up=HELLO WORLD n=7",
		"output_fields": map[string]any{
			"evt.num": 7.0, "evt.time": 1540475929736141000.0,
			"t.at[1]": "one", "t.list": []any{"a", "b", "b"}, "t.none": nil, "t.other": "Hello World", "t.s": "Hello World",
		},
		"priority": "Warning", "rule": "t.s exists", "source": "test", "tags": []any{"x"}, "time": "2018-10-25T13:58:49.736141000Z",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	wantFields := map[string]any{
		"evt.num": json.Number("7"), "evt.time": json.Number("1540475929736141000"),
		"t.at[1]": "one", "t.list": []any{"a", "b", "b"}, "t.none": nil, "t.other": "Hello World", "t.s": "Hello World",
	}
	if diff := cmp.Diff(wantFields, m.Fields()); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// quote returns s as a quoted value.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		fmt.Fprintf(&b, `\x%02x`, s[i])
	}
	b.WriteByte('"')
	return b.String()
}
