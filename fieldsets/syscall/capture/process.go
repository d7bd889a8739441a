package capture

import (
	"math"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/state"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// ofThread returns a reader that needs the thread of the event.
func ofThread(read func(e *Event, t *state.Thread, out *fieldsets.Values)) reader {
	return func(e *Event, out *fieldsets.Values) {
		if t := e.state.EventThread(); t != nil {
			read(e, t, out)
		}
	}
}

func threadText(of func(t *state.Thread) string) reader {
	return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) { out.AddText(of(t)) })
}

func threadBuilt(build func(buf []byte, t *state.Thread) []byte) reader {
	return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) {
		out.AddBuilt(func(buf []byte) []byte { return build(buf, t) })
	})
}

func threadNumber(of func(t *state.Thread) int64) reader {
	return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) { out.Add(fieldsets.IntValue(of(t))) })
}

func threadBool(of func(t *state.Thread) bool) reader {
	return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(of(t))) })
}

// nonZero is threadNumber for a number that is not known if it is 0.
func nonZero(of func(t *state.Thread) uint64) reader {
	return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) {
		if n := of(t); n != 0 {
			out.Add(fieldsets.NumberValue(n))
		}
	})
}

// addID adds an ID that a kernel can have.
func addID(id int64, out *fieldsets.Values) {
	if id >= -1 && id <= math.MaxUint32 {
		out.Add(fieldsets.IntValue(id))
	}
}

// processField returns the reader of a field of the process or the thread.
func processField(name string, arg fieldsets.Arg) reader {
	switch name {
	case "proc.name":
		return threadText(func(t *state.Thread) string { return t.Comm })
	case "proc.exe":
		return threadText(func(t *state.Thread) string { return t.Exe })
	case "proc.exepath":
		return threadText(func(t *state.Thread) string { return t.ExePath })
	case "proc.cwd":
		return threadText((*state.Thread).Dir)
	case "proc.args":
		if arg.IsIndex && int32(arg.Index) >= 0 {
			return threadText(func(t *state.Thread) string { return t.Args.At(int(int32(arg.Index))) })
		}
		return threadBuilt(func(buf []byte, t *state.Thread) []byte { return t.Args.Append(buf) })
	case "proc.cmdline":
		return threadBuilt(appendCommandLine)
	case "proc.exeline":
		return threadBuilt(func(buf []byte, t *state.Thread) []byte { return t.Args.Append(append(append(buf, t.Exe...), ' ')) })
	case "proc.cmdnargs":
		return threadNumber(func(t *state.Thread) int64 { return int64(t.Args.Len()) })
	case "proc.cmdlenargs":
		return threadNumber(func(t *state.Thread) int64 { return int64(t.Args.Size()) })
	case "proc.env":
		return environment(arg)
	case "proc.aenv":
		return ancestorEnvironment(arg)
	case "proc.pid":
		return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) { addID(t.PID, out) })
	case "proc.vpid":
		return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) {
			if t.VPID != -1 {
				out.Add(fieldsets.IntValue(t.VPID))
			}
		})
	case "proc.pvpid":
		return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
			if p := e.state.Parent(t); p != nil {
				out.Add(fieldsets.IntValue(p.VPID))
			}
		})
	case "proc.sid":
		return threadNumber(func(t *state.Thread) int64 { return t.SID })
	case "proc.vpgid":
		return threadNumber(func(t *state.Thread) int64 { return t.VPGID })
	case "proc.pgid":
		return threadNumber(func(t *state.Thread) int64 { return t.PGID })
	case "proc.tty":
		return threadNumber(func(t *state.Thread) int64 { return int64(t.TTY) })
	case "proc.is_sid_leader":
		return threadBool(func(t *state.Thread) bool { return t.SID == t.VPID })
	case "proc.is_vpgid_leader":
		return threadBool(func(t *state.Thread) bool { return t.VPGID == t.VPID })
	case "proc.is_pgid_leader":
		return threadBool(func(t *state.Thread) bool { return t.PGID == t.PID })
	case "proc.is_exe_writable":
		return threadBool(func(t *state.Thread) bool { return t.ExeWritable })
	case "proc.is_exe_upper_layer":
		return threadBool(func(t *state.Thread) bool { return t.ExeUpper })
	case "proc.is_exe_lower_layer":
		return threadBool(func(t *state.Thread) bool { return t.ExeLower })
	case "proc.is_exe_from_memfd":
		return threadBool(func(t *state.Thread) bool { return t.ExeMemfd })
	case "proc.exe_ino":
		return nonZero(func(t *state.Thread) uint64 { return t.ExeIno })
	case "proc.exe_ino.ctime":
		return nonZero(func(t *state.Thread) uint64 { return t.ExeCtime })
	case "proc.exe_ino.mtime":
		return nonZero(func(t *state.Thread) uint64 { return t.ExeMtime })
	case "proc.exe_ino.ctime_duration_proc_start":
		return nonZero(func(t *state.Thread) uint64 { return t.CtimeToClone })
	case "proc.exe_ino.ctime_duration_pidns_start":
		return nonZero(func(t *state.Thread) uint64 { return t.PIDNSToCtime })
	case "proc.pidns_init_start_ts":
		return nonZero(func(t *state.Thread) uint64 { return t.PIDNSStart })
	case "proc.pid.ts":
		return nonZero(func(t *state.Thread) uint64 { return t.CloneTime })
	case "proc.ppid.ts":
		return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
			if p := e.state.Parent(t); p != nil {
				out.Add(fieldsets.NumberValue(p.CloneTime))
			}
		})
	case "proc.duration":
		return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
			if t.CloneTime != 0 {
				out.Add(fieldsets.NumberValue(e.ev.Time - t.CloneTime))
			}
		})
	case "proc.ppid.duration":
		return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
			switch p := e.state.Ancestor(t, 1); {
			case p == nil:
			case p.CloneTime != 0:
				out.Add(fieldsets.NumberValue(e.ev.Time - p.CloneTime))
			default: // Falco goes on to the next field by mistake
				out.Add(fieldsets.NumberValue(uint64(t.OpenFiles())))
			}
		})
	case "proc.nthreads":
		return threadNumber(func(t *state.Thread) int64 { all, _ := t.Threads(); return int64(all) })
	case "proc.nchilds":
		return threadNumber(func(t *state.Thread) int64 { _, others := t.Threads(); return int64(others) })
	case "proc.loginshellid":
		return ofThread(loginShell)
	}
	if read := ancestorField(name, arg); read != nil {
		return read
	}
	if read := leaderField(name); read != nil {
		return read
	}
	return resourceField(name, arg)
}

// appendCommandLine appends the name of a process and its arguments.
func appendCommandLine(buf []byte, t *state.Thread) []byte {
	buf = append(buf, t.Comm...)
	if t.Args.Len() > 0 {
		buf = t.Args.Append(append(buf, ' '))
	}
	return buf
}

// resourceField returns the reader of a field of what a process or thread uses.
func resourceField(name string, arg fieldsets.Arg) reader {
	ofMain := func(of func(t *state.Thread) uint32, factor int64) reader {
		return threadNumber(func(t *state.Thread) int64 {
			if !t.IsMain() {
				return 0
			}
			return int64(of(t)) * factor
		})
	}
	vmSize := func(t *state.Thread) uint32 { return t.VMSize }
	vmRSS := func(t *state.Thread) uint32 { return t.VMRSS }
	switch name {
	case "proc.fdopencount":
		return threadNumber(func(t *state.Thread) int64 { return int64(t.OpenFiles()) })
	case "proc.fdlimit":
		return threadNumber((*state.Thread).Limit)
	case "proc.fdusage":
		return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) { out.Add(fieldsets.DoubleValue(fdUsage(t))) })
	case "proc.vmsize":
		return threadNumber(func(t *state.Thread) int64 { return int64(t.VMSize) })
	case "proc.vmrss":
		return threadNumber(func(t *state.Thread) int64 { return int64(t.VMRSS) })
	case "proc.vmswap":
		return threadNumber(func(t *state.Thread) int64 { return int64(t.VMSwap) })
	case "thread.vmsize":
		return ofMain(vmSize, 1)
	case "thread.vmrss":
		return ofMain(vmRSS, 1)
	case "thread.vmsize.b":
		return ofMain(vmSize, 1024)
	case "thread.vmrss.b":
		return ofMain(vmRSS, 1024)
	case "thread.pfmajor":
		return threadNumber(func(t *state.Thread) int64 { return int64(t.MajorFaults) })
	case "thread.pfminor":
		return threadNumber(func(t *state.Thread) int64 { return int64(t.MinorFaults) })
	case "thread.cap_permitted":
		return threadBuilt(func(buf []byte, t *state.Thread) []byte { return appendCapabilities(buf, t.CapPermitted) })
	case "thread.cap_inheritable":
		return threadBuilt(func(buf []byte, t *state.Thread) []byte { return appendCapabilities(buf, t.CapInheritable) })
	case "thread.cap_effective":
		return threadBuilt(func(buf []byte, t *state.Thread) []byte { return appendCapabilities(buf, t.CapEffective) })
	case "thread.cgroups":
		return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) {
			if t.Cgroups != nil {
				out.AddText(t.Cgroups.Text)
			}
		})
	case "thread.cgroup":
		return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) {
			if path, ok := t.Cgroups.Path(arg.Key); ok {
				out.AddText(path)
			}
		})
	case "thread.ismain":
		return threadBool((*state.Thread).IsMain)
	case "thread.tid":
		return func(e *Event, out *fieldsets.Values) { addID(e.ev.TID, out) }
	case "thread.vtid":
		return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) {
			if t.VTID != -1 {
				out.Add(fieldsets.IntValue(t.VTID))
			}
		})
	case "thread.nametid":
		return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
			out.AddBuilt(func(buf []byte) []byte { return strconv.AppendInt(append(buf, t.Comm...), e.ev.TID, 10) })
		})
	case "thread.cpu", "thread.cpu.user", "thread.cpu.system":
		// Falco compares with the last event for which the field was read; outputs always read
		// it for the first time.
		return ofThread(func(e *Event, _ *state.Thread, out *fieldsets.Values) {
			if e.ev.Info.Code == table.ProcinfoE {
				out.Add(fieldsets.DoubleValue(0))
			}
		})
	case "thread.exectime":
		return constant(fieldsets.NumberValue(0))
	case "thread.totexectime":
		return threadNumber(func(*state.Thread) int64 { return 0 })
	}
	return standardStream(name)
}

// fdUsage returns how many percent of the file descriptors that it may have a process uses.
func fdUsage(t *state.Thread) float64 {
	limit, open := t.Limit(), int64(t.OpenFiles())
	switch {
	case limit <= 0:
		return 0
	case open > limit:
		return 100
	}
	return float64(open) * 100 / float64(limit)
}

// standardStream returns the reader of a field of standard input, output or error.
func standardStream(name string) reader {
	rest := strings.TrimPrefix(name, "proc.")
	stream, what, _ := strings.Cut(rest, ".")
	fd, ok := map[string]int64{"stdin": 0, "stdout": 1, "stderr": 2}[stream]
	if !ok {
		return nil
	}
	return ofThread(func(_ *Event, t *state.Thread, out *fieldsets.Values) {
		f := t.File(fd)
		switch {
		case f == nil:
		case what == "type":
			out.AddText(typeName(f.Type))
		default:
			out.AddText(f.Name)
		}
	})
}

// capabilities are the names of the bits, without CAP_.
var capabilities = strings.Fields(`
	CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
	NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
	SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
	MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`)

func appendCapabilities(buf []byte, set uint64) []byte {
	first := true
	for i, name := range capabilities {
		if set>>i&1 == 0 {
			continue
		}
		if !first {
			buf = append(buf, ' ')
		}
		buf, first = append(append(buf, "CAP_"...), name...), false
	}
	return buf
}

// loginShell adds the ID of the oldest shell among a process and its ancestors.
func loginShell(e *Event, t *state.Thread, out *fieldsets.Values) {
	m := t.Main()
	if m == nil {
		return
	}
	var shell *state.Thread
	check := func(p *state.Thread) bool {
		if strings.HasSuffix(p.Comm, "sh") {
			shell = p
		}
		return true
	}
	check(m)
	e.state.Ancestors(m, check)
	if shell != nil {
		out.Add(fieldsets.IntValue(shell.PID))
	}
}

// leaderField returns the reader of a field of the leader of a session or a process group.
func leaderField(name string) reader {
	var (
		idOf    func(*state.Thread) int64
		virtual bool
		what    string
	)
	switch name {
	case "proc.sname", "proc.sid.exe", "proc.sid.exepath":
		idOf, virtual = func(t *state.Thread) int64 { return t.SID }, true
	case "proc.vpgid.name", "proc.vpgid.exe", "proc.vpgid.exepath":
		idOf, virtual = func(t *state.Thread) int64 { return t.VPGID }, true
	case "proc.pgid.name", "proc.pgid.exe", "proc.pgid.exepath":
		idOf = func(t *state.Thread) int64 { return t.PGID }
	default:
		return nil
	}
	what = name[strings.LastIndexByte(name, '.')+1:]
	return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
		leader := e.state.Leader(t, idOf, virtual)
		switch {
		case leader == nil:
			out.AddText("")
		case what == "exe":
			out.AddText(leader.Exe)
		case what == "exepath":
			out.AddText(leader.ExePath)
		default:
			out.AddText(leader.Comm)
		}
	})
}

// environment returns the reader of proc.env: the whole environment or one variable.
func environment(arg fieldsets.Arg) reader {
	if arg.Present && !arg.IsIndex && arg.Key != "" {
		return threadText(func(t *state.Thread) string { return variable(t, arg.Key) })
	}
	return threadBuilt(func(buf []byte, t *state.Thread) []byte { return t.Environment().Append(buf) })
}

// variable returns the value of an environment variable without spaces around it, or "".
func variable(t *state.Thread, name string) string {
	for v := range t.Environment().All() {
		if len(v) > len(name)+1 && v[len(name)] == '=' && v[:len(name)] == name {
			return strings.Trim(v[len(name)+1:], " ")
		}
	}
	return ""
}

// ancestorEnvironment returns the reader of proc.aenv: the environment of an ancestor, or a
// variable of the nearest ancestor that has it.
func ancestorEnvironment(arg fieldsets.Arg) reader {
	n := int32(arg.Index)
	if (!arg.Present || arg.Key == "" || arg.IsIndex) && n < 1 {
		return environment(fieldsets.Arg{})
	}
	const most = 20 // as in Falco
	return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
		m := t.Main()
		if m == nil {
			out.AddText("")
			return
		}
		if arg.IsIndex {
			for i := int32(0); i < n && m != nil; i++ {
				m = e.state.Parent(m)
			}
			if m != nil {
				out.AddBuilt(m.Environment().Append)
			}
			return
		}
		for range most {
			if m = e.state.Parent(m); m == nil {
				break
			}
			if value := variable(m, arg.Key); value != "" {
				out.AddText(value)
				return
			}
		}
		out.AddText("")
	})
}

// appendOf are the fields of ancestors that are texts.
var appendOf = map[string]func(buf []byte, t *state.Thread) []byte{
	"name":    func(buf []byte, t *state.Thread) []byte { return append(buf, t.Comm...) },
	"exe":     func(buf []byte, t *state.Thread) []byte { return append(buf, t.Exe...) },
	"exepath": func(buf []byte, t *state.Thread) []byte { return append(buf, t.ExePath...) },
	"cmdline": appendCommandLine,
	"args":    func(buf []byte, t *state.Thread) []byte { return t.Args.Append(buf) },
	"env":     func(buf []byte, t *state.Thread) []byte { return t.Environment().Append(buf) },
}

// ancestorField returns the reader of a field of the parent or another ancestor.
func ancestorField(name string, arg fieldsets.Arg) reader {
	short := strings.TrimPrefix(name, "proc.")
	switch short {
	case "ppid", "apid":
		n := int64(int32(arg.Index))
		switch {
		case short == "ppid":
			n = 1
		case !arg.Present || n == -1:
			n = 0
		}
		return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
			if p := e.state.Ancestor(t, n); p != nil {
				addID(p.PID, out)
			}
		})
	case "pname", "pexe", "pexepath", "pcmdline":
		return ofAncestor(appendOf[short[1:]], 1)
	case "aname", "aexe", "aexepath", "acmdline", "aargs":
		if n := int64(int32(arg.Index)); arg.Present && n != -1 {
			return ofAncestor(appendOf[short[1:]], n)
		}
		return allAncestors(appendOf[short[1:]])
	}
	return nil
}

// ofAncestor returns the reader of a text of an ancestor.
func ofAncestor(build func([]byte, *state.Thread) []byte, n int64) reader {
	return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
		if p := e.state.Ancestor(t, n); p != nil {
			out.AddBuilt(func(buf []byte) []byte { return build(buf, p) })
		}
	})
}

// allAncestors returns the reader of the texts of all ancestors, joined by spaces.
func allAncestors(build func([]byte, *state.Thread) []byte) reader {
	return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
		m := t.Main()
		if m == nil {
			return
		}
		n := out.Len()
		out.AddBuilt(func(buf []byte) []byte {
			start := len(buf)
			e.state.Ancestors(m, func(p *state.Thread) bool {
				if len(buf) > start {
					buf = append(buf, ' ')
				}
				buf = build(buf, p)
				return true
			})
			return buf
		})
		if out.All()[n].Text() == "" {
			out.Truncate(n)
		}
	})
}

// ancestorsField returns the reader of the values of all ancestors, of which a condition must
// match one, for fields without a number. Otherwise it returns nil.
func ancestorsField(name string, arg fieldsets.Arg) reader {
	short := strings.TrimPrefix(name, "proc.")
	switch short {
	case "aname", "aexe", "aexepath", "acmdline", "apid":
		if arg.Present && int32(arg.Index) != -1 {
			return nil
		}
	case "aenv":
		// A number does not count in conditions.
		if arg.Present && !arg.IsIndex && arg.Key != "" {
			return nil
		}
	default:
		return nil
	}
	build := appendOf[short[1:]]
	return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
		m := t.Main()
		if m == nil {
			return
		}
		e.state.Ancestors(m, func(p *state.Thread) bool {
			if build == nil {
				out.Add(fieldsets.IntValue(p.PID))
			} else {
				out.AddBuilt(func(buf []byte) []byte { return build(buf, p) })
			}
			return true
		})
	})
}

// userField returns the reader of a field of the user or the group of the process.
func userField(name string) reader {
	if part, ok := strings.CutPrefix(name, "group."); ok {
		if part == "gid" {
			return threadNumber(func(t *state.Thread) int64 { return int64(t.GID) })
		}
		return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
			out.AddText(userText(e.state.Group(t, t.GID), t.GID, "name"))
		})
	}
	switch part := strings.TrimPrefix(name, "user."); part {
	case "uid":
		return threadNumber(func(t *state.Thread) int64 { return int64(t.UID) })
	case "loginuid":
		return threadNumber(func(t *state.Thread) int64 {
			if t.LoginUID == state.NoID {
				return -1
			}
			return int64(t.LoginUID)
		})
	case "loginname":
		return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
			out.AddText(userText(e.state.User(t, t.LoginUID), t.LoginUID, "name"))
		})
	case "name":
		return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
			// For the events that describe containers, it is the user of the container.
			if e.describesContainer() {
				if c := e.state.KnownContainer(t); c != nil && c.User != "" {
					out.AddText(c.User)
					return
				}
			}
			out.AddText(userText(e.state.User(t, t.UID), t.UID, part))
		})
	default:
		return ofThread(func(e *Event, t *state.Thread, out *fieldsets.Values) {
			out.AddText(userText(e.state.User(t, t.UID), t.UID, part))
		})
	}
}

// describesContainer reports whether the event describes a container.
func (e *Event) describesContainer() bool {
	return e.ev.Info.Code == table.ContainerJSON2E || e.ev.Info.Code == table.AsynceventE && e.name() == "container"
}

// userText returns a text of a user or a group, which may not be known.
func userText(u *state.User, id uint32, what string) string {
	switch {
	case u != nil && what == "homedir":
		return u.Home
	case u != nil && what == "shell":
		return u.Shell
	case u != nil:
		return u.Name
	case id == 0 && what == "homedir":
		return "/root"
	case id == 0 && what == "name":
		return "root"
	}
	return "<NA>"
}
