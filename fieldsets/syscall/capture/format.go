package capture

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/state"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
	"github.com/falcorules/falcorules/fieldsets/syscall/internal/names"
)

// paramValue is a parameter with its value and its type, which for dynamic parameters depends
// on the value.
type paramValue struct {
	info  *table.Param
	typ   fieldsets.Type
	value []byte
}

// parameter returns a parameter of the event.
func (e *Event) parameter(i int) paramValue {
	p := paramValue{info: &e.ev.Info.Params[i], value: e.ev.Params[i]}
	p.typ = p.info.Type
	if p.typ == fieldsets.Dynamic && len(p.value) > 0 && int(p.value[0]) < len(p.info.Variants) {
		p.typ, p.value = p.info.Variants[p.value[0]], p.value[1:]
	}
	return p
}

// count returns the number of parameters that the event has and the table knows.
func (e *Event) count() int { return min(len(e.ev.Params), len(e.ev.Info.Params)) }

// find returns the number of the parameter with a name, or -1.
func (e *Event) find(name string) int {
	for i := range e.count() {
		if e.ev.Info.Params[i].Name == name {
			return i
		}
	}
	return -1
}

// appendParam appends a parameter as Falco prints it, without its meaning, such as the name of a file.
func (e *Event) appendParam(dst []byte, i int) []byte {
	p := e.parameter(i)
	if len(e.ev.Params[i]) == 0 {
		switch p.info.Type {
		case fieldsets.CharBuf, fieldsets.FSPath, fieldsets.FSRelPath:
		case fieldsets.ByteBuf, fieldsets.SockTuple, fieldsets.FDList, fieldsets.CharBufArray, fieldsets.CharBufPairArray, fieldsets.Dynamic:
			return append(dst, "NULL"...)
		default:
			return append(dst, "<NA>"...)
		}
	}
	n := state.Number(p.value)
	switch p.typ {
	case fieldsets.Int8, fieldsets.Int16, fieldsets.Int32, fieldsets.Int64, fieldsets.Uint8, fieldsets.Uint16, fieldsets.Uint32, fieldsets.Uint64, fieldsets.Mode:
		return appendNumber(dst, p, n)
	case fieldsets.FD, fieldsets.PID, fieldsets.Errno:
		return strconv.AppendInt(dst, int64(n), 10)
	case fieldsets.CharBuf, fieldsets.FSPath, fieldsets.FSRelPath:
		return append(dst, state.Text(p.value)...)
	case fieldsets.ByteBuf:
		return appendBytes(dst, p.value)
	case fieldsets.SockAddr:
		if a, ok := state.ParseAddress(p.value); ok {
			return a.AppendTo(dst)
		}
		return append(dst, invalid(p.value[0], "INVALID SOCKADDR")...)
	case fieldsets.SockTuple:
		if t, ok := state.ParseEnds(p.value); ok {
			return t.AppendTo(dst)
		}
		return append(dst, invalid(p.value[0], "INVALID SOCKTUPLE")...)
	case fieldsets.FDList:
		return e.appendFDs(dst, p.value)
	case fieldsets.SyscallID:
		if n >= uint64(len(table.Calls())) {
			return append(dst, "<unknown syscall>"...)
		}
		return strconv.AppendUint(dst, n, 10)
	case fieldsets.SigType, fieldsets.Flags8, fieldsets.Flags16, fieldsets.Flags32, fieldsets.EnumFlags8, fieldsets.EnumFlags16, fieldsets.EnumFlags32:
		return strconv.AppendUint(dst, n, 10)
	case fieldsets.RelTime:
		if n == math.MaxUint64 {
			return append(dst, "none"...)
		}
		return strconv.AppendUint(dst, n, 10)
	case fieldsets.AbsTime:
		loc := time.UTC
		if e.stream != nil && e.stream.Location != nil {
			loc = e.stream.Location
		}
		return time.Unix(int64(n/1e9), int64(n%1e9)).In(loc).AppendFormat(dst, "2006-01-02 15:04:05.000000000")
	case fieldsets.UID, fieldsets.GID:
		if n >= math.MaxUint32 {
			return append(dst, "-1"...)
		}
		return strconv.AppendInt(dst, int64(int32(n)), 10)
	case fieldsets.SigSet:
		return appendSignals(dst, uint32(n))
	case fieldsets.Dynamic:
		return append(dst, "INVALID DYNAMIC PARAMETER"...)
	}
	return append(dst, "(n.a.)"...)
}

// appendNumber appends an integer in the format of the parameter.
func appendNumber(dst []byte, p paramValue, n uint64) []byte {
	bits := max(p.typ.Bits(), 32) // C promotes smaller ones to int
	signed := n
	if b := p.typ.Bits(); p.typ.Signed() || b == 64 { // Falco prints 64 bits as signed
		signed = uint64(int64(n<<(64-b)) >> (64 - b))
	}
	unsigned := signed << (64 - bits) >> (64 - bits)
	switch p.info.Print {
	case fieldsets.PrintOctal:
		if unsigned != 0 {
			dst = append(dst, '0')
		}
		return strconv.AppendUint(dst, unsigned, 8)
	case fieldsets.PrintHex:
		start := len(dst)
		dst = strconv.AppendUint(dst, unsigned, 16)
		copy(dst[start:], bytes.ToUpper(dst[start:]))
		return dst
	}
	if p.typ == fieldsets.Uint32 || p.typ == fieldsets.Mode {
		// Falco prints these as signed, too, if they have no format.
		return strconv.AppendInt(dst, int64(int32(n)), 10)
	}
	return strconv.AppendInt(dst, int64(signed), 10)
}

// invalid describes an invalid address by its family.
func invalid(family byte, other string) string {
	switch family {
	case 1:
		return "INVALID PATH"
	case 2:
		return "INVALID IPv4"
	case 10:
		return "INVALID IPv6"
	}
	return other
}

// appendBytes appends bytes with dots for those that cannot be printed.
func appendBytes(dst, b []byte) []byte {
	start := len(dst)
	dst = append(dst, b...)
	for i, c := range dst[start:] {
		if c < ' ' || c > '~' {
			dst[start+i] = '.'
		}
	}
	return dst
}

// appendSignals appends the names of the signals in a set.
func appendSignals(dst []byte, set uint32) []byte {
	first := true
	for i := range 32 {
		name, ok := names.Signals().ByNumber[int64(i+1)]
		if set>>i&1 == 0 || !ok {
			continue
		}
		if !first {
			dst = append(dst, ' ')
		}
		dst, first = append(dst, name...), false
	}
	return dst
}

// polled yields the file descriptors in a list for poll, with their events.
func polled(list []byte, visit func(fd int64, events int16, last bool)) {
	if len(list) < 2 {
		return
	}
	n := int(binary.LittleEndian.Uint16(list))
	list = list[2:]
	for i := 0; i < n && len(list) >= 10; i++ {
		visit(int64(binary.LittleEndian.Uint64(list)), int16(binary.LittleEndian.Uint16(list[8:])), i == n-1)
		list = list[10:]
	}
}

// appendFDs appends a list of file descriptors with their kinds and events.
func (e *Event) appendFDs(dst, list []byte) []byte {
	t := e.state.EventThread()
	if t == nil {
		return dst
	}
	polled(list, func(fd int64, events int16, last bool) {
		kind := byte('?')
		if f := t.File(fd); f != nil {
			kind = typeChar(f.Type)
		}
		dst = append(strconv.AppendUint(dst, uint64(fd), 10), ':', kind)
		dst = strconv.AppendUint(dst, uint64(uint32(int32(events))), 16)
		if !last {
			dst = append(dst, ' ')
		}
	})
	return dst
}

// appendMeaning appends the meaning of a parameter, such as the name of a file descriptor or
// of an error, if that is known.
func (e *Event) appendMeaning(dst []byte, i int) []byte {
	p := e.parameter(i)
	if len(e.ev.Params[i]) == 0 && p.info.Type != fieldsets.CharBuf && p.info.Type != fieldsets.FSPath && p.info.Type != fieldsets.FSRelPath {
		return dst
	}
	n := state.Number(p.value)
	switch p.typ {
	case fieldsets.FD:
		return e.appendFD(dst, int64(n))
	case fieldsets.PID:
		if t := e.state.Thread(int64(n)); t != nil {
			dst = append(dst, t.Comm...)
		}
	case fieldsets.Errno:
		if int64(n) < 0 {
			dst = append(dst, names.Errors().ByNumber[-int64(int32(n))]...)
		}
	case fieldsets.FSPath, fieldsets.FSRelPath:
		return e.appendPath(dst, i)
	case fieldsets.SyscallID:
		if calls := table.Calls(); n < uint64(len(calls)) {
			dst = append(dst, calls[n]...)
		}
	case fieldsets.SigType:
		dst = append(dst, names.Signals().ByNumber[int64(n)]...)
	case fieldsets.RelTime:
		if n != math.MaxUint64 {
			dst = append(strconv.AppendFloat(dst, float64(n)/1e9, 'g', 6, 64), 's')
		}
	case fieldsets.Flags8, fieldsets.Flags16, fieldsets.Flags32, fieldsets.EnumFlags8, fieldsets.EnumFlags16, fieldsets.EnumFlags32:
		if p.info.HasFlags {
			dst = p.info.Flags.AppendNames(dst, n)
		}
	case fieldsets.Mode:
		if p.info.HasFlags {
			dst = appendMode(dst, p.info.Flags.Flags, n)
		}
	case fieldsets.UID, fieldsets.GID:
		return e.appendUser(dst, p.typ, uint32(n))
	}
	return dst
}

// appendFD appends what a file descriptor is.
func (e *Event) appendFD(dst []byte, fd int64) []byte {
	t := e.state.EventThread()
	switch {
	case t == nil:
	case fd >= 0:
		if f := t.File(fd); f != nil {
			dst = append(dst, '<', typeChar(f.Type))
			if f.IsIP() {
				switch f.L4() {
				case state.TCP:
					dst = append(dst, 't')
				case state.UDP:
					dst = append(dst, 'u')
				case state.ICMP:
					dst = append(dst, 'i')
				case state.RawIP:
					dst = append(dst, 'r')
				}
			}
			dst = append(append(dst, '>'), f.Name...)
		}
	case fd == state.ATFDCWD:
		dst = append(dst, "AT_FDCWD"...)
	default:
		dst = append(dst, names.Errors().ByNumber[-int64(int32(fd))]...)
	}
	return dst
}

// appendPath appends the absolute path of a relative one.
func (e *Event) appendPath(dst []byte, i int) []byte {
	t := e.state.EventThread()
	path := state.Text(e.ev.Params[i])
	if t == nil || len(path) == 0 || path[0] == '/' || string(path) == "<NA>" {
		return dst
	}
	return state.AppendPath(dst, e.baseDir(t, &e.ev.Info.Params[i]), path)
}

// baseDir returns the directory that a parameter is relative to, in memory that is valid until
// the next use.
func (e *Event) baseDir(t *state.Thread, p *table.Param) []byte {
	if p.Type != fieldsets.FSRelPath || p.Dir < 0 || p.Dir >= e.count() || e.ev.Info.Params[p.Dir].Type != fieldsets.FD {
		return e.state.Scratch(t.Dir(), false)
	}
	dirfd := int64(state.Number(e.ev.Params[p.Dir]))
	if dirfd == state.ATFDCWD {
		return e.state.Scratch(t.Dir(), false)
	}
	if f := t.File(dirfd); f != nil && f.Name != "" {
		return e.state.Scratch(f.Name, true)
	}
	return nil
}

// appendMode appends the names of the bits of a file mode.
func appendMode(dst []byte, flags []names.Flag, mode uint64) []byte {
	start, left := len(dst), mode
	for _, f := range flags {
		same := f.Value == mode
		if !same && (f.Value == 0 || left&f.Value != f.Value) {
			continue
		}
		if len(dst) > start {
			dst = append(dst, '|')
		}
		dst = append(dst, f.Name...)
		if same {
			break
		}
		left &^= f.Value
	}
	return dst
}

// appendUser appends the name of a user or a group.
func (e *Event) appendUser(dst []byte, typ fieldsets.Type, id uint32) []byte {
	if id == math.MaxUint32 {
		return append(dst, "<NONE>"...)
	}
	t := e.state.EventThread()
	if t == nil {
		return append(dst, "<NA>"...)
	}
	u := e.state.User(t, id)
	if typ == fieldsets.GID {
		u = e.state.Group(t, id)
	}
	if u == nil || u.Name == "" {
		return append(dst, "<NA>"...)
	}
	return append(dst, u.Name...)
}

// appendArg appends a parameter as evt.arg has it: its meaning or, if that is not known,
// the parameter itself.
func (e *Event) appendArg(dst []byte, i int) []byte {
	start := len(dst)
	if dst = e.appendMeaning(dst, i); len(dst) == start {
		dst = e.appendParam(dst, i)
	}
	return dst
}

// appendArgs appends all parameters.
func (e *Event) appendArgs(dst []byte) []byte {
	for i := range e.count() {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(append(dst, e.ev.Info.Params[i].Name...), '=')
		dst = append(e.appendParam(dst, i), '(')
		start := len(dst)
		if dst = e.appendMeaning(dst, i); len(dst) == start {
			dst = dst[:start-1]
		} else {
			dst = append(dst, ')')
		}
	}
	return dst
}

// kinds are the values of fd.typechar and fd.type.
var kinds = [...]struct {
	char byte
	name string
}{
	scap.UnknownFile: {'o', "<NA>"},
	scap.File1:       {'f', "file"},
	scap.Directory:   {'d', "directory"},
	scap.IPv4:        {'4', "ipv4"},
	scap.IPv6:        {'6', "ipv6"},
	scap.IPv4Server:  {'4', "ipv4"},
	scap.IPv6Server:  {'6', "ipv6"},
	scap.FIFO:        {'p', "pipe"},
	scap.Unix:        {'u', "unix"},
	scap.EventFD:     {'e', "event"},
	scap.Unsupported: {'X', "<NA>"},
	scap.SignalFD:    {'s', "signalfd"},
	scap.EventPoll:   {'l', "eventpoll"},
	scap.Inotify:     {'i', "inotify"},
	scap.TimerFD:     {'t', "timerfd"},
	scap.Netlink:     {'n', "netlink"},
	scap.File2:       {'f', "file"},
	scap.BPF:         {'b', "bpf"},
	scap.UserFaultFD: {'u', "userfaultfd"},
	scap.IOUring:     {'r', "io_uring"},
	scap.MemFD:       {'m', "memfd"},
	scap.PIDFD:       {'P', "pidfd"},
}

// typeChar returns the value of fd.typechar.
func typeChar(t scap.FileType) byte {
	if int(t) < len(kinds) {
		return kinds[t].char
	}
	return '?'
}

// typeName returns the value of fd.type.
func typeName(t scap.FileType) string {
	if int(t) < len(kinds) {
		return kinds[t].name
	}
	return "<NA>"
}
