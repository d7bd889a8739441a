package coverage

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// truthTable is the conditions of the enabled rules of one source, with the macros that
// they use, over events: what each check is on each event gives what each rule is,
// many events at a time.
type truthTable struct {
	rules []*loader.Rule
	roots []ast.Expr // of the rules
	// macros are the conditions by name, uses the places of each macro.
	macros map[string]ast.Expr
	uses   map[string][]ast.Expr
	// parents are what parts of conditions stand in, nil for a whole condition; of
	// that, owners has the macro, or the empty text for a rule's.
	parents map[ast.Expr]ast.Expr
	owners  map[ast.Expr]string
	// order has the conditions, each before those of the macros that it uses.
	order []ast.Expr
	// folded has what is the same for all events, live what a result can follow from.
	folded folded
	live   map[ast.Expr]bool

	compiler  *eval.Compiler
	evaluator eval.Evaluator
	// conditions are the checks, those that mean the same once, numbers their indexes.
	conditions []*eval.Condition
	numbers    map[*eval.Condition]int
	checks     map[*ast.Check]int
	// mine are the events of the source, truth those that each check is true of.
	mine  bitset
	truth []bitset
}

// newTruthTable returns the truthTable of the enabled rules of a source.
func newTruthTable(source *fieldsets.Source, conditions []loader.Condition, macros map[string]ast.Expr) *truthTable {
	c := &truthTable{
		macros: macros, uses: map[string][]ast.Expr{}, parents: map[ast.Expr]ast.Expr{}, owners: map[ast.Expr]string{},
		folded: folded{}, live: map[ast.Expr]bool{}, compiler: eval.NewCompiler(source), numbers: map[*eval.Condition]int{}, checks: map[*ast.Check]int{},
	}
	var behind []ast.Expr // what is used behind what uses it
	for _, cond := range conditions {
		if cond.Rule != nil && cond.Rule.Enabled && cond.Rule.Source == source.Name() {
			c.rules, c.roots = append(c.rules, cond.Rule), append(c.roots, cond.Expr)
			c.enter(cond.Expr, "", &behind)
		}
	}
	for i := len(behind) - 1; i >= 0; i-- {
		c.order = append(c.order, behind[i])
	}
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

// markLive marks what the result of a part can follow from.
func (c *truthTable) markLive(x ast.Expr) {
	if _, same := c.folded[x]; same {
		delete(c.live, x)
		return
	}
	c.live[x] = true
	if ref, ok := x.(*ast.MacroRef); ok {
		c.live[c.macros[ref.Name]] = true
	}
	for _, child := range operands(x) {
		c.markLive(child)
	}
}

// enter takes a condition into the truthTable, and those of its macros.
func (c *truthTable) enter(x ast.Expr, macro string, behind *[]ast.Expr) {
	c.parents[x], c.owners[x] = nil, macro
	c.walk(x, behind)
	*behind = append(*behind, x)
}

func (c *truthTable) walk(x ast.Expr, behind *[]ast.Expr) {
	switch x := x.(type) {
	case *ast.Check:
		_ = c.compile(x) // it was compiled before
	case *ast.MacroRef:
		c.uses[x.Name] = append(c.uses[x.Name], x)
		if root := c.macros[x.Name]; len(c.uses[x.Name]) == 1 {
			c.enter(root, x.Name, behind)
		}
	}
	for _, child := range operands(x) {
		c.parents[child] = x
		c.walk(child, behind)
	}
	c.folded.add(x, c.macros)
}

// operands returns the operands of an And, an Or or a Not.
func operands(x ast.Expr) []ast.Expr {
	switch x := x.(type) {
	case *ast.And:
		return x.Operands
	case *ast.Or:
		return x.Operands
	case *ast.Not:
		return []ast.Expr{x.Operand}
	}
	return nil
}

// has reports whether a part of a condition is a part of the truthTable.
func (c *truthTable) has(x ast.Expr) bool {
	_, ok := c.parents[x]
	return ok
}

// record records what the checks are on an event of the source.
func (c *truthTable) record(ev *fieldsets.Event, number int) {
	c.mine = c.mine.with(number)
	c.grow()
	c.evaluator.SetEvent(ev)
	for i, condition := range c.conditions {
		if c.evaluator.Holds(condition) {
			c.truth[i] = c.truth[i].with(number)
		}
	}
}

// grow makes room for the checks that were compiled since.
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

// ready makes all sets of the same size.
func (c *truthTable) ready(words int) {
	c.mine = c.mine.sized(words)
	c.grow()
	for i := range c.truth {
		c.truth[i] = c.truth[i].sized(words)
	}
}

// forget makes room for other events.
func (c *truthTable) forget() { c.mine, c.truth = nil, nil }

// evaluate returns the values of all parts.
func (c *truthTable) evaluate() bitsets {
	v := bitsets{}
	for i := len(c.order) - 1; i >= 0; i-- {
		c.fill(v, c.order[i])
	}
	return v
}

// bitsets are the events that parts of conditions are true of. They are not mutated.
type bitsets map[ast.Expr]bitset

func (c *truthTable) fill(v bitsets, x ast.Expr) {
	for _, child := range operands(x) {
		c.fill(v, child)
	}
	v[x] = c.compute(x, func(child ast.Expr) bitset { return v[child] })
}

// compute returns the value of a part from those of its operands.
func (c *truthTable) compute(x ast.Expr, of func(ast.Expr) bitset) bitset {
	switch x := x.(type) {
	case *ast.Check:
		return c.truth[c.checks[x]]
	case *ast.MacroRef:
		return of(c.macros[x.Name])
	case *ast.Not:
		return ones(len(c.mine)).andNot(of(x.Operand))
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
	return nil // there are no others
}

// twice returns what a unchanged has of that name.
func (c *truthTable) twice(v bitsets) bitsets {
	out := bitsets{}
	for x := range v {
		children := operands(x)
		_, isAnd := x.(*ast.And)
		if len(children) < 2 {
			continue
		}
		once, twice := make(bitset, len(c.mine)), make(bitset, len(c.mine))
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

// firing is what rules make of events: those that each looks at, and those that it
// fires on.
type firing struct{ looked, fired []bitset }

// fire returns what the rules make of the events where of has their values. With
// FirstMatch the rules behind the one that fires do not look at an event.
func (c *truthTable) fire(mode eval.Mode, of func(ast.Expr) bitset) firing {
	var out firing
	left := c.mine.clone()
	for _, root := range c.roots {
		fired := left.clone().and(of(root))
		out.looked, out.fired = append(out.looked, left.clone()), append(out.fired, fired)
		if mode == eval.FirstMatch {
			left.andNot(fired)
		}
	}
	return out
}

// decide calls seen with each check and the events on which it decides: those on
// which a rule that looks would say the opposite if this check did, and nothing
// else. A macro that is used at several places is judged at each by itself.
func (c *truthTable) decide(v bitsets, looked []bitset, seen func(check *ast.Check, decides, truth bitset)) {
	decides := bitsets{}
	for i, root := range c.roots {
		decides[root] = looked[i]
	}
	for _, x := range c.order {
		c.push(v, decides, x, decides[x], seen)
	}
}

// push hands down to the operands of a part where they decide.
func (c *truthTable) push(v, decides bitsets, x ast.Expr, where bitset, seen func(*ast.Check, bitset, bitset)) {
	if where.empty() {
		return
	}
	switch x := x.(type) {
	case *ast.Check:
		seen(x, where, v[x])
	case *ast.MacroRef:
		root := c.macros[x.Name]
		if decides[root] == nil {
			decides[root] = make(bitset, len(where))
		}
		decides[root].or(where)
	case *ast.Not:
		c.push(v, decides, x.Operand, where, seen)
	case *ast.And:
		c.pushAll(v, decides, x.Operands, where, seen, bitset.and)
	case *ast.Or:
		c.pushAll(v, decides, x.Operands, where, seen, bitset.andNot)
	}
}

// pushAll hands down to operands: one decides where all others leave it open, which
// open keeps of a set.
func (c *truthTable) pushAll(v, decides bitsets, children []ast.Expr, where bitset, seen func(*ast.Check, bitset, bitset), open func(b, child bitset) bitset) {
	behind := make([]bitset, len(children)) // what those behind leave open
	rest := where
	for i := len(children) - 1; i >= 0; i-- {
		behind[i] = rest
		rest = open(rest.clone(), v[children[i]])
	}
	before := where.clone()
	for i, child := range children {
		c.push(v, decides, child, behind[i].clone().and(before), seen)
		open(before, v[child])
	}
}
