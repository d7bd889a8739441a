package syscall_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets/syscall"
)

// TestImpossible has values, field=value divided by blanks, and the fields of which
// something is said.
func TestImpossible(t *testing.T) {
	for values, want := range map[string]string{
		"":                          "",
		"proc.name=bash fd.name=/a": "",

		// What the kernel keeps.
		"proc.name=systemd-journal":                  "",
		"proc.name=systemd-journald":                 "proc.name",
		"proc.pname=docker-entrypoint.sh":            "proc.pname",
		"proc.aname[2]=docker-entrypoint.sh":         "proc.aname[2]",
		"proc.name=/bin/bash":                        "proc.name",
		"proc.name=kworker/0:1":                      "",
		"proc.pid=5000000":                           "proc.pid",
		"proc.pid=1 proc.ppid=0":                     "",
		"evt.type=clone evt.arg.comm=a-very-long-on": "",

		// Command lines begin with names.
		"proc.name=rm proc.cmdline=rm":             "",
		"proc.name=bash proc.cmdline=rm":           "proc.cmdline",
		"proc.pname=sh proc.pcmdline=bash":         "proc.pcmdline",
		"proc.aname[3]=sh proc.acmdline[3]=bash":   "proc.acmdline[3]",
		"proc.cmdline=/usr/bin/python3":            "proc.cmdline",
		"proc.cmdline=docker-entrypoint.sh":        "proc.cmdline",
		"proc.cmdline=container:d77575518d8e":      "",
		"proc.name=sh proc.cmdline=sh proc.exe=/x": "",

		// Paths.
		"evt.type=openat fd.name=/etc/passwd":          "",
		"evt.type=openat fd.name=/":                    "",
		"evt.type=openat fd.name=passwd":               "fd.name",
		"evt.type=openat fd.name=/etc/":                "fd.name",
		"evt.type=open fd.name=/etc/../passwd":         "fd.name",
		"evt.type=creat fd.name=<UNKNOWN>/passwd":      "",
		"fd.type=file fd.name=a":                       "fd.name",
		"fd.name=postgresql.conf":                      "fd.name",
		"fd.name=10.0.0.1:1->10.0.0.2:2":               "",
		"fd.type=pipe fd.name=a":                       "",
		"fd.directory=/var/local/":                     "fd.directory",
		"fd.filename=etc/passwd":                       "fd.filename",
		"proc.cwd=/root":                               "proc.cwd",
		"proc.cwd=/root/":                              "",
		"proc.exepath=bash":                            "proc.exepath",
		"proc.exepath=/bin/":                           "proc.exepath",
		"proc.exepath=memfd:x":                         "",
		"evt.type=chmod evt.arg.filename=passwd":       "",
		"evt.type=chmod evt.rawarg.filename=passwd":    "",
		"evt.type=openat evt.arg.name=<UNKNOWN>/x":     "",
		"evt.type=symlink evt.arg.target=../x":         "",
		"evt.type=symlink evt.arg.linkpath=../x":       "",
		"evt.type=unlink fs.path.name=/srv/":           "fs.path.name",
		"evt.type=unlink fs.path.nameraw=../x":         "",
		"evt.type=unlink fs.path.name=/x evt.res=EIO":  "fs.path.name",
		"evt.type=unlink fs.path.name=/x evt.rawres=0": "",
		"evt.type=rename fs.path.name=/x":              "fs.path.name",
		"evt.type=rename fs.path.targetraw=x":          "",
		"evt.type=openat fs.path.source=/x":            "fs.path.source",

		// Fields of the file descriptor.
		"evt.type=execve fd.name=/tmp/x":               "fd.name",
		"evt.type=rename fd.directory=/tmp":            "fd.directory",
		"evt.type=kill fd.num=3":                       "fd.num",
		"evt.type=getpid fd.type=file":                 "fd.type",
		"evt.type=read fd.type=pipe fd.num=3":          "",
		"evt.type=connect fd.name=/run/x.sock":         "",
		"evt.type=connect fd.directory=/run":           "fd.directory",
		"evt.type=connect fd.type=file":                "fd.type",
		"evt.type=openat fd.sport=443":                 "fd.sport",
		"evt.type=openat fd.type=ipv4":                 "fd.type",
		"evt.type=connect fd.type=ipv4 fd.name=/x":     "fd.name",
		"evt.type=open evt.res=ENOENT fs.path.name=/x": "",
		"fd.type=file fd.sip=10.0.0.1":                 "fd.sip",
		"evt.type=connect fd.sip=10.0.0.1":             "",
		"evt.type=openat fdlist.names=/x":              "fdlist.names",
		"evt.type=poll fdlist.names=/x":                "",
		"fd.typechar=file":                             "fd.typechar",
		"fd.l4proto=TCP":                               "fd.l4proto",
		"fd.num=-2":                                    "fd.num",
		"evt.type=unlinkat fd.name=/srv fd.num=-1":     "",

		// Events.
		"evt.type=openat evt.dir=>":        "evt.dir",
		"evt.dir=>":                        "evt.dir",
		"evt.type=switch evt.dir=>":        "",
		"evt.count=2":                      "evt.count",
		"evt.res=-104":                     "evt.res",
		"evt.res=0":                        "evt.res",
		"evt.res=-4000":                    "",
		"evt.category=network":             "evt.category",
		"evt.category=IPC":                 "",
		"evt.latency=5":                    "evt.latency",
		"evt.type=nosuchevent fd.name=/a":  "",
		"evt.type=container proc.name=x":   "",
		"evt.type=write evt.io_dir=writes": "evt.io_dir",

		// Containers.
		"container.id=host container.image=a":                                           "container.image",
		"container.id=host k8s.pod.name=a":                                              "k8s.pod.name",
		"container.id=host container.name=host":                                         "",
		"container.id=abc k8s.pod.name=a":                                               "",
		"container.id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef": "container.id",
		"k8s.deployment.name=a":                                                         "k8s.deployment.name",
		"k8s.ns.label[team]=a":                                                          "k8s.ns.label[team]",
		"k8s.ns.name=a":                                                                 "",
	} {
		t.Run(values, func(t *testing.T) {
			event := map[string][]string{}
			for _, field := range strings.Fields(values) {
				i := strings.IndexByte(field, '=')
				event[field[:i]] = []string{field[i+1:]}
			}
			reasons := syscall.Impossible(event)
			got := strings.Join(slices.Sorted(maps.Keys(reasons)), " ")
			if got != want {
				t.Errorf("got %v, want a reason against %q", reasons, want)
			}
		})
	}
}

// TestImpossibleList looks at each value of a list.
func TestImpossibleList(t *testing.T) {
	reasons := syscall.Impossible(map[string][]string{"fd.types": {"file", "ip4"}})
	if got := fmt.Sprint(reasons); !strings.Contains(got, `never "ip4"`) {
		t.Error(got)
	}
}

// TestImpossibleOfReal looks at events that Falco made: all of them can happen.
func TestImpossibleOfReal(t *testing.T) {
	for _, a := range answers(t, "events.jsonl") {
		event := map[string][]string{}
		for name, v := range a.Fields {
			if !v.List && string(v.JSON) != "null" {
				event[name] = []string{v.Str}
			}
		}
		for field, reason := range syscall.Impossible(event) {
			t.Errorf("%s: %s: %s", a.ID, field, reason)
		}
	}
}

// FuzzImpossible says something of any values.
func FuzzImpossible(f *testing.F) {
	f.Add("openat", "fd.name", "/etc/")
	f.Add("", "proc.cmdline", "/bin/sh -c id")
	f.Add("unlink", "fs.path.name", "x")
	f.Add("chmod", "evt.arg.filename", "x")
	f.Fuzz(func(t *testing.T, evtType, field, value string) {
		for _, reason := range syscall.Impossible(map[string][]string{"evt.type": {evtType}, field: {value}}) {
			if reason == "" {
				t.Error("a reason without text")
			}
		}
	})
}
