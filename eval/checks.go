package eval

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// Checks evaluates checks on events of one source, each by itself and not in the
// order of a condition. It is for one goroutine.
type Checks struct {
	program *program
	frame   *frame
	checks  []step
	numbers map[*node]int
	steps   *steps
}

// NewChecks returns checks of a source, none so far.
func NewChecks(source *fieldsets.Source) *Checks {
	p := newProgram(source)
	return &Checks{program: p, numbers: map[*node]int{}, steps: p.newSteps()}
}

// Add adds a check and returns its number, from 0; those that say the same have the
// same. What does not fit the fields of the source is a [CompileErrors].
func (c *Checks) Add(check *ast.Check) (int, error) {
	n, errs := c.program.compile(check)
	if len(errs) > 0 {
		return 0, errs
	}
	number, known := c.numbers[n]
	if !known {
		number = len(c.checks)
		c.checks = append(c.checks, c.steps.of(n))
		c.numbers[n] = number
		c.frame = nil // it is too small
	}
	return number, nil
}

// Len returns how many checks of different meaning there are.
func (c *Checks) Len() int { return len(c.checks) }

// On calls holds with the number of each check that is true of an event of the source.
func (c *Checks) On(ev *fieldsets.Event, holds func(number int)) {
	if c.frame == nil {
		c.frame = newFrame(c.program)
	}
	c.frame.begin(ev)
	for i := range c.checks {
		if c.frame.holds(&c.checks[i]) {
			holds(i)
		}
	}
}
