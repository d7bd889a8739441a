package psp

// What containers do is seen in system calls, of whatever pod.

var (
	started = field("evt.type").in("execve", "execveat")
	opened  = field("evt.type").in("open", "openat", "openat2")
)

// activity is what a rule over system calls says.
type activity struct {
	condition expr
	// title says what was seen.
	title string
}

// activity adds the rule over system calls about a property, if there is something
// to be seen of it.
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
	r.desc, r.output = b.words.activity(property, a.title)
	r.output += " (user=%user.name command=%proc.cmdline file=%fd.name parent=%proc.pname pod=%k8s.pod.name ns=%k8s.ns.name" +
		" container_id=%container.id images=%container.image.repository)"
	b.rules = append(b.rules, r)
}

// activities returns what of a property is seen at work.
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
		return flag(p.HostPID, "container.host_pid", "process in the process namespace of the host")
	case "hostIPC":
		return flag(p.HostIPC, "container.host_ipc", "process in the IPC namespace of the host")
	case "hostNetwork":
		return flag(p.HostNetwork, "container.host_network", "process in the network of the host")
	case "readOnlyRootFilesystem":
		if p.ReadOnlyRootFilesystem {
			return activity{and(opened, field("evt.is_open_write").eq("true"), field("fd.typechar").eq("f"), check("fd.num >= 0")),
				"write in a container whose root file system is to be read only"}
		}
	case "runAsUser":
		return runningAs(p.RunAsUser, "user.uid", "process of another user")
	case "runAsGroup":
		return runningAs(p.RunAsGroup, "group.gid", "process of another group")
	}
	return activity{}
}

// runningAs is about processes whose number is outside of the ranges.
func runningAs(s Strategy, number field, title string) activity {
	switch s.Rule {
	case MustRunAs: // with MayRunAs an image may bring any
		inside := either(s.Ranges, func(r Range) expr {
			if r.Min == r.Max {
				return check("%s = %d", number, r.Min)
			}
			return and(check("%s >= %d", number, r.Min), check("%s <= %d", number, min(r.Max, maxNumber)))
		})
		return activity{and(started, number.exists(), not(inside)), title}
	case MustRunAsNonRoot:
		return activity{and(started, number.eq("0")), "process of root"}
	}
	return activity{}
}

// maxNumber is the largest number of a user that Falco knows.
const maxNumber = 1<<32 - 1
