package ast

import (
	"iter"
	"slices"
)

// Children gives the nodes directly below n, in the order of the text.
func Children(n Node) iter.Seq[Node] { return slices.Values(children(n)) }

func children(n Node) []Node {
	var out []Node
	switch n := n.(type) {
	case *And:
		out = nodes(n.Operands)
	case *Or:
		out = nodes(n.Operands)
	case *Not:
		out = []Node{n.Operand}
	case *Check:
		out = []Node{n.Left}
		if n.Right != nil {
			out = append(out, n.Right)
		}
	case *Field:
		if n.Arg != nil {
			out = []Node{n.Arg}
		}
	case *Transform:
		out = append(out, n.Args...)
		if n.Arg != nil {
			out = append(out, n.Arg)
		}
	case *TransformList:
		out = n.Items
	case *List:
		out = nodes(n.Items)
	case *Output:
		out = n.Parts
	case *Insert:
		out = []Node{n.Operand}
	}
	return out
}

func nodes[N Node](list []N) []Node {
	out := make([]Node, len(list))
	for i, n := range list {
		out[i] = n
	}
	return out
}

// Inspect calls visit for n and then, where it returns true, for all nodes
// below n, in the order of the text.
func Inspect(n Node, visit func(Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	for _, child := range children(n) {
		Inspect(child, visit)
	}
}
