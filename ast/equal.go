package ast

import (
	"reflect"
	"slices"
	"strconv"
)

// Equal reports whether two trees mean the same. Positions and quotes do not matter, but
// the order of operands does.
func Equal(a, b Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return reflect.TypeOf(a) == reflect.TypeOf(b) && content(a) == content(b) &&
		slices.EqualFunc(slices.Collect(Children(a)), slices.Collect(Children(b)), Equal)
}

// content returns what a node has besides its children, its position and its quotes.
func content(n Node) string {
	switch n := n.(type) {
	case *MacroRef:
		return n.Name
	case *Check:
		return string(n.Op) + " " + string(n.Modifier)
	case *Field:
		return n.Name
	case *Transform:
		return n.Name
	case *Value:
		return n.Text
	case *Arg:
		return n.Text
	case *Text:
		return n.Text
	case *Placeholder:
		return strconv.Itoa(n.Width)
	}
	return ""
}
