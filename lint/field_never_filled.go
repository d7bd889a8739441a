package lint

import (
	"slices"
	"strings"
)

var fieldNeverFilled = &Analyzer{
	ID:       "field-never-filled",
	Category: Dead,
	Level:    Warning,
	Summary:  "A condition uses a field that Falco still accepts but never fills.",
	Run:      runFieldNeverFilled,
}

// unfilled are fields that the container plugin 0.7 declares as deprecated and never
// extracts, by their prefixes.
var unfilled = []string{
	"container.healthcheck", "container.liveness_probe", "container.readiness_probe",
	"proc.is_container_healthcheck", "proc.is_container_liveness_probe", "proc.is_container_readiness_probe",
	"k8s.rc.", "k8s.svc.", "k8s.rs.", "k8s.deployment.", "k8s.ns.id", "k8s.ns.label",
}

func runFieldNeverFilled(p *Pass) {
	for _, c := range p.Conditions() {
		for l := range c.Literals() {
			name := l.fieldName()
			if !isSyscall(c) || !isUnfilled(name) {
				continue
			}
			result := "never"
			if l.Negated {
				result = "always"
			}
			d := p.ReportLiteral(l, "%s has no value in current releases of Falco, so this is %s true", l.Operand, result)
			if strings.HasPrefix(name, "k8s.") {
				d.Hint = "use the fields of the k8smeta plugin, such as k8smeta.deployment.name"
			}
		}
	}
}

func isUnfilled(field string) bool {
	return slices.ContainsFunc(unfilled, func(prefix string) bool { return strings.HasPrefix(field, prefix) })
}
