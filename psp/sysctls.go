package psp

import "strings"

// safeSysctls are the sysctls that every policy allows unless it forbids them.
var safeSysctls = []string{
	"kernel.shm_rmid_forced",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.ip_unprivileged_port_start",
	"net.ipv4.ping_group_range",
	"net.ipv4.tcp_syncookies",
}

func sysctlsViolation(p *Policy, v view) expr {
	if has(p.AllowedUnsafeSysctls, "*") && len(p.ForbiddenSysctls) == 0 {
		return never
	}
	allowed := append(append([]string{}, safeSysctls...), p.AllowedUnsafeSysctls...)
	return v.pod(v.sysctls(func(name field) expr {
		return or(
			v.oneOfPatterns(name, "forbidden_sysctls", p.ForbiddenSysctls),
			and(name.exists(), not(v.oneOfPatterns(name, "allowed_sysctls", allowed))),
		)
	}))
}

// sysctls holds if the condition that build returns holds for the name of a sysctl.
func (v view) sysctls(build func(name field) expr) expr {
	return elements("/spec/securityContext/sysctls", maxSysctls, func(path string) expr { return build(v.at(path + "/name")) })
}

// oneOfPatterns holds if the name matches one of the patterns. A * at the end of a
// pattern matches any text. list is the name of the list of names in the rules file.
func (v view) oneOfPatterns(name field, list string, patterns []string) expr {
	var names []string
	var children []expr
	for _, p := range patterns {
		switch prefix, ok := strings.CutSuffix(p, "*"); {
		case !ok:
			names = append(names, p)
		case prefix == "":
			children = append(children, name.exists())
		default:
			children = append(children, name.startswith(prefix))
		}
	}
	return or(append([]expr{v.in(name, list, names)}, children...)...)
}
