package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
)

var auditInitContainers = &Analyzer{
	ID:       "audit-init-containers",
	Category: K8sAudit,
	Level:    Info,
	Summary:  "A rule checks the containers of a pod, but not its init containers.",
	Fix:      UnsafeFix,
	Run:      runAuditInitContainers,
}

// containerFields are the fields that have a counterpart for init containers and whose
// values give a container rights.
var containerFields = []string{
	"add_capabilities", "allow_privilege_escalation", "host_port", "privileged", "proc_mount", "run_as_group", "run_as_user",
}

func runAuditInitContainers(p *Pass) {
	for c := range auditConditions(p.Rules()) {
		for l := range c.Literals() {
			name, ok := strings.CutPrefix(l.fieldName(), "ka.req.pod.containers.")
			if !ok || !l.RequiresValue() || !slices.Contains(containerFields, name) || looksAtInitContainers(c) {
				continue
			}
			d := p.ReportNode(l, l.Check.Left, "this rule does not check %s of init containers", name)
			d.Hint = "also check ka.req.pod.initContainers." + name
			fixInitContainers(d, l)
		}
	}
}

// fixInitContainers adds edits to a finding that check init containers in the same way. They
// are not safe: old versions of the plugin do not have the field.
func fixInitContainers(d *diag.Diagnostic, l *Literal) {
	check := l.Check.Span
	comparison, err := l.node.Source(diag.Span{Start: l.Check.OpSpan.Start, End: check.End})
	if err != nil {
		return
	}
	field := strings.Replace(l.Operand, ".containers.", ".initContainers.", 1)
	opening, err := l.Replace(diag.Span{Start: check.Start, End: check.Start}, "(")
	if err != nil {
		return
	}
	closing, err := l.Replace(diag.Span{Start: check.End, End: check.End}, " or "+field+" "+comparison+")")
	fix(d, false, append(opening, closing...), err)
}

// looksAtInitContainers reports whether some check of a condition is about init containers.
func looksAtInitContainers(c *Condition) bool {
	for l := range c.Literals() {
		if strings.Contains(l.Operand, "initContainers") {
			return true
		}
	}
	return false
}
