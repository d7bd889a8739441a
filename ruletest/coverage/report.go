package coverage

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// Report is the coverage of rules.
type Report struct {
	// Rules are the rules of the suites, and Checks are the checks of their conditions,
	// both in the order of files and positions. A check of a macro is one check, however
	// many rules use the macro.
	Rules  []*Rule
	Checks []*Check
	// Files are the files of these rules and checks.
	Files []File
}

// File is a rules file.
type File struct {
	Name string
	// Text is the content of the file, to which the positions refer.
	Text string
}

// Rule is the coverage of a rule.
type Rule struct {
	Name string
	// Position is the position of the name.
	Position diag.Range
	// Enabled is set if a test enables the rule. Other rules do not count.
	Enabled bool
	// Fired is set if the rule fired on an event, and NotFired if it was evaluated on an
	// event and did not fire. A rule is evaluated on the events of its source; with
	// [eval.FirstMatch] only on those on which no earlier rule fires.
	Fired, NotFired bool
	// Checks are the checks of its condition, of its exceptions and of the macros that
	// it uses. If tests load other files, they are the checks in all of them.
	Checks []*Check
}

// Check is the coverage of a check.
type Check struct {
	// Text is the check as written, with the names of lists.
	Text string
	// Position is its range. For a check in an exception, it is the range of the values.
	Position diag.Range
	// Rule or Macro names the condition that it is in, and Exception the exception of
	// the rule, if any.
	Rule, Macro, Exception string
	// True and False report whether the outcome true, or false, is covered.
	True, False bool
}

func (c *Check) owner() owner { return owner{c.Rule, c.Macro, c.Exception} }

// Covered returns the number of covered outcomes: 0, 1 or 2.
func (c *Check) Covered() int {
	n := 0
	for _, covered := range []bool{c.True, c.False} {
		if covered {
			n++
		}
	}
	return n
}

// Ratio is a number of covered outcomes, or of killed mutants, out of a total.
type Ratio struct{ Covered, Total int }

// Percent returns the ratio in percent, from 0 to 100. It is 100 if Total is 0.
func (s Ratio) Percent() float64 {
	if s.Total == 0 {
		return 100
	}
	return 100 * float64(s.Covered) / float64(s.Total)
}

// OutcomesOf returns how many of the outcomes of checks are covered.
func OutcomesOf(checks []*Check) Ratio {
	s := Ratio{Total: 2 * len(checks)}
	for _, c := range checks {
		s.Covered += c.Covered()
	}
	return s
}

// cover evaluates the events of a truth table.
func (g *Group) cover(c *truthTable) {
	m := g.collector
	v := c.evaluate()
	f := c.fire(g.mode, v.of)
	for i, rule := range c.rules {
		r := m.rules[m.ruleKeyOf(rule)]
		r.Fired = r.Fired || !f.fired[i].empty()
		r.NotFired = r.NotFired || f.looked[i].exceeds(f.fired[i])
	}
	c.decisive(v, f.looked, func(check *ast.Check, decisive, truth bitset) {
		if known := m.nodes[check]; known != nil {
			known.True = known.True || decisive.intersects(truth)
			known.False = known.False || decisive.exceeds(truth)
		}
	})
}

func (v bitsets) of(x ast.Expr) bitset { return v[x] }
