// Package scaptest writes captures for tests.
package scaptest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// Writer writes a capture. Its methods panic on values that do not fit, which are mistakes of a
// test.
type Writer struct {
	// V1 writes the first versions of lists and events.
	V1 bool
	// Flags writes events with flags, and Large as large events.
	Flags, Large bool
	// Old writes the types of blocks from before their registration, where there are some.
	Old bool

	buf  bytes.Buffer
	time uint64
}

// Start is the time of the first event, and Step the time between two.
const (
	Start = 1700000000_000000000
	Step  = 1_000_000
)

// New returns a writer that has begun a section and described the machine.
func New() *Writer {
	w := &Writer{time: Start}
	w.Section()
	w.Machine(scap.Machine{CPUs: 2, Memory: 1 << 30, MaxPID: 1 << 15, Hostname: "box", BootTime: Start - 1e12})
	return w
}

// Bytes returns the capture.
func (w *Writer) Bytes() []byte { return bytes.Clone(w.buf.Bytes()) }

// Gzip returns the capture compressed with gzip.
func (w *Writer) Gzip() []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(w.buf.Bytes()); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// Block writes a block with any content.
func (w *Writer) Block(kind uint32, body []byte) {
	body = append(bytes.Clone(body), make([]byte, (4-len(body)%4)%4)...)
	total := uint32(len(body) + 12)
	w.buf.Write(le(kind, total))
	w.buf.Write(body)
	w.buf.Write(le(total))
}

// Section begins a section.
func (w *Writer) Section() {
	w.Block(0x0A0D0D0A, le(uint32(0x1A2B3C4D), uint16(1), uint16(2), ^uint64(0)))
}

// Machine describes the machine.
func (w *Writer) Machine(m scap.Machine) {
	var name [128]byte
	copy(name[:], m.Hostname)
	w.Block(w.kind(0x201, 0x8002ABCD), le(m.CPUs, m.Memory, m.MaxPID, name, m.BootTime, m.Flags, uint64(0), uint64(0)))
}

func (w *Writer) kind(kind, old uint32) uint32 {
	if w.Old {
		return old
	}
	return kind
}

// processLists are the types of process lists by version.
var processLists = [...]uint32{1: 0x202, 0x207, 0x209, 0x210, 0x211, 0x212, 0x213, 0x214, 0x215}

// Processes writes a process list in a version.
func (w *Writer) Processes(version int, processes ...scap.Process) {
	var body []byte
	for i := range processes {
		p := encodeProcess(version, &processes[i])
		if version >= 9 {
			p = append(le(uint32(len(p)+4)), p...)
		}
		body = append(body, p...)
	}
	kind := processLists[version]
	if w.Old && version <= 3 {
		kind = [...]uint32{1: 0x8000ABCD, 0x8013ABCD, 0x8014ABCD}[version]
	}
	w.Block(kind, body)
}

func encodeProcess(version int, p *scap.Process) []byte {
	b := le(p.TID, p.PID, p.PTID)
	add := func(since int, values ...any) {
		if version >= since {
			b = append(b, le(values...)...)
		}
	}
	add(6, p.SID)
	add(8, p.VPGID)
	add(1, text(p.Comm), text(p.Exe))
	add(7, text(p.ExePath))
	add(1, text(p.Args), text(p.CWD), p.FDLimit, p.Flags, p.UID, p.GID)
	add(2, p.VMSize, p.VMRSS, p.VMSwap, p.MajorFaults, p.MinorFaults)
	add(3, text(p.Env))
	add(4, p.VTID, p.VPID, text(p.Cgroups))
	add(5, text(p.Root))
	add(9, p.PIDNSStart, p.TTY, p.LoginUID, p.ExeWritable, p.CapInheritable, p.CapPermitted, p.CapEffective,
		p.ExeUpper, p.ExeIno, p.ExeCtime, p.ExeMtime, p.ExeMemfd, p.ExeLower, p.PGID)
	return b
}

// Files writes the file descriptors of a process.
func (w *Writer) Files(tid int64, files ...scap.File) {
	body := le(tid)
	for i := range files {
		f := encodeFile(&files[i], !w.V1)
		if !w.V1 {
			f = append(le(uint32(len(f)+4)), f...)
		}
		body = append(body, f...)
	}
	kind := uint32(0x218)
	if w.V1 {
		kind = w.kind(0x203, 0x8001ABCD)
	}
	w.Block(kind, body)
}

func encodeFile(f *scap.File, dev bool) []byte {
	b := le(f.FD, f.Ino, f.Type)
	switch f.Type {
	case scap.IPv4:
		return append(b, le(f.Source[:4], f.Dest[:4], f.SourcePort, f.DestPort, f.L4)...)
	case scap.IPv4Server:
		return append(b, le(f.Source[:4], f.SourcePort, f.L4)...)
	case scap.IPv6:
		return append(b, le(f.Source[:], f.Dest[:], f.SourcePort, f.DestPort, f.L4)...)
	case scap.IPv6Server:
		return append(b, le(f.Source[:], f.SourcePort, f.L4)...)
	case scap.Unix:
		return append(b, le(f.SourceAddr, f.DestAddr, text(f.Name))...)
	case scap.File2:
		b = append(b, le(f.Flags, text(f.Name))...)
		if dev {
			b = append(b, le(f.Dev)...)
		}
		return b
	case scap.UnknownFile:
		return b
	}
	return append(b, le(text(f.Name))...)
}

// Ifaces writes a list of interfaces.
func (w *Writer) Ifaces(ifaces ...scap.Iface) {
	var body []byte
	for _, i := range ifaces {
		kind, n := uint16(1), 4
		if i.V6 {
			kind, n = 2, 16
		}
		b := le(kind, uint16(len(i.Name)), i.Addr[:n], i.Netmask[:n], make([]byte, n), uint64(0), i.Name)
		if !w.V1 {
			b = append(le(uint32(len(b))), b...)
		}
		body = append(body, b...)
	}
	kind := uint32(0x219)
	if w.V1 {
		kind = w.kind(0x205, 0x8011ABCD)
	}
	w.Block(kind, body)
}

// Users writes a list of users and groups. Groups have no home.
func (w *Writer) Users(users, groups []scap.User) {
	var body []byte
	add := func(b []byte) {
		if !w.V1 {
			b = append(le(uint32(len(b)+4)), b...)
		}
		body = append(body, b...)
	}
	for _, u := range users {
		add(le(uint8(0), u.ID, u.GID, text(u.Name), text(u.Home), text(u.Shell)))
	}
	for _, g := range groups {
		add(le(uint8(1), g.ID, text(g.Name)))
	}
	kind := uint32(0x220)
	if w.V1 {
		kind = w.kind(0x206, 0x8012ABCD)
	}
	w.Block(kind, body)
}

// Pause lets time pass before the next event.
func (w *Writer) Pause(nanoseconds uint64) { w.time += nanoseconds }

// Event writes an event with the symbolic name of its code, such as SYSCALL_OPEN_X. Numbers get
// the size of the parameter, texts a NUL at the end, and nil is an empty value.
func (w *Writer) Event(tid int64, symbol string, params ...any) {
	code, ok := table.Lookup(symbol)
	if !ok {
		panic("scaptest: unknown event " + symbol)
	}
	info := &table.Events()[code]
	values := make([][]byte, len(params))
	for i, p := range params {
		values[i] = encode(table.Size(info.Params[i].Type), p)
	}
	w.RawEvent(tid, code, values...)
}

// RawEvent writes an event with encoded parameters.
func (w *Writer) RawEvent(tid int64, code table.Code, values ...[]byte) {
	info := &table.Events()[code]
	var lengths, data []byte
	for _, v := range values {
		if info.Has(table.Large) {
			lengths = append(lengths, le(uint32(len(v)))...)
		} else {
			lengths = append(lengths, le(uint16(len(v)))...)
		}
		data = append(data, v...)
	}
	body := le(uint16(1))
	if w.Flags {
		body = append(body, le(uint32(7))...)
	}
	size := uint32(22 + len(lengths) + len(data))
	if !w.V1 {
		size += 4
	}
	body = append(body, le(w.time, tid, size, uint16(code))...)
	if !w.V1 {
		body = append(body, le(uint32(len(values)))...)
	}
	body = append(append(body, lengths...), data...)
	kind := map[[3]bool]uint32{
		{false, false, false}: 0x216, {false, true, false}: 0x217, {false, false, true}: 0x221, {false, true, true}: 0x222,
		{true, false, false}: w.kind(0x204, 0x8010ABCD), {true, true, false}: 0x208,
	}[[3]bool{w.V1, w.Flags, w.Large || info.Has(table.Large) && !w.V1}]
	w.Block(kind, body)
	w.time += Step
}

// text is a text with its length in front.
type text []byte

// encode encodes a parameter.
func encode(size int, value any) []byte {
	var n uint64
	switch v := value.(type) {
	case nil:
		return nil
	case []byte:
		return v
	case string:
		return append([]byte(v), 0)
	case int:
		n = uint64(v)
	case int64:
		n = uint64(v)
	case uint32:
		n = uint64(v)
	case uint64:
		n = v
	default:
		panic(fmt.Sprintf("scaptest: value of type %T", value))
	}
	return binary.LittleEndian.AppendUint64(nil, n)[:size]
}

// le encodes values, little-endian.
func le(values ...any) []byte {
	var out []byte
	for _, v := range values {
		var err error
		switch v := v.(type) {
		case text:
			out = append(binary.LittleEndian.AppendUint16(out, uint16(len(v))), v...)
		case []byte:
			out = append(out, v...)
		default:
			out, err = binary.Append(out, binary.LittleEndian, v)
		}
		if err != nil {
			panic(err)
		}
	}
	return out
}
