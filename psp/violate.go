package psp

import (
	"slices"
	"strings"
)

// violators change a conforming pod so that it violates one property of the policy and
// no other. They report false if no pod can violate the property.
var violators = map[string]func(p *Policy, s *sample) bool{
	"privileged":  func(_ *Policy, s *sample) bool { s.own.set("privileged", true); return true },
	"hostPID":     func(_ *Policy, s *sample) bool { s.spec.set("hostPID", true); return true },
	"hostIPC":     func(_ *Policy, s *sample) bool { s.spec.set("hostIPC", true); return true },
	"hostNetwork": func(_ *Policy, s *sample) bool { s.spec.set("hostNetwork", true); return true },
	"hostPorts": func(p *Policy, s *sample) bool {
		free := outside(append([]Range{{0, 0}}, p.HostPorts...))[0]
		s.container.set("ports", []object{{{"hostPort", free.Min}, {"containerPort", 80}}})
		return free.Min <= 65535
	},
	"volumes":            func(p *Policy, s *sample) bool { return s.otherVolume(p) },
	"allowedHostPaths":   func(p *Policy, s *sample) bool { return s.otherHostPath(p) },
	"allowedFlexVolumes": func(p *Policy, s *sample) bool { return s.otherDriver("flexVolume", p.AllowedFlexVolumes) },
	"allowedCSIDrivers":  func(p *Policy, s *sample) bool { return s.otherDriver("csi", p.AllowedCSIDrivers) },
	"fsGroup": func(p *Policy, s *sample) bool {
		return otherNumber(p.FSGroup, func(n int64) { s.context.set("fsGroup", n) })
	},
	"readOnlyRootFilesystem": func(_ *Policy, s *sample) bool { s.own.set("readOnlyRootFilesystem", false); return true },
	"runAsUser": func(p *Policy, s *sample) bool {
		if p.RunAsUser.Rule == MustRunAsNonRoot {
			s.own.set("runAsNonRoot", false)
			return true
		}
		return otherNumber(p.RunAsUser, func(n int64) { s.own.set("runAsUser", n) })
	},
	"runAsGroup": func(p *Policy, s *sample) bool {
		return otherNumber(p.RunAsGroup, func(n int64) { s.own.set("runAsGroup", n) })
	},
	"supplementalGroups": func(p *Policy, s *sample) bool {
		return otherNumber(p.SupplementalGroups, func(n int64) { s.context.set("supplementalGroups", []int64{n}) })
	},
	"allowPrivilegeEscalation": func(_ *Policy, s *sample) bool { s.own.set("allowPrivilegeEscalation", true); return true },
	"allowedCapabilities": func(p *Policy, s *sample) bool {
		capabilities := p.capabilities()
		capabilities.set("add", append(slices.Sorted(slices.Values(p.DefaultAddCapabilities)), notListed))
		s.own.set("capabilities", capabilities)
		return !has(p.AllowedCapabilities, notListed) && !has(p.DefaultAddCapabilities, notListed)
	},
	"allowedProcMountTypes": func(p *Policy, s *sample) bool {
		other := "Unmasked"
		if has(p.AllowedProcMountTypes, other) {
			other = procMountDefault
		}
		s.own.set("procMount", other)
		return !has(p.AllowedProcMountTypes, other)
	},
	"seLinux": func(p *Policy, s *sample) bool {
		label := p.SELinux.label()
		label.set("type", p.SELinux.Type+notListed)
		s.context.set("seLinuxOptions", label)
		return true
	},
	"seccomp": func(p *Policy, s *sample) bool {
		s.annotations.set(seccompPodAnnotation, seccompLocalhost+notListed)
		return !has(p.SeccompAllowed, seccompLocalhost+notListed)
	},
	"appArmor": func(p *Policy, s *sample) bool {
		s.annotations.set(appArmorAnnotation+"app", "localhost/"+notListed)
		return !has(p.AppArmorAllowed, "localhost/"+notListed)
	},
	"sysctls": func(p *Policy, s *sample) bool {
		name, ok := p.otherSysctl()
		s.context.set("sysctls", []object{{{"name", name}, {"value", "1"}}})
		return ok
	},
	"runtimeClass": func(p *Policy, s *sample) bool {
		s.spec.set("runtimeClassName", notListed)
		return !has(p.RuntimeClass.Allowed, notListed)
	},
}

// otherNumber calls set with a number outside the ranges, if there is one.
func otherNumber(s Strategy, set func(int64)) bool {
	free := outside(s.Ranges)
	if len(free) == 0 {
		return false
	}
	set(free[0].Min)
	return true
}

func (s *sample) setVolume(kind string, value object) {
	if value == nil {
		value = object{}
	}
	s.spec.set("volumes", []object{{{"name", "data"}, {kind, value}}})
}

func (s *sample) otherVolume(p *Policy) bool {
	for _, name := range volumeNames() {
		if name == "*" || has(p.Volumes, name) {
			continue
		}
		kind, value := name, object(nil)
		if other := volumeTypes[name]; other != "" {
			kind = other
		}
		if kind == "projected" {
			value = object{{"sources", []object{{{"secret", object{}}}}}}
		}
		s.setVolume(kind, value)
		return true
	}
	return false
}

func (s *sample) otherDriver(kind string, allowed []string) bool {
	s.setVolume(kind, object{{"driver", notListed}})
	return !has(allowed, notListed)
}

// otherHostPath mounts a path that is not allowed, or is allowed only for reading.
func (s *sample) otherHostPath(p *Policy) bool {
	const path = "/" + notListed
	s.setVolume("hostPath", object{{"path", path}})
	for _, h := range p.AllowedHostPaths {
		if !h.covers(path) {
			continue
		}
		if !h.ReadOnly {
			return false
		}
		s.container.set("volumeMounts", []object{{{"name", "data"}, {"mountPath", "/data"}}})
	}
	return true
}

// covers reports whether h allows path, which has no trailing slash.
func (h HostPath) covers(path string) bool {
	return path == h.Prefix || strings.HasPrefix(path, strings.TrimSuffix(h.Prefix, "/")+"/")
}

// otherSysctl returns the name of a sysctl that the policy forbids, if there is one.
func (p *Policy) otherSysctl() (string, bool) {
	if len(p.ForbiddenSysctls) > 0 {
		return strings.Replace(p.ForbiddenSysctls[0], "*", "kernel", 1), true
	}
	const name = "kernel." + notListed
	return name, !slices.ContainsFunc(p.AllowedUnsafeSysctls, func(pattern string) bool {
		prefix, ok := strings.CutSuffix(pattern, "*")
		return pattern == name || ok && strings.HasPrefix(name, prefix)
	})
}
