package loader

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

// deprecatedFields are the fields that will go away, in Falco's order.
var deprecatedFields = []string{"evt.dir", "evt.latency", "evt.latency.s", "evt.latency.ns", "evt.latency.human", "evt.wait_latency"}

func deprecatedMessage(field string) string {
	if field == "evt.dir" {
		return "evt.dir is deprecated: Falco no longer has enter events, so evt.dir = < is always true and evt.dir = > never"
	}
	return field + " is deprecated: Falco no longer has enter events, so it has no value"
}

// deprecatedInOutput warns about deprecated fields in an output. Like Falco it also finds
// their names inside other words.
func (r *resolver) deprecatedInOutput(def *ruleDef, t text, list []appended) {
	for _, field := range deprecatedFields {
		if at := strings.Index(t.value, field); at >= 0 {
			in, _ := inOutput(t, list, at, at+len(field))
			d := r.warnAt(WarnDeprecatedItem, in, def.outputContext, deprecatedMessage(field))
			falco(d).DeprecatedField = field
		}
	}
}

// conditionWarnings warns about checks that do not do what they seem to, once for each
// kind. c is the rule's condition.
func (r *resolver) conditionWarnings(def *ruleDef, c *condition, f *facts) {
	if f.noValue != nil {
		d := r.inRule(def, c, WarnUnsafeNACheck, f.noValue, "no value equals <NA>, which is only printed for a missing value")
		d.Hint = "use exists to check whether there is a value"
		r.add(d)
	}
	for _, name := range deprecatedFields {
		if n := f.deprecated[name]; n != nil {
			d := r.inRule(def, c, WarnDeprecatedItem, n, deprecatedMessage(name))
			falco(d).DeprecatedField = name
			r.add(d)
		}
	}
}

func comparesEqual(c *ast.Check) bool {
	switch c.Op {
	case ast.OpEq, ast.OpEqEq, ast.OpNe, ast.OpIn, ast.OpIntersects, ast.OpPMatch:
		return c.Modifier == ast.NoModifier
	}
	return false
}

// compileWarnings warns about values that may not be what the author meant.
func (r *resolver) compileWarnings(def *ruleDef, c *condition, f *facts) {
	f.eachWarning(func(w *diag.Diagnostic) bool {
		if r.full() {
			return false
		}
		d := r.inRule(def, c, WarnCompileCondition, eval.NodesOf(w).Node, w.Message)
		d.Hint = w.Hint
		falco(d).locate(c.context, c.given.value, eval.NodesOf(w).Falco.Range().Start)
		r.add(d)
		return true
	})
}

// manyEvents is the number of event codes above which Falco warns about a rule.
const manyEvents = 100

// eventWarning warns about a rule that can match most system calls. c is its condition and
// x that with its macros expanded.
func (r *resolver) eventWarning(def *ruleDef, c *condition, x ast.Expr) {
	if def.source != syscall.SourceName || !def.warnEventTypes || !r.matchesMost(x) {
		return
	}
	events, _ := r.events.EventsOf(x)
	msg := fmt.Sprintf("the rule can match %d event codes, so Falco evaluates it for each of these events", events.Len())
	d := newDiagnostic(WarnNoEventType, def.nameAt, def.context, msg)
	d.Hint = "restrict evt.type, or set warn_evttypes: false"
	if open := r.openBranch(c.expr, x); open != nil {
		d.Range = c.text.rangeOf(open.use)
		d.Hint = "this branch of an or allows most event types"
		if open.use != open.branch {
			at := r.conditionOf(open.branch, c).text.rangeOf(open.branch)
			d.Related = append(d.Related, diag.Related{Range: at, Message: "this branch of an or allows most event types"})
			d.Hint = "a branch of an or in this macro allows most event types"
		}
		if open.besideAnd {
			d.Hint += "; and binds more tightly than or, so perhaps parentheses are missing"
		}
	}
	r.add(d)
}

// matchesMost reports whether Falco would warn about the event types of a condition.
func (r *resolver) matchesMost(x ast.Expr) bool {
	events, err := r.events.EventsOf(x)
	return err == nil && events.Len() > manyEvents // an error in the condition was reported
}

// openBranch is a branch of an or that allows most event types, although another one
// does not.
type openBranch struct {
	// use is the branch, or the reference to the macro that it is in.
	use, branch ast.Expr
	// besideAnd says that another branch is an and.
	besideAnd bool
}

// openBranch returns the first open branch in a condition that allows most event types, or
// nil. x is the condition with its macros expanded.
func (r *resolver) openBranch(written, x ast.Expr) *openBranch {
	switch w := written.(type) {
	case *ast.MacroRef:
		if m := r.compiled.macros[w.Name]; m != nil && m.condition.expr != nil {
			open, known := r.open[x]
			if !known {
				open = r.openBranch(m.condition.expr, x)
				r.open[x] = open
			}
			if open != nil {
				return &openBranch{w, open.branch, open.besideAnd}
			}
		}
	case *ast.And:
		if resolved, ok := x.(*ast.And); ok && len(resolved.Operands) == len(w.Operands) {
			for i, operand := range w.Operands {
				if open := r.openBranch(operand, resolved.Operands[i]); open != nil {
					return open
				}
			}
		}
	case *ast.Or:
		resolved, ok := x.(*ast.Or)
		if !ok || len(resolved.Operands) != len(w.Operands) {
			return nil
		}
		i := slices.IndexFunc(resolved.Operands, r.matchesMost)
		if i < 0 {
			return nil
		}
		branch := w.Operands[i]
		if open := r.openBranch(branch, resolved.Operands[i]); open != nil {
			return open
		}
		if slices.ContainsFunc(resolved.Operands, func(x ast.Expr) bool { return !r.matchesMost(x) }) {
			return &openBranch{branch, branch, slices.ContainsFunc(w.Operands, func(x ast.Expr) bool {
				_, isAnd := x.(*ast.And)
				return isAnd && x != branch
			})}
		}
	}
	return nil
}
