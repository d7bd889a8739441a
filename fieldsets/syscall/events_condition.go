package syscall

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/scan"
)

// EventsOf returns the event types that can make a condition true. The condition must have
// no macros. The error is a [*diag.Diagnostic] about evt.type or syscall.type in a
// transformer or compared with one, which Falco does not load.
//
// As in Falco, a check of evt.type or syscall.type with values selects a set of types; and
// intersects sets, or unites them, and not is pushed down to the checks. Checks of other
// fields allow all types, even negated. Checks that are constant because evt.num is never
// 0 count as checks of event types.
func EventsOf(condition ast.Expr) (EventSet, error) {
	return NewEventFinder().EventsOf(condition)
}

// EventFinder finds the events of many conditions and caches the results for parts that
// they share. It is not safe for concurrent use.
type EventFinder struct {
	table *eventTable
	found map[eventsKey]foundEvents
}

// eventsKey is a part of a condition. It is negated if it is inside an odd number of nots.
type eventsKey struct {
	expr    ast.Expr
	negated bool
}

type foundEvents struct {
	events EventSet
	err    error
}

// NewEventFinder returns a finder with an empty cache.
func NewEventFinder() *EventFinder {
	return &EventFinder{table: events(), found: map[eventsKey]foundEvents{}}
}

// EventsOf is like the function EventsOf.
func (f *EventFinder) EventsOf(condition ast.Expr) (EventSet, error) {
	a := analysis{EventFinder: f}
	s := a.expr(condition, false)
	if a.err != nil {
		return EventSet{}, a.err
	}
	return s, nil
}

type analysis struct {
	*EventFinder
	err error // the first error
}

// expr returns the events of a part of the condition.
func (a *analysis) expr(x ast.Expr, negated bool) EventSet {
	switch x.(type) {
	case *ast.And, *ast.Or:
	default:
		return a.find(x, negated)
	}
	key := eventsKey{x, negated}
	known, ok := a.found[key]
	if !ok {
		part := analysis{EventFinder: a.EventFinder}
		known.events = part.find(x, negated)
		known.err = part.err
		a.found[key] = known
	}
	if a.err == nil {
		a.err = known.err
	}
	return known.events
}

func (a *analysis) find(x ast.Expr, negated bool) EventSet {
	switch x := x.(type) {
	case *ast.Not:
		return a.expr(x.Operand, !negated)
	case *ast.And:
		return a.operands(x.Operands, negated, !negated)
	case *ast.Or:
		return a.operands(x.Operands, negated, negated)
	case *ast.Check:
		s, decides := a.check(x)
		if decides && negated {
			s.codes = a.table.all.codes.without(s.codes)
			s.calls = a.table.all.calls.without(s.calls)
		}
		return s
	}
	return a.table.all
}

func (a *analysis) operands(list []ast.Expr, negated, intersect bool) EventSet {
	var s EventSet
	if intersect {
		s = a.table.all
	}
	for _, x := range list {
		t := a.expr(x, negated)
		if intersect {
			s = EventSet{s.codes.and(t.codes), s.calls.and(t.calls)}
		} else {
			s = EventSet{s.codes.or(t.codes), s.calls.or(t.calls)}
		}
	}
	return s
}

// check returns the events of a check, and whether its negation has the other events.
func (a *analysis) check(c *ast.Check) (s EventSet, decides bool) {
	all := a.table.all
	if holds, constant := EventNumber(c); constant {
		if holds {
			return all, true
		}
		return EventSet{}, true
	}
	switch {
	case c.Op == ast.OpExists:
		a.leaves(c.Left)
		return all, isEventType(c.Left)
	case c.Modifier != ast.NoModifier:
		return all, false
	case c.Op != ast.OpEq && c.Op != ast.OpEqEq && c.Op != ast.OpNe && c.Op != ast.OpIn:
		return all, false
	case !isEventType(c.Left):
		// Falco decides by the last argument that it visited: not
		// join(proc.args, ",") = x has no events, because the last argument is a
		// value.
		_, constant := a.leaves(c.Left).(*ast.Value)
		return all, constant
	}
	switch right := c.Right.(type) {
	case *ast.Value:
		s = a.table.names[right.Text]
	case *ast.List:
		for _, v := range right.Items {
			t := a.table.names[v.Text]
			s = EventSet{s.codes.or(t.codes), s.calls.or(t.calls)}
		}
	default:
		a.fail(c.Right, "%s %s accepts only values on its right side, not val() or a transformer", c.Left.(*ast.Field).Name, c.Op)
		return all, false
	}
	if c.Op == ast.OpNe {
		s = EventSet{all.codes.without(s.codes), all.calls.without(s.calls)}
	}
	return s, true
}

// leaves looks for evt.type in the arguments of transformers, and returns the last field
// or value in x.
func (a *analysis) leaves(x ast.Node) (last ast.Node) {
	switch x := x.(type) {
	case *ast.Transform:
		for _, arg := range x.Args {
			// In a list, Falco only notices evt.type if it is the last item.
			last = a.leaves(arg)
			if isEventType(last) {
				a.fail(x, "%s cannot be used in a transformer with =, !=, in or exists", last.(*ast.Field).Name)
				return nil
			}
		}
	case *ast.TransformList:
		for _, item := range x.Items {
			last = a.leaves(item)
		}
	default:
		return x
	}
	return last
}

func (a *analysis) fail(at ast.Node, format string, args ...any) {
	if a.err == nil {
		a.err = &diag.Diagnostic{Message: fmt.Sprintf(format, args...), Range: at.Range().In("")}
	}
}

func isEventType(x ast.Node) bool {
	field, ok := x.(*ast.Field)
	return ok && (field.Name == "evt.type" || field.Name == "syscall.type") && field.Arg == nil
}

// EventNumber reports whether a check compares evt.num so that the result is the same for
// all events, which are numbered from 1, and if so, the result. Placeholders in Falco's
// rules, such as evt.num < 0, are such checks.
func EventNumber(c *ast.Check) (holds, constant bool) {
	field, ok := c.Left.(*ast.Field)
	if !ok || field.Name != "evt.num" || field.Arg != nil || c.Modifier != ast.NoModifier {
		return false, false
	}
	if list, ok := c.Right.(*ast.List); ok && c.Op == ast.OpIn {
		return false, !slices.ContainsFunc(list.Items, func(v *ast.Value) bool {
			n, ok := parseUint(v.Text)
			return !ok || n != 0
		})
	}
	value, ok := c.Right.(*ast.Value)
	if !ok {
		return false, false
	}
	n, ok := parseUint(value.Text)
	switch {
	case !ok:
	case (c.Op == ast.OpEq || c.Op == ast.OpEqEq || c.Op == ast.OpLe) && n == 0, c.Op == ast.OpLt && n <= 1:
		return false, true
	case (c.Op == ast.OpNe || c.Op == ast.OpGt) && n == 0, c.Op == ast.OpGe && n <= 1:
		return true, true
	}
	return false, false
}

// parseUint parses a number like Falco, which ignores text after a NUL.
func parseUint(text string) (uint64, bool) {
	text, _, _ = strings.Cut(text, "\x00")
	return scan.Uint64(text)
}
