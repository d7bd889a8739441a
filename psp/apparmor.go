package psp

// Pods name the AppArmor profile of each container in an annotation that starts with
// this prefix.
const appArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/"

func appArmorViolation(p *Policy, v view) expr {
	if p.AppArmorAllowed == nil {
		return never
	}
	return v.containers(func(c container) expr {
		good := anyOf(p.AppArmorAllowed, func(profile string) expr {
			if profile == "" {
				return never // a profile is required
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

// hasAppArmor holds if the container has an annotation that is not empty.
func (c container) hasAppArmor() expr {
	return and(c.annotated(appArmorAnnotation), not(c.annotatedAs(appArmorAnnotation, "")))
}
