package psp

var (
	started = field("evt.type").in("execve", "execveat")
	opened  = field("evt.type").in("open", "openat", "openat2")
)

// activity is what system calls show of a violation. The zero activity is nothing.
type activity struct {
	condition expr
	title     string // names what happened
}

// activity adds the rule for system calls, unless a is the zero activity.
func (b *builder) activity(property, detail string, a activity) {
	if a.condition.op == opNever {
		return
	}
	r := rule{
		RuleInfo:  RuleInfo{Of: b.of, Property: property, Kind: Violation, Source: Syscall},
		condition: and(b.contained, a.condition),
		priority:  "WARNING",
		tags:      []string{b.tag},
	}
	r.Name = b.ruleName(Violation, detailed(Violation, property, detail), " System Activity")
	r.desc, r.output = b.wording.activity(property, a.title)
	r.output += " (user=%user.name command=%proc.cmdline file=%fd.name parent=%proc.pname pod=%k8s.pod.name ns=%k8s.ns.name" +
		" container_id=%container.id images=%container.image.repository)"
	b.rules = append(b.rules, r)
}

// activities returns what system calls show of a violation of the property.
func activities(name string, p *Policy) activity {
	flag := func(allowed bool, f field, title string) activity {
		if allowed {
			return activity{}
		}
		return activity{and(started, f.eq("true")), title}
	}
	switch name {
	case "privileged":
		return flag(p.Privileged, "container.privileged", "process in a privileged container")
	case "hostPID":
		return flag(p.HostPID, "container.host_pid", "process in the host PID namespace")
	case "hostIPC":
		return flag(p.HostIPC, "container.host_ipc", "process in the host IPC namespace")
	case "hostNetwork":
		return flag(p.HostNetwork, "container.host_network", "process in the host network")
	case "readOnlyRootFilesystem":
		if p.ReadOnlyRootFilesystem {
			return activity{and(opened, field("evt.is_open_write").eq("true"), field("fd.typechar").eq("f"), check("fd.num >= 0")),
				"file opened for writing in a container whose root file system must be read-only"}
		}
	case "runAsUser":
		return runningAs(p.RunAsUser, "user.uid", "process running as a user that is not allowed")
	case "runAsGroup":
		return runningAs(p.RunAsGroup, "group.gid", "process running as a group that is not allowed")
	}
	return activity{}
}

// runningAs is the activity of processes whose user or group ID is not allowed.
func runningAs(s Strategy, number field, title string) activity {
	switch s.Rule {
	case MustRunAs: // MayRunAs does not restrict the user or group of an image
		inside := anyOf(s.Ranges, func(r Range) expr {
			if r.Min == r.Max {
				return check("%s = %d", number, r.Min)
			}
			return and(check("%s >= %d", number, r.Min), check("%s <= %d", number, min(r.Max, maxNumber)))
		})
		return activity{and(started, number.exists(), not(inside)), title}
	case MustRunAsNonRoot:
		return activity{and(started, number.eq("0")), "process running as root"}
	}
	return activity{}
}

// maxNumber is the largest user or group ID in Falco.
const maxNumber = 1<<32 - 1
