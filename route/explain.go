package route

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// Explainer explains which routes an alert takes. It is for one goroutine, and slower than
// a [Matcher].
type Explainer struct {
	routes []*compiled
	// explainers has those of each route by event source.
	explainers map[string]map[*compiled]*eval.Explainer
	written    map[ast.Expr]*ast.Check // checks as they are written, by what was compiled
}

// Explained says whether an alert takes a route.
type Explained struct {
	Route *Route
	Taken bool
	// Tree is the condition with its results, and Trace has the origins of its nodes. Both
	// are nil for a route without a condition.
	Tree  *eval.Node
	Trace *loader.Trace
}

// NewExplainer returns an explainer of routes. The errors are those of [New].
func NewExplainer(set *loader.Ruleset, routes []*Route) (*Explainer, error) {
	if _, err := New(set, routes); err != nil {
		return nil, err
	}
	c := newCompiler(set, routes, nil)
	c.parse()
	c.compile()
	x := &Explainer{routes: c.routes, explainers: map[string]map[*compiled]*eval.Explainer{}, written: map[ast.Expr]*ast.Check{}}
	for _, s := range c.scopes {
		if err := x.add(s); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// add adds the explainers for an event source.
func (x *Explainer) add(s *scope) error {
	of := map[*compiled]*eval.Explainer{}
	x.explainers[s.own.Name()] = of
	for _, r := range x.routes {
		if r.trace == nil {
			continue
		}
		b := eval.NewBuilder(s.source)
		output, err := b.CompileOutput(s.source.Name(), "-")
		if err != nil {
			return err
		}
		rule := &eval.Rule{Name: r.Name, Source: s.source.Name(), Condition: x.compiled(s, r.trace.Root().Expr), Output: output}
		if err := b.Add(rule); err != nil {
			return err
		}
		if of[r], err = b.Engine().NewExplainer(rule, eval.AllMatches); err != nil {
			return err
		}
	}
	return nil
}

// compiled returns an expression of the same shape with the checks that are compiled.
func (x *Explainer) compiled(s *scope, e ast.Expr) ast.Expr {
	all := func(operands []ast.Expr) []ast.Expr {
		out := make([]ast.Expr, len(operands))
		for i, o := range operands {
			out[i] = x.compiled(s, o)
		}
		return out
	}
	switch e := e.(type) {
	case *ast.And:
		return &ast.And{Span: e.Span, Operands: all(e.Operands)}
	case *ast.Or:
		return &ast.Or{Span: e.Span, Operands: all(e.Operands)}
	case *ast.Not:
		return &ast.Not{Span: e.Span, Operand: x.compiled(s, e.Operand)}
	case *ast.Check:
		compiled := s.checks[e].expr
		x.written[compiled] = e
		return compiled
	}
	return e
}

// Explain explains the routes in order, up to the last one that the alert takes.
func (x *Explainer) Explain(a Alert) []Explained {
	ev := &fieldsets.Event{Source: a.Match.Rule.Source, Data: &a}
	var out []Explained
	for _, r := range x.routes {
		e := Explained{Route: r.Route, Taken: true, Trace: r.trace}
		if r.trace != nil {
			e.Tree = x.explainers[ev.Source][r].Explain(ev).Condition
			e.Taken = e.Tree.Result
			x.write(e.Tree, map[*eval.Operand]bool{})
		}
		out = append(out, e)
		if e.Taken && !r.Continue {
			break
		}
	}
	return out
}

// write puts the names of priorities into a tree.
func (x *Explainer) write(n *eval.Node, seen map[*eval.Operand]bool) {
	if written := x.written[n.Expr]; written != nil {
		n.Expr = written
	}
	if o := n.Left; o != nil && o.Name == priorityField && !seen[o] {
		seen[o] = true
		for i, value := range o.Values {
			for _, p := range eval.Priorities() {
				if value == string(rune('0'+p)) {
					o.Values[i] = p.String()
				}
			}
		}
	}
	for _, child := range n.Children {
		x.write(child, seen)
	}
}
