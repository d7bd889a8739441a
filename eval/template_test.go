package eval_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/subtest"
)

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

func TestRedacted(t *testing.T) {
	b := eval.NewBuilder(testSource())
	r, err := compile(b, "t.s exists", "%t.s %20t.s %toupper(t.s) %t.key[x] %t.none %t.list")
	if err != nil {
		t.Fatal(err)
	}
	extra, err := b.CompileOutput(r.Source, "<%t.s>")
	if err != nil {
		t.Fatal(err)
	}
	r.Output.AddField("extra", extra, false)
	if err := b.Add(r); err != nil {
		t.Fatal(err)
	}
	m := b.Engine().NewMatcher(eval.FirstMatch).Match(testEvent())[0]
	redact := func(names ...string) *eval.Rule {
		redacted := *r
		redacted.Output = r.Output.Redacted(func(name string) bool { return slices.Contains(names, name) }, "…")
		return &redacted
	}
	if redact("t.other").Output != r.Output {
		t.Error("a template without redacted fields is copied")
	}
	for _, test := range []struct {
		names          []string
		output, fields string
	}{
		{[]string{"t.s", "t.none"}, "… … … aGk= … (a,b,b)", `"extra":"<…>","t.key[x]":"aGk=","t.list":["a","b","b"],"t.none":"…","t.s":"…"`},
		{[]string{"t.key[x]", "t.list"}, "Hello World Hello World          HELLO WORLD … <NA> …", `"extra":"<Hello World>","t.key[x]":"…","t.list":"…","t.none":null,"t.s":"Hello World"`},
	} {
		t.Run(subtest.Name(test.output), func(t *testing.T) {
			m.Rule = redact(test.names...)
			if got := m.Message(); got != test.output {
				t.Errorf("got  %s\nwant %s", got, test.output)
			}
			if got := string(m.AppendJSON(nil)); !strings.Contains(got, test.fields) {
				t.Errorf("%s\nis not in %s", test.fields, got)
			}
		})
	}
	m.Rule = r
	if got := m.Message(); strings.Contains(got, "…") {
		t.Errorf("the original template has changed: %s", got)
	}
}
