package state

import (
	"bytes"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// Apply changes the state with an event of today's version.
func (s *State) Apply(ev *scap.Event) {
	s.finish(ev)
	s.Event, s.Thread0, s.File, s.NameChanged = ev, nil, nil, false
	s.begin()
	s.process()
	if s.File != nil {
		s.NameChanged = s.File.Name != s.File.before
	}
	s.containers.process(s)
	if t := s.Thread0; t != nil && !ev.Info.IsEnter() {
		t.last.code = -1
	}
}

// finish does what the previous event left for the end.
func (s *State) finish(ev *scap.Event) {
	if s.hasTID {
		parent := int64(-1)
		if t := s.Thread(s.removeTID); t != nil {
			parent = t.PTID
		}
		s.exits.add(s.removeTID, parent, ev.Time)
		s.removeThread(s.removeTID)
		s.hasTID = false
	}
	if s.hasFile {
		if t := s.Thread(s.removeFiles); t != nil {
			s.remove(t, s.removeNum)
		}
		s.hasFile = false
	}
}

// file returns a file descriptor of the thread of the event, and notes its name.
func (s *State) file(num int64) *File {
	f := s.Thread0.File(num)
	if f != nil {
		f.before = f.Name
	}
	return f
}

// begin finds the thread and the file descriptor of the event.
func (s *State) begin() {
	ev := s.Event
	info := ev.Info
	if info.Has(table.KeepsState) {
		if info.Code == table.ProcinfoE {
			s.Thread0 = s.Thread(ev.TID)
		}
		return
	}
	switch info.Code {
	case table.ContainerJSON2E, table.UserAddedE, table.UserDeletedE, table.GroupAddedE, table.GroupDeletedE,
		table.PlugineventE, table.AsynceventE:
		return
	case table.Clone20X, table.Clone3X, table.Fork20X, table.Vfork20X, table.Procexit1E, table.Schedswitch6E:
		s.Thread0 = s.Thread(ev.TID)
		if info.Code == table.Schedswitch6E {
			return
		}
	default:
		if s.Thread0 = s.lookup(ev.TID); s.Thread0 != nil {
			s.Thread0.flags |= active
		}
	}
	t := s.Thread0
	if t == nil {
		return
	}
	if info.IsEnter() {
		t.lastFD, t.lastCode = -1, int32(info.Code)
		if info.Has(table.UsesFD) && info.FD >= 0 {
			t.lastFD = s.int64(info.FD)
			s.File = s.file(t.lastFD)
		}
		return
	}
	// After a successful execveat, there is the return of execve.
	t.lastValid = int32(info.Code) == t.lastCode+1 || info.Code == table.Execve19X && t.lastCode == int32(table.ExecveatE)
	if !t.lastValid {
		t.lastFD = -1
	}
	if !info.Has(table.UsesFD) {
		return
	}
	if t.lastFD == -1 && info.FD >= 0 && s.has(info.FD) {
		t.lastFD = s.int64(info.FD)
	}
	s.File = s.file(t.lastFD)
}

// entered returns the entry of the current call, or nil if it is not known.
func (s *State) entered() *saved {
	t := s.Thread0
	if t == nil || !t.lastValid || t.last.code < 0 {
		return nil
	}
	code := table.Code(t.last.code)
	if s.is(table.Execve19X) && code == table.ExecveatE {
		return &t.last
	}
	if code+1 != s.Event.Info.Code {
		t.lastValid = false
		return nil
	}
	return &t.last
}

// change returns the file descriptor of the event for changes.
func (s *State) changeFile() *File {
	if f := s.change(s.Thread0, s.File); f != s.File {
		f.before = s.File.before
		s.File = f
	}
	return s.File
}

// addFile adds a file descriptor to the process and makes it that of the event.
func (s *State) addFile(num int64, f *File) { s.File = s.add(s.Thread0, num, f) }

// process changes the state.
func (s *State) process() {
	switch s.Event.Info.Code {
	case table.OpenE, table.CreatE, table.OpenatTwoE, table.Openat2E, table.Execve19E:
		if s.has(0) && s.Thread0 != nil {
			s.Thread0.last.set(s.Event)
		}
	case table.ExecveatE, table.ConnectE:
		if s.Thread0 != nil {
			s.Thread0.last.set(s.Event)
		}
	case table.Clone20X, table.Fork20X, table.Vfork20X, table.Clone3X:
		switch child := s.result(); {
		case child == 0:
			s.cloneInChild()
		case child > 0:
			s.cloneInCaller(child)
		}
	case table.Procexit1E:
		s.exit()
	case table.Schedswitch6E:
		s.contextSwitch()
	case table.UserAddedE, table.UserDeletedE:
		s.userEvent()
	case table.GroupAddedE, table.GroupDeletedE:
		s.groupEvent()
	case table.SetresuidX, table.SetreuidX:
		if s.result() == 0 {
			s.setUser(2)
		}
	case table.SetuidX:
		if s.result() == 0 {
			s.setUser(1)
		}
	case table.SetresgidX, table.SetregidX:
		if s.result() == 0 {
			s.setGroup(2)
		}
	case table.SetgidX:
		if s.result() == 0 {
			s.setGroup(1)
		}
	case table.PrlimitX:
		s.prlimit()
	case table.PrctlX:
		s.prctl()
	case table.SetsidX:
		if t := s.EventThread(); t != nil && s.result() >= 0 {
			t.SID = s.result()
		}
	default:
		if s.Thread0 != nil {
			s.processOwn()
		}
	}
}

// processOwn changes the state with events that need their thread.
func (s *State) processOwn() {
	t, result := s.Thread0, s.result()
	switch s.Event.Info.Code {
	case table.ReadX, table.ReadvX, table.PreadX, table.PreadvX, table.RecvX, table.RecvfromX, table.RecvmsgX, table.RecvmmsgX:
		s.read(result)
	case table.WriteX, table.WritevX, table.PwriteX, table.PwritevX, table.SendX, table.SendtoX, table.SendmsgX, table.SendmmsgX:
		s.write(result)
	case table.OpenX, table.CreatX, table.OpenatTwoX, table.Openat2X, table.OpenByHandleAtX:
		s.open(result)
	case table.Execve19X, table.ExecveatX:
		if result >= 0 {
			s.execve()
		}
	case table.CloseX:
		if result >= 0 && s.File != nil {
			s.removeFiles, s.removeNum, s.hasFile = t.TID, t.lastFD, true
		}
	case table.CloseRangeX:
		if result >= 0 {
			s.closeRange()
		}
	case table.FcntlX:
		s.fcntl(result)
	case table.Dup1X, table.Dup2X, table.Dup3X:
		s.dup(result)
	case table.SocketX:
		if result >= 0 {
			s.addSocket(result, s.uint32(1), s.uint32(2), s.uint32(3), s.uint32(4))
		}
	case table.SocketpairX:
		s.socketpair(result)
	case table.BindX:
		s.bind(result)
	case table.ConnectX:
		s.connect(result)
	case table.Accept5X, table.Accept46X:
		s.accept(result)
	case table.PipeX, table.Pipe2X:
		s.pipe(result)
	case table.MemfdCreateX:
		s.memfd(result)
	case table.PidfdOpenX:
		s.pidfd(result)
	case table.PidfdGetfdX:
		s.pidfdGetfd(result)
	case table.EventfdX, table.Eventfd2X, table.SignalfdX, table.Signalfd4X, table.TimerfdCreateX, table.InotifyInitX,
		table.InotifyInit1X, table.Bpf2X, table.UserfaultfdX, table.IoUringSetupX, table.EpollCreateX, table.EpollCreate1X:
		s.anonymous(result)
	case table.ChdirX:
		if result >= 0 {
			s.chdir(t, Text(s.param(1)))
		}
	case table.FchdirX:
		if result >= 0 && s.File != nil {
			s.chdir(t, []byte(s.File.Name))
		}
	case table.GetcwdX:
		if result >= 0 {
			s.chdir(t, Text(s.param(1)))
		}
	case table.ChrootX:
		if result == 0 {
			path := Text(s.param(1))
			if bytes.Equal(path, missingBytes) || len(path) > 0 && path[0] == '/' {
				t.Root = s.text(path)
			} else {
				t.Root = s.path(t.Dir(), path)
			}
		}
	case table.GetrlimitX, table.SetrlimitX:
		const noFile = 7
		if m := t.Main(); result >= 0 && s.number(3) == noFile && s.int64(1) != -1 && m != nil {
			m.FDLimit = s.int64(1)
		}
	case table.Brk4X, table.MmapX, table.Mmap2X, table.MunmapX:
		if s.has(1) {
			t.VMSize = s.uint32(1)
		}
		if s.has(3) {
			t.VMRSS, t.VMSwap = s.uint32(2), s.uint32(3)
		}
	case table.CapsetX:
		if result >= 0 {
			t.CapInheritable, t.CapPermitted, t.CapEffective = s.number(1), s.number(2), s.number(3)
		}
	case table.UnshareX, table.SetnsX:
		s.enterNamespace(result)
	}
}

// contextSwitch takes the memory and the page faults of the thread that stops running.
func (s *State) contextSwitch() {
	t := s.Thread0
	if t == nil || !s.has(5) {
		return
	}
	t.MajorFaults, t.MinorFaults = s.number(1), s.number(2)
	if m := t.Main(); m != nil {
		m.VMSize, m.VMRSS, m.VMSwap = s.uint32(3), s.uint32(4), s.uint32(5)
	}
}

func (s *State) setUser(param int) {
	if t := s.EventThread(); t != nil && s.has(param) {
		t.UID = s.uint32(param)
	}
}

func (s *State) setGroup(param int) {
	if t := s.EventThread(); t != nil && s.has(param) {
		t.GID = s.uint32(param)
	}
}

func (s *State) prlimit() {
	const noFile = 7
	if s.result() != 0 || !s.has(6) || s.number(6) != noFile || s.int64(1) == -1 || !s.has(5) {
		return
	}
	tid := s.int64(5)
	if tid == 0 {
		tid = s.Event.TID
	}
	t := s.lookup(tid)
	if t == nil || t.invalid() {
		return
	}
	if m := t.Main(); m != nil {
		m.FDLimit = s.int64(1)
	}
}

// prctl makes a process a reaper of orphans, or no longer. Reading that counts, too.
func (s *State) prctl() {
	const setSubreaper, getSubreaper = 36, 37
	t := s.EventThread()
	if s.result() < 0 || t == nil || t.invalid() || t.group == nil {
		return
	}
	if option := s.uint32(1); option == setSubreaper || option == getSubreaper {
		t.group.reaper = s.int64(3) != 0
	}
}

// allCapabilities are those that a process has in a new user namespace.
const allCapabilities = 1<<41 - 1

func (s *State) enterNamespace(result int64) {
	param := 1
	if s.is(table.SetnsX) {
		param = 2
	}
	if result < 0 || s.uint32(param)&cloneNewUser == 0 {
		return
	}
	t := s.Thread0
	t.CapInheritable, t.CapPermitted, t.CapEffective = allCapabilities, allCapabilities, allCapabilities
}
