package jsonfields_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/valyala/fastjson"

	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/internal/subtest"
)

// documents are texts that fastjson accepts or rejects in unusual ways.
var documents = []string{
	"", " ", "\n\t\r ", "\v1", "null", "true", "false", "nul", "tru", "truex", "nULL", "True",
	`""`, `"a"`, `"a`, `"`, `"\"`, `"\\"`, `"\\\"`, `"\\\" x"`, `"a\"b"`, `"a"b"`, "\"\x00\x01\n\xff\"",
	`"\u0041\u00e9\u4e2d"`, `"\u12"`, `"\u12g4"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`,
	`"\ude00\ud83d"`, `"\ud83d\ud83d\ude00"`, `"\uD83D\uZZZZ"`, `"\b\f\n\r\t\/\\\"\'\x\u"`, `"\U0041"`, `"\u+041"`, `"a\u0000b"`,
	"0", "-0", "007", "1.2.3", "1e5", "e", "E+", ".", "..", "+", "-", "+-", "--1", "1 2", "[+]", "[-]", "[1-]", "[+ ]", "0x10", "1_000",
	"nan", "NaN", "NAN", "nAn", "[nan]", "nanx", "-nan", "+NaN", "--nan", "inf", "-Inf", "+INF", "infinity", "[-inf,+inf]", "i", "in", "-in", "1inf", "1nan", "-1inf",
	"[]", "[ ]", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1,2]", " [ 1 , 2 ] ", "[1]]", "[1]x", "[[],[[]],{}]", "]",
	"{}", "{ }", "{", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{"a":1}`, `{"a" : 1 , "b":{"c":[1, 2]}}`, `{a:1}`, `{'a':1}`, `{"a",1}`, `{"a":1 "b":2}`, `{"a":1}}`, "}",
	`{"":1}`, `{"a":1,"a":2}`, `{"\u0061":1,"a":2}`, `{"a\"b":1,"a\\":2}`, `{"k\u00`, `{"k\`, `{"a\`, `{"\/":1,"/":2}`, `{"x\u0061":1,"x\u0061":2}`,
	"\xef\xbb\xbf{}", "{}\x00", "[1,\x002]", "[1,\u00a02]",
	strings.Repeat("[", 299) + "1" + strings.Repeat("]", 299),
	strings.Repeat("[", 300) + strings.Repeat("]", 300),
	strings.Repeat("[", 300) + "1" + strings.Repeat("]", 300),
	strings.Repeat("[", 301) + strings.Repeat("]", 301),
	strings.Repeat(`{"a":`, 299) + "{}" + strings.Repeat("}", 299),
	strings.Repeat(`{"a":`, 300) + "{}" + strings.Repeat("}", 300),
	strings.Repeat("[", 100000),
}

func TestParseAgreesWithFastjson(t *testing.T) {
	for _, text := range documents {
		agree(t, text)
	}
}

func FuzzDocument(f *testing.F) {
	for _, text := range documents {
		if len(text) < 1000 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) { agree(t, text) })
}

// agree compares a Document with fastjson.
func agree(t *testing.T, text string) {
	t.Helper()
	short := text
	if len(short) > 80 {
		short = short[:80] + "…"
	}
	var doc jsonfields.Document
	err := doc.Parse([]byte(text))
	want, wantErr := fastjson.Parse(text)
	if (err != nil) != (wantErr != nil) {
		t.Fatalf("%q: %v; fastjson says: %v", short, err, wantErr)
	}
	if err != nil {
		var bad *jsonfields.SyntaxError
		if !errors.As(err, &bad) || bad.Offset < 0 || bad.Offset > len(text) || bad.Msg == "" {
			t.Fatalf("%q: bad error %#v", short, err)
		}
		if doc.JSON().Exists() {
			t.Fatalf("%q: the document is not empty after an error", short)
		}
		return
	}
	keys := []string{"a", "a\\", "", "0", "1", "01", "+1", "-0", "-1", "x"}
	for m := doc.JSON().FirstMember(); m.Exists(); m = m.Next() {
		keys = append(keys, m.Name().Text())
	}
	for _, key := range keys[:min(len(keys), 20)] {
		// After a lookup of a missing member, fastjson finds other members.
		fresh := fastjson.MustParse(text)
		got := doc.JSON().Get(key)
		if want := fresh.Get(key); got.Exists() != (want != nil) || want != nil && string(got.AppendCompact(nil)) != string(want.MarshalTo(nil)) {
			t.Fatalf("%q: Get(%q) = %s, want %s", short, key, got.AppendCompact(nil), want)
		}
	}
	same(t, short, doc.JSON(), want)
}

var kinds = map[fastjson.Type]jsonfields.Kind{
	fastjson.TypeNull: jsonfields.Null, fastjson.TypeTrue: jsonfields.Bool, fastjson.TypeFalse: jsonfields.Bool,
	fastjson.TypeNumber: jsonfields.Number, fastjson.TypeString: jsonfields.String,
	fastjson.TypeArray: jsonfields.Array, fastjson.TypeObject: jsonfields.Object,
}

// same compares from the top down, because fastjson's MarshalTo changes after members
// have been read.
func same(t *testing.T, text string, got jsonfields.Node, want *fastjson.Value) {
	t.Helper()
	compact := string(want.MarshalTo(nil))
	if c := string(got.AppendCompact(nil)); c != compact {
		t.Fatalf("%q: compact text %q, want %q", text, c, compact)
	}
	if got.CompactSize() != len(compact) {
		t.Fatalf("%q: compact size %d, want %d", text, got.CompactSize(), len(compact))
	}
	if got.Kind() != kinds[want.Type()] {
		t.Fatalf("%q: kind %v, want %v", text, got.Kind(), want.Type())
	}
	wantText := compact
	if want.Type() == fastjson.TypeString {
		wantText = string(want.GetStringBytes())
	}
	if got.Text() != wantText || string(got.AppendText(nil)) != wantText {
		t.Fatalf("%q: text %q and %q, want %q", text, got.Text(), got.AppendText(nil), wantText)
	}
	if got.Bool() != want.GetBool() {
		t.Fatalf("%q: Bool is %v", text, got.Bool())
	}
	n := 0
	elements := want.GetArray()
	for e := got.Index(0); e.Exists(); e = e.Next() {
		if n == len(elements) {
			t.Fatalf("%q: too many elements", text)
		}
		if got.Index(n) != e {
			t.Fatalf("%q: Index(%d) is not element %d", text, n, n)
		}
		same(t, text, e, elements[n])
		n++
	}
	if n != len(elements) || got.Index(n).Exists() || got.Index(-1).Exists() {
		t.Fatalf("%q: %d elements, want %d", text, n, len(elements))
	}
	var names []string
	var values []*fastjson.Value
	want.GetObject().Visit(func(key []byte, v *fastjson.Value) {
		names = append(names, string(key))
		values = append(values, v)
	})
	n = 0
	for m := got.FirstMember(); m.Exists(); m = m.Next() {
		name := m.Name()
		if n == len(names) || name.Text() != names[n] || name.Kind() != jsonfields.String {
			t.Fatalf("%q: member %d is %q, want %q", text, n, name.Text(), names)
		}
		same(t, text, m, values[n])
		n++
	}
	if n != len(names) {
		t.Fatalf("%q: %d members, want %d", text, n, len(names))
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "not JSON: byte 0: missing value"},
		{`{"a":}`, "not JSON: byte 5: invalid value"},
		{`{"a":1`, "not JSON: byte 6: missing '}' at the end"},
		{`[1 2]`, "not JSON: byte 3: expected a comma or ']'"},
		{`{a:1}`, "not JSON: byte 1: expected a key in double quotes"},
		{`{"a"=1}`, "not JSON: byte 4: expected a colon after the key"},
		{`{"a":"b}`, "not JSON: byte 5: string without closing quote"},
		{`{"a}`, "not JSON: byte 1: string without closing quote"},
		{`{"a\"}`, "not JSON: byte 1: string without closing quote"},
		{`{} {}`, "not JSON: byte 3: unexpected text after the document"},
		{strings.Repeat("[", 400), "not JSON: byte 300: nested more than 300 levels deep"},
	} {
		t.Run(subtest.Name(c.text), func(t *testing.T) {
			var doc jsonfields.Document
			if err := doc.Parse([]byte(c.text)); err == nil || err.Error() != c.want {
				t.Errorf("%q: %v, want %s", c.text, err, c.want)
			}
		})
	}
}

// TestMissing calls all methods on missing values.
func TestMissing(t *testing.T) {
	var doc jsonfields.Document
	if doc.JSON().Exists() {
		t.Error("a document without text has a value")
	}
	if err := doc.Parse([]byte(`{"a":[{"b":"c"}],"n":null}`)); err != nil {
		t.Fatal(err)
	}
	root := doc.JSON()
	if got := root.At("a", "0", "b").Text(); got != "c" {
		t.Errorf("a, 0, b: %q", got)
	}
	if n := root.Get("n"); !n.Exists() || n.Kind() != jsonfields.Null || n.Text() != "null" {
		t.Errorf("null is %v %q", n.Kind(), n.Text())
	}
	if n := root.Get("n"); n.Name().Text() != "n" || n.Next().Exists() || root.Get("a").Next() != n {
		t.Error("the members are not in order")
	}
	if root.Name().Exists() || root.Next().Exists() || root.At("a", "0").Name().Exists() || root.At("a", "0").Next().Exists() {
		t.Error("what is no member has a name, or a last element a next")
	}
	for _, path := range [][]string{{"x"}, {"x", "y"}, {"a", "1"}, {"a", "b"}, {"a", "0", "b", "c"}, {"n", "n"}} {
		t.Run(strings.Join(path, "."), func(t *testing.T) {
			n := root.At(path...)
			if n != (jsonfields.Node{}) || n.Exists() || n.Kind() != jsonfields.Missing || n.Bool() || n.Text() != "" || len(n.AppendText(nil)) > 0 || len(n.AppendCompact(nil)) > 0 || n.CompactSize() > 0 {
				t.Errorf("%q: not missing: %v", path, n)
			}
			if n.Index(0).Exists() || n.FirstMember().Exists() || n.Next().Exists() || n.Name().Exists() {
				t.Errorf("%q leads on", path)
			}
		})
	}
}

func TestDocumentIsReused(t *testing.T) {
	var doc jsonfields.Document
	texts := [][]byte{[]byte(`{"a":[1,2,{"b":"c"}]}`), []byte(` [ "x" ] `), []byte(`{"a`), []byte(`"y"`)}
	allocs := testing.AllocsPerRun(100, func() {
		for _, text := range texts {
			_ = doc.Parse(text)
		}
	})
	if allocs > 1 { // The error of the third.
		t.Errorf("%v allocations", allocs)
	}
	if got := doc.JSON().Text(); got != "y" {
		t.Errorf("the document is %q", got)
	}
}

// TestTextOffset maps every byte of a text back to the document.
func TestTextOffset(t *testing.T) {
	for literal, want := range map[string][]int{
		`"ab"`:           {1, 2, 3},
		`"a\"b"`:         {1, 2, 4, 5},
		`"\\\/\n"`:       {1, 3, 5, 7},
		`"\u00e9x"`:      {1, 1, 7, 8},
		`"\ud83d\ude00"`: {1, 1, 1, 1, 13},
		`"\ud83dx"`:      {1, 1, 1, 1, 1, 1, 7, 8},
		`"\qx\u12"`:      {1, 1, 3, 4, 4, 6, 7, 8},
		`"é"`:            {1, 2, 3},
		`""`:             {1},
		`12`:             {0, 0, 0},
	} {
		var doc jsonfields.Document
		if err := doc.Parse([]byte(literal)); err != nil {
			t.Fatal(literal, err)
		}
		var got []int
		for i := range want {
			got = append(got, doc.JSON().TextOffset(i))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", literal, got, want)
		}
		if end := doc.JSON().TextOffset(1000); end > len(literal) {
			t.Errorf("%s: offset %d after the end", literal, end)
		}
	}
}
