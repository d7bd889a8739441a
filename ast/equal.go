package ast

// Equal reports whether two trees mean the same: the same nodes in the same
// order, wherever they stand and however their values are quoted.
func Equal(a, b Node) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case *And:
		b, ok := b.(*And)
		return ok && equalAll(a.Operands, b.Operands)
	case *Or:
		b, ok := b.(*Or)
		return ok && equalAll(a.Operands, b.Operands)
	case *Not:
		b, ok := b.(*Not)
		return ok && Equal(a.Operand, b.Operand)
	case *MacroRef:
		b, ok := b.(*MacroRef)
		return ok && a.Name == b.Name
	case *Check:
		b, ok := b.(*Check)
		return ok && a.Op == b.Op && a.Modifier == b.Modifier && Equal(a.Left, b.Left) && Equal(a.Right, b.Right)
	case *Field:
		b, ok := b.(*Field)
		return ok && a.Name == b.Name && equalArg(a.Arg, b.Arg)
	case *Transform:
		b, ok := b.(*Transform)
		return ok && a.Name == b.Name && equalAll(a.Args, b.Args) && equalArg(a.Arg, b.Arg)
	case *TransformList:
		b, ok := b.(*TransformList)
		return ok && equalAll(a.Items, b.Items)
	case *Value:
		b, ok := b.(*Value)
		return ok && a.Text == b.Text
	case *List:
		b, ok := b.(*List)
		return ok && equalAll(a.Items, b.Items)
	case *Arg:
		b, ok := b.(*Arg)
		return ok && equalArg(a, b)
	case *Bad:
		_, ok := b.(*Bad)
		return ok
	case *Output:
		b, ok := b.(*Output)
		return ok && equalAll(a.Parts, b.Parts)
	case *Text:
		b, ok := b.(*Text)
		return ok && a.Text == b.Text
	case *Insert:
		b, ok := b.(*Insert)
		return ok && a.Width == b.Width && Equal(a.Operand, b.Operand)
	}
	return false
}

func equalAll[N Node](a, b []N) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalArg(a, b *Arg) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Text == b.Text
}
