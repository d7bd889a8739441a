package lint

import "strings"

var nullFires = &Analyzer{
	ID:       "null-fires",
	Category: MissingValue,
	Level:    Warning,
	Summary:  "A rule fires on every audit event that was logged without the request object.",
	Run:      runNullFires,
}

func runNullFires(p *Pass) {
	for c := range auditConditions(p.Rules()) {
		for b := range c.AllBranches() {
			if len(b.Literals) == 0 || b.Requires(requiresObject) {
				continue
			}
			for _, l := range b.Literals {
				if l.Negated && strings.HasPrefix(l.Operand, "ka.req.") {
					d := p.ReportLiteral(l, "not %s is also true for events without an object, so the rule fires on all of them", l.Operand)
					d.Hint = "audit level Metadata logs no objects: add " + l.Operand + " exists"
				}
			}
		}
	}
}

// requiresObject reports whether only events with the object of a request, or of the
// response to it, make a literal true.
func requiresObject(l *Literal) bool {
	return l.RequiresValue() && (inRequest(l) || strings.HasPrefix(l.Operand, "ka.resp.") || strings.HasPrefix(l.Operand, "jevt.value[/responseObject"))
}
