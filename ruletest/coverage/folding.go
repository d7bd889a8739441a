package coverage

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

// folded has the values of the parts of conditions that are the same for all events:
// checks of evt.num, which Falco's rules use as placeholders, membership in an empty list,
// and what follows from these.
type folded map[ast.Expr]bool

// add adds a part if it is constant. Its operands must have been added before. macros has
// the conditions of macros.
func (f folded) add(x ast.Expr, macros map[string]ast.Expr) {
	switch x := x.(type) {
	case *ast.Check:
		if truth, ok := foldedCheck(x); ok {
			f[x] = truth
		}
	case *ast.MacroRef:
		if truth, ok := f[macros[x.Name]]; ok {
			f[x] = truth
		}
	case *ast.Not:
		if truth, ok := f[x.Operand]; ok {
			f[x] = !truth
		}
	case *ast.And:
		f.chain(x, x.Operands, false)
	case *ast.Or:
		f.chain(x, x.Operands, true)
	}
}

// chain adds an and or an or; ends is the value of an operand that decides it.
func (f folded) chain(x ast.Expr, children []ast.Expr, ends bool) {
	all := true
	for _, child := range children {
		truth, ok := f[child]
		if ok && truth == ends {
			f[x] = ends
			return
		}
		all = all && ok
	}
	if all {
		f[x] = !ends
	}
}

// foldedCheck returns the value of a check that is the same for all events.
func foldedCheck(x *ast.Check) (truth, ok bool) {
	if list, ok := x.Right.(*ast.List); ok && len(list.Items) == 0 {
		return false, x.Modifier == ast.NoModifier
	}
	return syscall.EventNumber(x)
}
