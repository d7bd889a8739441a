package eval

import (
	"fmt"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
)

// Outcome says why a rule fired on an event or did not.
type Outcome uint8

// The outcomes.
const (
	// Fired means that the rule fired.
	Fired Outcome = iota
	// NotHeld means that the condition is false.
	NotHeld
	// Shadowed means that the condition holds, and that an earlier rule fired,
	// after which no other does.
	Shadowed
	// Disabled means that the rule is disabled, whatever its condition.
	Disabled
	// OtherSource means that the event is not of the rule's source.
	OtherSource
)

// Explanation is why a rule fired on an event or did not.
type Explanation struct {
	Rule    *Rule
	Outcome Outcome
	// By is the rule that fired instead, where the outcome is Shadowed.
	By *Rule
	// Condition is what became of the condition; nil where the event is of
	// another source.
	Condition *Node
}

// Node is what became of a part of a condition. The tree is that of the
// condition, but for what was not looked at, which has nothing below it.
type Node struct {
	// Expr is the part: an And, an Or, a Not or a Check.
	Expr ast.Expr
	// Evaluated says that the part was looked at: an and ends at its first false
	// operand, an or at its first true one.
	Evaluated bool
	// Result says whether the part is true; false where it was not looked at.
	Result bool
	// Decisive says that the result of the whole follows from this part: of a
	// false and from its last operand that was looked at, and so of a true or, and
	// otherwise from all of them.
	Decisive bool
	// Kids are the operands of an And, an Or or a Not, in their order.
	Kids []*Node
	// Left is what a check saw of its operand, Right what it saw of a field or a
	// transformer on its right, nil where there are constants or nothing.
	Left, Right *Seen
}

// Seen is what a check saw of an operand. It is the same for all checks of an
// operand.
type Seen struct {
	// Operand is the operand's canonical text.
	Operand string
	// Type is the type of the values, or of every value of a list.
	Type fieldsets.Type
	// List says that the operand has a list of values, Several that conditions
	// compare each of several values, such as those of all ancestors.
	List, Several bool
	// Present says that there is a value. A list may be there without elements.
	Present bool
	// Values are the values as alerts print them, and addresses of networks, which
	// alerts do not print. All are kept, and none is cut.
	Values []string
}

// Explainer explains what becomes of one rule. It is for one goroutine; an engine
// can have any number of them. It takes no part in matching, and is slower.
type Explainer struct {
	rule    *Rule
	matcher *Matcher // nil where every rule fires
	frame   *frame
	nodes   map[ast.Expr]*node
	coder   *coder
	seen    map[int]*Seen // by slot, of the event in hand
}

// NewExplainer returns an explainer of a rule, one of [Engine.Rules], in the given
// mode. It returns an error if the engine does not have the rule's source, or if the
// condition does not compile.
func (e *Engine) NewExplainer(rule *Rule, mode Mode) (*Explainer, error) {
	of := e.programs[rule.Source]
	if of == nil {
		return nil, fmt.Errorf("the engine has no source %s", quote.Name(rule.Source))
	}
	// The engine has forgotten which node stands for which part of a condition, so
	// that the rule is compiled once more, alone.
	p := newProgram(of.source)
	if _, errs := p.compile(rule.Condition); len(errs) > 0 {
		return nil, errs
	}
	x := &Explainer{rule: rule, frame: newFrame(p), nodes: p.compiled, coder: newCoder(p), seen: map[int]*Seen{}}
	if mode == FirstMatch {
		x.matcher = e.NewMatcher(FirstMatch)
	}
	return x, nil
}

// Explain says what becomes of the rule on an event. The explanation keeps
// nothing of the event.
func (x *Explainer) Explain(ev *fieldsets.Event) *Explanation {
	out := &Explanation{Rule: x.rule}
	if ev.Source != x.rule.Source {
		out.Outcome = OtherSource
		return out
	}
	x.frame.begin(ev)
	clear(x.seen)
	out.Condition = x.node(x.rule.Condition)
	out.Condition.decide()
	switch {
	case x.rule.Disabled:
		out.Outcome = Disabled
	case !out.Condition.Result:
		out.Outcome = NotHeld
	case x.matcher != nil:
		if first := x.matcher.Match(ev); len(first) > 0 && first[0].Rule != x.rule {
			out.Outcome, out.By = Shadowed, first[0].Rule
		}
	}
	return out
}

// node evaluates a part of the condition as an engine does.
func (x *Explainer) node(expr ast.Expr) *Node {
	n := &Node{Expr: expr, Evaluated: true}
	switch expr := expr.(type) {
	case *ast.And:
		n.Result = x.operands(n, expr.Operands, false)
	case *ast.Or:
		n.Result = x.operands(n, expr.Operands, true)
	case *ast.Not:
		n.Kids = []*Node{x.node(expr.Operand)}
		n.Result = !n.Kids[0].Result
	case *ast.Check:
		n.Result = x.frame.run(x.coder.entry(x.nodes[expr]))
		n.Left, n.Right = x.sides(expr)
	}
	return n
}

// operands evaluates operands up to the first one whose result is that of the
// whole, and returns the result of the whole.
func (x *Explainer) operands(n *Node, operands []ast.Expr, ends bool) bool {
	n.Kids = make([]*Node, len(operands))
	ended := false
	for i, o := range operands {
		if ended {
			n.Kids[i] = &Node{Expr: o}
			continue
		}
		n.Kids[i] = x.node(o)
		ended = n.Kids[i].Result == ends
	}
	return ended == ends
}

// decide marks the parts that a result follows from.
func (n *Node) decide() {
	n.Decisive = true
	_, isAnd := n.Expr.(*ast.And)
	_, isOr := n.Expr.(*ast.Or)
	ended := isAnd && !n.Result || isOr && n.Result
	for i, kid := range n.Kids {
		last := i+1 == len(n.Kids) || !n.Kids[i+1].Evaluated
		if kid.Evaluated && (last || !ended) {
			kid.decide()
		}
	}
}

// sides returns what a check saw. All slots are known since the rule was compiled.
func (x *Explainer) sides(check *ast.Check) (left, right *Seen) {
	p := x.frame.program
	id, _ := p.operand(check.Left)
	left = x.see(p.compared(id))
	if t, ok := check.Right.(*ast.Transform); ok {
		id, _ := p.rightSide(t)
		right = x.see(id)
	}
	return left, right
}

// see returns what there is of a slot.
func (x *Explainer) see(id int) *Seen {
	if seen := x.seen[id]; seen != nil {
		return seen
	}
	s := &x.frame.program.slots[id]
	seen := &Seen{
		Operand: s.name, Type: s.typ, List: s.list, Present: x.frame.has(id),
		Several: s.several,
	}
	for _, v := range x.frame.values(id) {
		if s.typ == fieldsets.IPNet {
			seen.Values = append(seen.Values, v.Addr().String())
		} else {
			seen.Values = append(seen.Values, string(s.appendValue(nil, v)))
		}
	}
	x.seen[id] = seen
	return seen
}
