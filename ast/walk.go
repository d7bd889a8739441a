package ast

import "iter"

// Children gives the nodes directly below n, in the order of the text.
func Children(n Node) iter.Seq[Node] {
	return func(yield func(Node) bool) { children(n, yield) }
}

// children calls yield for the nodes directly below n until it returns false.
func children(n Node, yield func(Node) bool) {
	switch n := n.(type) {
	case *And:
		each(n.Operands, yield)
	case *Or:
		each(n.Operands, yield)
	case *Not:
		yield(n.Operand)
	case *Check:
		if yield(n.Left) && n.Right != nil {
			yield(n.Right)
		}
	case *Field:
		if n.Arg != nil {
			yield(n.Arg)
		}
	case *Transform:
		if each(n.Args, yield) && n.Arg != nil {
			yield(n.Arg)
		}
	case *TransformList:
		each(n.Items, yield)
	case *List:
		each(n.Items, yield)
	case *Output:
		each(n.Parts, yield)
	case *Insert:
		yield(n.Operand)
	}
}

// each calls yield for the nodes of a list, and reports whether it went through to
// the end.
func each[N Node](list []N, yield func(Node) bool) bool {
	for _, n := range list {
		if !yield(n) {
			return false
		}
	}
	return true
}

// Inspect calls visit for n and then, where it returns true, for all nodes
// below n, in the order of the text.
func Inspect(n Node, visit func(Node) bool) {
	if n != nil {
		inspect(n, visit)
	}
}

func inspect(n Node, visit func(Node) bool) {
	if visit(n) {
		children(n, func(child Node) bool {
			inspect(child, visit)
			return true
		})
	}
}
