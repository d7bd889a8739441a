package state

import (
	"bytes"
	"strconv"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// open handles the returns of open, creat, openat, openat2 and open_by_handle_at. If the
// entry of the call is known, its arguments count: another thread may have changed the memory
// of the path since.
func (s *State) open(fd int64) {
	var (
		name     []byte
		flags    uint32
		dir      string
		dev, ino int // parameters
		layers   uint32
		enter    = s.entered()
	)
	// entered replaces the name and the flags.
	entered := func(nameParam, flagsParam int) bool {
		if enter == nil {
			return false
		}
		path := Text(enter.param(nameParam))
		if bytes.Equal(path, missingBytes) {
			return false
		}
		name = path
		if flagsParam >= 0 {
			flags = uint32(Number(enter.param(flagsParam))) | flags&^(fileCreate-1)
		}
		return true
	}
	switch s.Event.Info.Code {
	case table.OpenX:
		name, flags, dev, ino = Text(s.param(1)), s.uint32(2), 4, 5
		entered(0, 1)
		dir = s.Thread0.Dir()
	case table.CreatX:
		name, dev, ino = Text(s.param(1)), 3, 4
		if s.has(3) && s.has(4) {
			switch creat := s.number(5); {
			case creat&1 != 0:
				layers = upperLayer
			case creat&2 != 0:
				layers = lowerLayer
			}
		}
		entered(0, -1)
		dir = s.Thread0.Dir()
	case table.OpenByHandleAtX:
		name, flags, dev, ino = Text(s.param(3)), s.uint32(2), 4, 5
	default:
		name, flags, dev, ino = Text(s.param(2)), s.uint32(3), 5, 6
		if s.is(table.Openat2X) {
			dev, ino = 6, 7
		}
		dirfd, known := s.int64(1), s.has(1)
		if entered(1, 2) {
			dirfd, known = int64(Number(enter.param(0))), len(enter.param(0)) > 0
		}
		if known {
			dir = s.DirOf(name, dirfd)
		}
	}
	flags |= layers
	if fd < 0 {
		return
	}
	f := &File{Type: scap.File2, Flags: flags, RawName: s.text(name), Name: s.path(dir, name)}
	if flags&directory != 0 {
		f.Type = scap.Directory
	}
	if s.has(dev) && (dev < 5 || s.has(ino)) { // openat and openat2 have both or none
		f.Dev, f.Ino = s.uint32(dev), s.number(ino)
	}
	if flags&upperLayer != 0 {
		f.Role |= UpperLayer
	}
	if flags&lowerLayer != 0 {
		f.Role |= LowerLayer
	}
	s.addFile(fd, f)
}

func (s *State) closeRange() {
	holder := s.Thread0.holder()
	if holder == nil || holder.files == nil {
		return
	}
	first, last := int64(s.uint32(1)), int64(s.uint32(2))
	const closeOnExec = 1 << 2
	for num, f := range s.own(holder).all() {
		switch {
		case num < first || num > last:
		case s.uint32(3)&closeOnExec != 0:
			s.change(s.Thread0, f).Flags |= closeExec
		default:
			s.removeFrom(s.own(holder), num)
		}
	}
}

// fcntl handles the commands that duplicate a file descriptor or change its flags.
func (s *State) fcntl(result int64) {
	const dupFD, setFD, dupFDCloseExec = 1, 3, 26
	cmd := s.number(2)
	if cmd != dupFD && cmd != setFD && cmd != dupFDCloseExec || result < 0 || s.File == nil {
		return
	}
	if cmd == setFD {
		f := s.changeFile()
		f.keepOnExec()
		if s.number(3)&1 != 0 {
			f.Flags |= closeExec
		}
		return
	}
	f := copyOf(s.File)
	f.keepOnExec()
	if cmd == dupFDCloseExec {
		f.Flags |= closeExec
	}
	s.addFile(result, f)
}

func (s *State) dup(result int64) {
	t := s.Thread0
	if result < 0 || s.File == nil {
		return
	}
	switch result {
	case 0:
		t.flags |= pipeDest
	case 1:
		t.flags |= pipeSource
	}
	f := copyOf(s.File)
	f.keepOnExec()
	if s.is(table.Dup3X) && s.uint32(3)&closeExec != 0 {
		f.Flags |= closeExec
	}
	f.before = s.File.before
	s.addFile(result, f)
}

func (s *State) pipe(result int64) {
	if result < 0 {
		return
	}
	flags := uint32(0)
	if s.is(table.Pipe2X) {
		flags = s.uint32(4)
	}
	for _, fd := range []int64{s.int64(1), s.int64(2)} {
		s.addFile(fd, &File{Type: scap.FIFO, Ino: s.number(3), Flags: flags})
	}
}

func (s *State) memfd(fd int64) {
	f := &File{Type: untyped}
	if fd >= 0 {
		f.Type, f.Name, f.Flags = scap.MemFD, s.string(1), s.uint32(2)
	}
	s.addFile(fd, f) // even if the call failed, as in the Falco libs
}

func (s *State) pidfd(fd int64) {
	if fd < 0 {
		return
	}
	pid := s.int64(1)
	s.buf = strconv.AppendInt(append(s.buf[:0], "/proc/"...), pid, 10)
	s.addFile(fd, &File{Type: scap.PIDFD, Name: s.text(s.buf), Flags: s.uint32(2), PID: pid})
}

// pidfdGetfd copies a file descriptor of another process.
func (s *State) pidfdGetfd(fd int64) {
	p := s.Thread0.File(s.int64(1))
	if p == nil || p.Type != scap.PIDFD {
		return
	}
	other := s.Thread(p.PID)
	if other == nil {
		return
	}
	target := other.File(s.int64(2))
	if target == nil {
		return
	}
	f := copyOf(target)
	f.keepOnExec()
	f.Flags |= closeExec
	s.addFile(fd, f)
}

// anonymous handles calls that return a file descriptor without a file, such as eventfd.
func (s *State) anonymous(fd int64) {
	if fd < 0 {
		return
	}
	f := &File{}
	switch s.Event.Info.Code {
	case table.EventfdX:
		f.Type = scap.EventFD
	case table.Eventfd2X:
		f.Type, f.Flags = scap.EventFD, s.uint32(1)
	case table.SignalfdX:
		f.Type = scap.SignalFD
	case table.Signalfd4X:
		f.Type, f.Flags = scap.SignalFD, s.uint32(1)
	case table.TimerfdCreateX:
		f.Type, f.Flags = scap.TimerFD, s.uint32(2)
	case table.InotifyInitX:
		f.Type = scap.Inotify
	case table.InotifyInit1X:
		f.Type, f.Flags = scap.Inotify, s.uint32(1)
	case table.Bpf2X:
		f.Type = scap.BPF
	case table.UserfaultfdX:
		f.Type = scap.UserFaultFD
	case table.IoUringSetupX:
		f.Type = scap.IOUring
	case table.EpollCreateX:
		f.Type = scap.EventPoll
	case table.EpollCreate1X:
		f.Type = scap.EventPoll
		if s.uint32(1)&epollCloseExec != 0 {
			f.Flags = closeExec
		}
	}
	s.addFile(fd, f)
}
