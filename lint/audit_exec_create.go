package lint

import "github.com/falcorules/falcorules/loader"

var auditExecCreate = &Analyzer{
	ID:       "audit-exec-create",
	Category: K8sAudit,
	Level:    Warning,
	Summary:  "A rule about exec, attach or port-forward requires the verb create, but newer clients use get.",
	Fix:      SafeFix,
	Run:      runAuditExecCreate,
}

func runAuditExecCreate(p *Pass) {
	for c := range auditConditions(p.Rules()) {
		for l := range c.Literals() {
			if l.Operand != subresourceField || !l.RequiresValue() {
				continue
			}
			subresources, verbs := l.Branch.ValueSet(subresourceField), l.Branch.ValueSet(verbField)
			if !subresources.subsetOf("attach", "exec", "portforward") || !verbs.IsFinite() || !verbs.Has("create") || verbs.Has("get") {
				continue
			}
			at := l
			for other := range l.Branch.Context() {
				if other.Operand == verbField && other.RequiresValue() {
					at = other
					break
				}
			}
			report := p.ReportLiteral
			if innerMacro(at) != innerMacro(l) {
				report = p.ReportUse // the macro is about other requests, too
			}
			d := report(at, "the verb of %s can also be get, which this rule misses", listed(subresources.Texts()))
			d.Hint = "clients that connect with WebSockets send get: write ka.verb in (create, get)"
			if innerMacro(at) != nil {
				continue
			}
			for _, v := range at.Check.Values() {
				if v.Text == "create" {
					p.addValues(d, at, v, []string{"get"}, at.Branch == l.Branch)
				}
			}
		}
	}
}

// innerMacro returns the macro in which a literal is written, or nil if it is in the text of
// the rule.
func innerMacro(l *Literal) *loader.Macro {
	macros := l.Origin().Macros
	if len(macros) == 0 {
		return nil
	}
	return macros[len(macros)-1].Macro
}
