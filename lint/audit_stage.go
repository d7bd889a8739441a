package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
)

var auditStage = &Analyzer{
	ID:       "audit-stage",
	Category: K8sAudit,
	Level:    Warning,
	Summary:  "A rule for audit events fires at every stage of a request, or at the wrong one.",
	Fix:      SafeFix,
	Run:      runAuditStage,
}

func runAuditStage(p *Pass) {
	for c := range auditConditions(p.Rules()) {
		for _, b := range c.Branches() {
			session := b.ValueSet(subresourceField).subsetOf("attach", "exec", "portforward")
			switch at := stages(b); {
			case session && at.subsetOf("ResponseComplete"):
				d := p.ReportRule(c.Rule, "stage ResponseComplete of %s is logged only when the session ends", listed(b.ValueSet(subresourceField).Texts()))
				d.Hint = "use ResponseStarted, like the macro kevt_started in Falco's own rules"
				p.fixSessionStage(d, b)
			case b.Requires(isOfAudit) && !b.Requires(impliesStage):
				d := p.ReportRule(c.Rule, "the condition does not check the stage, so one request can fire the rule several times")
				stage := "ResponseComplete"
				d.Hint = "add ka.stage = ResponseComplete, or ResponseStarted for exec, attach, portforward and watch"
				if session {
					stage = "ResponseStarted"
					d.Hint = "add ka.stage = ResponseStarted: a session is complete only when it ends"
				}
				fixStage(d, b, stage)
			}
		}
	}
}

// fixSessionStage adds edits to a finding that replace the stage in a branch that is about
// sessions. A macro may be about other requests, too.
func (p *Pass) fixSessionStage(d *diag.Diagnostic, b *Branch) {
	for _, l := range b.Literals {
		if values := l.Check.Values(); isStage(l) && l.RequiresValue() && len(values) == 1 && len(l.Origin().Macros) == 0 {
			p.fixValue(d, l, values[0], "ResponseStarted", true)
		}
	}
}

// fixStage adds edits to a finding that require a stage before all other checks of a branch.
// They are not safe, because another stage may be right.
func fixStage(d *diag.Diagnostic, b *Branch, stage string) {
	check := "ka.stage = " + stage + " and "
	for _, l := range b.Literals {
		at := l.place
		if at.in.Expr == nil || at.in.Macro() != nil || at.negated {
			continue // others use the macro, too
		}
		if at.conjunction {
			at.index = 0
		}
		edits, err := at.insert(check)
		if fix(d, false, edits, err); len(d.Edits) > 0 {
			return
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

// isOfAudit reports whether the left side of a literal is a field of audit events. Other
// events, such as those of AWS CloudTrail, have come through the same source.
func isOfAudit(l *Literal) bool {
	switch {
	case strings.HasPrefix(l.Operand, "ka."):
		return true
	case !strings.HasPrefix(l.Operand, "jevt.value[/"):
		return false
	}
	pointer := strings.TrimPrefix(l.Operand, "jevt.value[/")
	key := pointer[:strings.IndexAny(pointer+"/", "/]")]
	return slices.Contains([]string{"annotations", "auditID", "level", "objectRef", "requestObject", "requestURI", "responseObject", "responseStatus", "stage", "user", "verb"}, key)
}
