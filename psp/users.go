package psp

func runAsUserRule(p *Policy) string          { return string(p.RunAsUser.Rule) }
func runAsGroupRule(p *Policy) string         { return string(p.RunAsGroup.Rule) }
func fsGroupRule(p *Policy) string            { return string(p.FSGroup.Rule) }
func supplementalGroupsRule(p *Policy) string { return string(p.SupplementalGroups.Rule) }

// inherited holds if a container has a forbidden value for the field name, or inherits
// one from its pod. forbidden are regular expressions for the JSON text of the
// forbidden values, and podForbidden holds if the pod has one of them.
func (v view) inherited(name string, forbidden []string, podForbidden expr) expr {
	return or(
		v.text(alternatives(`.*"`+name+`":`, forbidden, "[,}].*")),
		and(podForbidden, v.without(name)),
	)
}

// outsideOf holds if a container has or inherits a number that is in none of the
// ranges.
func (v view) outsideOf(name string, ranges []Range) expr {
	return v.inherited(name, patternsOutside(ranges), v.context(name).outsideOf(ranges))
}

// unset holds if a container neither has nor inherits a value.
func (v view) unset(name string) expr {
	return and(not(v.context(name).exists()), v.without(name))
}

func runAsUserViolation(p *Policy, v view) expr {
	switch p.RunAsUser.Rule {
	case MustRunAs:
		return v.outsideOf("runAsUser", p.RunAsUser.Ranges)
	case MustRunAsNonRoot:
		return or(
			v.inherited("runAsNonRoot", []string{"false"}, v.context("runAsNonRoot").eq("false")),
			v.inherited("runAsUser", []string{"0"}, v.context("runAsUser").eq("0")),
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
	return v.outsideOf("runAsGroup", p.RunAsGroup.Ranges)
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
