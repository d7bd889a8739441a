package parser_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

// known is the function that knows the fields of a source.
func known(op ast.Operand) error {
	switch op := op.(type) {
	case *ast.Field:
		switch {
		case op.Name == "ka.verb" && op.Arg == nil, op.Name == "ka.uri.param" && op.Arg != nil, op.Name == "ka.uri" && op.Arg == nil:
			return nil
		}
		return errors.New("no such field")
	case *ast.Transform:
		for _, a := range op.Args {
			if f, ok := a.(ast.Operand); ok {
				if err := known(f); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

var outputs = []struct{ in, want string }{
	{"plain", "'plain'"},
	{"* plain", "' plain'"},
	{"user=%ka.verb.", "'user=' ka.verb '.'"},
	{"%ka.verb.more", "ka.verb '.more'"},
	{"%ka.verbose", "ka.verb 'ose'"},
	{"%ka.verb[0]", "ka.verb '[0]'"},
	{"%ka.verb%ka.uri", "ka.verb ka.uri"},
	{"%12ka.verb|", "12:ka.verb '|'"},
	{"%0ka.verb", "ka.verb"},
	{"%ka.uri.param[x y]", "ka.uri '.param[x y]'"},
	{"%ka.uri.param[x]]", "ka.uri.param[x] ']'"},
	{"%ka.uri.param['x y']", `ka.uri.param["x y"]`},
	{"%tolower( ka.verb )!", "tolower(ka.verb) '!'"},
	{"%concat(ka.verb, 'x')[y", "concat(ka.verb,x) '[y'"},
	{"", "!1:1: the output is empty"},
	{"100%", "!1:4: expected a field after %, found the end (write the name of a field after %, as in %evt.time; an output cannot contain a literal %)"},
	{"%12", "!1:1: expected a field after %, found the end (write the name of a field after %, as in %evt.time; an output cannot contain a literal %)"},
	{"a\n%nosuch.field", `!2:1: "%nosuch.field": no such field`},
	{"%% 1", `!1:1: "%%": want a field or a transformer`},
	{"%" + strings.Repeat("tolower(", 1001), `!1:1: "%tolower": it is nested too deeply`},
	{"%600000ka.verb %600000ka.verb", "!1:16: the widths of all fields add up to more than 1048576"},
	{"%" + strings.Repeat("tolower(", 48) + "ka.verb" + strings.Repeat(")", 48), strings.Repeat("tolower(", 48) + "ka.verb" + strings.Repeat(")", 48)},
	{"%" + strings.Repeat("tolower(", 49) + "ka.verb" + strings.Repeat(")", 49), `!1:1: "%tolower": it is nested too deeply`},
	{"*", ""},
	{"%tolower(nosuch.field)", `!1:1: "%tolower": no such field`},
	{"%(ka.verb)", `!1:1: "%(ka.verb)" is not a field: remove ( and ) (write %ka.verb)`},
	{"a %5{ ka.verb }", `!1:3: "%5{ ka.verb }" is not a field: remove { and } (write %ka.verb)`},
	{"%(ka.nosuch)", `!1:1: "%(ka.nosuch)" is not a field: remove ( and )`},
	{"%()", `!1:1: "%(": want a field or a transformer`},
	{"%(ka.verb", `!1:1: "%(": want a field or a transformer`},
	{"%99999999ka.verb", "!1:1: the widths of all fields add up to more than 1048576"},
}

func TestOutput(t *testing.T) {
	for _, test := range outputs {
		t.Run(subtest.Name(test.in), func(t *testing.T) {
			out, err := parser.Output(test.in, 20, known)
			var got string
			var errs diag.List
			if errors.As(err, &errs) {
				got = "!" + errs[0].Error()
			} else {
				var parts []string
				for _, p := range out.Parts {
					switch p := p.(type) {
					case *ast.Text:
						parts = append(parts, "'"+p.Text+"'")
					case *ast.Placeholder:
						s := ast.String(p.Operand)
						if p.Width > 0 {
							s = fmt.Sprintf("%d:%s", p.Width, s)
						}
						parts = append(parts, s)
					}
				}
				got = strings.Join(parts, " ")
			}
			if got != test.want {
				t.Errorf("%q:\n got %s\nwant %s", test.in, got, test.want)
			}
		})
	}
}

func FuzzOutput(f *testing.F) {
	for _, test := range outputs {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out, err := parser.Output(text, 20, known)
		if (out == nil) == (err == nil) {
			t.Fatalf("%v and %v", out, err)
		}
		if err != nil {
			return
		}
		// The parts cover the text, except for a * at its start.
		at := 0
		if text[0] == '*' {
			at = 1
		}
		for _, p := range out.Parts {
			if p.Range().Start.Offset != at {
				t.Fatalf("a part at %d, want %d", p.Range().Start.Offset, at)
			}
			at = p.Range().End.Offset
		}
		if at != len(text) {
			t.Fatalf("the parts end at %d of %d", at, len(text))
		}
	})
}
