package coverage

import (
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// truthTable has the conditions of the enabled rules of one source, including the macros
// that they use, and the results of their checks on events. From these the results of the
// rules follow, for many events at a time.
type truthTable struct {
	rules []*loader.Rule
	roots []ast.Expr // the conditions of the rules
	// macros has conditions, and uses the references, by name of the macro.
	macros map[string]ast.Expr
	uses   map[string][]ast.Expr
	// parents has the part that contains a part, or nil for a whole condition. owners
	// has the macro of a whole condition, or the empty string for that of a rule.
	parents map[ast.Expr]ast.Expr
	owners  map[ast.Expr]string
	// order has the conditions, each before those of the macros that it uses.
	order []ast.Expr
	// folded has the constant parts, and live those that a result can depend on.
	folded folded
	live   map[ast.Expr]bool

	compiler  *eval.Compiler
	evaluator eval.Evaluator
	// conditions are the compiled checks; equal checks share one. numbers and checks
	// have their indexes.
	conditions []*eval.Condition
	numbers    map[*eval.Condition]int
	checks     map[*ast.Check]int
	// events are those of the source, and truth has those on which each compiled check
	// is true.
	events bitset
	truth  []bitset
}

func newTruthTable(source *fieldsets.Source, conditions []condition, macros map[string]ast.Expr) *truthTable {
	c := &truthTable{
		macros: macros, uses: map[string][]ast.Expr{}, parents: map[ast.Expr]ast.Expr{}, owners: map[ast.Expr]string{},
		folded: folded{}, live: map[ast.Expr]bool{}, compiler: eval.NewCompiler(source), numbers: map[*eval.Condition]int{}, checks: map[*ast.Check]int{},
	}
	for _, cond := range conditions {
		if cond.rule != nil && cond.rule.Enabled && cond.rule.Source == source.Name() {
			c.rules, c.roots = append(c.rules, cond.rule), append(c.roots, cond.expr)
			c.enter(cond.expr, "")
		}
	}
	slices.Reverse(c.order)
	for _, root := range c.roots {
		c.live[root] = true
	}
	for _, x := range c.order {
		if c.live[x] {
			c.markLive(x)
		}
	}
	return c
}

// markLive marks what the result of a part can depend on.
func (c *truthTable) markLive(x ast.Expr) {
	if _, same := c.folded[x]; same {
		delete(c.live, x)
		return
	}
	c.live[x] = true
	if ref, ok := x.(*ast.MacroRef); ok {
		c.live[c.macros[ref.Name]] = true
	}
	for _, child := range ast.Operands(x) {
		c.markLive(child)
	}
}

// enter adds a condition, after those of the macros that it uses.
func (c *truthTable) enter(x ast.Expr, macro string) {
	c.parents[x], c.owners[x] = nil, macro
	c.walk(x)
	c.order = append(c.order, x)
}

func (c *truthTable) walk(x ast.Expr) {
	switch x := x.(type) {
	case *ast.Check:
		_ = c.compile(x) // the rules have been compiled, so this does not fail
	case *ast.MacroRef:
		c.uses[x.Name] = append(c.uses[x.Name], x)
		if root := c.macros[x.Name]; len(c.uses[x.Name]) == 1 {
			c.enter(root, x.Name)
		}
	}
	for _, child := range ast.Operands(x) {
		c.parents[child] = x
		c.walk(child)
	}
	c.folded.add(x, c.macros)
}

// has reports whether a part of a condition is in the table.
func (c *truthTable) has(x ast.Expr) bool {
	_, ok := c.parents[x]
	return ok
}

// record records the results of the checks on an event of the source.
func (c *truthTable) record(ev *fieldsets.Event, number int) {
	c.events = c.events.with(number)
	c.grow()
	c.evaluator.SetEvent(ev)
	for i, condition := range c.conditions {
		if c.evaluator.Holds(condition) {
			c.truth[i] = c.truth[i].with(number)
		}
	}
}

// grow makes room for checks that have been compiled since the last event.
func (c *truthTable) grow() {
	for len(c.truth) < len(c.conditions) {
		c.truth = append(c.truth, nil)
	}
}

// compile adds a check to those that are evaluated on events.
func (c *truthTable) compile(check *ast.Check) error {
	condition, err := c.compiler.Condition(check)
	if err != nil {
		return err
	}
	number, known := c.numbers[condition]
	if !known {
		number = len(c.conditions)
		c.conditions = append(c.conditions, condition)
		c.numbers[condition] = number
	}
	c.checks[check] = number
	return nil
}

// resize gives all sets the same size.
func (c *truthTable) resize(words int) {
	c.events = c.events.sized(words)
	c.grow()
	for i := range c.truth {
		c.truth[i] = c.truth[i].sized(words)
	}
}

// reset drops all events.
func (c *truthTable) reset() { c.events, c.truth = nil, nil }

// evaluate returns the values of all parts.
func (c *truthTable) evaluate() bitsets {
	v := bitsets{}
	for i := len(c.order) - 1; i >= 0; i-- {
		c.fill(v, c.order[i])
	}
	return v
}

// bitsets has the events on which each part of a condition is true. The sets must not be
// changed.
type bitsets map[ast.Expr]bitset

func (c *truthTable) fill(v bitsets, x ast.Expr) {
	for _, child := range ast.Operands(x) {
		c.fill(v, child)
	}
	v[x] = c.compute(x, func(child ast.Expr) bitset { return v[child] })
}

// compute returns the value of a part; of returns those of its operands.
func (c *truthTable) compute(x ast.Expr, of func(ast.Expr) bitset) bitset {
	switch x := x.(type) {
	case *ast.Check:
		return c.truth[c.checks[x]]
	case *ast.MacroRef:
		return of(c.macros[x.Name])
	case *ast.Not:
		return ones(len(c.events)).andNot(of(x.Operand))
	case *ast.And:
		out := of(x.Operands[0]).clone()
		for _, child := range x.Operands[1:] {
			out.and(of(child))
		}
		return out
	case *ast.Or:
		out := of(x.Operands[0]).clone()
		for _, child := range x.Operands[1:] {
			out.or(of(child))
		}
		return out
	}
	return nil // unreachable: there are no other expressions
}

// twice computes the field twice of an original.
func (c *truthTable) twice(v bitsets) bitsets {
	out := bitsets{}
	for x := range v {
		children := ast.Operands(x)
		_, isAnd := x.(*ast.And)
		if len(children) < 2 {
			continue
		}
		once, twice := make(bitset, len(c.events)), make(bitset, len(c.events))
		for _, child := range children {
			value := v[child]
			if isAnd {
				value = ones(len(value)).andNot(value)
			}
			twice.or(value.clone().and(once))
			once.or(value)
		}
		out[x] = twice
	}
	return out
}

// firing has, for each rule, the events that it looks at and those on which it fires.
type firing struct{ looked, fired []bitset }

// fire returns the events on which the rules fire; of returns the values of their
// conditions. With FirstMatch, rules after the one that fires do not look at an event.
func (c *truthTable) fire(mode eval.Mode, of func(ast.Expr) bitset) firing {
	var out firing
	left := c.events.clone()
	for _, root := range c.roots {
		fired := left.clone().and(of(root))
		out.looked, out.fired = append(out.looked, left.clone()), append(out.fired, fired)
		if mode == eval.FirstMatch {
			left.andNot(fired)
		}
	}
	return out
}

// decisive calls visit with each check and the events on which it is decisive: flipping
// this check alone would flip the result of a rule that looks at the event. Each use of a
// macro is judged separately.
func (c *truthTable) decisive(v bitsets, looked []bitset, visit func(check *ast.Check, decisive, truth bitset)) {
	decisive := bitsets{}
	for i, root := range c.roots {
		decisive[root] = looked[i]
	}
	for _, x := range c.order {
		c.push(v, decisive, x, decisive[x], visit)
	}
}

// push passes the events on which a part is decisive down to its operands.
func (c *truthTable) push(v, decisive bitsets, x ast.Expr, on bitset, visit func(*ast.Check, bitset, bitset)) {
	if on.empty() {
		return
	}
	switch x := x.(type) {
	case *ast.Check:
		visit(x, on, v[x])
	case *ast.MacroRef:
		root := c.macros[x.Name]
		if decisive[root] == nil {
			decisive[root] = make(bitset, len(on))
		}
		decisive[root].or(on)
	case *ast.Not:
		c.push(v, decisive, x.Operand, on, visit)
	case *ast.And:
		c.pushAll(v, decisive, x.Operands, on, visit, bitset.and)
	case *ast.Or:
		c.pushAll(v, decisive, x.Operands, on, visit, bitset.andNot)
	}
}

// pushAll passes events down to several operands. An operand is decisive on the events
// that all others leave open: open removes the events that an operand does not.
func (c *truthTable) pushAll(v, decisive bitsets, children []ast.Expr, on bitset, visit func(*ast.Check, bitset, bitset), open func(b, child bitset) bitset) {
	after := make([]bitset, len(children)) // left open by the operands after each
	rest := on
	for i := len(children) - 1; i >= 0; i-- {
		after[i] = rest
		rest = open(rest.clone(), v[children[i]])
	}
	before := on.clone()
	for i, child := range children {
		c.push(v, decisive, child, after[i].clone().and(before), visit)
		open(before, v[child])
	}
}
