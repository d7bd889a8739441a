package lint

import (
	"slices"

	"github.com/falcorules/falcorules/diag"
)

var exceptionDead = &Analyzer{
	ID:       "exception-dead",
	Category: Exceptions,
	Level:    Warning,
	Summary:  "An exception never applies, because the condition already rules out its values.",
	Run:      runExceptionDead,
}

func runExceptionDead(p *Pass) {
	left := maxWork
	for _, c := range p.Rules() {
		for _, l := range c.Root.Literals {
			p.exceptionDead(l, &left)
		}
		for _, choice := range c.Root.Choices {
			for _, b := range choice.Branches {
				if len(b.Literals) == 1 && len(b.Choices) == 0 {
					p.exceptionDead(b.Literals[0], &left)
				}
			}
		}
	}
}

// exceptionDead reports a literal of an exception that is always true, so that the exception
// never applies. The literal is the negated check of a field of the exception.
func (p *Pass) exceptionDead(l *Literal, left *budget) {
	if !l.Negated {
		return
	}
	if other := uselessBeside(l, left); other != nil {
		if l.Origin().Exception != nil && other.Origin().Exception == nil {
			d := p.ReportLiteral(l, "this exception never applies: %s cannot have any of these values here", l.Operand)
			d.Related = append(d.Related, diag.Related{Range: other.Origin().Range, Message: "the values that it can have"})
		}
		return
	}
	has := eventsWith(l.Operand)
	types := l.Branch.ValueSet(typeField).Texts()
	if has != nil && isSyscall(l.Branch.Condition) && len(types) > 0 && !slices.ContainsFunc(types, has) && l.Origin().Exception != nil {
		p.ReportLiteral(l, "this exception never applies: %s has no value in events of type %s", l.Operand, listed(types))
	}
}
