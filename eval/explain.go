package eval

import (
	"fmt"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
)

// Explanation is why a rule fired on an event or did not. The rule fired if it is not
// disabled, Condition is true, and By is nil.
type Explanation struct {
	// Condition is the rule's condition with its results, or nil if the event is from
	// another source.
	Condition *Node
	// By is the earlier rule that fired instead of this one, although this one's
	// condition is true too, or nil. With [AllMatches] it is always nil.
	By *Rule
}

// Node is a node of a condition with its result on an event. The tree has the shape of
// the condition, but nodes that were not evaluated have no children.
type Node struct {
	// Expr is an And, an Or, a Not or a Check.
	Expr ast.Expr
	// Evaluated is true if the node was evaluated. An and stops at its first false
	// operand, and an or at its first true one.
	Evaluated bool
	// Result is the result of the node, or false if it was not evaluated.
	Result bool
	// Decisive is true if the result of the condition follows from this node. If an and
	// is false or an or is true, only the last operand that was evaluated is decisive;
	// otherwise, all operands are.
	Decisive bool
	// Children are the operands of an And, an Or or a Not.
	Children []*Node
	// Left is the left side of a check. Right is the field or the transformer on its
	// right side, or nil.
	Left, Right *Operand
}

// Operand is a field or a transformer with its value. All checks with the same operand
// share one *Operand.
type Operand struct {
	// Name is the operand's canonical text.
	Name string
	// Type is the type of the values or, for a list, of its elements.
	Type fieldsets.Type
	// List is true if the operand is a list. Several is true if there can be several
	// values, such as one for each ancestor, and conditions compare each.
	List, Several bool
	// Present is true if there is a value, which can be an empty list.
	Present bool
	// Values are the values as alerts print them, but not truncated. For a network, which
	// alerts do not print, it is the address.
	Values []string
}

// Explainer explains one rule. It is for one goroutine; an engine can have any number
// of them. It does not affect matching, and is slower.
type Explainer struct {
	rule    *Rule
	matcher *Matcher // nil if an event fires every rule that it matches
	frame   *frame
	nodes   map[ast.Expr]*node
	coder   coder
	values  map[int]*Operand // by slot, for the current event
}

// NewExplainer returns an explainer of a rule, one of [Engine.Rules], in the given
// mode. It returns an error if the engine does not have the rule's source, or if the
// condition does not compile.
func (e *Engine) NewExplainer(rule *Rule, mode Mode) (*Explainer, error) {
	of := e.programs[rule.Source]
	if of == nil {
		return nil, fmt.Errorf("the engine has no source %s", quote.Name(rule.Source))
	}
	// The engine does not keep which node an expression was compiled to, so compile
	// the rule again, on its own.
	p := newProgram(of.source)
	if _, errs := p.compile(rule.Condition); len(errs) > 0 {
		return nil, errs
	}
	x := &Explainer{rule: rule, frame: newFrame(p), nodes: p.compiled, coder: coder{}, values: map[int]*Operand{}}
	if mode == FirstMatch {
		x.matcher = e.NewMatcher(FirstMatch)
	}
	return x, nil
}

// Explain explains the rule on an event. The explanation does not refer to the event and
// stays valid.
func (x *Explainer) Explain(ev *fieldsets.Event) *Explanation {
	if ev.Source != x.rule.Source {
		return &Explanation{}
	}
	x.frame.begin(ev)
	clear(x.values)
	out := &Explanation{Condition: x.node(x.rule.Condition)}
	out.Condition.decide()
	if out.Condition.Result && !x.rule.Disabled && x.matcher != nil {
		if first := x.matcher.Match(ev); len(first) > 0 && first[0].Rule != x.rule {
			out.By = first[0].Rule
		}
	}
	return out
}

// node evaluates an expression as an engine does.
func (x *Explainer) node(expr ast.Expr) *Node {
	n := &Node{Expr: expr, Evaluated: true}
	switch expr := expr.(type) {
	case *ast.And:
		n.Result = x.operands(n, expr.Operands, false)
	case *ast.Or:
		n.Result = x.operands(n, expr.Operands, true)
	case *ast.Not:
		n.Children = []*Node{x.node(expr.Operand)}
		n.Result = !n.Children[0].Result
	case *ast.Check:
		n.Result = x.frame.run(x.coder.entry(x.nodes[expr]))
		n.Left, n.Right = x.sides(expr)
	}
	return n
}

// operands evaluates the operands of n up to the first one with the result ends, which
// decides, and returns the result of n.
func (x *Explainer) operands(n *Node, operands []ast.Expr, ends bool) bool {
	n.Children = make([]*Node, len(operands))
	ended := false
	for i, o := range operands {
		if ended {
			n.Children[i] = &Node{Expr: o}
			continue
		}
		n.Children[i] = x.node(o)
		ended = n.Children[i].Result == ends
	}
	return ended == ends
}

// decide marks n and the nodes below it that its result follows from.
func (n *Node) decide() {
	n.Decisive = true
	_, isAnd := n.Expr.(*ast.And)
	_, isOr := n.Expr.(*ast.Or)
	ended := isAnd && !n.Result || isOr && n.Result
	for i, child := range n.Children {
		last := i+1 == len(n.Children) || !n.Children[i+1].Evaluated
		if child.Evaluated && (last || !ended) {
			child.decide()
		}
	}
}

// sides returns the operands of a check. Their slots exist, because the rule was compiled.
func (x *Explainer) sides(check *ast.Check) (left, right *Operand) {
	p := x.frame.program
	id, _ := p.operand(check.Left)
	left = x.operand(p.compared(id))
	if t, ok := check.Right.(*ast.Transform); ok {
		id, _ := p.rightSide(t)
		right = x.operand(id)
	}
	return left, right
}

// operand returns the operand of a slot on the current event.
func (x *Explainer) operand(id int) *Operand {
	if o := x.values[id]; o != nil {
		return o
	}
	s := &x.frame.program.slots[id]
	o := &Operand{
		Name: s.name, Type: s.typ, List: s.list, Present: x.frame.has(id),
		Several: s.several,
	}
	for _, v := range x.frame.values(id) {
		if s.typ == fieldsets.IPNet {
			o.Values = append(o.Values, v.Addr().String())
		} else {
			o.Values = append(o.Values, string(s.appendValue(nil, v)))
		}
	}
	x.values[id] = o
	return o
}
