package ast

import "iter"

// Children returns the nodes directly below n, in the order of the text.
func Children(n Node) iter.Seq[Node] {
	return func(yield func(Node) bool) { children(n, yield) }
}

// Operands returns the operands of an And, an Or or a Not, and nil for other conditions.
func Operands(x Expr) []Expr {
	switch x := x.(type) {
	case *And:
		return x.Operands
	case *Or:
		return x.Operands
	case *Not:
		return []Expr{x.Operand}
	}
	return nil
}

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
	case *Placeholder:
		yield(n.Operand)
	}
}

// each calls yield for nodes until it returns false, and reports whether it did not.
func each[N Node](nodes []N, yield func(Node) bool) bool {
	for _, n := range nodes {
		if !yield(n) {
			return false
		}
	}
	return true
}

// Inspect calls visit for n and, if visit returns true, for all nodes below n, in the
// order of the text. A nil node has none.
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
