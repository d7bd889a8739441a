package psp

import "slices"

// What a container says of itself alone.

func has(list []string, s string) bool { return slices.Contains(list, s) }

func readOnlyViolation(p *Policy, v view) expr {
	if !p.ReadOnlyRootFilesystem {
		return never
	}
	return v.saying("readOnlyRootFilesystem", "read_only_fs", "false")
}

func readOnlyMutation(p *Policy, v view) expr {
	if !p.ReadOnlyRootFilesystem {
		return never
	}
	return v.without("readOnlyRootFilesystem")
}

func escalationViolation(p *Policy, v view) expr {
	if p.AllowPrivilegeEscalation {
		return never
	}
	bad := v.saying("allowPrivilegeEscalation", "allow_privilege_escalation", "true")
	if d := p.DefaultAllowPrivilegeEscalation; d != nil && *d { // a default that the policy itself refuses
		bad = or(bad, v.without("allowPrivilegeEscalation"))
	}
	return bad
}

func escalationMutation(p *Policy, v view) expr {
	if p.AllowPrivilegeEscalation && p.DefaultAllowPrivilegeEscalation == nil {
		return never
	}
	return v.without("allowPrivilegeEscalation")
}

// procMountDefault is the type of a container that names none, and what a policy
// allows that names none.
const procMountDefault = "Default"

func procMountViolation(p *Policy, v view) expr {
	allowed := p.AllowedProcMountTypes
	if len(allowed) == 0 {
		allowed = []string{procMountDefault}
	}
	bad := v.otherProcMount(allowed)
	if !has(allowed, procMountDefault) {
		bad = or(bad, v.without("procMount"))
	}
	return bad
}

// otherProcMount holds when one of the containers names another type.
func (v view) otherProcMount(allowed []string) expr {
	if v.whole {
		return either(v.lists, func(l containerList) expr {
			types := field("ka.req.pod." + l.name + ".proc_mount")
			return and(types.exists(), not(types.amongst(allowed...)))
		})
	}
	return v.containers(func(c container) expr {
		kind := c.context("procMount")
		return and(kind.exists(), not(kind.in(allowed...)))
	})
}
