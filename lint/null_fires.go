package lint

import (
	"github.com/falcorules/falcorules/ast"
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
	left := maxWork
	for c := range auditConditions(p.Rules()) {
		var feed *feedAnalysis
		if p.auditPolicy != nil {
			feed = newFeedAnalysis(p.auditPolicy, c, &left)
		}
		for b := range c.AllBranches() {
			if len(b.Literals) == 0 || b.Requires(requiresObject) || feed != nil && feed.logsObjects(b) {
				continue
			}
			for _, l := range b.Literals {
				if l.Negated && inRequest(l) {
					d := p.ReportUse(l, "not %s is also true for events without an object, so the rule fires on all of them", l.Operand)
					d.Hint = "audit level Metadata logs no objects: add " + requirement(l)
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
	edits, err := l.place.insert(requirement(l) + " and ")
	fix(d, false, edits, err)
}

// requirement returns a check that is true only if there is an object. That of a literal such as
// not ka.req.pod.fs_group exists cannot require the field itself.
func requirement(l *Literal) string {
	if l.Check.Op == ast.OpExists {
		return "jevt.value[/requestObject] exists"
	}
	return l.Operand + " exists"
}

// requiresObject reports whether only events with the object of a request, or of the
// response to it, make a literal true.
func requiresObject(l *Literal) bool {
	return l.RequiresValue() && (inRequest(l) || l.topMember() == responseObject)
}
