package eval_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

// record is an event of the tests: the values of its fields.
type record map[string][]string

// fields has one field of each kind, read from a record.
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

// build compiles rules from conditions; the name of a rule is its condition.
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
	// A missing value makes every check false.
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
	for range 2 { // state of the first event must not show in the second
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

func TestCompileErrors(t *testing.T) {
	for _, test := range []struct{ condition, want string }{
		{"t.nosuch exists", "source test has no field t.nosuch"},
		{"t.s[1] exists", "field t.s takes no argument"},
		{"t.key exists", "field t.key needs an argument: t.key[…]"},
		{"t.key[bad] exists", "field t.key: bad is no key"},
		{"t.at[x] exists", `field t.at takes an index from 0, not "x"`},
		{"t.at[01] exists", `field t.at takes an index from 0, not "01"`},
		{"t.list = a", "t.list has a list of values, which takes in, intersects and exists, not ="},
		{"t.s bcontains 00", "t.s is text and does not take bcontains; it takes exists <= < >= > == = != glob iglob contains icontains startswith endswith regex intersects in pmatch"},
		{"evt.num contains 1", "evt.num is a number and does not take contains; it takes exists <= < >= > == = != intersects in"},
		{"evt.num = x", `evt.num is a whole decimal number, not "x"`},
		{"evt.num = 0x10", `evt.num is a whole decimal number, not "0x10"`},
		{"evt.is_async = yes", `evt.is_async is true or false, not "yes"`},
		{"evt.is_async > 1", "evt.is_async is true or false and does not take >; it takes exists == = != intersects in"},
		{"t.s regex '('", "the regular expression is not valid: error parsing regexp: missing closing ): `(`"},
		{"t.s = " + strings.Repeat("x", 256), "the value has 256 bytes, more than 255"},
		{`t.s = "a\x00"`, "a value cannot hold a NUL byte"},
		{"t.s = val(t.list)", "t.s is CHARBUF and t.list is a list of CHARBUF: only like can be compared with like"},
		{"t.s regex val(t.other)", "regex takes constants only, no field on its right"},
		{"tolower(evt.num) = a", "tolower does not take evt.num, which is a number"},
		{"concat(t.s) = a", "concat has 1 of at least 2 arguments: concat(field, \"/\", field)"},
		{"join(t.list, t.list) = a", "the first argument of join is one text; t.list is a list (text)"},
		{"join(',', t.s) = a", "the second argument of join is a list; t.s is text"},
		{"t.s = val(t.other)[x]", "val(…) takes no argument in brackets"},
		{"tolower(t.s, t.s) = a", "tolower has 2 of 1 arguments: tolower(field)"},
		{"t.nosuch exists and t.s[1] exists", "source test has no field t.nosuch"},
	} {
		t.Run(subtest.Name(test.condition), func(t *testing.T) {
			b := eval.NewBuilder(testSource())
			r, err := compile(b, test.condition, "x")
			if err != nil {
				t.Fatalf("%s: %v", test.condition, err)
			}
			// Twice: what failed once is remembered.
			for range 2 {
				err = b.Add(r)
				var errs diag.List
				if !errors.As(err, &errs) || errs[0].Message != test.want {
					t.Errorf("%s:\n got %v\nwant %s", test.condition, err, test.want)
				}
			}
		})
	}
}

// isUnknown reports whether an error is about a field or an event type that Falco does
// not know.
func isUnknown(err error) bool {
	var field *fieldsets.FieldError
	return errors.As(err, &field) && field.Unknown
}

func TestModes(t *testing.T) {
	e := build(t, "t.none exists", "t.s exists", "t.s != x")
	for mode, want := range map[eval.Mode]int{eval.FirstMatch: 1, eval.AllMatches: 2} {
		matches := e.NewMatcher(mode).Match(testEvent())
		if len(matches) != want || matches[0].Rule.Name != "t.s exists" {
			t.Errorf("mode %d: %d matches", mode, len(matches))
		}
	}
	other := testEvent()
	other.Source = "another"
	if m := e.NewMatcher(eval.AllMatches).Match(other); len(m) > 0 {
		t.Error("a rule fires on an event of another source")
	}
}

func TestDisabledRule(t *testing.T) {
	b := eval.NewBuilder(testSource())
	r, err := compile(b, "t.s exists", "x")
	if err != nil {
		t.Fatal(err)
	}
	r.Disabled = true
	if err := b.Add(r); err != nil {
		t.Fatal(err)
	}
	e := b.Engine()
	if len(e.Rules()) != 1 || e.Has("test") || len(e.NewMatcher(eval.AllMatches).Match(testEvent())) > 0 {
		t.Error("a disabled rule runs, or is gone")
	}
}

func TestOutputs(t *testing.T) {
	for _, test := range []struct{ output, want string }{
		{"s=%t.s none=%t.none list=%t.list.", "s=Hello World none=<NA> list=(a,b,b)."},
		{"%t.at[1] %t.at %t.key[x]", "one whole aGk="},
		{"%3t.s|%13t.at|", "Hel|whole        |"},
		{"%4t.none|%2t.list|", "<NA>|(a|"},
		{"%evt.num %evt.is_async %evt.rawtime.ns %evt.reltime", "7 false 736141000 736141000"},
		{"%evt.time %evt.time.s", "13:58:49.736141000 13:58:49"},
		{"%evt.datetime %evt.datetime.s", "2018-10-25 13:58:49.736141000 2018-10-25 13:58:49"},
		{"%evt.time.iso8601", "2018-10-25T13:58:49.736141000+0000"},
		{"%toupper(t.s) %len(t.list)", "HELLO WORLD 3"},
		{"%t.sx", "Hello Worldx"},
	} {
		t.Run(subtest.Name(test.output), func(t *testing.T) {
			b := eval.NewBuilder(testSource())
			r, err := compile(b, "t.s exists", test.output)
			if err == nil {
				err = b.Add(r)
			}
			if err != nil {
				t.Errorf("%s: %v", test.output, err)
				return
			}
			got := string(b.Engine().NewMatcher(eval.FirstMatch).Match(testEvent())[0].AppendMessage(nil))
			if got != test.want {
				t.Errorf("%s:\n got %s\nwant %s", test.output, got, test.want)
			}
		})
	}
}

func TestBrokenUTF8(t *testing.T) {
	b := eval.NewBuilder(testSource())
	r, err := compile(b, "t.s exists", "%t.s")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Add(r); err != nil {
		t.Fatal(err)
	}
	m := b.Engine().NewMatcher(eval.FirstMatch)
	for in, want := range map[string]string{
		"a\xffb":               "a\uFFFDb",
		"a\xe2\x82":            "a\uFFFD", // a character broken off
		"\xe2\x82x":            "\uFFFDx", //
		"\xf0\x9f\x92\xff":     "\uFFFD\uFFFD",
		"\xe0\x80":             "\uFFFD\uFFFD", // no character begins like this
		"\xc3\xa9\xe2\x82\xac": "é€",
		"\x80\x80":             "\uFFFD\uFFFD",
	} {
		t.Run(subtest.Name(in), func(t *testing.T) {
			ev := testEvent()
			ev.Data.(record)["t.s"] = []string{in}
			got := string(m.Match(ev)[0].AppendText(nil))
			if !strings.HasSuffix(got, "Warning "+want) {
				t.Errorf("%q: got %q, want %q", in, got, want)
			}
		})
	}
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
}

// TestConcurrentUse matches on one engine from many goroutines; the race
// detector looks on.
func TestConcurrentUse(t *testing.T) {
	var conditions []string
	want := 0
	for _, test := range truths {
		conditions = append(conditions, test.condition)
		if test.holds {
			want++
		}
	}
	e := build(t, conditions...)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			m := e.NewMatcher(eval.AllMatches)
			for range 100 {
				matches := m.Match(testEvent())
				if len(matches) != want {
					t.Errorf("%d rules fire, want %d", len(matches), want)
					return
				}
				_ = matches[0].AppendJSON(nil)
			}
		})
	}
	wg.Wait()
}

func TestSharedFailureIsReportedForEachRule(t *testing.T) {
	b := eval.NewBuilder(testSource())
	shared, err := parser.Condition("t.nosuch exists or t.s[1] exists")
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.CompileOutput("test", "x")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		err := b.Add(&eval.Rule{Name: strconv.Itoa(i), Source: "test", Condition: shared, Output: out})
		var errs diag.List
		if !errors.As(err, &errs) || len(errs) != 2 {
			t.Errorf("rule %d: %v", i, err)
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("a*b?[c-e]", "axxbzd")
	f.Add("[!a]\\*", "b*")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 200 || len(s) > 500 {
			return
		}
		b := eval.NewBuilder(testSource())
		r, err := compile(b, "t.s exists", "x")
		if err != nil {
			t.Fatal(err)
		}
		_ = b.Add(r)
		for _, op := range []string{"glob", "iglob", "pmatch", "regex"} {
			right := quote(pattern)
			if op == "pmatch" {
				right = "(" + right + ")"
			}
			r, err := compile(b, "t.s "+op+" "+right, "x")
			if err != nil {
				return // a NUL, or no UTF-8
			}
			_ = b.Add(r) // a bad regex
		}
		ev := testEvent()
		ev.Data.(record)["t.s"] = []string{s}
		b.Engine().NewMatcher(eval.AllMatches).Match(ev)
	})
}

// quote writes s as a quoted value of the language.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		fmt.Fprintf(&b, `\x%02x`, s[i])
	}
	b.WriteByte('"')
	return b.String()
}
