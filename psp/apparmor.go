package psp

// AppArmor profiles, which pods name in an annotation for each container.
const appArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/"

func appArmorViolation(p *Policy, v view) expr {
	if p.AppArmorAllowed == nil {
		return never
	}
	return v.containers(func(c container) expr {
		good := either(p.AppArmorAllowed, func(profile string) expr {
			if profile == "" {
				return never // one has to be named
			}
			return c.annotatedAs(appArmorAnnotation, profile)
		})
		if p.AppArmorDefault != "" && has(p.AppArmorAllowed, p.AppArmorDefault) {
			return and(c.hasAppArmor(), not(good))
		}
		return and(c.exists(), not(good))
	})
}

func appArmorMutation(p *Policy, v view) expr {
	if p.AppArmorDefault == "" {
		return never
	}
	return v.containers(func(c container) expr { return and(c.exists(), not(c.hasAppArmor())) })
}

// hasAppArmor holds for a container with an annotation that is not empty.
func (c container) hasAppArmor() expr {
	return and(c.annotated(appArmorAnnotation), not(c.annotatedAs(appArmorAnnotation, "")))
}
