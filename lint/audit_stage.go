package lint

var auditStage = &Analyzer{
	ID:       "audit-stage",
	Category: K8sAudit,
	Level:    Warning,
	Summary:  "A rule for audit events fires at every stage of a request, or at the wrong one.",
	Run:      runAuditStage,
}

func runAuditStage(p *Pass) {
	for c := range auditConditions(p.Rules()) {
		for _, b := range c.Branches() {
			switch at := stages(b); {
			case at.subsetOf("ResponseComplete") && b.ValueSet(subresourceField).subsetOf("attach", "exec", "portforward"):
				d := p.ReportRule(c.Rule, "stage ResponseComplete of %s is logged only when the session ends", listed(b.ValueSet(subresourceField).Texts()))
				d.Hint = "use ResponseStarted, like the macro kevt_started in Falco's own rules"
			case !b.Requires(impliesStage):
				d := p.ReportRule(c.Rule, "the condition does not check the stage, so one request can fire the rule several times")
				d.Hint = "add ka.stage = ResponseComplete, or ResponseStarted for exec, attach, portforward and watch"
			}
		}
	}
}

// impliesStage reports whether the events that make a literal true have few stages. When
// a request is received, its objects and the decision about it are not known yet.
func impliesStage(l *Literal) bool {
	return isStage(l) || l.RequiresValue() && (inRequest(l) || inResponse(l) || hasDecision(l))
}

// hasDecision reports whether the left side of a literal is an annotation of the decision
// about a request.
func hasDecision(l *Literal) bool {
	switch l.Operand {
	case "ka.auth.decision", "ka.auth.reason", "ka.auth.openshift.decision", "ka.auth.openshift.username", "ka.security.pod.violations":
		return true
	}
	return false
}
