package syscall_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/parser"
)

// decode makes an event of JSON.
func decode(t testing.TB, source *fixture.Source, text string) *fieldsets.Event {
	t.Helper()
	var doc jsonfields.Document
	if err := doc.Parse([]byte(text)); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	ev, err := fixture.NewDecoder(&fieldsets.Stream{}, source).Decode([]byte(text), doc.JSON())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return ev
}

// read prints a field of an event, and returns none where there is no value.
func read(t testing.TB, source *fixture.Source, ev *fieldsets.Event, ref string) string {
	t.Helper()
	name, key, bracket := strings.Cut(strings.TrimSuffix(ref, "]"), "[")
	field := &ast.Field{Name: name}
	if bracket {
		field.Arg = &ast.Arg{Text: key}
	}
	f, extract, err := source.Resolve(field)
	if err != nil {
		t.Fatalf("%s: %v", ref, err)
	}
	var values fieldsets.Values
	extract(ev, &values)
	if values.Len() == 0 {
		return "none"
	}
	var text []string
	for _, v := range values.All() {
		text = append(text, string(f.AppendText(nil, v)))
	}
	return strings.Join(text, " + ")
}

// TestDerivations reads fields of events that say something else.
func TestDerivations(t *testing.T) {
	source := syscall.NewFixtures()
	derived := map[string]bool{}
	for event, want := range map[string]map[string]string{
		`{"fields": {}}`: {
			"proc.name": "none", "fd.name": "none", "evt.type": "none", "container.id": "host", "container.name": "host",
			"container.type": "host", "container.image": "none", "evt.dir": "none", "evt.is_open_read": "none", "evt.count": "1",
			"evt.latency": "0", "evt.latency.s": "0", "evt.latency.ns": "000000000", "evt.latency.human": "0ns", "evt.wait_latency": "0",
			"fd.directory": "none", "proc.args[0]": "none", "proc.cmdnargs": "none", "proc.is_sid_leader": "none", "proc.aname": "none",
		},
		`{"fields": {"evt.type": "openat", "evt.rawres": -2, "evt.arg.flags": "O_RDWR|O_CREAT", "evt.arg.mode": "755"}}`: {
			"syscall.type": "openat", "evt.dir": "<", "evt.category": "file", "evt.is_io": "false", "evt.is_io_read": "false", "evt.is_io_write": "false",
			"evt.is_wait": "false", "evt.io_dir": "none", "evt.res": "ENOENT", "evt.failed": "true", "evt.count.error": "1", "evt.count.exit": "1",
			"evt.is_open_read": "true", "evt.is_open_write": "true", "evt.is_open_create": "false", "evt.is_open_exec": "true",
			"evt.rawarg.flags": "7", "evt.rawarg.mode": "755", "evt.arg[3]": "O_RDWR|O_CREAT", "evt.arg[4]": "755", "evt.arg[0]": "ENOENT",
			"evt.arg[99]": "none", "evt.type.is.openat": "1", "evt.type.is.open": "0", "evt.is_syslog": "false",
		},
		// What says that a file was new is O_F_CREATED.
		`{"fields": {"evt.type": "open", "evt.rawarg.flags": "O_WRONLY|O_CREAT|O_F_CREATED", "evt.arg[0]": "3"}}`: {
			"evt.is_open_create": "true", "evt.is_open_read": "false", "evt.is_open_write": "true", "evt.is_open_exec": "none",
			"evt.arg.flags": "O_CREAT|O_WRONLY|O_F_CREATED", "evt.rawarg.flags": "4006", "evt.arg.fd": "3", "evt.rawres": "3", "evt.res": "SUCCESS", "evt.failed": "false",
		},
		`{"fields": {"evt.type": "openat", "evt.rawarg.flags": 8194, "evt.rawres": 3}}`:            {"evt.is_open_create": "true"},
		`{"fields": {"evt.type": "openat", "evt.rawarg.flags": "2002", "evt.rawres": -1}}`:         {"evt.is_open_create": "false", "evt.res": "EPERM"},
		`{"fields": {"evt.type": "creat", "evt.arg.mode": "100"}}`:                                 {"evt.is_open_exec": "true", "evt.is_open_write": "false"},
		`{"fields": {"evt.type": "open", "evt.rawarg.flags": 3, "evt.is_open_read": false}}`:       {"evt.is_open_read": "false", "evt.is_open_write": "true"},
		`{"fields": {"evt.type": "kill", "evt.rawarg.sig": "SIGKILL", "evt.rawarg.res": "ESRCH"}}`: {"evt.arg.sig": "SIGKILL", "evt.rawarg.sig": "9", "evt.arg[2]": "SIGKILL", "evt.rawres": "-3", "evt.res": "ESRCH", "evt.category": "signal"},
		`{"fields": {"evt.type": "kill", "evt.arg.sig": "SIGTERM", "evt.res": "EPERM"}}`:           {"evt.rawarg.sig": "15", "evt.rawres": "-1", "evt.failed": "true"},
		`{"fields": {"evt.type": "getpid"}}`:                                                       {"syscall.type": "getpid", "evt.category": "other", "evt.is_open_read": "false"},
		`{"fields": {"evt.type": "switch"}}`:                                                       {"syscall.type": "none", "evt.dir": ">", "evt.count.exit": "none", "evt.category": "scheduler"},
		`{"fields": {"evt.type": "write", "fd.type": "ipv4", "evt.arg.data": "GET /"}}`:            {"evt.category": "net", "evt.is_io_write": "true", "evt.io_dir": "write", "evt.buffer": "GET /", "evt.is_io": "true"},
		`{"fields": {"evt.type": "read", "fd.type": "pipe"}}`:                                      {"evt.category": "ipc", "evt.io_dir": "read"},
		`{"fields": {"evt.type": "read"}}`:                                                         {"evt.category": "unknown"},
		`{"fields": {"evt.type": "sendto", "fd.name": "/dev/log"}}`:                                {"evt.is_syslog": "true"},
		`{"fields": {"evt.args": "fd=3"}}`:                                                         {"evt.info": "fd=3"},
		`{"fields": {"evt.info": "fd=3"}}`:                                                         {"evt.args": "fd=3"},
		`{"fields": {"proc.pname": "sh", "proc.ppid": 7, "proc.pexe": "/s", "proc.pexepath": "/bin/s", "proc.pcmdline": "sh -c"}}`: {
			"proc.aname[1]": "sh", "proc.aname": "sh", "proc.apid[1]": "7", "proc.aexe[1]": "/s", "proc.aexepath[1]": "/bin/s", "proc.acmdline": "sh -c",
			"proc.aname[2]": "none", "proc.apid": "none", "proc.aexe": "/s", "proc.aexepath": "/bin/s",
		},
		`{"fields": {"proc.aname[2]": "b", "proc.aname[1]": "a", "proc.aname[0]": "me", "proc.aname[10]": "c", "proc.apid[0]": 5, "proc.apid[1]": 4, "proc.aexe[0]": "e", "proc.aexe[1]": "f", "proc.aexepath[0]": "/e", "proc.aexepath[1]": "/f", "proc.acmdline[0]": "me x", "proc.acmdline[1]": "a y"}}`: {
			"proc.aname": "a b c", "proc.name": "me", "proc.pname": "a", "proc.pid": "5", "proc.ppid": "4", "proc.apid": "5", "thread.tid": "5", "proc.exe": "e",
			"proc.pexe": "f", "proc.exepath": "/e", "proc.pexepath": "/f", "proc.cmdline": "me x", "proc.pcmdline": "a y",
		},
		`{"fields": {"proc.pname": null, "proc.aname[1]": "sh"}}`: {"proc.pname": "none", "proc.aname": "sh"},
		`{"fields": {"proc.name": "cat", "proc.args": "-n /etc/passwd", "proc.exe": "/bin/cat"}}`: {
			"proc.cmdline": "cat -n /etc/passwd", "proc.exeline": "/bin/cat -n /etc/passwd", "proc.args[1]": "/etc/passwd", "proc.args[2]": "",
			"proc.cmdnargs": "2", "proc.cmdlenargs": "13", "proc.aargs[0]": "-n /etc/passwd",
		},
		`{"proc": {"name": "sh", "exe": "sh", "args": ["-c", "echo hi", "x"], "pid": 7}}`: {
			"proc.args": "-c echo hi x", "proc.args[1]": "echo hi", "proc.args[3]": "", "proc.cmdline": "sh -c echo hi x", "proc.cmdnargs": "3", "proc.cmdlenargs": "10", "thread.nametid": "sh7",
		},
		`{"fields": {"proc.args": "a b c d", "proc.args[0]": "a b", "proc.cmdnargs": 2}}`: {"proc.args[1]": "c d", "proc.args[0]": "a b"},
		`{"fields": {"proc.name": "sh", "proc.args": []}}`:                                {"proc.args": "", "proc.cmdline": "sh", "proc.args[0]": ""},
		`{"proc": {"env": {"HOME": "/root", "A": "1 2"}}}`:                                {"proc.env": "HOME=/root A=1 2", "proc.env[A]": "1 2", "proc.env[B]": "", "proc.aenv": "HOME=/root A=1 2", "proc.aenv[0]": "HOME=/root A=1 2"},
		`{"fields": {"proc.env": "HOME=/root SSH=1.2.3.4 1 2 A=b"}}`:                      {"proc.env[SSH]": "1.2.3.4 1 2", "proc.env[A]": "b", "proc.env[H]": "", "proc.aenv[X]": "none"},
		`{"proc": {"name": "id", "pid": 3, "parent": {"name": "bash", "args": ["-i"], "pid": 2, "env": {"A": "1"}, "parent": {"name": "sshd", "exe": "/s", "exepath": "/bin/s", "pid": 1, "cmdline": "sshd: x", "env": {"B": "2"}}}}}`: {
			"proc.aname": "bash sshd", "proc.pname": "bash", "proc.pcmdline": "bash -i", "proc.acmdline": "bash -i sshd: x", "proc.aexepath[2]": "/bin/s",
			"proc.apid[2]": "1", "proc.ppid": "2", "proc.aenv[B]": "2", "proc.aenv[A]": "1", "proc.aenv[C]": "", "proc.aenv[1]": "A=1", "proc.loginshellid": "2", "proc.aargs": "-i",
		},
		`{"fields": {"proc.sid": 4, "proc.vpid": 4, "proc.vpgid": 5, "proc.pgid": 9, "proc.pid": 9, "thread.tid": 10}}`: {
			"proc.is_sid_leader": "true", "proc.is_vpgid_leader": "false", "proc.is_pgid_leader": "true", "thread.ismain": "false",
		},
		`{"time": "1970-01-01T00:00:01Z", "fields": {"proc.pid.ts": 400000000, "proc.ppid.ts": 1}}`: {"proc.duration": "600000000", "proc.ppid.duration": "999999999", "evt.rawtime": "1000000000"},
		`{"time": "2300-01-01T00:00:01Z", "fields": {"proc.pid.ts": 10413792000000000000}}`:         {"evt.rawtime.s": "10413792001", "evt.datetime.s": "2300-01-01 00:00:01", "proc.duration": "1000000000"},
		`{"fields": {"evt.rawtime": 1500000000}}`:                                                   {"evt.time": "00:00:01.500000000", "evt.rawtime.s": "1", "evt.rawtime.ns": "500000000"},
		`{"fields": {"thread.cgroups": "cpuset=/a memory=/b"}}`:                                     {"thread.cgroup.memory": "/b", "thread.cgroup.cpu": "none"},
		`{"fields": {"fd.name": "/etc/ssh/config"}}`:                                                {"fd.directory": "/etc/ssh", "fd.filename": "config", "fd.nameraw": "/etc/ssh/config", "fd.containername": "host:/etc/ssh/config", "fd.containerdirectory": "host:/etc/ssh"},
		`{"fields": {"fd.name": "/etc/", "fd.type": "file", "container.id": "c1"}}`:                 {"fd.directory": "/etc/", "fd.filename": "/etc/", "fd.typechar": "f", "fd.containername": "c1:/etc/", "container.name": "none", "container.type": "none"},
		`{"fields": {"fd.name": "/etc", "fd.type": "directory"}}`:                                   {"fd.directory": "/etc", "fd.filename": "none", "fd.typechar": "d", "fd.sockfamily": "none"},
		`{"fields": {"fd.name": "x", "fd.type": "file"}}`:                                           {"fd.directory": "/", "fd.filename": "/"},
		`{"fields": {"fd.name": "/run/x", "fd.type": "unix"}}`:                                      {"fd.directory": "none", "fd.filename": "none", "fd.typechar": "u", "fd.sockfamily": "unix"},
		`{"fields": {"fd.type": "ipv4", "fd.cip": "10.0.0.1", "fd.sip": "::1", "fd.lip": "1.1.1.1", "fd.rip": "2.2.2.2"}}`: {
			"fd.sockfamily": "ip", "fd.cnet": "<IPNET>", "fd.snet": "<IPNET>", "fd.lnet": "<IPNET>", "fd.rnet": "<IPNET>", "fd.ip": "none", "fd.port": "none",
			"fd.net": "none", "fd.proto": "none", "fd.cip.name": "none", "fd.sip.name": "none", "fd.lip.name": "none", "fd.rip.name": "none",
		},
		`{"fields": {"fd.dev": "801", "thread.tid": 12, "fd.num": 3}}`: {"fd.dev": "801", "fd.dev.major": "8", "fd.dev.minor": "1", "fd.uid": "123"},
		`{"fields": {"container.name": "web"}}`:                        {"container.id": "none"},
		`{"fields": {"container.privileged": false}}`:                  {"container.id": "none", "container.name": "none"},
		`{"fields": {"container.label[a]": "b"}}`:                      {"container.id": "none"},
		`{"fields": {"container.mount[0]": "a"}}`:                      {"container.id": "none"},
		`{"fields": {"k8s.ns.name": "web"}}`:                           {"container.id": "none"},
		`{"fields": {"container.type": "host"}}`:                       {"container.id": "host"},
		`{"fields": {"container.image": null}}`:                        {"container.id": "host"},
		// Flags are those of the event.
		`{"evt": {"rawarg": {"flags": "O_TRUNC"}, "type": "open"}}`:                   {"evt.rawarg.flags": "100", "evt.arg.flags": "O_TRUNC"},
		`{"evt": {"type": "delete_module", "rawarg": {"flags": "O_NONBLOCK"}}}`:       {"evt.rawarg.flags": "2", "evt.arg.flags": "O_NONBLOCK"},
		`{"evt": {"type": "newfstatat", "rawarg": {"flags": "AT_SYMLINK_NOFOLLOW"}}}`: {"evt.rawarg.flags": "100"},
		`{"fields": {"evt.rawarg.how": "SHUT_RDWR"}}`:                                 {"evt.rawarg.how": "2"},
		// Parameters as Falco prints them.
		`{"evt": {"type": "openat", "rawarg": {"dirfd": -100, "fd": -2, "name": "a", "mode": "644", "dev": "801"}}}`: {
			"evt.arg.dirfd": "AT_FDCWD", "evt.arg.fd": "ENOENT", "evt.arg.name": "none", "evt.arg.mode": "0644", "evt.arg.dev": "801",
		},
		`{"evt": {"type": "openat", "arg": {"dirfd": "AT_FDCWD", "name": "/a", "dev": "1F", "mode": "0"}}}`: {"evt.rawarg.dirfd": "-100", "evt.rawarg.name": "/a", "evt.rawarg.dev": "1F", "evt.rawarg.mode": "0"},
		`{"evt": {"type": "renameat", "rawarg": {"olddirfd": "AT_FDCWD", "newdirfd": 5}}}`:                  {"evt.arg.olddirfd": "AT_FDCWD", "evt.arg.newdirfd": "none"},
		`{"evt": {"type": "read", "rawarg": {"fd": 3}}, "fd": {"num": 3, "type": "file", "name": "/a"}}`:    {"evt.arg.fd": "<f>/a"},
		`{"evt": {"type": "read", "rawarg": {"fd": 4}}, "fd": {"num": 3, "type": "file", "name": "/a"}}`:    {"evt.arg.fd": "none"},
		`{"evt": {"type": "read", "rawarg": {"fd": 3}}, "fd": {"num": 3, "type": "ipv4", "name": "a"}}`:     {"evt.arg.fd": "none"},
		`{"evt": {"type": "connect", "rawarg": {"fd": 3}}, "fd": {"num": 3, "type": "ipv4", "l4proto": "tcp", "cip": "10.0.0.1", "cport": 4000, "sip": "10.0.0.2", "sport": "https"}}`: {
			"evt.arg.fd": "<4t>10.0.0.1:4000->10.0.0.2:443", "fd.name": "10.0.0.1:4000->10.0.0.2:443", "fd.cproto": "4000", "fd.sproto": "443", "fd.nameraw": "",
		},
		`{"fd": {"type": "ipv6", "is_server": true, "sip": "::", "sport": 53}}`:                                  {"fd.name": ":::53", "fd.sproto": ""},
		`{"fd": {"type": "ipv6", "sip": "::", "sport": 53, "lport": 5, "rport": 6}}`:                             {"fd.name": "none", "fd.sproto": "53", "fd.lproto": "5", "fd.rproto": "6"},
		`{"evt": {"type": "kill", "rawarg": {"pid": 7}}, "proc": {"pid": 7, "name": "a"}}`:                       {"evt.arg.pid": "a"},
		`{"evt": {"type": "kill", "rawarg": {"pid": 6}}, "proc": {"pid": 7, "parent": {"pid": 6, "name": "b"}}}`: {"evt.arg.pid": "b"},
		`{"evt": {"type": "kill", "rawarg": {"pid": 5}}, "proc": {"pid": 7, "name": "a"}}`:                       {"evt.arg.pid": "none"},
		`{"evt": {"type": "kill", "rawarg": {"pid": -1}}}`:                                                       {"evt.arg.pid": "-1"},
		`{"evt": {"type": "setuid", "rawarg": {"uid": 0}}, "user": {"uid": 0, "name": "root"}}`:                  {"evt.arg.uid": "root"},
		`{"evt": {"type": "setuid", "rawarg": {"uid": 5}}, "user": {"uid": 0, "name": "root"}}`:                  {"evt.arg.uid": "none"},
		`{"evt": {"type": "setgid", "rawarg": {"gid": 4294967295}}}`:                                             {"evt.arg.gid": "<NONE>"},
		`{"evt": {"type": "nanosleep", "rawarg": {"interval": 1500000000}}}`:                                     {"evt.arg.interval": "1.5s"},
		`{"evt": {"type": "nanosleep", "rawarg": {"interval": 18446744073709551615}}}`:                           {"evt.arg.interval": "none"},
		`{"evt": {"type": "write", "rawarg": {"data": {"hex": "61000a7e"}}}}`:                                    {"evt.arg.data": "a..~", "evt.buffer": "a\x00\n~"},
		`{"evt": {"type": "write", "rawarg": {"data": ""}}}`:                                                     {"evt.arg.data": "NULL"},
		`{"evt": {"type": "chmod", "rawarg": {"mode": "S_IXUSR|S_ISUID"}}}`:                                      {"evt.arg.mode": "S_IXUSR|S_ISUID"},
		`{"evt": {"type": "chmod", "rawarg": {"mode": 0}}}`:                                                      {"evt.arg.mode": "0"},
		`{"evt": {"type": "open", "rawarg": {"uid": 0}}}`:                                                        {"evt.arg.uid": "none"},
		// A file that could not be opened has no descriptor.
		`{"evt": {"type": "openat", "res": "ENOENT"}, "fd": {"name": "/a/b"}}`:                 {"fd.filename": "none", "fd.directory": "/a", "fd.typechar": "f"},
		`{"evt": {"type": "openat", "res": "ENOENT"}, "fd": {"name": "/a/b", "type": "file"}}`: {"fd.filename": "b"},
		`{"evt": {"type": "read", "res": "EAGAIN"}, "fd": {"name": "/a/b"}}`:                   {"fd.filename": "b"},
		// Results.
		`{"evt": {"res": "SUCCESS"}}`: {"evt.failed": "false", "evt.count.error": "0", "evt.rawres": "none"},
		`{"evt": {"res": "-1000"}}`:   {"evt.failed": "true", "evt.count.error": "1", "evt.rawres": "-1000"},
		`{"evt": {"type": "openat", "res": "SUCCESS", "arg.flags": "O_TMPFILE"}}`: {"evt.is_open_create": "true"},
		`{"evt": {"type": "openat", "arg.flags": "O_TMPFILE"}}`:                   {"evt.is_open_create": "none"},
		`{"evt": {"type": "open"}}`:                                               {"evt.is_open_read": "none", "evt.is_open_exec": "none"},
		`{"evt": {"type": "write"}}`:                                              {"evt.is_open_read": "false", "evt.is_open_exec": "false", "evt.is_syslog": "none"},
		// What a result implies.
		`{"evt": {"type": "connect", "res": "SUCCESS"}, "fd": {"num": 3}}`:                              {"evt.rawres": "0", "evt.failed": "false", "evt.count.error": "0", "evt.arg.res": "0", "evt.rawarg.res": "0", "fd.num": "3"},
		`{"evt": {"type": "connect", "res": "EINPROGRESS"}}`:                                            {"evt.rawres": "-115", "evt.failed": "true", "evt.arg.res": "EINPROGRESS", "evt.arg[0]": "EINPROGRESS", "fd.num": "none"},
		`{"evt": {"type": "connect", "rawres": 0}}`:                                                     {"evt.res": "SUCCESS", "evt.arg.res": "0"},
		`{"evt": {"type": "execve", "failed": false}}`:                                                  {"evt.res": "SUCCESS", "evt.rawres": "0"},
		`{"evt": {"type": "execve", "failed": true}}`:                                                   {"evt.res": "none", "evt.rawres": "none", "evt.count.error": "1"},
		`{"evt": {"type": "unlinkat", "res": "0"}}`:                                                     {"evt.rawres": "0"},
		`{"evt": {"type": "read", "res": "SUCCESS"}}`:                                                   {"evt.rawres": "none", "evt.failed": "false", "evt.arg.res": "none"},
		`{"evt": {"type": "clone", "res": "SUCCESS"}}`:                                                  {"evt.rawres": "none"},
		`{"evt": {"type": "getpid", "res": "SUCCESS"}}`:                                                 {"evt.rawres": "none"},
		`{"evt": {"type": "openat", "res": "ENOENT"}}`:                                                  {"fd.num": "-1", "evt.arg.fd": "ENOENT", "evt.rawarg.fd": "-2", "fd.typechar": "f"},
		`{"evt": {"type": "open", "failed": true}}`:                                                     {"fd.num": "-1", "evt.res": "none"},
		`{"evt": {"type": "creat", "rawres": -13}, "fd": {"num": null}}`:                                {"fd.num": "none", "evt.res": "EACCES"},
		`{"evt": {"type": "openat", "res": "SUCCESS"}}`:                                                 {"fd.num": "none", "evt.rawres": "none"},
		`{"evt": {"type": "openat", "res": "SUCCESS"}, "fd": {"num": 3, "type": "file", "name": "/a"}}`: {"evt.rawres": "3", "evt.arg.fd": "<f>/a", "evt.rawarg.fd": "3"},
		`{"evt": {"type": "openat", "rawres": 3}}`:                                                      {"fd.num": "3", "evt.res": "SUCCESS", "evt.rawarg.fd": "3"},
		`{"evt": {"type": "open", "arg": {"fd": "3"}}}`:                                                 {"fd.num": "3", "evt.res": "SUCCESS"},
		`{"evt": {"type": "socket", "res": "EACCES"}}`:                                                  {"fd.num": "-1", "evt.rawres": "-13"},
		`{"evt": {"type": "accept4", "res": "EAGAIN"}}`:                                                 {"fd.num": "-1"},
		`{"evt": {"type": "dup", "res": "EBADF"}}`:                                                      {"fd.num": "none"},
		`{"evt": {"type": "unlink", "res": "ENOENT"}}`:                                                  {"fd.num": "none", "evt.rawres": "-2"},
		`{"evt": {"type": "connect", "rawarg": {"res": "EPERM"}}}`:                                      {"evt.rawres": "-1", "evt.res": "EPERM", "evt.arg.res": "EPERM"},
		// Programs.
		`{"evt": {"type": "execve", "arg.flags": "EXE_UPPER_LAYER|EXE_FROM_MEMFD"}}`: {
			"proc.is_exe_writable": "false", "proc.is_exe_upper_layer": "true", "proc.is_exe_lower_layer": "false", "proc.is_exe_from_memfd": "true",
		},
		`{"evt": {"type": "execve", "res": "EPERM", "arg.flags": "EXE_FROM_MEMFD"}}`: {"proc.is_exe_from_memfd": "none"},
		`{"evt": {"type": "open", "rawarg.flags": 4}}`:                               {"proc.is_exe_from_memfd": "none"},
		`{"fields": {"evt.type": "container"}}`:                                      {"syscall.type": "none", "evt.arg.flags": "none"},
		`{"fields": {"evt.type": "unknown"}}`:                                        {"syscall.type": "unknown", "evt.category": "other"},
		// Times.
		`{"fields": {"proc.pid.ts": 5, "proc.ppid.ts": 5}}`:                       {"proc.duration": "none", "proc.ppid.duration": "none"},
		`{"time": "1970-01-01T00:00:01Z", "fields": {"proc.pid.ts": 1000000001}}`: {"proc.duration": "none"},
		// Command lines.
		`{"proc": {"name": "sh", "exe": "sh", "args": [""]}}`:                       {"proc.cmdline": "sh ", "proc.exeline": "sh ", "proc.cmdnargs": "1", "proc.args": "", "proc.args[0]": "", "proc.args[1]": ""},
		`{"fields": {"proc.name": "sh", "proc.args[0]": "a", "proc.args[2]": "c"}}`: {"proc.args": "none", "proc.cmdline": "none", "proc.cmdnargs": "none", "proc.args[1]": "none", "proc.args[2]": "c"},
		`{"fields": {"proc.args": "a b c d", "proc.args[2]": "c d"}}`:               {"proc.args[1]": "b", "proc.args[3]": "", "proc.cmdnargs": "3"},
		`{"fields": {"proc.aname[2]": "a", "proc.aargs[2]": "b", "proc.aname[3]": "c", "proc.acmdline[4]": "d e", "proc.pname": "p"}}`: {
			"proc.acmdline[2]": "a b", "proc.acmdline[3]": "c", "proc.acmdline": "p a b c d e", "proc.acmdline[1]": "p", "proc.pcmdline": "p", "proc.acmdline[5]": "none",
		},
		`{"proc": {"pcmdline": "a -b", "parent": {"name": "x", "args": ["y"]}}}`: {"proc.acmdline[1]": "a -b", "proc.acmdline": "a -b"},
		// Sockets, of which there are more beside derive_socket.go.
		`{"evt": {"type": "connect"}, "fd": {"name": "10.0.0.1:4000->10.0.0.2:443"}}`: {
			"fd.type": "ipv4", "fd.cport": "4000", "fd.sport": "443", "fd.lport": "4000", "fd.rport": "443", "fd.is_server": "false", "fd.lproto": "4000", "fd.nameraw": "",
		},
	} {
		ev := decode(t, source, event)
		for ref, value := range want {
			if got := read(t, source, ev, ref); got != value {
				t.Errorf("%s\n%s: got %q, want %q", event, ref, got, value)
			}
			derived[ref] = true
		}
	}
	for _, d := range syscall.Derivations() {
		found := false
		for ref := range derived {
			found = found || ref == d.Field || strings.HasPrefix(ref, d.Field+".") || strings.HasPrefix(ref, d.Field+"[")
		}
		if !found {
			t.Errorf("%s is derived and not tested", d.Field)
		}
	}
}

// TestMatchesSeveral checks conditions on fields that have several values.
func TestMatchesSeveral(t *testing.T) {
	socket := `{"fields": {"fd.type": "ipv4", "fd.cip": "10.0.0.1", "fd.sip": "192.168.0.1", "fd.cport": 40000, "fd.sport": "https"}}`
	process := `{"fields": {"proc.name": "cat", "proc.pname": "bash", "proc.aname[3]": "sshd", "proc.pid": 9, "proc.ppid": 8, "proc.apid[2]": 1, "proc.aenv[1]": "A=1"}}`
	source := syscall.NewFixtures()
	for _, test := range []struct {
		event string
		want  map[string]bool
	}{
		{socket, map[string]bool{
			"fd.ip = 10.0.0.1": true, "fd.ip = 192.168.0.1": true, "fd.ip = 10.0.0.2": false, "fd.ip != 10.0.0.1": false, "fd.ip != 10.0.0.2": true,
			"fd.ip in (10.0.0.1)": false, "fd.ip exists": true, "fd.ip = anyof (1.1.1.1, 10.0.0.1)": false, "fd.ip = anyof (10.0.0.1, 1.1.1.1)": true,
			"fd.net = 192.168.0.0/16": true, "fd.net != 192.168.0.0/16": false, "fd.net != 1.0.0.0/8": true, "fd.net in (10.0.0.0/8, 1.0.0.0/8)": true,
			"fd.net in (1.0.0.0/8, 10.0.0.0/8)": false, "fd.net = ::/1": false, "fd.net != ::/1": true, "fd.net intersects (10.0.0.0/8)": false,
			"fd.port = 443": true, "fd.port = https": true, "fd.port in (1, 40000)": true, "fd.port > 443": true, "fd.port < 443": false, "fd.port != 1": true,
			"fd.proto = https": true, "fd.cip.name = x": false, "fd.cip.name != x": true, "fd.cip.name exists": true,
			"fd.cnet = 10.0.0.0/8": true, "fd.snet in (10.0.0.0/8, 192.168.0.0/24)": true,
		}},
		{`{"fields": {"fd.type": "ipv6"}}`, map[string]bool{"fd.ip exists": true, "fd.ip = ::": true, "fd.ip != ::1": true, "fd.port = 0": true, "fd.cip.name != x": false}},
		{`{"fields": {"fd.type": "file"}}`, map[string]bool{"fd.ip exists": true, "fd.net exists": true, "fd.port exists": true, "fd.ip != 1.1.1.1": false, "fd.port != 1": false, "fd.port >= 0": false}},
		{`{"fields": {"fd.name": "/x"}}`, map[string]bool{"fd.ip exists": false, "fd.cip.name exists": false}},
		{process, map[string]bool{
			"proc.aname = sshd": true, "proc.aname = bash": true, "proc.aname = cat": false, "proc.aname != bash": true, "proc.aname in (x, sshd)": true,
			"proc.aname startswith ss": true, "proc.aname = oneof (x, sshd)": false, "proc.aname regex s.*d": true, "proc.aname pmatch (sshd)": true,
			"proc.aname exists": true, "proc.aname intersects (bash)": true, "not proc.aname = x": true,
			"proc.apid = 1": true, "proc.apid = 9": false, "proc.apid in (1)": false, "proc.apid < 2": true, "proc.apid >= 8": true,
			`proc.aenv contains "A=1"`: true, `proc.aenv = ""`: true, `proc.aenv[2] contains "A=1"`: true,
		}},
		{`{"fields": {"proc.aname": "sh sshd"}}`, map[string]bool{"proc.aname contains sshd": true}},
		{`{"fields": {"evt.type": "open", "evt.rawarg.flags": 1, "evt.rawarg.name": "x"}}`, map[string]bool{
			"evt.rawarg.flags = 1": true, "evt.rawarg.flags in (1)": false, "evt.rawarg.flags > 0": true, "evt.rawarg.name in (x)": true, "evt.rawarg.name exists": true,
			"evt.rawarg.fd exists": false, "evt.rawarg.flags = oneof (2, 1)": false,
		}},
		{`{"fields": {"proc.name": "x"}, "proc": {"args": ["-c", "-v", "1"]}}`, map[string]bool{
			"evt.type exists": false, `len(proc.args) = 7`: true, `proc.name = val(proc.name)`: true,
		}},
		// What other fields are read for a value, and give none, leaves nothing behind.
		{`{"fields": {"evt.type": "openat", "evt.res": "ENOENT"}}`, map[string]bool{
			"fd.filename exists": false, "len(fd.filename) >= 0": false, "fd.filename = val(fd.filename)": false, "not fd.filename = x": true,
			"fd.uid exists": false, "fd.typechar exists": true,
		}},
		{`{"evt": {"type": "execve"}, "proc": {"name": "bash", "args": ["-i"]}}`, map[string]bool{
			"proc.exeline exists": false, "len(proc.exeline) > 0": false, "proc.cmdline exists": true, "thread.nametid exists": false,
		}},
	} {
		ev := decode(t, source, test.event)
		b := eval.NewBuilder(source.Source)
		output, err := b.CompileOutput("syscall", "x")
		if err != nil {
			t.Fatal(err)
		}
		for condition := range test.want {
			x, err := parser.Condition(condition)
			if err != nil {
				t.Fatalf("%s: %v", condition, err)
			}
			if err := b.Add(&eval.Rule{Name: condition, Source: "syscall", Condition: x, Output: output}); err != nil {
				t.Fatalf("%s: %v", condition, err)
			}
		}
		got := map[string]bool{}
		for condition := range test.want {
			got[condition] = false
		}
		for _, m := range b.Engine().NewMatcher(eval.AllMatches).Match(ev) {
			got[m.Rule.Name] = true
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.event, diff)
		}
	}
}

// BenchmarkMatch matches a fixture with values that are given, and with some that
// are derived.
func BenchmarkMatch(b *testing.B) {
	source := syscall.NewFixtures()
	ev := decode(b, source, `{"fields": {"evt.type": "openat", "evt.rawarg.flags": 1, "fd.name": "/etc/shadow", "proc.name": "cat", "proc.pname": "sh", "proc.aname[2]": "sshd"}}`)
	for name, condition := range map[string]string{
		"given":   "evt.type in (open, openat) and fd.name startswith /etc and proc.name != x",
		"derived": "evt.is_open_read = true and fd.directory = /etc and proc.aname = sshd and evt.arg.flags contains RDONLY and proc.cmdline = cat",
	} {
		b.Run(name, func(b *testing.B) {
			builder := eval.NewBuilder(source.Source)
			output, err := builder.CompileOutput("syscall", "x")
			if err != nil {
				b.Fatal(err)
			}
			x, err := parser.Condition(condition)
			if err == nil {
				err = builder.Add(&eval.Rule{Source: "syscall", Condition: x, Output: output})
			}
			if err != nil {
				b.Fatal(err)
			}
			matcher := builder.Engine().NewMatcher(eval.FirstMatch)
			b.ReportAllocs()
			for b.Loop() {
				if len(matcher.Match(ev)) != 1 {
					b.Fatal("no match")
				}
			}
		})
	}
}

// TestReplacedFields reads fixtures where the fields of a file of fields stand in
// the place of those that values are derived from.
func TestReplacedFields(t *testing.T) {
	event := `{"fields": {"evt.type": "open", "fd.name": "/a/b", "proc.name": "x", "proc.args": "y"}}`
	for name, test := range map[string]struct {
		field fieldsets.Field
		event string
		want  map[string]string
	}{
		"without argument": {fieldsets.Field{Name: "proc.aname"}, event, map[string]string{"proc.aname": "none", "proc.pname": "none", "proc.cmdline": "x y", "proc.loginshellid": "none"}},
		"with argument":    {fieldsets.Field{Name: "proc.name", Arg: fieldsets.KeyArg}, event, map[string]string{"proc.name[a]": "none", "proc.aname[0]": "none", "proc.cmdline": "none"}},
		"required": {
			fieldsets.Field{Name: "fd.name", Arg: fieldsets.KeyArg, ArgRequired: true}, `{"fields": {"evt.type": "open", "fd.name[a]": "/a/b"}}`,
			map[string]string{"fd.name[a]": "/a/b", "fd.filename": "none", "fd.directory": "none"},
		},
		"list":        {fieldsets.Field{Name: "evt.type", List: true, Type: fieldsets.CharBuf}, event, map[string]string{"evt.type": "open", "evt.dir": "none", "evt.is_open_read": "none"}},
		"number":      {fieldsets.Field{Name: "evt.type", Type: fieldsets.Uint64}, `{"fields": {"evt.type": 5}}`, map[string]string{"evt.type": "5", "evt.dir": "none"}},
		"parameter":   {fieldsets.Field{Name: "evt.arg.flags", Type: fieldsets.Uint64}, `{"fields": {"evt.type": "open", "evt.arg.flags": 5}}`, map[string]string{"evt.arg.flags": "5", "evt.rawarg.flags": "none"}},
		"parameters":  {fieldsets.Field{Name: "evt.rawarg", Type: fieldsets.Uint64}, `{"fields": {"evt.type": "open", "evt.rawarg": 5}}`, map[string]string{"evt.rawarg": "5", "evt.arg.flags": "none", "evt.is_open_read": "none"}},
		"environment": {fieldsets.Field{Name: "proc.env", Type: fieldsets.CharBuf, List: true}, `{"proc": {"env": ["a"]}}`, map[string]string{"proc.env": "a", "proc.aenv[0]": "none"}},
		"time":        {fieldsets.Field{Name: "evt.rawtime", Type: fieldsets.CharBuf}, `{"fields": {"evt.rawtime": "a"}}`, map[string]string{"evt.rawtime": "a", "evt.time": "00:00:00.000000000"}},
		"the same":    {fieldsets.Field{Name: "fd.name", Type: fieldsets.CharBuf}, event, map[string]string{"fd.filename": "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			source := syscall.FixturesOf(syscall.NewSource().With(replaced{test.field}))
			ev := decode(t, source, test.event)
			for ref, want := range test.want {
				if got := read(t, source, ev, ref); got != want {
					t.Errorf("%s: got %q, want %q", ref, got, want)
				}
			}
			for _, f := range source.Fields() {
				read(t, source, ev, refOf(f))
			}
		})
	}
}

// refOf returns a reference to a field.
func refOf(f fieldsets.Field) string {
	switch {
	case f.Name == "evt.arg" && f.Arg == fieldsets.OwnArg, f.Name == "evt.rawarg" && f.Arg == fieldsets.OwnArg:
		return f.Name + ".fd"
	case f.Name == "evt.type.is":
		return "evt.type.is.open"
	case f.Name == "thread.cgroup":
		return "thread.cgroup.cpu"
	case f.ArgRequired && f.Name != "evt.abspath":
		return f.Name + "[1]"
	}
	return f.Name
}

type replaced []fieldsets.Field

func (r replaced) Fields() []fieldsets.Field { return r }

func (replaced) Extractor(*fieldsets.Field, fieldsets.Arg) (fieldsets.Extractor, error) {
	return func(*fieldsets.Event, *fieldsets.Values) {}, nil
}
