package state

import (
	"bytes"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// Parameters of the returns of clone, fork, vfork and execve.
const (
	pExe          = 1
	pArgs         = 2
	pPID          = 4
	pPTID         = 5
	pFDLimit      = 7
	pMajorFaults  = 8
	pMinorFaults  = 9
	pVMSize       = 10
	pVMRSS        = 11
	pVMSwap       = 12
	pComm         = 13
	pCgroups      = 14
	pCloneFlags   = 15
	pCloneUID     = 16
	pCloneGID     = 17
	pVTID         = 18
	pVPID         = 19
	pPIDNSStart   = 20
	pEnv          = 15
	pTTY          = 16
	pVPGID        = 17
	pLoginUID     = 18
	pExecFlags    = 19
	pInheritable  = 20
	pPermitted    = 21
	pEffective    = 22
	pIno          = 23
	pCtime        = 24
	pMtime        = 25
	pExecUID      = 26
	pTrustedPath  = 27
	pPGID         = 28
	pExecGID      = 29
	execWritable  = 1
	execUpper     = 2
	execFromMemfd = 4
	execLower     = 8
)

// cloneInCaller handles the return of clone in the parent.
func (s *State) cloneInCaller(childTID int64) {
	callerTID := s.Event.TID
	caller := s.lookup(callerTID)
	if s.Thread0 = caller; caller == nil {
		return
	}
	known := !caller.invalid()
	if !known {
		caller.PID, caller.PTID = s.int64(pPID), s.int64(pPTID)
		caller.VTID, caller.VPID = callerTID, -1
		if s.has(pVPID) {
			caller.VTID, caller.VPID = s.int64(pVTID), s.int64(pVPID)
		}
		s.relate(caller)
	}
	flags := s.uint32(pCloneFlags)
	switch {
	case flags&(childInPIDNS|cloneNewPID|cloneParent) != 0 || callerTID != caller.VTID:
		return // the result is not the ID of the child outside its namespace
	case flags&cloneVFork != 0 || s.is(table.Vfork20X):
		return // the child comes first, and may even have ended
	case s.exits.has(childTID, callerTID, s.Event.Time):
		return
	}
	replaced := false
	if old := s.Thread(childTID); old != nil {
		if old.flags&cloneInverted != 0 {
			return
		}
		s.removeThread(childTID)
		replaced = true
	}
	child := newThread()
	child.flags, child.TID = flags, childTID
	if flags&cloneThread == 0 {
		if known {
			s.inherit(child, caller)
		}
		child.PID, child.PTID = childTID, caller.TID
	} else {
		child.PID, child.PTID = caller.PID, caller.PTID
		child.flags |= cloneFiles
	}
	child.VTID, child.VPID = child.TID, child.PID
	s.program(child, caller)
	s.created(child)
	child.PIDNSStart = s.Machine.BootTime
	if known {
		child.like(caller)
	} else {
		s.program(caller, caller)
	}
	s.addThread(child)
	if replaced {
		s.File = nil
		s.begin()
	}
}

// cloneInChild handles the return of clone in the child.
func (s *State) cloneInChild() {
	replaced := false
	if t := s.Thread0; t != nil && t.CloneTime != 0 {
		if s.Event.Time-t.CloneTime < recent {
			return // the return in the parent came first
		}
		s.removeThread(s.Event.TID)
		s.Thread0, replaced = nil, true
	}
	child := newThread()
	child.TID, child.PID, child.PTID = s.Event.TID, s.int64(pPID), s.int64(pPTID)
	child.VTID, child.VPID = child.TID, -1
	if s.has(pVPID) {
		child.VTID, child.VPID = s.int64(pVTID), s.int64(pVPID)
	}
	child.flags = s.uint32(pCloneFlags) | cloneInverted
	isProcess := child.flags&cloneThread == 0
	from := child.PTID
	if !isProcess {
		from = child.PID
		child.flags |= cloneFiles
	}
	model := s.lookup(from)
	if model == nil {
		s.Thread0 = nil
		return
	}
	known := !model.invalid()
	if !known && !isProcess {
		model.PID, model.PTID, model.VPID, model.VTID = child.PID, child.PTID, child.VPID, child.VPID
		s.relate(model)
	}
	s.program(child, model)
	switch {
	case known:
		child.like(model)
		if isProcess {
			s.inherit(child, model)
		}
	case !isProcess:
		model.Exe, model.Comm, model.Args = child.Exe, child.Comm, child.Args
		s.weigh(model)
	}
	s.created(child)
	if child.flags&(childInPIDNS|cloneNewPID) != 0 || child.TID != child.VTID {
		if s.has(pPIDNSStart) {
			child.PIDNSStart = s.number(pPIDNSStart) + s.Machine.BootTime
		}
	} else {
		child.PIDNSStart = s.Machine.BootTime
	}
	if !s.addThread(child) {
		s.Thread0 = nil
		return
	}
	s.Thread0 = child
	if replaced {
		s.File = nil
		s.begin()
	}
}

// inherit gives a new process what it shares with the one that it was forked from.
func (s *State) inherit(child, parent *Thread) {
	if holder := parent.holder(); holder != nil {
		s.share(holder, child)
	}
	child.CWD, child.Env = parent.Dir(), parent.Env
}

// program sets what the event says about the program of a thread. It reuses the texts of
// like if they are the same.
func (s *State) program(t, like *Thread) {
	t.Exe = s.string(pExe)
	t.Args = s.list(s.param(pArgs), like.Args)
	t.Comm = t.Exe
	if s.has(pComm) {
		t.Comm = s.string(pComm)
	}
	if t != like && s.has(pCgroups) {
		t.Cgroups = s.cgroups(s.param(pCgroups), like.Cgroups)
	}
	s.weigh(t)
}

// created sets what the event says about a new thread.
func (s *State) created(t *Thread) {
	t.FDLimit = s.int64(pFDLimit)
	s.memory(t)
	t.UID, t.GID = s.uint32(pCloneUID), s.uint32(pCloneGID)
	t.CloneTime = s.Event.Time
}

func (s *State) memory(t *Thread) {
	if s.has(pVMSwap) {
		t.MajorFaults, t.MinorFaults = s.number(pMajorFaults), s.number(pMinorFaults)
		t.VMSize, t.VMRSS, t.VMSwap = s.uint32(pVMSize), s.uint32(pVMRSS), s.uint32(pVMSwap)
	}
}

// like copies what a new thread has in common with the one that made it.
func (t *Thread) like(m *Thread) {
	t.ExePath = m.ExePath
	t.ExeWritable, t.ExeUpper, t.ExeLower, t.ExeMemfd = m.ExeWritable, m.ExeUpper, m.ExeLower, m.ExeMemfd
	t.Root, t.SID, t.VPGID, t.PGID, t.TTY, t.LoginUID = m.Root, m.SID, m.VPGID, m.PGID, m.TTY, m.LoginUID
	t.CapPermitted, t.CapInheritable, t.CapEffective = m.CapPermitted, m.CapInheritable, m.CapEffective
	t.ExeIno, t.ExeCtime, t.ExeMtime, t.CtimeToClone = m.ExeIno, m.ExeCtime, m.ExeMtime, m.CtimeToClone
}

// execve handles the return of execve and execveat.
func (s *State) execve() {
	t := s.Thread0
	if t.dead() {
		// A thread can take the place of a main thread that has ended.
		t.flags &^= closed
		if t.group != nil {
			t.group.alive++
		}
	}
	s.program(t, t)
	t.PID = s.int64(pPID)
	if t.invalid() {
		t.PTID = s.int64(pPTID)
		if t.flags&childInPIDNS == 0 {
			t.VTID, t.VPID = t.TID, t.PID
		}
		s.relate(t)
	}
	t.FDLimit = s.int64(pFDLimit)
	s.memory(t)
	if s.has(pEnv) {
		t.Env = s.list(s.param(pEnv), t.Env)
	}
	if s.has(pCgroups) {
		t.Cgroups = s.cgroups(s.param(pCgroups), t.Cgroups)
	}
	if s.has(pTTY) {
		t.TTY = s.uint32(pTTY)
	}
	if s.has(pTrustedPath) {
		t.ExePath = exePath(s.string(pTrustedPath))
	} else if path, ok := s.executable(); ok {
		t.ExePath = exePath(path)
	}
	if s.has(pVPGID) {
		t.VPGID = s.int64(pVPGID)
	}
	if s.has(pLoginUID) {
		t.LoginUID = s.uint32(pLoginUID)
	}
	if s.has(pExecFlags) {
		flags := s.uint32(pExecFlags)
		t.ExeWritable, t.ExeUpper = flags&execWritable != 0, flags&execUpper != 0
		t.ExeMemfd, t.ExeLower = flags&execFromMemfd != 0, flags&execLower != 0
	}
	if s.has(pEffective) {
		t.CapInheritable, t.CapPermitted, t.CapEffective = s.number(pInheritable), s.number(pPermitted), s.number(pEffective)
	}
	if s.has(pMtime) {
		t.ExeIno, t.ExeCtime, t.ExeMtime = s.number(pIno), s.number(pCtime), s.number(pMtime)
		if t.CloneTime != 0 {
			t.CtimeToClone = t.CloneTime - t.ExeCtime
		}
		if t.PIDNSStart != 0 && t.ExeCtime > t.PIDNSStart {
			t.PIDNSToCtime = t.ExeCtime - t.PIDNSStart
		}
	}
	if s.has(pExecUID) {
		t.UID = s.uint32(pExecUID)
	}
	t.PGID = -1
	if s.has(pPGID) {
		t.PGID = s.int64(pPGID)
	}
	if s.has(pExecGID) {
		t.GID = s.uint32(pExecGID)
	}
	s.weigh(t)
	s.closeOnExec(t)
	t.flags = active | t.flags&(pipeSource|pipeDest|mainThread|cloneInverted)
	if t.group != nil && t.group.alive > 1 {
		for _, other := range append([]*Thread(nil), t.group.threads...) {
			if !other.removed && !other.IsMain() && other.TID != t.TID {
				s.removeThread(other.TID)
			}
		}
	}
}

// executable returns the path of the program of execve in old captures, from the entry of
// the call.
func (s *State) executable() (string, bool) {
	enter := s.entered()
	if enter == nil {
		return "", false
	}
	if table.Code(enter.code) == table.Execve19E {
		name := Text(enter.param(0))
		if bytes.Equal(name, missingBytes) {
			return missing, true
		}
		return s.path(s.Thread0.Dir(), name), true
	}
	const emptyPath = 1 // AT_EMPTY_PATH: the directory is the program
	dirfd, name, flags := int64(Number(enter.param(0))), Text(enter.param(1)), Number(enter.param(2))
	dir := s.DirOf(name, dirfd)
	if dir != "." && dir != unknownDir {
		s.File = s.file(dirfd)
	}
	switch {
	case flags&emptyPath == 0 && bytes.Equal(name, missingBytes) || dir == unknownDir:
		return missing, true
	case flags&emptyPath != 0:
		return s.path("", []byte(dir)), true
	}
	return s.path(dir, name), true
}

// closeOnExec closes the files that are not for the executed program.
func (s *State) closeOnExec(t *Thread) {
	holder := t.holder()
	if holder == nil || holder.files == nil {
		return
	}
	for num, f := range s.own(holder).all() {
		if f.closesOnExec() {
			s.removeFrom(s.own(holder), num)
		}
	}
}

// exit handles the end of a thread. It is removed when the next event begins.
func (s *State) exit() {
	t := s.Thread0
	if t == nil {
		return
	}
	if t.group != nil && !t.dead() {
		t.group.died()
	}
	t.flags |= closed
	s.removeTID, s.hasTID = s.Event.TID, true
	switch {
	case t.child == nil:
	case len(s.Event.Params) <= 4:
		t.reaper = -1
	case s.has(4):
		t.reaper = s.int64(4)
	}
}
