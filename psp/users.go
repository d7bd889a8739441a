package psp

// Users and groups. A container that does not say which it runs as takes that over
// from its pod.

func runAsUserRule(p *Policy) string          { return string(p.RunAsUser.Rule) }
func runAsGroupRule(p *Policy) string         { return string(p.RunAsGroup.Rule) }
func fsGroupRule(p *Policy) string            { return string(p.FSGroup.Rule) }
func supplementalGroupsRule(p *Policy) string { return string(p.SupplementalGroups.Rule) }

// inherited holds when bad does of what a container says, or of what its pod says
// and the container takes over.
func (v view) inherited(name string, bad func(field) expr) expr {
	return or(
		v.containers(func(c container) expr { return bad(c.context(name)) }),
		and(bad(v.context(name)), v.without(name)),
	)
}

// unset holds when neither a container nor its pod says it.
func (v view) unset(name string) expr {
	return and(not(v.context(name).exists()), v.without(name))
}

func runAsUserViolation(p *Policy, v view) expr {
	switch p.RunAsUser.Rule {
	case MustRunAs:
		return v.inherited("runAsUser", func(f field) expr { return f.outsideOf(p.RunAsUser.Ranges) })
	case MustRunAsNonRoot:
		return or(
			v.inherited("runAsNonRoot", func(f field) expr { return f.eq("false") }),
			v.inherited("runAsUser", func(f field) expr { return f.eq("0") }),
		)
	}
	return never
}

func runAsUserMutation(p *Policy, v view) expr {
	switch p.RunAsUser.Rule {
	case MustRunAs:
		return v.unset("runAsUser")
	case MustRunAsNonRoot:
		return and(
			not(v.context("runAsNonRoot").exists()),
			not(v.context("runAsUser").exists()),
			v.containers(func(c container) expr {
				return and(c.lacks("runAsNonRoot"), not(c.context("runAsUser").exists()))
			}),
		)
	}
	return never
}

func runAsGroupViolation(p *Policy, v view) expr {
	if p.RunAsGroup.Rule == RunAsAny {
		return never
	}
	return v.inherited("runAsGroup", func(f field) expr { return f.outsideOf(p.RunAsGroup.Ranges) })
}

func runAsGroupMutation(p *Policy, v view) expr {
	if p.RunAsGroup.Rule != MustRunAs {
		return never
	}
	return v.unset("runAsGroup")
}

func fsGroupViolation(p *Policy, v view) expr {
	if p.FSGroup.Rule == RunAsAny {
		return never
	}
	return v.pod(v.context("fsGroup").outsideOf(p.FSGroup.Ranges))
}

func fsGroupMutation(p *Policy, v view) expr {
	if p.FSGroup.Rule != MustRunAs {
		return never
	}
	return v.pod(not(v.context("fsGroup").exists()))
}

func supplementalGroupsViolation(p *Policy, v view) expr {
	if p.SupplementalGroups.Rule == RunAsAny {
		return never
	}
	return v.pod(v.context("supplementalGroups").anyOutside(p.SupplementalGroups.Ranges))
}

func supplementalGroupsMutation(p *Policy, v view) expr {
	if p.SupplementalGroups.Rule != MustRunAs {
		return never
	}
	return v.pod(not(v.context("supplementalGroups").exists()))
}
