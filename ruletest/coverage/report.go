package coverage

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// Report is what tests show of rules.
type Report struct {
	// Rules are the rules of the suites, Checks the checks of their conditions, in
	// the order of files and places. A check counts where it was written: one of a
	// macro is one, however many rules use the macro.
	Rules  []*Rule
	Checks []*Check
	// Files are the rules files in which these are.
	Files []File
}

// File is a file of rules.
type File struct {
	Name string
	// Text is the text that places in it count in.
	Text string
}

// Rule is what tests show of a rule.
type Rule struct {
	Name string
	// Position is the place of the name.
	Position diag.Range
	// Enabled says that the rule is enabled for a test; others are not counted.
	Enabled bool
	// Fired says that it fired on an event, Missed that it looked at one and did
	// not. It looks at events of its source, unless an earlier rule fired and the
	// suite has the first match fire only.
	Fired, Missed bool
	// Checks are the checks of its condition: its own, those of its exceptions and
	// those of the macros that it uses. Where tests have other files, they are those
	// with all of them.
	Checks []*Check
}

// Check is what tests show of a check.
type Check struct {
	// Text is the check, with lists by their names.
	Text string
	// Position is its range; that of a check in an exception are its values.
	Position diag.Range
	// Rule or Macro is the name of what it stands in, Exception the exception of
	// the rule, or empty.
	Rule, Macro, Exception string
	// True says that it was true when it decided, False that it was false: when a
	// rule that looked at the event would have said the opposite if this check had,
	// and nothing else.
	True, False bool
}

func (c *Check) owner() owner { return owner{c.Rule, c.Macro, c.Exception} }

// Seen returns how many of the two outcomes of the check were seen.
func (c *Check) Seen() int {
	n := 0
	for _, seen := range []bool{c.True, c.False} {
		if seen {
			n++
		}
	}
	return n
}

// Share is a part of a whole: outcomes of checks that were seen.
type Share struct{ Seen, Of int }

// Percent returns the share in percent; nothing is all of nothing.
func (s Share) Percent() float64 {
	if s.Of == 0 {
		return 100
	}
	return 100 * float64(s.Seen) / float64(s.Of)
}

// ShareOf returns how many of the outcomes of checks were seen, of two for each.
func ShareOf(checks []*Check) Share {
	s := Share{Of: 2 * len(checks)}
	for _, c := range checks {
		s.Seen += c.Seen()
	}
	return s
}

// cover judges the events of a truthTable.
func (g *Group) cover(c *truthTable) {
	m := g.collector
	v := c.evaluate()
	f := c.fire(g.mode, v.of)
	for i, rule := range c.rules {
		r := m.rules[m.ruleKeyOf(rule)]
		r.Fired = r.Fired || !f.fired[i].empty()
		r.Missed = r.Missed || f.looked[i].meetsNot(f.fired[i])
	}
	c.decide(v, f.looked, func(check *ast.Check, decides, truth bitset) {
		if seen := m.nodes[check]; seen != nil {
			seen.True = seen.True || decides.meets(truth)
			seen.False = seen.False || decides.meetsNot(truth)
		}
	})
}

func (v bitsets) of(x ast.Expr) bitset { return v[x] }
