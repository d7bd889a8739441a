package lint

import "strings"

var auditObject = &Analyzer{
	ID:       "audit-object",
	Category: K8sAudit,
	Level:    Error,
	Summary:  "A rule requires a field of the request object for verbs whose requests have no object.",
	Run:      runAuditObject,
}

// withoutObject are the verbs of requests that send no object.
var withoutObject = []string{"delete", "deletecollection", "get", "list", "watch"}

func runAuditObject(p *Pass) {
	for c := range auditConditions(p.Conditions()) {
		for l := range c.Literals() {
			if !inRequest(l) || !l.RequiresValue() {
				continue
			}
			without := withoutObject
			if !strings.HasPrefix(l.Operand, "ka.req.") { // deletions have options instead of an object
				without = []string{"get", "list", "watch"}
			}
			if verbs := l.Branch.ValueSet(verbField); verbs.subsetOf(without...) {
				p.ReportNode(l, l.Check.Left, "%s has no value in requests with verb %s", l.Operand, listed(verbs.Texts())).
					Hint = "limit the check to create, update and patch, which send an object"
			}
		}
	}
}
