package lint

import (
	"slices"
	"strings"
)

var enumValue = &Analyzer{
	ID:       "enum-value",
	Category: Dead,
	Level:    Warning,
	Summary:  "A field is compared with a value that it never has.",
	Fix:      SafeFix,
	Run:      runEnumValue,
}

// enums are the fields whose values Falco and its plugins choose, and these values.
var enums = map[string][]string{
	"fd.type": {
		"file", "directory", "ipv4", "ipv6", "unix", "pipe", "event", "signalfd", "eventpoll", "inotify", "timerfd", "netlink", "bpf",
		"userfaultfd", "io_uring", "memfd", "pidfd",
	},
	"fd.typechar":    strings.Split("f46dpueolXsitnbrmP", ""),
	"fd.l4proto":     {"tcp", "udp", "icmp", "raw"},
	"container.type": {"docker", "lxc", "libvirt-lxc", "mesos", "cri", "containerd", "cri-o", "rkt", "bpm", "podman", "host", "static"},
	"evt.category": {
		"unknown", "other", "file", "net", "IPC", "ipc", "memory", "process", "sleep", "system", "signal", "user", "time", "processing",
		"wait", "scheduler", "internal", "syscall", "tracepoint", "plugin", "meta",
	},
	"evt.dir":            {">", "<"},
	"ka.stage":           {"RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"},
	"jevt.value[/stage]": {"RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"},
	"jevt.value[/level]": {"Metadata", "Request", "RequestResponse"},
	"ka.auth.decision":   {"allow", "forbid"},
}

func runEnumValue(p *Pass) {
	for l, v := range p.eachValue() {
		known := enums[l.Operand]
		if known == nil || !comparesWhole(l.Check.Op) || slices.Contains(known, v.Text) || v.Text == noValue {
			continue
		}
		d := p.ReportNode(l, v, "%s is never %q", l.Operand, v.Text)
		if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, v.Text) }); i >= 0 {
			p.suggestValue(d, l, v, known[i], true)
		} else if near := nearest(v.Text, known); near != "" {
			p.suggestValue(d, l, v, near, false)
		} else if len(known) <= 5 {
			d.Hint = "its possible values are " + strings.Join(known, ", ")
		}
	}
}
