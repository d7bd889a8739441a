package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scaptest"
)

// none is what value returns for a field without a value.
const none = "<none>"

var source = capture.NewSource()

// reference parses a reference to a field such as proc.aname[2].
func reference(text string) *ast.Field {
	name, arg, ok := strings.Cut(text, "[")
	ref := &ast.Field{Name: name}
	if ok {
		ref.Arg = &ast.Arg{Text: strings.TrimSuffix(arg, "]")}
	}
	return ref
}

// value returns the values of a field, joined by commas.
func value(t testing.TB, ev *fieldsets.Event, ref string) string {
	t.Helper()
	ref, compared := strings.CutPrefix(ref, "compared ")
	f, read, err := source.Resolve(reference(ref))
	if err != nil {
		t.Fatalf("%s: %v", ref, err)
	}
	if compared {
		read = f.ConditionValue
	}
	var values fieldsets.Values
	read(ev, &values)
	if values.Len() == 0 {
		return none
	}
	var parts []string
	for _, v := range values.All() {
		parts = append(parts, string(f.AppendText(nil, v)))
	}
	return strings.Join(parts, ",")
}

// last reads a capture to its end and returns the last event.
func last(t testing.TB, data []byte) *fieldsets.Event {
	t.Helper()
	r, err := capture.NewReader(bytes.NewReader(data), &fieldsets.Stream{Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	var ev *fieldsets.Event
	for {
		next, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && ev != nil:
			return ev
		case err != nil:
			t.Fatalf("after event %v: %v", ev, err)
		}
		ev = next
	}
}

// program returns a process for the list at the start.
func program(pid, parent int64, name string) scap.Process {
	return scap.Process{
		TID: pid, PID: pid, PTID: parent, VTID: pid, VPID: pid, SID: pid, VPGID: pid, PGID: pid, Comm: []byte(name), Exe: []byte("/bin/" + name),
		ExePath: []byte("/bin/" + name), Args: []byte("-a\x00b c\x00"), Env: []byte("HOME=/root\x00SHELL=/bin/sh\x00"), CWD: []byte("/root"),
		Cgroups: []byte("cpu_cgroup=/\x00io=/a\x00"), Root: []byte("/"), FDLimit: 1024, LoginUID: 1000,
	}
}

// machine begins a capture of a machine with a few processes.
func machine() *scaptest.Writer {
	w := scaptest.New()
	w.Processes(9, program(1, 0, "init"), program(20, 1, "sshd"), program(30, 20, "bash"))
	w.Files(30,
		scap.File{FD: 0, Type: scap.File2, Name: []byte("/dev/pts/1"), Flags: 3, Dev: 0x18},
		scap.File{FD: 1, Type: scap.FIFO, Name: []byte("pipe:[5]"), Ino: 5},
		scap.File{FD: 9, Type: scap.Directory, Name: []byte("/etc")},
		scap.File{FD: 10, Type: scap.IPv4, Source: v4(10, 0, 0, 2), SourcePort: 22, Dest: v4(10, 0, 0, 9), DestPort: 5555, L4: 2},
		scap.File{FD: 11, Type: scap.File2, Name: []byte("/tmp/secret"), Flags: 1 << 12})
	w.Files(20, scap.File{FD: 3, Type: scap.IPv4Server, SourcePort: 22, L4: 2})
	w.Ifaces(scap.Iface{Name: []byte("eth0"), Addr: v4(10, 0, 0, 2), Netmask: v4(255, 255, 255, 0)})
	w.Users([]scap.User{{ID: 0, Name: []byte("root"), Home: []byte("/root"), Shell: []byte("/bin/bash")}, {ID: 1000, GID: 100, Name: []byte("tom"), Home: []byte("/home/tom")}},
		[]scap.User{{ID: 0, Name: []byte("root")}, {ID: 100, Name: []byte("users")}})
	return w
}

func v4(a, b, c, d byte) [16]byte { return [16]byte{a, b, c, d} }

// clone writes the return of clone. The result is the ID of the child, or 0 in the child.
func clone(w *scaptest.Writer, tid, result, pid, ppid int64, flags int) {
	w.Event(tid, "SYSCALL_CLONE_20_X", result, "/bin/bash", []byte("-x\x00"), tid, pid, ppid, "", 1024, 1, 2, 3, 4, 5, "bash",
		[]byte("cpu=/\x00"), flags, 1000, 100, pid, pid, 0)
}

// execve writes the return of execve.
func execve(w *scaptest.Writer, tid int64, name string, args ...string) {
	w.Event(tid, "SYSCALL_EXECVE_19_X", 0, "/bin/"+name, []byte(strings.Join(args, "\x00")+"\x00"), tid, tid, 30, "", 512, 6, 7, 8, 9, 10, name,
		[]byte("cpu=/\x00"), []byte("LANG=C\x00"), 34816, tid, 1000, 5, 0, 1<<21, 1<<21|1, 99, int64(1700000000000000001), int64(1700000000000000002), 0, "/usr/bin/"+name, tid, 0, "/bin/"+name)
}

// tuple returns a parameter with the ends of a connection.
func tuple(from [4]byte, fromPort uint16, to [4]byte, toPort uint16) []byte {
	b := append([]byte{2}, from[:]...)
	b = binary.LittleEndian.AppendUint16(b, fromPort)
	b = append(b, to[:]...)
	return binary.LittleEndian.AppendUint16(b, toPort)
}

// address returns a parameter with an address.
func address(ip [4]byte, port uint16) []byte {
	return binary.LittleEndian.AppendUint16(append([]byte{2}, ip[:]...), port)
}

const (
	cloneThread = 1 << 13
	inNamespace = 1 << 29
)

// scenario writes events, and has values of fields of the last one.
type scenario struct {
	write  func(w *scaptest.Writer)
	fields map[string]string
}

func scenarios() map[string]scenario {
	return map[string]scenario{
		"event": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_CLOSE_X", 0, 5)
				w.Event(30, "SYSCALL_OPEN_X", -2, "x y", 1|4, 0o644, 0, 0)
			},
			map[string]string{
				"evt.num": "2", "evt.type": "open", "evt.dir": "<", "evt.cpu": "1", "evt.category": "file", "syscall.type": "open",
				"evt.args":    "fd=-2(ENOENT) name=x y(/root/x y) flags=5(O_CREAT|O_RDONLY) mode=0644 dev=0 ino=0",
				"evt.arg.fd":  "ENOENT",
				"evt.arg[1]":  "/root/x y",
				"evt.arg[9]":  none,
				"evt.arg.res": none, "evt.rawarg.fd": "-2", "evt.rawarg.name": "x y", "evt.res": "ENOENT", "evt.rawres": "-2", "evt.failed": "true",
				"evt.count.error.file": "1", "evt.count.error.net": none, "evt.count.exit": "1", "evt.is_async": "false", "evt.asynctype": none,
				"evt.hostname": "box", "evt.is_open_read": "true", "evt.is_open_write": "false", "evt.type.is.open": "1", "evt.type.is.close": "0",
				"evt.rawtime": fmt.Sprint(uint64(scaptest.Start + scaptest.Step)), "evt.reltime": "001000000", "evt.source": "syscall",
				"fd.name": "/root/x y", "fd.directory": "/root", "fd.nameraw": "/root/x y", "fd.type": none, "fd.typechar": "o", "fd.num": "-1",
			},
		},
		"process": {
			func(w *scaptest.Writer) { w.Event(30, "SYSCALL_GETUID_X", 0) },
			map[string]string{
				"proc.name": "bash", "proc.exe": "/bin/bash", "proc.exepath": "/bin/bash", "proc.args": "-a b c", "proc.args[1]": "b c", "proc.args[7]": "",
				"proc.cmdline": "bash -a b c", "proc.exeline": "/bin/bash -a b c", "proc.cmdnargs": "2", "proc.cmdlenargs": "5",
				"proc.env": "HOME=/root SHELL=/bin/sh", "proc.env[SHELL]": "/bin/sh", "proc.env[TERM]": "", "proc.aenv[HOME]": "/root", "proc.cwd": "/root/",
				"proc.pid": "30", "proc.ppid": "20", "proc.pvpid": "20", "proc.pname": "sshd", "proc.pexe": "/bin/sshd", "proc.pcmdline": "sshd -a b c",
				"proc.aname": "sshd init", "proc.aname[0]": "bash", "proc.aname[2]": "init", "proc.aname[3]": none, "proc.apid": "30", "proc.apid[1]": "20",
				"compared proc.aname": "sshd,init", "compared proc.apid": "20,1", "proc.aexepath": "/bin/sshd /bin/init",
				"proc.sname": "bash", "proc.is_sid_leader": "true", "proc.loginshellid": "30", "proc.nthreads": "1", "proc.nchilds": "0",
				"proc.fdopencount": "5", "proc.fdlimit": "1024", "proc.stdin.name": "/dev/pts/1", "proc.stdout.type": "pipe", "proc.stderr.type": none,
				"user.name": "root", "user.uid": "0", "user.homedir": "/root", "user.shell": "/bin/bash", "user.loginuid": "1000", "user.loginname": "tom",
				"group.name": "root", "thread.tid": "30", "thread.ismain": "true", "thread.cgroups": "cpu=/ blkio=/a", "thread.cgroup.blkio": "/a",
				"container.id": "host", "container.name": "host", "proc.duration": none, "proc.ppid.duration": "5",
			},
		},
		"unknown_thread": {
			func(w *scaptest.Writer) { w.Event(77, "SYSCALL_GETUID_X", 0) },
			map[string]string{
				"proc.name": "<NA>", "proc.pid": "-1", "proc.ppid": none, "user.uid": "4294967295", "user.name": "<NA>", "user.loginuid": "-1",
				"thread.tid": "77", "proc.cwd": "./", "proc.vpid": none, "proc.fdopencount": "0",
			},
		},
		"clone_in_the_parent": {
			func(w *scaptest.Writer) {
				clone(w, 30, 40, 30, 20, 0)
				w.Event(40, "SYSCALL_GETUID_X", 0)
			},
			map[string]string{
				"proc.name": "bash", "proc.pid": "40", "proc.aname": "bash sshd init", "proc.cwd": "/root/", "proc.env[HOME]": "/root",
				"user.name": "tom", "group.name": "users", "proc.exepath": "/bin/bash", "proc.vmsize": "3", "proc.fdopencount": "5",
				"proc.pid.ts": fmt.Sprint(uint64(scaptest.Start)), "proc.duration": "1000000", "proc.sid": "30", "proc.is_vpgid_leader": "false",
				"proc.pidns_init_start_ts": fmt.Sprint(uint64(scaptest.Start - 1e12)),
			},
		},
		"clone_in_the_child": {
			func(w *scaptest.Writer) {
				clone(w, 40, 0, 40, 30, 0)
				clone(w, 30, 40, 30, 20, 0)
				w.Event(40, "SYSCALL_GETUID_X", 0)
			},
			map[string]string{"proc.pid.ts": fmt.Sprint(uint64(scaptest.Start)), "proc.ppid": "30", "proc.fdopencount": "5"},
		},
		"clone_in_a_namespace": {
			func(w *scaptest.Writer) {
				clone(w, 30, 2, 30, 20, inNamespace)
				w.Event(2, "SYSCALL_GETUID_X", 0)
			},
			map[string]string{"proc.name": "<NA>"}, // 2 is not the ID outside of the namespace
		},
		"thread": {
			func(w *scaptest.Writer) {
				clone(w, 30, 31, 30, 20, cloneThread)
				w.Event(31, "SYSCALL_CHDIR_X", 0, "/root/sub/../other/")
				w.Event(31, "SYSCALL_OPEN_X", 5, "f", 1, 0, 0, 0)
				w.Event(30, "SYSCALL_READ_X", 3, []byte("ab\n"), 5, 100)
			},
			map[string]string{
				"fd.name": "/root/other/f", "proc.nthreads": "2", "proc.nchilds": "1", "evt.buffer": "ab.", "evt.buflen": "3", "evt.io_dir": "read",
				"evt.category": "file", "proc.cwd": "/root/other/",
			},
		},
		"execve": {
			func(w *scaptest.Writer) {
				clone(w, 30, 40, 30, 20, 0)
				execve(w, 40, "cat", "-n", "/etc/shadow")
			},
			map[string]string{
				"proc.name": "cat", "proc.exepath": "/usr/bin/cat", "proc.cmdline": "cat -n /etc/shadow", "proc.pname": "bash", "proc.env": "LANG=C",
				"proc.tty": "34816", "proc.is_exe_writable": "true", "proc.is_exe_from_memfd": "true", "proc.is_exe_upper_layer": "false",
				"thread.cap_permitted": "CAP_SYS_ADMIN", "thread.cap_effective": "CAP_CHOWN CAP_SYS_ADMIN", "thread.cap_inheritable": "",
				"proc.exe_ino": "99", "proc.exe_ino.ctime": "1700000000000000001", "proc.fdlimit": "512", "proc.cwd": "/root/",
				"proc.exe_ino.ctime_duration_pidns_start": "1000000000001", "proc.fdopencount": "4", "user.uid": "0", "proc.pgid": "40",
			},
		},
		"execve_in_a_thread": {
			func(w *scaptest.Writer) {
				clone(w, 30, 31, 30, 20, cloneThread)
				clone(w, 30, 32, 30, 20, cloneThread)
				execve(w, 30, "cat")
				w.Event(30, "SYSCALL_GETUID_X", 0)
			},
			map[string]string{"proc.nthreads": "1", "proc.name": "cat"},
		},
		"failed_execve": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_EXECVE_19_X", append([]any{-2, "/bin/no", nil, 30, 30, 20, "", 0}, make([]any, 23)...)...)
			},
			map[string]string{"proc.name": "bash", "evt.res": "ENOENT"},
		},
		"exit": {
			func(w *scaptest.Writer) {
				clone(w, 30, 40, 30, 20, 0)
				w.Event(30, "PROCEXIT_1_E", 0, 0, 0, 0, 1)
			},
			map[string]string{"evt.type": "procexit", "proc.name": "bash", "syscall.type": none},
		},
		"orphan": {
			func(w *scaptest.Writer) {
				clone(w, 30, 40, 30, 20, 0)
				w.Event(30, "PROCEXIT_1_E", 0, 0, 0, 0, 1)
				w.Event(40, "SYSCALL_GETUID_X", 0)
			},
			map[string]string{"proc.ppid": "1", "proc.aname": "init"},
		},
		"orphan_without_reaper": {
			func(w *scaptest.Writer) {
				clone(w, 30, 40, 30, 20, 0)
				w.Event(20, "SYSCALL_PRCTL_X", 0, 36, "", 1)
				w.Event(30, "PROCEXIT_1_E", 0, 0, 0, 0, 0)
				w.Event(40, "SYSCALL_GETUID_X", 0)
			},
			map[string]string{"proc.ppid": "20"},
		},
		"gone": {
			func(w *scaptest.Writer) {
				w.Event(30, "PROCEXIT_1_E", 0, 0, 0, 0, 0)
				w.Event(30, "SYSCALL_GETUID_X", 0)
			},
			map[string]string{"proc.name": "<NA>"},
		},
		"users": {
			func(w *scaptest.Writer) {
				w.Event(0, "USER_ADDED_E", 7, 7, "ann", "/home/ann", "/bin/zsh", "")
				w.Event(0, "GROUP_ADDED_E", 8, "wheel", "")
				w.Event(30, "SYSCALL_SETRESUID_X", 0, 0, 7, 0)
				w.Event(30, "SYSCALL_SETGID_X", 0, 8)
			},
			map[string]string{"user.name": "ann", "user.shell": "/bin/zsh", "group.name": "wheel", "evt.args": "res=0 gid=8(wheel)", "evt.num": "4"},
		},
		"ids": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_SETSID_X", 30)
				w.Event(30, "SYSCALL_CAPSET_X", 0, 1, 2, 4)
				w.Event(30, "SYSCALL_PRLIMIT_X", 0, 77, 99, -1, -1, 0, 7)
				w.Event(30, "SYSCALL_BRK_4_X", 0, 100, 50, 1, 0)
				w.Event(30, "SYSCALL_CHROOT_X", 0, "jail")
			},
			map[string]string{"thread.cap_permitted": "CAP_DAC_OVERRIDE", "proc.fdlimit": "77", "proc.vmsize": "100", "thread.vmrss": "50", "thread.vmrss.b": "51200"},
		},
		"open": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_OPENAT_2_X", 5, 9, "./a//b/../shadow", 1<<15|1|2|1<<14, 0o100, 0xfd00001, 42)
			},
			map[string]string{
				"fd.name": "/etc/a/shadow", "fd.nameraw": "./a/b/../shadow", "fd.filename": "shadow", "fd.directory": "/etc/a", "fd.num": "5",
				"fd.type": "file", "fd.typechar": "f", "fd.dev": "FD00001", "fd.ino": "42", "fd.uid": "305", "fd.is_upper_layer": "true",
				"fd.name_changed": "true", "fs.path.name": "/etc/a/shadow", "fs.path.nameraw": "./a//b/../shadow", "evt.is_open_create": "true",
				"evt.is_open_exec": "false", "evt.abspath": "/etc/a/shadow", "fd.containername": ":/etc/a/shadow", "fd.containerdirectory": ":/etc/a",
				"evt.arg.dirfd": "<d>/etc", "evt.arg.name": "/etc/a/shadow", "fd.dev.major": "0", "fd.dev.minor": "64769", "fd.types[9]": "directory",
			},
		},
		"open_with_entry": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_OPENAT_2_E", 9, "real", 1, 0)
				w.Event(30, "SYSCALL_OPENAT_2_X", 5, -100, "fake", 2, 0, 0, 0)
			},
			map[string]string{"fd.name": "/etc/real", "fd.nameraw": "real", "evt.num": "2"},
		},
		"creat": {
			func(w *scaptest.Writer) { w.Event(30, "SYSCALL_CREAT_X", 5, "new", 0o755, 0, 0, 2) },
			map[string]string{"fd.name": "/root/new", "fd.is_lower_layer": "true", "evt.is_open_exec": "true", "evt.is_open_read": "false"},
		},
		"close": {
			func(w *scaptest.Writer) { w.Event(30, "SYSCALL_CLOSE_X", 0, 10) },
			map[string]string{"fd.name": "10.0.0.9:5555->10.0.0.2:22", "proc.fdopencount": "5", "fd.sport": "22", "evt.category": "net"},
		},
		"closed": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_CLOSE_X", 0, 10)
				w.Event(30, "SYSCALL_READ_X", -9, nil, 10, 5)
			},
			map[string]string{"fd.name": "", "proc.fdopencount": "4", "evt.arg.data": "NULL", "fd.typechar": "o", "fd.type": none},
		},
		"dup": {
			func(w *scaptest.Writer) { w.Event(30, "SYSCALL_DUP2_X", 0, 11, 0) },
			map[string]string{"fd.name": "/tmp/secret", "fd.num": "0", "proc.stdin.name": "/tmp/secret", "proc.fdopencount": "5"},
		},
		"fcntl": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_FCNTL_X", 15, 9, 26, 0)
				w.Event(30, "SYSCALL_FCNTL_X", 0, 11, 3, 0)
				execve(w, 30, "cat")
			},
			map[string]string{"proc.fdopencount": "5"}, // 15 is closed, 11 no longer
		},
		"close_range": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_CLOSE_RANGE_X", 0, 9, int64(4294967295), 0)
				w.Event(30, "SYSCALL_GETUID_X", 0)
			},
			map[string]string{"proc.fdopencount": "2"},
		},
		"fork_shares_files": {
			func(w *scaptest.Writer) {
				clone(w, 30, 40, 30, 20, 0)
				w.Event(40, "SYSCALL_CLOSE_X", 0, 0)
				w.Event(40, "SYSCALL_OPEN_X", 0, "/child", 1, 0, 0, 0)
				w.Event(30, "SYSCALL_OPEN_X", 1, "/parent", 1, 0, 0, 0)
				w.Event(40, "SYSCALL_FCHDIR_X", 0, 9)
			},
			map[string]string{"proc.stdin.name": "/child", "proc.stdout.name": "pipe:[5]", "proc.cwd": "/etc/"},
		},
		"pipe": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_PIPE2_X", 0, 20, 21, 777, 0)
				w.Event(30, "SYSCALL_WRITE_X", 1, []byte("\x01"), 20, 1)
			},
			map[string]string{"fd.type": "pipe", "fd.ino": "777", "fd.name": "", "evt.category": "ipc", "evt.buffer": "."},
		},
		"anonymous_files": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_MEMFD_CREATE_X", 20, "hidden", 1)
				w.Event(30, "SYSCALL_PIDFD_OPEN_X", 21, 20, 0)
				w.Event(30, "SYSCALL_EVENTFD2_X", 22, 0, 0)
				w.Event(30, "SYSCALL_PIDFD_GETFD_X", 23, 21, 3, 0)
			},
			map[string]string{"fd.types[20]": "memfd", "fd.types[21]": "pidfd", "fd.types[22]": "event", "fd.types[23]": "ipv4", "fd.num": "23"},
		},
		"connect": {
			func(w *scaptest.Writer) {
				w.Event(30, "SOCKET_SOCKET_X", 7, 2, 1, 0, 0)
				w.Event(30, "SOCKET_CONNECT_X", -115, tuple([4]byte{10, 0, 0, 2}, 40000, [4]byte{1, 2, 3, 4}, 443), 7, address([4]byte{1, 2, 3, 4}, 443))
			},
			map[string]string{
				"fd.name": "10.0.0.2:40000->1.2.3.4:443", "fd.type": "ipv4", "fd.l4proto": "tcp", "fd.cip": "10.0.0.2", "fd.sip": "1.2.3.4", "fd.cport": "40000",
				"fd.sport": "443", "fd.lip": "10.0.0.2", "fd.rip": "1.2.3.4", "fd.rport": "443", "fd.sproto": "443", "fd.is_server": "false", "fd.connected": "true",
				"fd.sockfamily": "ip", "evt.res": "EINPROGRESS", "compared fd.ip": "10.0.0.2,1.2.3.4", "compared fd.port": "40000,443", "fd.ip": none,
				"evt.args": "res=-115(EINPROGRESS) tuple=10.0.0.2:40000->1.2.3.4:443 fd=7(<4t>10.0.0.2:40000->1.2.3.4:443) addr=1.2.3.4:443",
			},
		},
		"connect_changed_by_another_thread": {
			func(w *scaptest.Writer) {
				w.Event(30, "SOCKET_SOCKET_X", 7, 2, 1, 0, 0)
				w.Event(30, "SOCKET_CONNECT_E", 7, address([4]byte{6, 6, 6, 6}, 80))
				w.Event(30, "SOCKET_CONNECT_X", 0, tuple([4]byte{10, 0, 0, 2}, 40000, [4]byte{1, 2, 3, 4}, 443), 7, address([4]byte{1, 2, 3, 4}, 443))
			},
			map[string]string{"fd.name": "10.0.0.2:40000->6.6.6.6:80", "fd.sip": "6.6.6.6"},
		},
		"connect_unix": {
			func(w *scaptest.Writer) {
				w.Event(30, "SOCKET_SOCKET_X", 7, 1, 1, 0, 0)
				path := append(append([]byte{1}, make([]byte, 7)...), 0xab)
				path = append(append(path, 0xcd, 0, 0, 0, 0, 0, 0, 0), "/run/x\x00"...)
				w.Event(30, "SOCKET_CONNECT_X", 0, path, 7, nil)
			},
			map[string]string{"fd.name": "ab00000000000000->cd /run/x", "fd.type": "unix", "fd.sockfamily": "unix", "evt.arg.addr": "<NA>"},
		},
		"accept": {
			func(w *scaptest.Writer) {
				w.Event(20, "SOCKET_ACCEPT4_6_X", 8, tuple([4]byte{9, 9, 9, 9}, 1234, [4]byte{10, 0, 0, 2}, 22), 0, 0, 3, 1<<12)
			},
			map[string]string{"fd.name": "9.9.9.9:1234->10.0.0.2:22", "fd.is_server": "true", "fd.cip": "9.9.9.9", "fd.lport": "22", "fd.num": "8"},
		},
		"server": {
			func(w *scaptest.Writer) {
				w.Event(30, "SOCKET_SOCKET_X", 7, 2, 2, 0, 0)
				w.Event(30, "SOCKET_BIND_X", 0, address([4]byte{0, 0, 0, 0}, 53), 7)
			},
			map[string]string{"fd.name": "0.0.0.0:53", "fd.is_server": "true", "fd.sport": "53", "fd.sip": "0.0.0.0", "fd.cip": none, "fd.l4proto": "udp", "fd.cproto": ""},
		},
		"datagram": {
			func(w *scaptest.Writer) {
				w.Event(30, "SOCKET_SOCKET_X", 7, 2, 2, 0, 0)
				w.Event(30, "SOCKET_SENDTO_X", 5, []byte("hello"), 7, 5, tuple([4]byte{0, 0, 0, 0}, 4000, [4]byte{8, 8, 8, 8}, 53))
			},
			map[string]string{"fd.name": "10.0.0.2:4000->8.8.8.8:53", "fd.l4proto": "udp", "fd.name_changed": "true", "fd.cip": "10.0.0.2"},
		},
		"datagram_of_unknown_socket": {
			func(w *scaptest.Writer) {
				w.Event(30, "SOCKET_SENDTO_X", 5, []byte("hello"), 70, 5, tuple([4]byte{10, 0, 0, 2}, 4000, [4]byte{8, 8, 8, 8}, 53))
			},
			map[string]string{"fd.name": "10.0.0.2:4000->8.8.8.8:53", "fd.num": "70"},
		},
		"answered_datagram": {
			func(w *scaptest.Writer) {
				w.Event(30, "SOCKET_SOCKET_X", 7, 2, 2, 0, 0)
				w.Event(30, "SOCKET_BIND_X", 0, address([4]byte{0, 0, 0, 0}, 53), 7)
				w.Event(30, "SOCKET_RECVFROM_X", 5, []byte("hello"), tuple([4]byte{8, 8, 8, 8}, 4000, [4]byte{10, 0, 0, 2}, 53), 7, 100)
			},
			map[string]string{"fd.name": "8.8.8.8:4000->10.0.0.2:53", "fd.sport": "53", "fd.rip": "8.8.8.8"},
		},
		"socketpair": {
			func(w *scaptest.Writer) { w.Event(30, "SOCKET_SOCKETPAIR_X", 0, 20, 21, 1, 2, 1, 1, 0) },
			map[string]string{"fd.type": "unix", "fd.num": "21"},
		},
		"poll": {
			func(w *scaptest.Writer) {
				list := []byte{3, 0}
				for _, fd := range []byte{10, 1, 99} {
					list = append(append(list, fd, 0, 0, 0, 0, 0, 0, 0), 1, 0)
				}
				w.Event(30, "SYSCALL_POLL_X", 1, list, 1500)
			},
			map[string]string{
				"evt.arg.fds": "10:41 1:p1 99:?1", "fdlist.nums": "10,1,99", "fdlist.names": "10.0.0.9:5555->10.0.0.2:22,pipe:[5],<NA>",
				"fdlist.cips": "10.0.0.9", "fdlist.sports": "22", "evt.is_wait": "true",
			},
		},
		"paths": {
			func(w *scaptest.Writer) { w.Event(30, "SYSCALL_RENAMEAT2_X", 0, 9, "old", -100, "../new", 0) },
			map[string]string{
				"fs.path.source": "/etc/old", "fs.path.sourceraw": "old", "fs.path.target": "/new", "fs.path.targetraw": "../new", "fs.path.name": none,
				"evt.abspath.src": "/etc/old", "evt.abspath.dst": "/new",
			},
		},
		"path_of_failed_call": {
			func(w *scaptest.Writer) { w.Event(30, "SYSCALL_MKDIR_2_X", -17, "dir") },
			map[string]string{"fs.path.name": none, "evt.arg.path": "/root/dir", "evt.res": "EEXIST"},
		},
		"path_of_a_file": {
			func(w *scaptest.Writer) { w.Event(30, "SYSCALL_FCHMOD_X", 0, 11, 0o4755) },
			map[string]string{"fs.path.name": "/tmp/secret", "evt.arg.mode": "S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID"},
		},
		"generic": {
			func(w *scaptest.Writer) { w.Event(30, "GENERIC_X", 0, 221) },
			map[string]string{"evt.type": "fadvise64", "syscall.type": "fadvise64", "evt.args": "", "evt.arg[0]": "unknown", "evt.rawres": none, "evt.failed": none},
		},
		"values": {
			func(w *scaptest.Writer) { w.Event(30, "SYSCALL_KILL_X", -3, 20, 9) },
			map[string]string{"evt.args": "res=-3(ESRCH) pid=20(sshd) sig=9(SIGKILL)"},
		},
		"signals": {
			func(w *scaptest.Writer) { w.Event(30, "SYSCALL_NANOSLEEP_X", 0, 1500000000) },
			map[string]string{"evt.args": "res=0 interval=1500000000(1.5s)"},
		},
		"asynchronous": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_GETUID_X", 0)
				w.Event(-1, "ASYNCEVENT_E", 0, "note", []byte("data"))
			},
			map[string]string{"evt.type": "note", "evt.asynctype": "note", "evt.is_async": "true", "proc.name": none, "container.id": none, "evt.category": "other"},
		},
		"container": {
			func(w *scaptest.Writer) {
				w.Event(-1, "ASYNCEVENT_E", 0, "container", []byte(`{"container": {"id": "0123456789ab", "type": 7, "name": "web", "image": "nginx:1", "imagerepo": "nginx", "imagetag": "1", "privileged": true, "labels": {"app": "x", "b": "", "io.kubernetes.pod.name": "web-0", "io.kubernetes.pod.namespace": "shop"}, "Mounts": [{"Source": "/a", "Destination": "/b", "Mode": "ro", "RW": false, "Propagation": "p"}, {"Source": "/c", "Destination": "/d", "RW": true}], "ip": "172.17.0.2", "pod_sandbox_id": "`+strings.Repeat("f", 64)+`"}}`+"\x00"))
				w.Event(-1, "ASYNCEVENT_E", 0, "container", []byte(`{"container": {"id": "ffffffffffff", "ip": "172.17.0.9", "cni_json": "{}", "pod_sandbox_labels": {"tier": "front"}}}`))
				w.Event(0, "USER_ADDED_E", 1000, 1, "www", "/", "/bin/sh", "0123456789ab")
				w.Event(40, "SYSCALL_CLONE_20_X", 0, "/bin/nginx", nil, 40, 40, 30, "", 0, 0, 0, 0, 0, 0, "nginx",
					[]byte("cpu=/kubepods/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\x00"), inNamespace, 1000, 0, 2, 2, 1000)
			},
			map[string]string{
				"container.id": "0123456789ab", "container.name": "web", "container.type": "containerd", "container.image": "nginx:1",
				"container.image.repository": "nginx", "container.image.tag": "1", "container.privileged": "true", "container.labels": "app:x, b",
				"container.label[app]": "x", "container.label[no]": none, "k8s.pod.name": "web-0", "k8s.ns.name": "shop", "k8s.pod.uid": none,
				"container.mounts": "/a:/b:ro:false:p,/c:/d::true:", "container.mount[1]": "/c:/d::true:", "container.mount.dest[/c]": "/d",
				"container.mount.source[/b]": "/a", "container.mount[9]": none, "k8s.pod.sandbox_id": "ffffffffffff", "k8s.pod.labels": "tier:front",
				"k8s.pod.label[tier]": "front", "k8s.pod.ip": "172.17.0.9", "k8s.pod.cni.json": "{}", "user.name": "www", "proc.vpid": "2",
				"container.start_ts": fmt.Sprint(uint64(scaptest.Start - 1e12 + 1000)), "evt.num": "4", "fd.containername": none,
			},
		},
		"container_event": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_GETUID_X", 0)
				w.Event(-1, "CONTAINER_JSON_2_E", `{"container": {"id": "abc", "name": "n", "type": 0}}`)
			},
			map[string]string{"container.id": "abc", "container.name": "n", "container.type": "docker", "evt.type": "container", "evt.is_async": "true"},
		},
		"unknown_container": {
			func(w *scaptest.Writer) {
				execve(w, 30, "cat")
				w.Event(30, "SYSCALL_CLONE_20_X", 50, "/bin/x", nil, 30, 30, 20, "", 0, 0, 0, 0, 0, 0, "x",
					[]byte("cpu=/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope\x00"), 0, 1000, 0, 50, 50, 0)
				w.Event(50, "SYSCALL_CHROOT_X", 0, "/")
			},
			map[string]string{"container.id": "0123456789ab", "container.name": none, "container.image": none, "user.name": "<NA>"},
		},
		"lxc": {
			func(w *scaptest.Writer) {
				w.Event(30, "SYSCALL_CLONE_20_X", 50, "/bin/x", nil, 30, 30, 20, "", 0, 0, 0, 0, 0, 0, "x", []byte("cpu=/lxc.payload.box\x00"), 0, 0, 0, 50, 50, 0)
				w.Event(50, "SYSCALL_CHROOT_X", 0, "/")
			},
			map[string]string{"container.id": "box", "container.type": "lxc", "container.name": ""},
		},
	}
}

// TestFields writes captures and reads fields of their last events.
func TestFields(t *testing.T) {
	for name, tt := range scenarios() {
		t.Run(name, func(t *testing.T) {
			w := machine()
			tt.write(w)
			ev := last(t, w.Bytes())
			for ref, want := range tt.fields {
				if got := value(t, ev, ref); got != want {
					t.Errorf("%s is %q, want %q", ref, got, want)
				}
			}
		})
	}
}
