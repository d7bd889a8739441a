package lint

import (
	"strings"

	"github.com/falcorules/falcorules/fieldsets/syscall"
)

var eventTypeMissing = &Analyzer{
	ID:       "event-type-missing",
	Category: Performance,
	Level:    Info,
	Summary:  "A condition names no event types, although only a few types have its fields.",
	Run:      runEventTypeMissing,
}

// maxNamed is the number of event types that a condition could well name.
const maxNamed = 8

func runEventTypeMissing(p *Pass) {
	for _, c := range p.Rules() {
		if !isSyscall(c) || c.namesType() {
			continue
		}
		for _, l := range c.Root.Literals {
			types := typesWith(l)
			if !l.RequiresValue() || len(types) == 0 || len(types) > maxNamed {
				continue
			}
			d := p.ReportLiteral(l, "the condition of rule %q names no event types, so it is evaluated for all events", c.Rule.Name)
			d.Hint = "put evt.type in (" + strings.Join(types, ", ") + ") first: no other types have " + l.Operand
			break
		}
	}
}

// namesType reports whether there is a check of the event type in the condition.
func (c *Condition) namesType() bool {
	for l := range c.Literals() {
		if l.Operand == typeField || l.Operand == "syscall.type" {
			return true
		}
	}
	return false
}

// typesWith returns the event types for which the literal can be true, or nil if that is not
// known.
func typesWith(l *Literal) []string {
	has := l.eventsWith()
	if has == nil {
		return nil
	}
	var names []string
	for _, t := range syscall.EventTypes() {
		if has(t.Name) {
			names = append(names, t.Name)
		}
	}
	return names
}
