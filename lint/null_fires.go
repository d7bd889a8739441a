package lint

import (
	"strings"

	"github.com/falcorules/falcorules/diag"
)

var nullFires = &Analyzer{
	ID:       "null-fires",
	Category: MissingValue,
	Level:    Warning,
	Summary:  "A rule fires on every audit event that was logged without the request object.",
	Fix:      UnsafeFix,
	Run:      runNullFires,
}

func runNullFires(p *Pass) {
	for c := range auditConditions(p.Rules()) {
		for b := range c.AllBranches() {
			if len(b.Literals) == 0 || b.Requires(requiresObject) {
				continue
			}
			for _, l := range b.Literals {
				if l.Negated && inRequest(l) && strings.HasPrefix(l.Operand, "ka.req.") {
					d := p.ReportUse(l, "not %s is also true for events without an object, so the rule fires on all of them", l.Operand)
					d.Hint = "audit level Metadata logs no objects: add " + l.Operand + " exists"
					fixNullFires(d, l)
					break // one check is enough
				}
			}
		}
	}
}

// fixNullFires adds edits to a finding that require a value before its negated check. They are
// not safe: the rule may be meant to fire without a value.
func fixNullFires(d *diag.Diagnostic, l *Literal) {
	if l.place.negated {
		return // as in not (a or b)
	}
	edits, err := l.place.insert(l.Operand + " exists and ")
	fix(d, false, edits, err)
}

// requiresObject reports whether only events with the object of a request, or of the
// response to it, make a literal true.
func requiresObject(l *Literal) bool {
	return l.RequiresValue() && (inRequest(l) || l.topMember() == responseObject)
}
