package psp

import "slices"

func has(list []string, s string) bool { return slices.Contains(list, s) }

func readOnlyViolation(p *Policy, v view) expr {
	if !p.ReadOnlyRootFilesystem {
		return never
	}
	return v.anyHas("readOnlyRootFilesystem", "read_only_fs", "false")
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
	bad := v.anyHas("allowPrivilegeEscalation", "allow_privilege_escalation", "true")
	if d := p.DefaultAllowPrivilegeEscalation; d != nil && *d { // the policy violates itself
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

// procMountDefault is the type of a container that sets none, and the only type that a
// policy without types allows.
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

// otherProcMount holds if a container sets a type that is not in allowed.
func (v view) otherProcMount(allowed []string) expr {
	if v.whole {
		return anyOf(v.lists, func(l containerList) expr {
			types := field("ka.req.pod." + l.name + ".proc_mount")
			return and(types.exists(), not(types.allIn(allowed...)))
		})
	}
	return v.containers(func(c container) expr {
		kind := c.context("procMount")
		return and(kind.exists(), not(kind.in(allowed...)))
	})
}
