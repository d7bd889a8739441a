package lint

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
			d := p.ReportLiteral(at, "the verb of %s can also be get, which this rule misses", listed(subresources.Texts()))
			d.Hint = "clients that connect with WebSockets send get: write ka.verb in (create, get)"
			if len(at.Origin().Macros) > 0 {
				continue // the macro may be about more than these requests
			}
			for _, v := range at.Check.Values() {
				if v.Text == "create" {
					p.addValues(d, at, v, []string{"get"}, at.Branch == l.Branch)
				}
			}
		}
	}
}
