package psp

import "strings"

// safeSysctls are those that every policy allows that does not forbid them.
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

// sysctls returns what holds when the name of one of the sysctls makes build's
// condition hold.
func (v view) sysctls(build func(name field) expr) expr {
	return elements("/spec/securityContext/sysctls", maxSysctls, func(path string) expr { return build(v.at(path + "/name")) })
}

// oneOfPatterns holds for a name that is one of these, or begins with what comes
// before the * at the end of one.
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
