package scap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// Event is an event as it is in the capture, which may be in an old version.
type Event struct {
	// Info describes the event.
	Info *table.Event
	// Time is in nanoseconds since 1970.
	Time uint64
	TID  int64
	CPU  uint16
	// Flags are those of the block.
	Flags uint32
	// Params are the values of the parameters. An old event can have fewer than Info, and
	// a new one more.
	Params [][]byte

	storage [table.MaxParams][]byte
}

// Machine describes the captured machine.
type Machine struct {
	CPUs     uint32
	Memory   uint64
	MaxPID   uint64
	Hostname string
	// BootTime is in nanoseconds since 1970.
	BootTime uint64
	Flags    uint64
}

// Process is an entry of a process list: a thread. Numbers that the version of the list does
// not have are -1 if they are IDs, and otherwise 0.
type Process struct {
	TID, PID, PTID   int64
	SID, VPGID, PGID int64
	VTID, VPID       int64
	Comm, Exe        []byte
	ExePath          []byte
	// Args, Env and Cgroups are separated by NUL.
	Args, Env, Cgroups                        []byte
	CWD, Root                                 []byte
	FDLimit                                   uint64
	Flags                                     uint32
	UID, GID, LoginUID                        uint32
	VMSize, VMRSS, VMSwap                     uint32 // in kB
	MajorFaults, MinorFaults                  uint64
	PIDNSStart                                uint64
	TTY                                       uint32
	ExeWritable, ExeUpper, ExeLower, ExeMemfd bool
	CapInheritable, CapPermitted              uint64
	CapEffective                              uint64
	ExeIno, ExeCtime, ExeMtime                uint64

	text []byte // the memory of the texts
}

// FileType is the type of a file descriptor.
type FileType uint8

// The types of file descriptors.
const (
	UnknownFile FileType = iota
	File1                // a file in captures that do not have its flags
	Directory
	IPv4
	IPv6
	IPv4Server
	IPv6Server
	FIFO
	Unix
	EventFD
	Unsupported
	SignalFD
	EventPoll
	Inotify
	TimerFD
	Netlink
	File2 // a file
	BPF
	UserFaultFD
	IOUring
	MemFD
	PIDFD
	fileTypes
)

// File is a file descriptor of a process.
type File struct {
	TID  int64
	FD   int64
	Ino  uint64
	Type FileType
	// Flags and Dev are those of files.
	Flags, Dev uint32
	Name       []byte
	// Of sockets: addresses in network byte order, of 4 or 16 bytes. Server sockets have
	// only a source.
	Source, Dest         [16]byte
	SourcePort, DestPort uint16
	L4                   uint8
	// Of Unix sockets.
	SourceAddr, DestAddr uint64
}

// Iface is a network interface.
type Iface struct {
	V6 bool
	// Addr and Netmask are in network byte order, of 4 or 16 bytes.
	Addr, Netmask [16]byte
	Name          []byte
}

// User is a user or a group.
type User struct {
	ID, GID           uint32
	Name, Home, Shell []byte
}

// entry reads an entry of the current list.
func (r *Reader) entry() (Kind, error) {
	switch {
	case r.version > 0:
		return ProcessItem, r.process()
	case r.list == fileList || r.list == fileListV2:
		return FileItem, r.file()
	case r.list == ifaceList || r.list == ifaceListV2:
		return r.iface()
	case r.list == userList || r.list == userListV2:
		return r.user()
	}
	return 0, r.skip(r.left)
}

// bytes returns the next n bytes of a list.
func (r *Reader) bytes(n int) ([]byte, error) {
	if int64(n) > r.left {
		return nil, &Error{Offset: r.in.offset(), Msg: fmt.Sprintf("an entry exceeds its block of %d bytes", r.total)}
	}
	b, err := r.in.take(n)
	if err != nil {
		return nil, r.in.failed("a list", err)
	}
	r.left -= int64(n)
	return b, nil
}

func (r *Reader) skip(n int64) error {
	if n > r.left {
		return &Error{Offset: r.in.offset(), Msg: fmt.Sprintf("an entry exceeds its block of %d bytes", r.total)}
	}
	if err := r.in.discard(n); err != nil {
		return r.in.failed("a list", err)
	}
	r.left -= n
	return nil
}

func (r *Reader) int64() (int64, error) {
	b, err := r.bytes(8)
	if err != nil {
		return 0, err
	}
	return int64(binary.LittleEndian.Uint64(b)), nil
}

func (r *Reader) machine() (Kind, error) {
	const size = 180
	if r.left < size {
		return 0, &Error{Offset: r.in.offset(), Msg: fmt.Sprintf("machine information of %d bytes: want %d", r.left, size)}
	}
	b, err := r.bytes(size)
	if err != nil {
		return 0, err
	}
	name, _, _ := bytes.Cut(b[20:148], []byte{0})
	r.Machine = Machine{
		CPUs: binary.LittleEndian.Uint32(b), Memory: binary.LittleEndian.Uint64(b[4:]), MaxPID: binary.LittleEndian.Uint64(b[12:]),
		Hostname: string(name), BootTime: binary.LittleEndian.Uint64(b[148:]), Flags: binary.LittleEndian.Uint64(b[156:]),
	}
	return MachineItem, nil
}

// fields reads the parts of an entry. After an error, all further parts are empty.
type fields struct {
	r     *Reader
	limit int64 // bytes of the list that are left after the entry, if the entry has a length
	sized bool
	err   error
}

// begin starts an entry, which has a length in some versions. The length includes itself if
// own is set.
func (r *Reader) begin(sized, own bool) *fields {
	f := &fields{r: r}
	if !sized {
		return f
	}
	n := int64(f.u32())
	switch {
	case !own:
	case n == 0:
		return f // no length after all
	default:
		n -= 4
	}
	if n < 0 || n > r.left {
		f.fail(fmt.Sprintf("entry of %d bytes in a block with room for %d", n, r.left))
		return f
	}
	f.limit, f.sized = r.left-n, true
	return f
}

func (f *fields) fail(msg string) {
	if f.err == nil {
		f.err = &Error{Offset: f.r.in.offset(), Msg: msg}
	}
}

// end skips the parts that this version does not know.
func (f *fields) end() error {
	if f.err == nil && f.sized {
		if f.r.left < f.limit {
			f.fail("an entry is longer than its length")
		} else {
			f.err = f.r.skip(f.r.left - f.limit)
		}
	}
	return f.err
}

// has reports whether an entry with a length has n more bytes.
func (f *fields) has(n int64) bool { return f.err == nil && f.sized && f.r.left-f.limit >= n }

var zeros [16]byte

func (f *fields) bytes(n int) []byte {
	if f.err == nil {
		var b []byte
		if b, f.err = f.r.bytes(n); f.err == nil {
			return b
		}
	}
	return zeros[:min(n, len(zeros))]
}

func (f *fields) u8() uint8   { return f.bytes(1)[0] }
func (f *fields) u16() uint16 { return binary.LittleEndian.Uint16(f.bytes(2)) }
func (f *fields) u32() uint32 { return binary.LittleEndian.Uint32(f.bytes(4)) }
func (f *fields) u64() uint64 { return binary.LittleEndian.Uint64(f.bytes(8)) }
func (f *fields) i64() int64  { return int64(f.u64()) }

// text returns a text with its length in front. It is valid until the next part is read.
func (f *fields) text(limit int) []byte {
	n := int(f.u16())
	if n > limit {
		f.fail(fmt.Sprintf("text of %d bytes: want at most %d", n, limit))
	}
	if f.err != nil {
		return nil
	}
	return f.bytes(n)
}

// process reads an entry of a process list.
func (r *Reader) process() error {
	v := r.version
	f := r.begin(v >= 9, true)
	p := &r.Process
	*p = Process{SID: -1, VPGID: -1, PGID: -1, VTID: -1, VPID: -1, LoginUID: math.MaxUint32, text: p.text[:0]}
	var texts [8]struct{ from, to int }
	keep := func(i, limit int) {
		from := len(p.text)
		p.text = append(p.text, f.text(limit)...)
		texts[i].from, texts[i].to = from, len(p.text)
	}
	p.TID, p.PID, p.PTID = f.i64(), f.i64(), f.i64()
	if v >= 6 {
		p.SID = f.i64()
	}
	if v >= 8 {
		p.VPGID = f.i64()
	}
	keep(0, maxPath)
	keep(1, maxPath)
	if v >= 7 {
		keep(2, maxPath)
	}
	keep(3, maxArgs)
	keep(4, maxPath)
	p.FDLimit, p.Flags, p.UID, p.GID = f.u64(), f.u32(), f.u32(), f.u32()
	if v >= 2 {
		p.VMSize, p.VMRSS, p.VMSwap, p.MajorFaults, p.MinorFaults = f.u32(), f.u32(), f.u32(), f.u64(), f.u64()
	}
	if v >= 3 {
		keep(5, maxEnv)
	}
	if v >= 4 {
		p.VTID, p.VPID = f.i64(), f.i64()
		keep(6, maxCgroups)
	}
	if v >= 5 {
		keep(7, maxPath)
	}
	p.optional(f)
	for i, text := range []*[]byte{&p.Comm, &p.Exe, &p.ExePath, &p.Args, &p.CWD, &p.Env, &p.Cgroups, &p.Root} {
		*text = p.text[texts[i].from:texts[i].to]
	}
	return f.end()
}

// optional reads the parts of a process that entries with a length may have.
func (p *Process) optional(f *fields) {
	// Before version 0.10 of the Falco libs, entries had at most these bytes, and not the
	// two parts that were inserted later.
	const before = 4 + 1 + 3*8
	if f.has(before + 1) {
		if f.has(8) {
			p.PIDNSStart = f.u64()
		}
		if f.has(4) {
			p.TTY = f.u32()
		}
	}
	if f.has(4) {
		p.LoginUID = f.u32()
	}
	flag := func(to *bool) {
		if f.has(1) {
			*to = f.u8() != 0
		}
	}
	number := func(to *uint64) {
		if f.has(8) {
			*to = f.u64()
		}
	}
	flag(&p.ExeWritable)
	number(&p.CapInheritable)
	number(&p.CapPermitted)
	number(&p.CapEffective)
	flag(&p.ExeUpper)
	number(&p.ExeIno)
	number(&p.ExeCtime)
	number(&p.ExeMtime)
	flag(&p.ExeMemfd)
	flag(&p.ExeLower)
	if f.has(8) {
		p.PGID = f.i64()
	}
}

// file reads an entry of a list of file descriptors.
func (r *Reader) file() error {
	f := r.begin(r.list == fileListV2, true)
	d := &r.File
	*d = File{TID: r.tid, FD: f.i64(), Ino: f.u64(), Type: FileType(f.u8()), Name: d.Name[:0]}
	switch d.Type {
	case IPv4:
		copy(d.Source[:], f.bytes(4))
		copy(d.Dest[:], f.bytes(4))
		d.SourcePort, d.DestPort, d.L4 = f.u16(), f.u16(), f.u8()
	case IPv4Server:
		copy(d.Source[:], f.bytes(4))
		d.SourcePort, d.L4 = f.u16(), f.u8()
	case IPv6:
		copy(d.Source[:], f.bytes(16))
		copy(d.Dest[:], f.bytes(16))
		d.SourcePort, d.DestPort, d.L4 = f.u16(), f.u16(), f.u8()
	case IPv6Server:
		copy(d.Source[:], f.bytes(16))
		d.SourcePort, d.L4 = f.u16(), f.u8()
	case Unix:
		d.SourceAddr, d.DestAddr = f.u64(), f.u64()
		d.Name = f.name(d.Name)
	case File2:
		d.Flags = f.u32()
		d.Name = f.name(d.Name)
		if f.has(4) {
			d.Dev = f.u32()
		}
	case UnknownFile:
	default:
		if d.Type >= fileTypes {
			d.Name = fmt.Appendf(d.Name[:0], "unknown-type:[%d]", d.Type)
			d.Type = Unsupported
			break
		}
		d.Name = f.name(d.Name)
	}
	return f.end()
}

// name reads the name of a file into buf, since further parts may follow.
func (f *fields) name(buf []byte) []byte { return append(buf[:0], f.text(maxPath-1)...) }

// iface reads an entry of a list of interfaces.
func (r *Reader) iface() (Kind, error) {
	f := r.begin(r.list == ifaceListV2, false)
	kind, size := f.u16(), int(f.u16())
	if f.err == nil && (kind < 1 || kind > 4) {
		f.fail(fmt.Sprintf("unknown type %d of an interface", kind))
	}
	i := &r.Iface
	*i = Iface{V6: kind == 2 || kind == 4}
	n := 4
	if i.V6 {
		n = 16
	}
	copy(i.Addr[:], f.bytes(n))
	copy(i.Netmask[:], f.bytes(n))
	f.bytes(n) // broadcast
	if kind <= 2 {
		f.u64() // speed
	}
	if size > maxPath {
		f.fail(fmt.Sprintf("text of %d bytes: want at most %d", size, maxPath))
	}
	if f.err == nil {
		i.Name = append(i.Name, f.bytes(size)...)
	}
	return IfaceItem, f.end()
}

// user reads an entry of a list of users and groups.
func (r *Reader) user() (Kind, error) {
	f := r.begin(r.list == userListV2, true)
	u := &r.User
	isUser := f.u8() == 0
	*u = User{ID: f.u32(), Name: u.Name[:0], Home: u.Home[:0], Shell: u.Shell[:0]}
	if !isUser {
		u.Name = append(u.Name, f.text(maxName)...)
		return GroupItem, f.end()
	}
	u.GID = f.u32()
	u.Name = append(u.Name, f.text(maxName)...)
	u.Home = append(u.Home, f.text(maxName)...)
	u.Shell = append(u.Shell, f.text(maxName)...)
	return UserItem, f.end()
}
