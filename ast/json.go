package ast

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
)

// JSON returns a tree as JSON. Each node is an object with its "kind" (such as and,
// check or field), its "range" and its content. The JSON has no line breaks.
func JSON(n Node) ([]byte, error) {
	return quote.JSON(object(n), "")
}

type jsonNode struct {
	Kind     string      `json:"kind"`
	Range    diag.Range  `json:"range"`
	Name     string      `json:"name,omitempty"`
	Text     *string     `json:"text,omitempty"`
	Quote    string      `json:"quote,omitempty"`
	Width    int         `json:"width,omitempty"`
	Left     *jsonNode   `json:"left,omitempty"`
	Op       Operator    `json:"operator,omitempty"`
	Modifier Modifier    `json:"modifier,omitempty"`
	Right    *jsonNode   `json:"right,omitempty"`
	Argument *jsonNode   `json:"argument,omitempty"`
	Operand  *jsonNode   `json:"operand,omitempty"`
	Operands []*jsonNode `json:"operands,omitempty"`
	Args     []*jsonNode `json:"arguments,omitempty"`
	Items    []*jsonNode `json:"items,omitempty"`
	Parts    []*jsonNode `json:"parts,omitempty"`
}

func object(n Node) *jsonNode {
	if n == nil {
		return nil
	}
	o := &jsonNode{Range: n.Range().In("")}
	switch n := n.(type) {
	case *And:
		o.Kind, o.Operands = "and", objects(n.Operands)
	case *Or:
		o.Kind, o.Operands = "or", objects(n.Operands)
	case *Not:
		o.Kind, o.Operand = "not", object(n.Operand)
	case *MacroRef:
		o.Kind, o.Name = "macro", n.Name
	case *Check:
		o.Kind, o.Left, o.Op, o.Modifier, o.Right = "check", object(n.Left), n.Op, n.Modifier, object(n.Right)
	case *Field:
		o.Kind, o.Name, o.Argument = "field", n.Name, argument(n.Arg)
	case *Transform:
		o.Kind, o.Name, o.Args, o.Argument = "transformer", n.Name, objects(n.Args), argument(n.Arg)
	case *TransformList:
		o.Kind, o.Items = "list", objects(n.Items)
	case *List:
		o.Kind, o.Items = "list", objects(n.Items)
	case *Value:
		o.Kind, o.Text, o.Quote = "value", &n.Text, n.Quote.String()
	case *Arg:
		o.Kind, o.Text, o.Quote = "argument", &n.Text, n.Quote.String()
	case *Bad:
		o.Kind = "bad"
	case *Output:
		o.Kind, o.Parts = "output", objects(n.Parts)
	case *Text:
		o.Kind, o.Text = "text", &n.Text
	case *Placeholder:
		o.Kind, o.Width, o.Operand = "placeholder", n.Width, object(n.Operand)
	default:
		panic(fmt.Sprintf("ast: unknown node %T", n))
	}
	return o
}

func argument(a *Arg) *jsonNode {
	if a == nil {
		return nil
	}
	return object(a)
}

func objects[N Node](list []N) []*jsonNode {
	out := make([]*jsonNode, len(list))
	for i, n := range list {
		out[i] = object(n)
	}
	return out
}
