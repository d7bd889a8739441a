package lint

import (
	"slices"
	"strings"
)

var auditInitContainers = &Analyzer{
	ID:       "audit-init-containers",
	Category: K8sAudit,
	Level:    Info,
	Summary:  "A rule checks the containers of a pod, but not its init containers.",
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
		}
	}
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
