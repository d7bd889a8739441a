package state

import (
	"encoding/binary"
	"strings"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// State is the state of a captured machine. It is not safe for concurrent use.
type State struct {
	Machine scap.Machine
	// Dropped counts threads, containers and users for which there was no room.
	Dropped int64

	// Of the current event: Event, its thread and file descriptor, which can be nil, and
	// whether the event changed the name of the latter.
	Event       *scap.Event
	Thread0     *Thread
	File        *File
	NameChanged bool

	threads     map[int64]*Thread
	groups      map[int64]*group
	cached      *Thread
	users       users
	containers  containers
	ifaces      ifaces
	serverPorts map[uint16]bool
	exits       *exits

	// Done when the next event begins.
	removeTID   int64
	removeFiles int64 // thread whose file removeNum is to be removed, if hasFile
	removeNum   int64
	hasTID      bool
	hasFile     bool

	fileCount  int // of all tables
	fileText   int // bytes of their names
	threadText int // bytes of the texts of threads
	lastID     uint64
	texts      map[string]string
	textBytes  int
	buf        []byte
}

// New returns an empty state.
func New() *State {
	s := &State{texts: map[string]string{}, exits: new(exits)}
	s.Reset()
	return s
}

// Reset forgets everything, for the start of another capture.
func (s *State) Reset() {
	*s = State{
		threads: map[int64]*Thread{}, groups: map[int64]*group{}, serverPorts: map[uint16]bool{},
		exits: new(exits), texts: s.texts, textBytes: s.textBytes, buf: s.buf, Dropped: s.Dropped,
	}
	s.users.reset()
	s.containers.reset()
}

// AddProcess adds a thread from the list at the start of a capture.
func (s *State) AddProcess(p *scap.Process) {
	if len(s.threads) >= maxThreads {
		s.Dropped++
		return
	}
	t := newThread()
	t.TID, t.PID, t.PTID, t.SID, t.VPGID, t.PGID = p.TID, p.PID, p.PTID, p.SID, p.VPGID, p.PGID
	t.VTID, t.VPID = p.VTID, p.VPID
	t.Comm, t.Exe, t.ExePath = s.text(p.Comm), s.text(p.Exe), exePath(s.text(p.ExePath))
	t.Args = s.list(p.Args, List{})
	if t.IsMain() {
		t.Env = s.list(p.Env, List{})
		s.chdir(t, p.CWD)
	}
	t.flags = p.Flags | active
	t.FDLimit = int64(p.FDLimit)
	t.CapInheritable, t.CapPermitted, t.CapEffective = p.CapInheritable, p.CapPermitted, p.CapEffective
	t.ExeIno, t.ExeCtime, t.ExeMtime = p.ExeIno, p.ExeCtime, p.ExeMtime
	t.ExeWritable, t.ExeUpper, t.ExeLower, t.ExeMemfd = p.ExeWritable, p.ExeUpper, p.ExeLower, p.ExeMemfd
	t.VMSize, t.VMRSS, t.VMSwap, t.MajorFaults, t.MinorFaults = p.VMSize, p.VMRSS, p.VMSwap, p.MajorFaults, p.MinorFaults
	t.PIDNSStart, t.TTY = p.PIDNSStart, p.TTY
	t.Cgroups = s.cgroups(p.Cgroups, nil)
	t.Root = s.text(p.Root)
	t.UID, t.GID, t.LoginUID = p.UID, p.GID, p.LoginUID
	s.put(t)
}

// exePath returns the path of an executable without the mark of a deleted file.
func exePath(path string) string {
	const mark = " (deleted)"
	if len(path) > len(mark) {
		return strings.TrimSuffix(path, mark)
	}
	return path
}

// AddFile adds a file descriptor from the list at the start of a capture.
func (s *State) AddFile(d *scap.File) {
	t := s.threads[d.TID]
	if t == nil {
		return
	}
	f := &File{Type: d.Type, Ino: d.Ino}
	switch d.Type {
	case scap.IPv4, scap.IPv4Server, scap.IPv6, scap.IPv6Server:
		source, dest := d.Source[:], d.Dest[:]
		if d.Type == scap.IPv6 && mapped(source) && mapped(dest) {
			f.Type, source, dest = scap.IPv4, source[12:], dest[12:]
		}
		f.setSource(source, d.SourcePort)
		f.setL4(L4(d.L4))
		if f.IsConn() {
			f.setDest(dest, d.DestPort)
			if L4(d.L4) == TCP {
				f.Role |= Connected
			}
		} else {
			s.serverPorts[d.SourcePort] = true
		}
		f.Name = s.text(f.appendEnds(nil))
	case scap.Unix:
		binary.LittleEndian.PutUint64(f.Sock[:], d.SourceAddr)
		binary.LittleEndian.PutUint64(f.Sock[8:], d.DestAddr)
		f.Name = s.text(d.Name)
		f.Role |= Client
		if f.Name != "" {
			f.Role = Server
		}
	case scap.File2:
		f.Flags, f.Dev, f.Name = d.Flags, d.Dev, s.text(d.Name)
	case scap.UnknownFile:
		return
	default:
		f.Name = s.text(d.Name)
	}
	s.addTo(t, d.FD, f)
}

// Related relates the threads of the lists to each other. It is called before the first
// event.
func (s *State) Related() {
	for _, t := range s.threads {
		s.relate(t)
	}
}

// Started completes the state after the events at the start of a capture that only describe
// it; see [IsInitial].
func (s *State) Started() {
	for _, t := range s.threads {
		s.turnSockets(t)
		s.findContainer(t)
	}
}

// turnSockets finds out for which connections a process is the server: those to a port at
// which some process listens.
func (s *State) turnSockets(t *Thread) {
	if t.files == nil {
		return
	}
	for _, f := range s.own(t).all() {
		switch {
		case f.Type != scap.IPv4:
		case !s.serverPorts[f.SourcePort()]:
			f.Role |= Client
		default:
			f.swap()
			f.Name = s.text(f.appendEnds(nil))
			f.Role |= Server
		}
	}
}

// IsInitial reports whether an event at the start of a capture only describes the state.
func IsInitial(ev *scap.Event) bool {
	switch ev.Info.Code {
	case table.ContainerJSON2E, table.UserAddedE, table.UserDeletedE, table.GroupAddedE, table.GroupDeletedE, table.AsynceventE:
		return true
	}
	return false
}

// EventThread returns the thread of the current event, or nil. Unlike Thread0, it has a value
// also for events that do not change threads.
func (s *State) EventThread() *Thread {
	if s.Thread0 != nil {
		return s.Thread0
	}
	return s.Thread(s.Event.TID)
}

// chdir changes the working directory of the process of t.
func (s *State) chdir(t *Thread, dir []byte) {
	m := t.Main()
	if m == nil {
		return
	}
	s.buf = AppendPath(s.buf[:0], []byte(t.CWD), dir)
	if n := len(s.buf); n == 0 || s.buf[n-1] != '/' {
		s.buf = append(s.buf, '/')
	}
	m.CWD = s.text(s.buf)
}

// path returns the path that joins a directory and a path relative to it.
func (s *State) path(dir string, path []byte) string {
	s.buf = AppendPath(s.buf[:0], []byte(dir), path)
	return s.text(s.buf)
}

// ATFDCWD is the file descriptor number that stands for the working directory.
const ATFDCWD = -100

// unknownDir is the directory of a file descriptor that is not known.
const unknownDir = "<UNKNOWN>"

// DirOf returns the directory that a path is relative to, with a slash at the end: "." for an
// absolute path.
func (s *State) DirOf(path []byte, dirfd int64) string {
	switch {
	case len(path) > 0 && path[0] == '/':
		return "."
	case s.Thread0 == nil:
		return unknownDir
	case dirfd == ATFDCWD:
		return s.Thread0.Dir()
	}
	f := s.Thread0.File(dirfd)
	if f == nil {
		return unknownDir
	}
	return s.withSlash(f.Name)
}

// withSlash returns a path with a slash at the end, unless it is empty.
func (s *State) withSlash(path string) string {
	if path == "" || strings.HasSuffix(path, "/") {
		return path
	}
	s.buf = append(append(s.buf[:0], path...), '/')
	return s.text(s.buf)
}

// Result returns the result of a system call, and whether the event has one.
func Result(ev *scap.Event) (int64, bool) {
	if ev.Info.Class != table.Syscall || ev.Info.IsEnter() || ev.Info.Code == table.GenericX || len(ev.Params) == 0 {
		return 0, false
	}
	switch p := ev.Params[0]; len(p) {
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(p))), true
	case 8:
		return int64(binary.LittleEndian.Uint64(p)), true
	}
	return 0, true
}

// Param returns the value of a parameter, which is empty if it is missing.
func Param(ev *scap.Event, i int) []byte {
	if i < len(ev.Params) {
		return ev.Params[i]
	}
	return nil
}

// Number returns a parameter as an unsigned number of any size, or 0.
func Number(p []byte) uint64 {
	switch len(p) {
	case 1:
		return uint64(p[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(p))
	case 4:
		return uint64(binary.LittleEndian.Uint32(p))
	case 8:
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

func (s *State) param(i int) []byte   { return Param(s.Event, i) }
func (s *State) number(i int) uint64  { return Number(s.param(i)) }
func (s *State) int64(i int) int64    { return int64(Number(s.param(i))) }
func (s *State) uint32(i int) uint32  { return uint32(Number(s.param(i))) }
func (s *State) has(i int) bool       { return len(s.param(i)) > 0 }
func (s *State) result() int64        { r, _ := Result(s.Event); return r }
func (s *State) string(i int) string  { return s.text(Text(s.param(i))) }
func (s *State) is(c table.Code) bool { return s.Event.Info.Code == c }
