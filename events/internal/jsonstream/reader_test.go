package jsonstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/internal/subtest"
)

// testLimit is small, so that inputs over it are short. The limit with white space is
// 65,856.
const testLimit = 40

// layouts are inputs and the expected results, as formatted by read.
var layouts = []struct {
	name, in string
	want     []string
}{
	// One value a line.
	{"empty", "", nil},
	{"white space", " \t\r\n\n  \n", nil},
	{"lines", "{\"a\":1}\n{\"b\":2}\n", []string{`1 {"a":1}`, `2 {"b":2}`}},
	{"blank lines", "\n\n{\"a\":1}\n\n \n{\"b\":2}", []string{`3 {"a":1}`, `6 {"b":2}`}},
	{"carriage returns", "{\"a\":1}\r\n\r\n{\"b\":2}\r\n", []string{`1 {"a":1}`, `3 {"b":2}`}},
	{"byte order mark", "\uFEFF{\"a\":1}\nx", []string{`1 {"a":1}`, `2:1 malformed: not a JSON object or array: "x"`}},
	{"byte order mark only", "\uFEFF", nil},
	{"part of a byte order mark", "\xEF\xBB", []string{`1:1 malformed: not a JSON object or array: "\xef\xbb"`}},
	{"column after a byte order mark", "\uFEFFx", []string{`1:1 malformed: not a JSON object or array: "x"`}},
	{"spaces around", "  {\"a\":1}  \n", []string{`1 {"a":1}`}},
	{"two on a line", `{"a":1}{"b":2} {"c":3}`, []string{`1 {"a":1}`, `1 {"b":2}`, `1 {"c":3}`}},
	{"commas after", "{\"a\":1},\n{\"b\":2},\n", []string{`1 {"a":1}`, `2 {"b":2}`}},
	{"empty values", "{}\n[]\n{}\n", []string{`1 {}`, `3 {}`}},
	{"brackets in strings", `{"a":"}]{["}`, []string{`1 {"a":"}]{["}`}},
	{"escapes", `{"a":"\"}","b":"\\"}{"c":"\\\"}\\\\"}`, []string{`1 {"a":"\"}","b":"\\"}`, `1 {"c":"\\\"}\\\\"}`}},
	{"not UTF-8", "{\"a\":\"\xff\xfe\"}\n", []string{"1 {\"a\":\"\xff\xfe\"}"}},

	// Values over many lines.
	{"pretty", "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}\n", []string{"1 {\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}"}},
	{"two pretty", "{\r\n\t\"a\": 1\r\n}\r\n\r\n{\r\n\t\"b\": 2\r\n}", []string{"1 {\r\n\t\"a\": 1\r\n}", "5 {\r\n\t\"b\": 2\r\n}"}},
	{"two pretty that touch", "{\n\"a\": 1\n}{\n\"b\": 2\n} {}", []string{"1 {\n\"a\": 1\n}", "3 {\n\"b\": 2\n}", "5 {}"}},
	{"pretty without indentation", "{\n\"a\":\n{\n\"b\":\n{\n\"c\":1\n}\n}\n}\n", []string{"1 {\n\"a\":\n{\n\"b\":\n{\n\"c\":1\n}\n}\n}"}},
	{"objects in column 1 after a first line of one byte", "{\n\"a\":\n{\"b\":1}\n,\"c\":[\n{\"d\":1}\n]}\n{}", []string{"1 {\n\"a\":\n{\"b\":1}\n,\"c\":[\n{\"d\":1}\n]}", "7 {}"}},
	{"colon on its own line", "{\"a\"\n:\n1\n}", []string{"1 {\"a\"\n:\n1\n}"}},

	// Lists.
	{"list", `{"kind":"EventList","items":[{"a":1},{"b":2}],"x":[]}` + "\n{}", []string{`1 item {"a":1}`, `1 item {"b":2}`, `2 {}`}},
	{"items before kind", `{"items":[{"a":1}],"kind":"EventList","metadata":{}}`, []string{`1 item {"a":1}`}},
	{"list over lines", "{\n  \"kind\": \"EventList\",\n  \"items\" : [\n    {\n      \"a\": 1\n    },\n    {\"b\": 2}\n  ]\n}\n{}", []string{"4 item {\n      \"a\": 1\n    }", `7 item {"b": 2}`, `10 {}`}},
	{"empty list", "{\"items\":[ ]}\n{\"items\":[\n]}", nil},
	{"list of more than the limit", `{"items":[` + strings.Repeat(`{"a":"0123456789"},`, 4) + `{}]}`, []string{
		`1 item {"a":"0123456789"}`, `1 item {"a":"0123456789"}`, `1 item {"a":"0123456789"}`, `1 item {"a":"0123456789"}`, `1 item {}`,
	}},
	{"list with much before its items", `{"x":"` + strings.Repeat("y", 2*testLimit) + `","items":[{}],"z":"` + strings.Repeat("y", 2*testLimit) + `"}`, []string{`1 item {}`}},
	{"two lists in one object", `{"items":[{"a":1}],"items":[{"b":2}]}`, []string{`1 item {"a":1}`, `1 item {"b":2}`}},
	{"items that are no array", `{"items":{"a":[1]}}`, []string{`1 {"items":{"a":[1]}}`}},
	{"items further down", `{"a":{"items":[1]}}{"a":["items",[1]]}`, []string{`1 {"a":{"items":[1]}}`, `1 {"a":["items",[1]]}`}},
	{"items as a value", `{"a":"items","b":[1]}`, []string{`1 {"a":"items","b":[1]}`}},
	{"items at the end of a key", `{"\"items":[1],"xitems":[1]}`, []string{`1 {"\"items":[1],"xitems":[1]}`}},
	{"items after a backslash", `{"\\items":[1],"\\\"items":[1]}`, []string{`1 {"\\items":[1],"\\\"items":[1]}`}},
	{"items in an element", `[{"items":[{"a":1}]}]`, []string{`1 {"items":[{"a":1}]}`}},
	{"list in a list", `{"items":[{"items":[{"a":1}]},[2]]}`, []string{`1 item {"items":[{"a":1}]}`, `1 item [2]`}},
	{"far colon", `{"items"` + strings.Repeat(" ", lookBack) + `:[1]}`, []string{`1 {"items"` + strings.Repeat(" ", lookBack) + `:[1]}`}},
	{"cut list", `{"items":[{"a":1},{"b":`, []string{`1 item {"a":1}`, `1:24 malformed: input ends inside a value: "{\"b\":"`}},
	{"list cut between items", "{\"items\":[{\"a\":1}\n,", []string{`1 item {"a":1}`, `2:2 malformed: input ends inside a list (begins 1)`}},
	{"list cut after its items", `{"items":[{"a":1}]`, []string{`1 item {"a":1}`, `1:19 malformed: input ends inside a value`}},

	// Arrays.
	{"array", `[{"a":1}, {"b":2}]` + "\n{}", []string{`1 {"a":1}`, `1 {"b":2}`, `2 {}`}},
	{"array over lines", "[\n  {\n    \"a\": 1\n  },\n  {}\n]\n[{}]", []string{"2 {\n    \"a\": 1\n  }", "5 {}", "7 {}"}},
	{"element per line", "[\n{\"a\":1},\n{\"b\":2}\n]\n", []string{`2 {"a":1}`, `3 {"b":2}`}},
	{"element per line without lines for the brackets", "[{\"a\":1},\n{\"b\":2},\n{\"c\":3}]\n{}", []string{`1 {"a":1}`, `2 {"b":2}`, `3 {"c":3}`, `4 {}`}},
	{"comma before the element", "[{\"a\":1}\n,{\"b\":2}\n,{\"c\":3}\n]", []string{`1 {"a":1}`, `2 {"b":2}`, `3 {"c":3}`}},
	{"elements of all kinds", "[1,-2.5e3 , \"x, ]\\\"\",true,null\n,[1,[2]],{}]", []string{`1 1`, `1 -2.5e3`, `1 "x, ]\""`, `1 true`, `1 null`, `2 [1,[2]]`, `2 {}`}},
	{"arrays as lines", "[{\"a\":1}]\n[{\"b\":2}]\n", []string{`1 {"a":1}`, `2 {"b":2}`}},
	{"commas", "[,1,,2,]{}", []string{
		`1:2 malformed: comma without a value before it: ",1,,2,]{}"`, `1 1`,
		`1:5 malformed: comma without a value before it: ",2,]{}"`, `1 2`,
		`1:8 malformed: comma without a value after it: "]{}"`, `1 {}`,
	}},
	{"missing comma", `[{"a":1} {"b":2}]`, []string{`1 {"a":1}`, `1:10 malformed: missing comma before this value: "{\"b\":2}]"`, `1 {"b":2}`}},
	{"array cut before lines", "[{\"a\":1},{\"b\":2}\n{\"c\":3}\n{\"d\":4}", []string{
		`1 {"a":1}`, `1 {"b":2}`, `2:1 malformed: the list before this value is not closed (begins 1): "{\"c\":3}"`, `2 {"c":3}`, `3 {"d":4}`,
	}},
	{"strange element", "[1,}\n2]\n{}", []string{`1 1`, `1:4 malformed: expected a value or the end of the list: "}"`, `2:1 malformed: not a JSON object or array: "2]"`, `3 {}`}},
	{"cut string element", "[\"a\n{}", []string{`1:4 malformed: line ends inside a string: "\"a"`, `2 {}`}},
	{"lone quote", `["`, []string{`1:3 malformed: input ends inside a value: "\""`}},
	{"literal at the end", "[1", []string{`1 1`, `1:3 malformed: input ends inside a list`}},

	// Broken lines amid good ones.
	{"garbage", "{\"a\":1}\nhello\n}\n{\"b\":2}\n", []string{
		`1 {"a":1}`, `2:1 malformed: not a JSON object or array: "hello"`, `3:1 malformed: not a JSON object or array: "}"`, `4 {"b":2}`,
	}},
	{"garbage after a value", "{\"a\":1} x {}\n{\"b\":2}", []string{`1 {"a":1}`, `1:9 malformed: not a JSON object or array: "x {}"`, `2 {"b":2}`}},
	{"one bracket too many", "{\"a\":1}}\n{\"b\":2}", []string{`1 {"a":1}`, `1:8 malformed: not a JSON object or array: "}"`, `2 {"b":2}`}},
	{"cut in a string", "{\"a\":1}\n{\"a\":\"x\n{\"b\":2}\n", []string{`1 {"a":1}`, `2:8 malformed: line ends inside a string: "{\"a\":\"x"`, `3 {"b":2}`}},
	{"cut after a backslash", "{\"a\":\"\\\n{\"b\":2}", []string{`1:8 malformed: line ends inside a string: "{\"a\":\"\\"`, `2 {"b":2}`}},
	{"cut after a value", "{\"a\":1\n{\"b\":2}\n", []string{`1:7 malformed: value cut off at the end of the line: "{\"a\":1"`, `2 {"b":2}`}},
	{"cut after a key", "{\"a\"  \n\n{\"b\":2}\n", []string{`1:5 malformed: value cut off at the end of the line: "{\"a\""`, `3 {"b":2}`}},
	{"cut after a comma", "{\"a\":1,\n{\"b\":2}\n", []string{`1:8 malformed: value cut off at the end of the line: "{\"a\":1,"`, `2 {"b":2}`}},
	{"cut after a brace", "{\"a\":{\n{\"b\":2}\n", []string{`1:7 malformed: value cut off at the end of the line: "{\"a\":{"`, `2 {"b":2}`}},
	{"cut after a colon", "{\"a\":\n{\"b\":2}\n{\"c\":3}\n", []string{`1:6 malformed: value cut off at the end of the line: "{\"a\":"`, `2 {"b":2}`, `3 {"c":3}`}},
	{"cut after a colon, then one line", "{\"a\":\n{\"b\":2}", []string{`1:6 malformed: value cut off at the end of the line: "{\"a\":"`, `2 {"b":2}`}},
	{"cut after a colon, then blank lines", "{\"a\":\n\n{\"b\":2} \n\n", []string{`1:6 malformed: value cut off at the end of the line: "{\"a\":"`, `3 {"b":2}`}},
	{"cut in an array", "{\"a\":[1,\n{\"b\":2}\n{\"c\":3}\n", []string{`1:9 malformed: value cut off at the end of the line: "{\"a\":[1,"`, `2 {"b":2}`, `3 {"c":3}`}},
	{"cut after a bracket", "{\"a\":[\n{\"b\":2}\nx\n{\"c\":3}\n", []string{
		`1:7 malformed: value cut off at the end of the line: "{\"a\":["`, `2 {"b":2}`, `3:1 malformed: not a JSON object or array: "x"`, `4 {"c":3}`,
	}},
	{"cut after two colons", "{\"a\":\n{\"b\":\n{\"c\":3}\n{\"d\":4}\n", []string{
		`1:6 malformed: value cut off at the end of the line: "{\"a\":"`, `2:6 malformed: value cut off at the end of the line: "{\"b\":"`, `3 {"c":3}`, `4 {"d":4}`,
	}},
	{"cut after a colon in a value of several lines", "{\n\"a\":\n{\"b\":2}\n{\"c\":3}\n", []string{
		`3:8 malformed: value cut off at the end of the line (begins 1): "{\"b\":2}"`, `4 {"c":3}`,
	}},
	{"cut after a colon, then garbage", "{\"a\":\nhello\n{\"b\":2}", []string{
		`1:6 malformed: value cut off at the end of the line: "{\"a\":"`, `2:1 malformed: not a JSON object or array: "hello"`, `3 {"b":2}`,
	}},
	{"cut in a literal", "{\"a\":tr\nue}\n{}", []string{`1:8 malformed: value cut off at the end of the line: "{\"a\":tr"`, `2:1 malformed: not a JSON object or array: "ue}"`, `3 {}`}},
	{"cut at the end", "{}\n{\"a\":", []string{`1 {}`, `2:6 malformed: input ends inside a value: "{\"a\":"`}},
	{"cut after spaces in a string", "{\"a\":\"b   ", []string{`1:11 malformed: input ends inside a value: "{\"a\":\"b   "`}},
	{"cut in a string at the end", "{\"a\":\"b", []string{`1:8 malformed: input ends inside a value: "{\"a\":\"b"`}},
	{"newline in a string", "{\"a\":\"b\nc\"}\n{}", []string{`1:8 malformed: line ends inside a string: "{\"a\":\"b"`, `2:1 malformed: not a JSON object or array: "c\"}"`, `3 {}`}},
	{"two halves that fit", "{\"a\":1,\n\"b\":2}\n{}", []string{"1 {\"a\":1,\n\"b\":2}", "3 {}"}},
	{"wrong bracket", "{\"a\":[1}\n{}", []string{`1:8 malformed: mismatched bracket: "{\"a\":[1"`, `2 {}`}},
	{"backslash outside a string", "{\\\"a\":1}\n{}", []string{`1:2 malformed: backslash outside a string: "{"`, `2 {}`}},
	{"long broken line", `{"` + strings.Repeat("x", testLimit-10) + `":1]`, []string{`1:36 malformed: mismatched bracket: "{\"` + strings.Repeat("x", testLimit-10) + `\":1"`}},
	{"broken pretty value", "{\n  \"a\": \"x\n  \"b\": {},\n  \"c\": [\n  ]\n}\n{}", []string{`2:10 malformed: line ends inside a string (begins 1): "  \"a\": \"x"`, `7 {}`}},
	{"cut pretty value", "{\n  \"a\": 1,\n{\n  \"b\": 2\n}\n", []string{`2:10 malformed: value cut off at the end of the line (begins 1): "  \"a\": 1,"`, "3 {\n  \"b\": 2\n}"}},
	{"broken element per line", "[\n{\"a\":1},\n{\"b\":\n{\"c\":3},\n{\"d\":\"\n{\"e\":5}\n]\n{}", []string{
		`2 {"a":1}`, `3:6 malformed: value cut off at the end of the line: "{\"b\":"`, `4 {"c":3}`,
		`5:7 malformed: line ends inside a string: "{\"d\":\""`, `6 {"e":5}`, `8 {}`,
	}},
	{"broken item of a pretty list", "{\n  \"items\": [\n    {\n      \"a\": \"x\n    },\n    {\n      \"b\": 1\n    },\n    {\n      \"c\": [}\n    }\n  ]\n}\n{}", []string{
		`4:14 malformed: line ends inside a string (begins 3): "      \"a\": \"x"`, "6 item {\n      \"b\": 1\n    }",
		`10:13 malformed: mismatched bracket (begins 9): "      \"c\": ["`, `14 {}`,
	}},
	{"cut pretty list", "{\n  \"items\": [\n    {\n      \"a\": 1,\n{\"b\":2}\n", []string{`4:14 malformed: value cut off at the end of the line (begins 3): "      \"a\": 1,"`, `5 {"b":2}`}},

	// Too large, too deep.
	{"at the limit", `{"a":"` + strings.Repeat("x", testLimit-8) + `"}`, []string{`1 {"a":"` + strings.Repeat("x", testLimit-8) + `"}`}},
	{"over the limit", `{"a":"` + strings.Repeat("x", testLimit-7) + `"}` + "\n{}", []string{
		`1:1 too large: value of 41 bytes exceeds the limit of 40: "{\"a\":\"` + strings.Repeat("x", testLimit-7) + `\"}"`, `2 {}`,
	}},
	{"white space does not count", "{\"a\":" + strings.Repeat(" \n", testLimit) + "\"" + strings.Repeat(" ", testLimit-8) + "\"}\n", []string{
		"1 {\"a\":" + strings.Repeat(" \n", testLimit) + "\"" + strings.Repeat(" ", testLimit-8) + "\"}",
	}},
	{"over the limit in a list", `{"items":[{"a":1},{"b":[` + strings.Repeat("1,", testLimit) + `2]},{"c":3}]}`, []string{
		`1 item {"a":1}`, `1:19 too large: value of 89 bytes exceeds the limit of 40: "{\"b\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"`, `1 item {"c":3}`,
	}},
	{"over the limit and cut", "{\"a\":\"" + strings.Repeat("x", 100_000) + "\n{}", []string{
		`1:1 too large: value of 100006 bytes exceeds the limit of 40: "{\"a\":\"` + strings.Repeat("x", maxText-6) + `"`, `2 {}`,
	}},
	{"over the limit and cut after a colon", "{\"a\":[" + strings.Repeat("1,\n", 50_000) + "{\"b\":\n{}\n{}\n", []string{
		`1:1 too large: value of 100013 bytes exceeds the limit of 40: "{\"a\":[` + strings.Repeat(`1,\n`, 18) + `"`,
		"50003 {}",
	}},
	{"over the bound", "{" + strings.Repeat(" \n", 40_000) + "}{}", []string{
		`1:1 too large: value of 80002 bytes with white space exceeds the limit of 65856: "{` + strings.Repeat(` \n`, 29) + ` "`,
		"40001 {}",
	}},
	{"endless string element", `["` + strings.Repeat("\\\" ", 50_000) + `",1]`, []string{
		`1:2 too large: value of 150002 bytes exceeds the limit of 40: "\"` + strings.Repeat(`\\\" `, 19) + `\\\""`, "1 1",
	}},
	{"endless literal", `[` + strings.Repeat("1", 100_000) + `,1]`, []string{
		`1:2 too large: value of 100000 bytes exceeds the limit of 40: "` + strings.Repeat("1", maxText) + `"`, "1 1",
	}},
	{"301 levels", strings.Repeat(`{"a":`, 301) + "1" + strings.Repeat("}", 301) + "\n{}", []string{
		`1:1501 malformed: value nested more than 300 levels deep: "` + strings.Repeat(`{\"a\":`, maxText/5) + `"`, "2 {}",
	}},
	{"100,000 brackets", strings.Repeat("[", 100_000) + "\n{}", []string{
		`1:302 malformed: value nested more than 300 levels deep: "` + strings.Repeat("[", maxText) + `"`, "2 {}",
	}},

	// No JSON at all.
	{"zeros", "\x00\x00\n\x00", []string{`1:1 malformed: not a JSON object or array: "\x00\x00"`, `2:1 malformed: not a JSON object or array: "\x00"`}},
	{"one long line", strings.Repeat("x", 200_000), []string{`1:1 malformed: not a JSON object or array: "` + strings.Repeat("x", maxText) + `"`}},
	{"scalars", "1\n\"a\"\nnull\n", []string{
		`1:1 malformed: not a JSON object or array: "1"`, `2:1 malformed: not a JSON object or array: "\"a\""`, `3:1 malformed: not a JSON object or array: "null"`,
	}},
	{"program", "int main() {\n  return 0;\n}\n", []string{
		`1:1 malformed: not a JSON object or array: "int main() {"`, `2:3 malformed: not a JSON object or array: "return 0;"`, `3:1 malformed: not a JSON object or array: "}"`,
	}},
}

// say formats the result of Next: a piece with line and text, or an error with
// position, kind, message and text.
func say(p Piece, err error) string {
	var e *Error
	switch {
	case errors.As(err, &e):
		s := fmt.Sprintf("%d:%d %v: %s", e.Pos.Line, e.Pos.Column, e.Kind, e.Msg)
		if e.Begin != e.Pos.Line {
			s += fmt.Sprintf(" (begins %d)", e.Begin)
		}
		if e.Text != "" {
			s += fmt.Sprintf(": %q", e.Text)
		}
		return s
	case err != nil:
		return err.Error()
	case p.Item:
		return fmt.Sprintf("%d item %s", p.Pos.Line, p.Raw)
	}
	return fmt.Sprintf("%d %s", p.Pos.Line, p.Raw)
}

// read reads all of r, whose input is in, and returns the formatted results. It checks
// invariants of all inputs.
func read(t testing.TB, r *Reader, in string) []string {
	var out []string
	var last int64
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			if p, err := r.Next(); !errors.Is(err, io.EOF) || p.Raw != nil {
				t.Errorf("%s after io.EOF", say(p, err))
			}
			return out
		}
		out = append(out, say(p, err))
		if len(out) > 2*len(in) {
			t.Fatalf("no end: %.1000q", out)
		}
		if err != nil {
			e := &Error{}
			ok := errors.As(err, &e)
			if !ok {
				t.Fatal(err)
			}
			if len(e.Text) > maxText || e.Msg == "" || e.Pos.Column < 1 || e.Begin < 1 || e.Begin > e.Pos.Line ||
				e.Pos.Line > 1+strings.Count(in, "\n") || (e.Kind == TooLarge) != (e.Size > 0) {
				t.Errorf("strange error %#v", e)
			}
			continue
		}
		end := r.at()
		start := end - int64(len(p.Raw))
		if start < last || len(p.Raw) == 0 || in[start:end] != string(p.Raw) {
			t.Fatalf("%q is not the text at %d, or overlaps the value before it, which ends at %d", p.Raw, start, last)
		}
		if line := 1 + strings.Count(in[:start], "\n"); p.Pos.Line != line {
			t.Errorf("%q is on line %d, not %d", p.Raw, line, p.Pos.Line)
		}
		if int64(len(p.Raw)) > r.bound {
			t.Errorf("value of %d bytes", len(p.Raw))
		}
		last = end
	}
}

// TestLayouts reads all layouts in chunks of different sizes.
func TestLayouts(t *testing.T) {
	for _, tt := range layouts {
		t.Run(tt.name, func(t *testing.T) {
			in := strings.NewReader(tt.in)
			for name, chopped := range map[string]io.Reader{
				"whole":        in,
				"single bytes": iotest.OneByteReader(in),
				"halves":       iotest.HalfReader(in),
				"data and EOF": iotest.DataErrReader(in),
			} {
				in.Reset(tt.in)
				if d := cmp.Diff(tt.want, read(t, NewReader(chopped, testLimit), tt.in)); d != "" {
					t.Errorf("%s:\n%s", name, d)
				}
			}
		})
	}
}

// FuzzReader checks that the results do not depend on the sizes of chunks and
// buffers.
// TestSplitRecords reads lists of log records.
func TestSplitRecords(t *testing.T) {
	const text = `{"records":[{"a":1},{"records":[1]}],"x":[]}{"logEvents" : [{"b":1}],"events":[1]}{"events":{"a":[1]},"others":[1]}{"items":[2]}`
	want := []string{`1 {"a":1}`, `1 {"records":[1]}`, `1 {"b":1}`, `1 1`, `1 {"events":{"a":[1]},"others":[1]}`, `1 item 2`}
	r := NewReader(strings.NewReader(text), 1000)
	r.SplitRecords()
	if got := read(t, r, text); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got := read(t, NewReader(strings.NewReader(text), 1000), text); len(got) != 4 {
		t.Errorf("without SplitRecords: %q", got)
	}
}

// TestHead checks the beginning of broken values.
func TestHead(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for text, want := range map[string]string{
		`{"a":"` + long + "\n{}":     `{"a":"` + long[:maxHead-6],
		`{"a":"` + long:              `{"a":"` + long[:maxHead-6],
		"{\"a\":1,\n{}":              `{"a":1,`,
		`{}{"a":]`:                   `{"a":`,
		`{"items":[{}`:               "",
		`{"items":[{}],"x":"`:        "",
		"{\"a\":\"" + long + "\"]\n": `{"a":"` + long[:maxHead-6],
	} {
		r := NewReader(strings.NewReader(text), 2000)
		for {
			_, err := r.Next()
			var bad *Error
			if errors.As(err, &bad) {
				if bad.Head != want {
					t.Errorf("%.20q: got %q", text, bad.Head)
				}
				break
			}
			if err != nil {
				t.Fatalf("%.20q: %v", text, err)
			}
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, tt := range layouts {
		if len(tt.in) < 1000 {
			f.Add(tt.in, uint16(testLimit))
		}
	}
	f.Fuzz(func(t *testing.T, text string, limit uint16) {
		bound := int64(limit) + 100
		in := strings.NewReader(text)
		with := func(chopped io.Reader, buffer int) []string {
			in.Reset(text)
			return read(t, newReader(chopped, max(int(limit), 1), bound, buffer), text)
		}
		want := with(in, 4096)
		for i, got := range [][]string{
			with(iotest.OneByteReader(in), 4096),
			with(iotest.OneByteReader(in), lookBack+10),
			with(iotest.HalfReader(in), lookBack+10),
			with(iotest.DataErrReader(in), lookBack+1),
		} {
			if !slices.Equal(want, got) {
				t.Fatalf("way %d of reading:\n%s", i, cmp.Diff(want, got))
			}
		}
	})
}

// TestRandom is like FuzzReader with long inputs, in which values are more often not
// buffered.
func TestRandom(t *testing.T) {
	bits := []string{
		"{", "}", "[", "]", ":", ",", `"`, `\`, "\n", "\n", " ", "    ", "\r\n", `"items":[`, `{"items":[`, `"a":`, `{"a":`,
		`{"a":1}`, "{\"b\":2}\n", "\n{\"c\":3}\n", "\n{\"d\":4},\n", "1", "true", `"x"`, "x", "\n  {", "\n  ]", "\n]",
		strings.Repeat(" ", 150), `"` + strings.Repeat("y", 150) + `"`, `"\\\""`, strings.Repeat("z", 63),
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range samples.Of(5000) {
		var b strings.Builder
		for range rnd.IntN(60) {
			b.WriteString(bits[rnd.IntN(len(bits))])
		}
		text, limit := b.String(), 1+rnd.IntN(100)
		bound := int64(limit + maxText + rnd.IntN(500))
		in := strings.NewReader(text)
		want := read(t, newReader(in, limit, bound, firstBuffer), text)
		in.Reset(text)
		got := read(t, newReader(iotest.HalfReader(in), limit, bound, lookBack+1+rnd.IntN(30)), text)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%q, limit %d, bound %d:\n%s", text, limit, bound, d)
		}
	}
}

// TestValid writes random values in random layouts and reads them.
func TestValid(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	scalars := []any{1, -2.5, true, nil, "", "a", "}{][", `",:\`, "é\n\u2028", strings.Repeat("x ", 50)}
	var value func(depth int) any
	value = func(depth int) any {
		switch n := rnd.IntN(4); {
		case depth > 0 && (depth == 4 || n == 0):
			return scalars[rnd.IntN(len(scalars))]
		case n == 1 && depth > 0:
			out := make([]any, rnd.IntN(4))
			for i := range out {
				out[i] = value(depth + 1)
			}
			return out
		}
		out := map[string]any{}
		for range rnd.IntN(4) {
			out[[]string{"a", "items2", `"items`, "}", "é"}[rnd.IntN(5)]] = value(depth + 1)
		}
		return out
	}
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	for range 2000 {
		var text strings.Builder
		var want []string
		for range rnd.IntN(5) {
			open, end, item := "", "", ""
			switch rnd.IntN(4) {
			case 0:
				open, end = "[", "]"
			case 1:
				open, end, item = `{"kind":"EventList",`+pick("", "\n", "  ")+`"items" :`+pick("", "\n")+"[", "],\n\"b\":[{}]}", "item "
			}
			text.WriteString(open)
			for i := range rnd.IntN(3) {
				if i > 0 && open != "" {
					text.WriteString(pick(",", "\n,", ", "))
				}
				text.WriteString(pick("", "", "\n", " ", "\r\n"))
				raw, err := json.Marshal(value(0))
				if err != nil {
					t.Fatal(err)
				}
				if rnd.IntN(2) == 0 {
					var pretty bytes.Buffer
					if err := json.Indent(&pretty, raw, "", pick("", "  ", "\t")); err != nil {
						t.Fatal(err)
					}
					raw = pretty.Bytes()
				}
				want = append(want, fmt.Sprintf("%d %s%s", 1+strings.Count(text.String(), "\n"), item, raw))
				text.Write(raw)
			}
			text.WriteString(end + pick("\n", "", "\r\n\r\n"))
		}
		if d := cmp.Diff(want, read(t, NewReader(strings.NewReader(text.String()), 1<<20), text.String())); d != "" {
			t.Fatalf("%s\n%s", text.String(), d)
		}
	}
}

// TestScanner compares the scanner with a simple one that examines every byte.
func TestScanner(t *testing.T) {
	const alphabet = `{{}}[[]]""""\\:,xyz|~ 1` + "\xfb\xfd\xa2\xdc\x02"
	rnd := rand.New(rand.NewPCG(3, 4))
	for range samples.Of(200_000) {
		text := make([]byte, 1+rnd.IntN(200))
		for i := range text {
			text[i] = alphabet[rnd.IntN(len(alphabet))]
			if rnd.IntN(4) > 0 {
				text[i] = 'x'
			}
		}
		text[0] = '{'
		wantAt, want := scanSlowly(text)

		// Each segment is followed by bytes that must not matter.
		var s scanner
		s.reset(false)
		at, got := 0, stopText
		for at < len(text) && got == stopText {
			to := at + 1 + rnd.IntN(len(text)-at)
			buf := append(bytes.Clone(text[:to]), bytes.Repeat([]byte(`"}]\`), block/4)...)
			at, got = s.run(buf, 0, at, to)
		}
		if at != wantAt || got != want {
			t.Fatalf("%q: %d at %d, want %d at %d", text, got, at, want, wantAt)
		}
	}
}

func scanSlowly(text []byte) (int, stop) {
	var stack []byte
	inString, escaped := false, false
	for i, c := range text {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = c == '\\'
			inString = c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			stack = append(stack, c+2)
		case c == '\\':
			return i, stopSlash
		case c == '}' || c == ']':
			if stack[len(stack)-1] != c {
				return i, stopBracket
			}
			if stack = stack[:len(stack)-1]; len(stack) == 0 {
				return i + 1, stopEnd
			}
		}
	}
	return len(text), stopText
}

func TestDepth(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, MaxDepth/2) + strings.Repeat("]}", MaxDepth/2)
	for _, in := range []string{deep, deep + "\n" + deep, "[" + deep + "]", `{"items":[` + deep + "]}"} {
		t.Run(subtest.Name(in), func(t *testing.T) {
			for _, s := range read(t, NewReader(strings.NewReader(in), 1<<20), in) {
				if !strings.HasSuffix(s, " "+deep) {
					t.Error(s)
				}
			}
		})
	}
	// One level more, in the middle of others.
	in := `[1,[` + deep + "],2]"
	want := []string{"1 1", fmt.Sprintf(`1:%d malformed: value nested more than 300 levels deep: %q`, 4+6*MaxDepth/2, in[3:3+maxText]), "1 2"}
	if d := cmp.Diff(want, read(t, NewReader(strings.NewReader(in), 1<<20), in)); d != "" {
		t.Error(d)
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("the disk is on fire")
	for _, in := range []string{"", "{}\n", "{}\n{\"a\":", "{}x", "{}[", "{}[1", "{}\n{\"a\":\n{}\n", "{}\n  "} {
		t.Run(subtest.Name(in), func(t *testing.T) {
			r := NewReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken)), 100)
			var got error
			for range 10 {
				_, got = r.Next()
			}
			if !errors.Is(got, broken) || got.Error() != "reading events: the disk is on fire" {
				t.Errorf("%q: %v", in, got)
			}
			r = NewReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken)), 100)
			if p, err := r.Next(); in != "" && (err != nil || string(p.Raw) != "{}") {
				t.Errorf("%q begins with %s", in, say(p, err))
			}
		})
	}
	r := NewReader(stuck{}, 100)
	if _, err := r.Next(); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// TestAtOnce checks that a value is returned as soon as it is complete, before more
// input arrives.
func TestAtOnce(t *testing.T) {
	in, out := io.Pipe()
	defer in.Close()
	r := NewReader(in, 100)
	for _, s := range []string{"{\"a\":1}", "\n{\n}", " {\"items\":[{\"a\":1}", ",{}", "]}\n[[1]"} {
		t.Run(subtest.Name(s), func(t *testing.T) {
			go out.Write([]byte(s))
			if p, err := r.Next(); err != nil {
				t.Errorf("%q: %s", s, say(p, err))
			}
		})
	}
}

// repeat is an input of head, size bytes of repeated body, and tail.
type repeat struct {
	head, body, tail string
	size             int64
}

func (in *repeat) reader() io.Reader {
	return io.MultiReader(strings.NewReader(in.head), io.LimitReader(&cycle{text: in.body}, in.size), strings.NewReader(in.tail))
}

type cycle struct {
	text string
	at   int
}

func (c *cycle) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		k := copy(p[n:], c.text[c.at:])
		n += k
		c.at = (c.at + k) % len(c.text)
	}
	return n, nil
}

// TestMemory reads inputs that are far larger than the allowed memory.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads hundreds of megabytes")
	}
	const limit = 64 << 10
	const big = 200 << 20
	line := auditLine[:len(auditLine)-1]
	comma := line + ","
	for _, tt := range []struct {
		name           string
		in             repeat
		pieces, errors int
	}{
		{"lines", repeat{"", auditLine, "", int64(big / len(auditLine) * len(auditLine))}, big / len(auditLine), 0},
		{"list", repeat{`{"items":[`, comma, "{}]}", int64(big / 4 / len(comma) * len(comma))}, big/4/len(comma) + 1, 0},
		{"string", repeat{`{"a":"`, "x", "\"}\n{}", big / 10}, 1, 1},
		{"value", repeat{`{"a":[`, "[1, 2]\n,", "3]}\n{}", big / 8 / 10}, 1, 1},
		{"white space", repeat{`{"a":`, " \n", "3}\n{}", big / 8 / 10}, 1, 1},
		{"brackets", repeat{"", `{"a":[`, "\n{}", big / 6 / 10 * 6}, 1, 1},
		{"garbage", repeat{"", strings.Repeat("x", 4096), "\n{}", big}, 1, 1},
		{"zeros", repeat{"", strings.Repeat("\x00", 4096), "", big}, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r := NewReader(tt.in.reader(), limit)
			pieces, errs := 0, 0
			for {
				_, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					errs++
				} else {
					pieces++
				}
			}
			runtime.ReadMemStats(&after)
			if pieces != tt.pieces || errs != tt.errors {
				t.Errorf("%s: %d pieces and %d errors, want %d and %d", tt.name, pieces, errs, tt.pieces, tt.errors)
			}
			// All buffers of doubling size, and the last of them, which is smaller.
			if got := after.TotalAlloc - before.TotalAlloc; got > 3*uint64(r.maxBuffer)+10_000 {
				t.Errorf("%s: %d bytes allocated", tt.name, got)
			}
		})
	}
}

// TestAllocs checks that values that fit in the first buffer need no allocation.
func TestAllocs(t *testing.T) {
	r := NewReader(&cycle{text: auditLine + "{\n  \"a\": [\n    {}\n  ]\n}\n[{\"a\":1}]\n{\"items\":[{}]}\n"}, 1000)
	n := testing.AllocsPerRun(10_000, func() {
		if p, err := r.Next(); err != nil {
			t.Fatal(say(p, err))
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a value", n)
	}
}

func TestError(t *testing.T) {
	for want, in := range map[string]string{
		`line 1, column 1: not a JSON object or array: "x"`:                                   "x",
		`line 2, column 1: the list before this value is not closed (begins on line 1): "{}"`: "[1\n{}",
		`line 1, column 3: input ends inside a list`:                                          "[1",
		`line 1, column 1: value of 8 bytes exceeds the limit of 4: "{\"a\":11}"`:             `{"a":11}`,
	} {
		t.Run(subtest.Name(want), func(t *testing.T) {
			r := NewReader(strings.NewReader(in), 4)
			var e *Error
			for e == nil {
				_, err := r.Next()
				if errors.Is(err, io.EOF) {
					t.Fatalf("%q: no error", in)
				}
				errors.As(err, &e)
			}
			if e.Error() != want {
				t.Errorf("%s, want %s", e, want)
			}
		})
	}
	if s := fmt.Sprint(Malformed, TooLarge); s != "malformed too large" {
		t.Error(s)
	}
}

func Example() {
	in := strings.NewReader(`{"verb":"get"}
{"verb":"li
{
  "kind": "EventList",
  "items": [
    {"verb": "create"},
    {"verb": "delete"}
  ]
}
`)
	r := NewReader(in, 1<<20)
	for {
		piece, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		var broken *Error
		if errors.As(err, &broken) {
			fmt.Println(err)
			continue
		}
		if err != nil {
			fmt.Println("unreadable:", err)
			break
		}
		fmt.Printf("line %d: %s\n", piece.Pos.Line, piece.Raw)
	}
	// Output:
	// line 1: {"verb":"get"}
	// line 2, column 12: line ends inside a string: "{\"verb\":\"li"
	// line 6: {"verb": "create"}
	// line 7: {"verb": "delete"}
}
