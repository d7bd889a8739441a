package lint

import "github.com/falcorules/falcorules/diag"

var exceptionDead = &Analyzer{
	ID:       "exception-dead",
	Category: Exceptions,
	Level:    Warning,
	Summary:  "An exception never applies, because the condition already rules out its values.",
	Run:      runExceptionDead,
}

func runExceptionDead(p *Pass) {
	for _, c := range p.Rules() {
		for l := range c.Literals() {
			if l.Origin().Exception == nil || l.Branch != c.Root {
				continue
			}
			if other := uselessBeside(l); other != nil && other.Origin().Exception == nil {
				d := p.ReportLiteral(l, "this exception never applies: %s cannot have any of these values here", l.Operand)
				d.Related = append(d.Related, diag.Related{Range: other.Origin().Range, Message: "the values that it can have"})
			}
		}
	}
}
