package ast_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/internal/golden"
)

// TestOperatorsPage checks the page about operators and transformers against their
// tables.
func TestOperatorsPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Operators and transformers\n\n```sh\nfalcorules fields proc.args   # what accepts this field\n```\n\n" +
		"The operators and transformers of conditions and the types they accept. If an event has no value for a field, every check of the\nfield is false, whatever the operator.\n\n" +
		"## Operators\n\n| operator | left side | right side | true if |\n|---|---|---|---|\n")
	classes := map[ast.OperatorClass]string{ast.Unary: "nothing", ast.Numeric: "a number", ast.Textual: "a value, or oneof, anyof or allof and a list", ast.Membership: "a list"}
	for _, op := range ast.Operators() {
		left := kinds(op.Kinds)
		if op.Lists {
			left += "; lists"
		}
		right := classes[op.Class]
		if op.Fields {
			right += "; a field or a transformer"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", op.Op, left, right, op.Desc)
	}
	b.WriteString("\nTo compare with another field, write `val(…)` around it: `fd.name = val(proc.exepath)`. Put a space after operators that are words: Falco reads `insh` as `in (sh)`.\n\n" +
		"## Transformers\n\n| call | accepts | result | value |\n|---|---|---|---|\n")
	for _, tr := range ast.Transformers() {
		takes := kinds(tr.Kinds)
		switch {
		case tr.AnyList:
			takes += "; lists of anything"
		case tr.Lists:
			takes += "; lists"
		}
		gives := tr.Returns.String()
		if tr.Same {
			gives = "the same type; a list for a list"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", tr.Usage, takes, gives, tr.Desc)
	}
	b.WriteString(valuesNote)
	golden.Check(t, "../docs/operators.md", b.String())
}

func TestKindString(t *testing.T) {
	for kind, want := range map[ast.Kind]string{ast.KindText: "text", ast.KindOther: "nothing that can be compared", ast.Kind(200): "nothing that can be compared"} {
		t.Run(strconv.Itoa(int(kind)), func(t *testing.T) {
			if got := kind.String(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
