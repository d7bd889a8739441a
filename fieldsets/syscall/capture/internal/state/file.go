package state

import (
	"encoding/binary"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
)

// Role is what a process does with a socket, and its state.
type Role uint8

// The roles of sockets.
const (
	Client Role = 1 << iota
	Server
	Connected
	UpperLayer // of files: in the upper or lower layer of an overlay file system
	LowerLayer
)

// L4 is a protocol.
type L4 uint8

// The protocols.
const (
	UnknownL4 L4 = iota
	NoL4
	TCP
	UDP
	ICMP
	RawIP
)

// untyped is the type of a new file descriptor whose type is not known yet.
const untyped scap.FileType = 255

// File is a file descriptor.
type File struct {
	Type  scap.FileType
	Role  Role
	Flags uint32 // of open
	Dev   uint32
	Ino   uint64
	Num   int64
	PID   int64 // of a pidfd
	// Name is the full path or what describes the socket, RawName the path that was used.
	Name, RawName string
	Sock          Sock

	before string // Name when the event began
	owner  uint64 // the table that may change the file; others must copy it
}

// Sock has the addresses of a socket. As in the Falco libs, the kinds of sockets share this
// memory, so a socket that changes its kind can have strange addresses.
type Sock [40]byte

// tuple describes where a kind of socket has its parts: a source and a destination with
// ports, or only the former for servers.
type tuple struct{ size, dest, port, destPort, l4 int }

var tuples = [...]tuple{
	scap.IPv4:       {4, 4, 8, 10, 12},
	scap.IPv4Server: {4, 0, 4, 4, 6},
	scap.IPv6:       {16, 16, 32, 34, 36},
	scap.IPv6Server: {16, 0, 16, 16, 18},
}

// IsIP reports whether the file is a socket for IP.
func (f *File) IsIP() bool {
	switch f.Type {
	case scap.IPv4, scap.IPv6, scap.IPv4Server, scap.IPv6Server:
		return true
	}
	return false
}

// IsConn reports whether the file is a socket for IP with two ends.
func (f *File) IsConn() bool { return f.Type == scap.IPv4 || f.Type == scap.IPv6 }

// IsFile reports whether the file is a regular file or a device.
func (f *File) IsFile() bool { return f.Type == scap.File1 || f.Type == scap.File2 }

// HasRole reports whether the process is known to be the client or the server.
func (f *File) HasRole() bool { return f.Role&(Client|Server) != 0 }

// Source and Dest return the addresses of a socket for IP. Those of a server are the same.
func (f *File) Source() []byte { return f.Sock[:tuples[f.Type].size] }

// Dest returns the address of the server.
func (f *File) Dest() []byte {
	t := tuples[f.Type]
	return f.Sock[t.dest : t.dest+t.size]
}

// SourcePort returns the port of the client, or that of a server.
func (f *File) SourcePort() uint16 { return binary.LittleEndian.Uint16(f.Sock[tuples[f.Type].port:]) }

// DestPort returns the port of the server.
func (f *File) DestPort() uint16 {
	return binary.LittleEndian.Uint16(f.Sock[tuples[f.Type].destPort:])
}

// rawL4 returns the protocol of a socket for IP.
func (f *File) rawL4() L4 { return L4(f.Sock[tuples[f.Type].l4]) }

func (f *File) setL4(p L4) { f.Sock[tuples[f.Type].l4] = byte(p) }

func (f *File) setSource(addr []byte, port uint16) {
	t := tuples[f.Type]
	copy(f.Sock[:t.size], addr)
	binary.LittleEndian.PutUint16(f.Sock[t.port:], port)
}

func (f *File) setDest(addr []byte, port uint16) {
	t := tuples[f.Type]
	copy(f.Sock[t.dest:t.dest+t.size], addr)
	binary.LittleEndian.PutUint16(f.Sock[t.destPort:], port)
}

// swap exchanges the ends of a connection.
func (f *File) swap() {
	if !f.IsConn() {
		return
	}
	var source [16]byte
	n := copy(source[:], f.Source())
	port := f.SourcePort()
	f.setSource(f.Dest(), f.DestPort())
	f.setDest(source[:n], port)
}

// L4 returns the protocol that rules see.
func (f *File) L4() L4 {
	switch {
	case !f.IsIP():
		return NoL4
	case !f.IsConn(), f.rawL4() == RawIP:
		return f.rawL4()
	case !f.HasRole():
		return NoL4
	}
	return f.rawL4()
}

func (f *File) isTCP() bool { return f.Type == scap.IPv4 && f.rawL4() == TCP }

func (f *File) isUDP() bool { return f.Type == scap.IPv4 && f.rawL4() == UDP }

// Flags of open files in Falco's numbering.
const (
	readOnly   = 1
	directory  = 1 << 10
	closeExec  = 1 << 12
	fileCreate = 1 << 14 // added at the return of the call, as all higher ones
	upperLayer = 1 << 15
	lowerLayer = 1 << 16

	epollCloseExec = 1
)

func (f *File) closesOnExec() bool {
	return f.Flags&closeExec != 0 || (f.Type == scap.EventPoll || f.Type == scap.MemFD) && f.Flags&epollCloseExec != 0
}

// keepOnExec clears the flags for closing a file when a program is executed.
func (f *File) keepOnExec() { f.Flags &^= closeExec | epollCloseExec }

// files are the file descriptors of a process. After a fork, parent and child share the table
// until one of them changes it.
type files struct {
	// id identifies the process for files that only it may change.
	id    uint64
	table *fileTable
	// copies is how often the Falco libs would have copied the table since it was shared.
	// Each copy has another order.
	copies int
}

// fileTable is a table of file descriptors with the number of its users.
type fileTable struct {
	fileMap
	users int
}

// maxFiles limits the file descriptors of a process, as in the Falco libs, and maxAllFiles and
// maxFileText those of all tables together and the bytes of their names.
const (
	maxFiles    = 4096
	maxAllFiles = 4 << 20
	maxFileText = 256 << 20
)

func (fs *files) len() int {
	if fs == nil {
		return 0
	}
	return fs.table.count
}

// find returns a file descriptor, or nil.
func (fs *files) find(num int64) *File {
	if fs == nil {
		return nil
	}
	return fs.table.get(num)
}

// own returns the table of a thread for changes: its own one, not one shared with others.
func (s *State) own(t *Thread) *fileTable {
	if t.files == nil {
		t.files = s.newFiles()
	}
	fs := t.files
	if fs.table.users == 1 && fs.copies == 0 {
		return fs.table
	}
	shared := fs.table
	fs.table = &fileTable{users: 1}
	if shared.users--; shared.users == 0 {
		s.count(shared, -1)
	}
	if s.fileCount+shared.count <= maxAllFiles && s.fileText+shared.text <= maxFileText {
		fs.table.fileMap = shared.copied(fs.copies)
		s.count(fs.table, 1)
	}
	fs.copies, fs.id = 0, s.nextID()
	return fs.table
}

func (s *State) newFiles() *files { return &files{id: s.nextID(), table: &fileTable{users: 1}} }

func (s *State) nextID() uint64 {
	s.lastID++
	return s.lastID
}

// share lets child use the file descriptors of t.
func (s *State) share(t, child *Thread) {
	s.release(child)
	if t.files == nil {
		return
	}
	t.files.table.users++
	t.files.id = s.nextID() // it may no longer change the files
	child.files = &files{id: s.nextID(), table: t.files.table, copies: t.files.copies + 1}
}

// release gives up the file descriptors of a thread.
func (s *State) release(t *Thread) {
	if t.files == nil {
		return
	}
	if t.files.table.users--; t.files.table.users == 0 {
		s.count(t.files.table, -1)
	}
	t.files = nil
}

// change returns f, a file descriptor of t, for changes: a copy if others have it, too.
func (s *State) change(t *Thread, f *File) *File {
	holder := t.holder()
	if holder == nil || holder.files == nil || f.owner == holder.files.id && holder.files.table.users == 1 && holder.files.copies == 0 {
		return f
	}
	table := s.own(holder)
	changed := *f
	changed.owner = holder.files.id
	if table.get(f.Num) != nil {
		s.set(table, f.Num, &changed)
	}
	return &changed
}

// add adds a file descriptor to the process of t, and returns nil if there is no room.
func (s *State) add(t *Thread, num int64, f *File) *File {
	holder := t.holder()
	if holder == nil {
		return nil
	}
	t.lastFD = num
	if !s.addTo(holder, num, f) {
		return nil
	}
	return f
}

// addTo adds a file descriptor to a table and reports whether there is room.
func (s *State) addTo(holder *Thread, num int64, f *File) bool {
	table := s.own(holder)
	if table.get(num) == nil {
		if table.count >= maxFiles || s.fileCount >= maxAllFiles || s.fileText >= maxFileText {
			return false
		}
	}
	f.Num, f.owner = num, holder.files.id
	s.set(table, num, f)
	return true
}

// count adds the file descriptors of a table to those of all tables, or subtracts them if sign
// is -1.
func (s *State) count(t *fileTable, sign int) {
	s.fileCount += sign * t.count
	s.fileText += sign * t.text
}

// set adds or replaces a file descriptor of a table.
func (s *State) set(t *fileTable, num int64, f *File) {
	s.count(t, -1)
	t.fileMap.set(num, f)
	s.count(t, 1)
}

// removeFrom removes a file descriptor from a table.
func (s *State) removeFrom(t *fileTable, num int64) {
	s.count(t, -1)
	t.fileMap.remove(num)
	s.count(t, 1)
}

// remove removes a file descriptor of t.
func (s *State) remove(t *Thread, num int64) {
	if holder := t.holder(); holder != nil && holder.files.find(num) != nil {
		s.removeFrom(s.own(holder), num)
	}
}

// copyOf returns a copy of a file descriptor for another number.
func copyOf(f *File) *File {
	c := *f
	c.owner, c.before = 0, ""
	return &c
}
