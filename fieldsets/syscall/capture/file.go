package capture

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/state"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// fileOf returns the thread and the file descriptor of the event. The latter can be nil. It
// returns false if the event is not about file descriptors.
func (e *Event) fileOf() (*state.Thread, *state.File, bool) {
	if e.ev.Info.Flags&(table.CreatesFD|table.UsesFD|table.DestroysFD) == 0 {
		return nil, nil, false
	}
	t := e.state.EventThread()
	if t == nil {
		return nil, nil, false
	}
	f := e.state.File
	if f == nil && t.LastFD() != -1 {
		f = t.File(t.LastFD())
	}
	return t, f, true
}

// ofFile returns a reader that needs the file descriptor of the event.
func ofFile(read func(e *Event, t *state.Thread, f *state.File, out *fieldsets.Values)) reader {
	return func(e *Event, out *fieldsets.Values) {
		if t, f, ok := e.fileOf(); ok && f != nil {
			read(e, t, f, out)
		}
	}
}

func fileBool(of func(e *Event, f *state.File) bool) reader {
	return ofFile(func(e *Event, _ *state.Thread, f *state.File, out *fieldsets.Values) {
		out.Add(fieldsets.BoolValue(of(e, f)))
	})
}

func fileNumber(of func(f *state.File) int64) reader {
	return ofFile(func(_ *Event, _ *state.Thread, f *state.File, out *fieldsets.Values) {
		out.Add(fieldsets.IntValue(of(f)))
	})
}

// fileField returns the reader of a field of the file descriptor.
func fileField(name string, arg fieldsets.Arg) reader {
	switch name {
	case "fd.num":
		return func(e *Event, out *fieldsets.Values) {
			if t, _, ok := e.fileOf(); ok {
				out.Add(fieldsets.IntValue(t.LastFD()))
			}
		}
	case "fd.uid":
		return func(e *Event, out *fieldsets.Values) {
			if t, _, ok := e.fileOf(); ok {
				out.AddBuilt(func(buf []byte) []byte {
					return strconv.AppendInt(strconv.AppendInt(buf, t.TID, 10), t.LastFD(), 10)
				})
			}
		}
	case "fd.name":
		return fileName(false, false)
	case "fd.containername":
		return fileName(true, false)
	case "fd.directory":
		return fileName(false, true)
	case "fd.containerdirectory":
		return fileName(true, true)
	case "fd.nameraw":
		return rawName
	case "fd.filename":
		return ofFile(func(_ *Event, _ *state.Thread, f *state.File, out *fieldsets.Values) {
			if !f.IsFile() {
				return
			}
			switch i := strings.LastIndexByte(f.Name, '/'); {
			case i < 0:
				out.AddText("/")
			case i < len(f.Name)-1:
				out.AddText(f.Name[i+1:])
			default:
				out.AddText(f.Name)
			}
		})
	case "fd.type":
		return ofFile(func(_ *Event, _ *state.Thread, f *state.File, out *fieldsets.Values) { out.AddText(typeName(f.Type)) })
	case "fd.types":
		return fileTypes(arg)
	case "fd.typechar":
		return typeCharOf
	case "fd.sockfamily":
		return ofFile(func(_ *Event, _ *state.Thread, f *state.File, out *fieldsets.Values) {
			switch {
			case f.IsIP():
				out.AddText("ip")
			case f.Type == scap.Unix:
				out.AddText("unix")
			}
		})
	case "fd.l4proto":
		return ofFile(func(_ *Event, _ *state.Thread, f *state.File, out *fieldsets.Values) {
			out.AddText(protocolName(f.L4()))
		})
	case "fd.is_server":
		return ofFile(func(e *Event, t *state.Thread, f *state.File, out *fieldsets.Values) {
			server := f.Type == scap.IPv4Server || f.Type == scap.IPv6Server || f.IsConn() && e.state.IsLocal(t, f.Dest())
			out.Add(fieldsets.BoolValue(server))
		})
	case "fd.connected":
		return fileBool(func(_ *Event, f *state.File) bool { return f.Role&state.Connected != 0 })
	case "fd.name_changed":
		return fileBool(func(e *Event, _ *state.File) bool { return e.state.NameChanged })
	case "fd.is_upper_layer":
		return fileBool(func(_ *Event, f *state.File) bool { return f.Role&state.UpperLayer != 0 })
	case "fd.is_lower_layer":
		return fileBool(func(_ *Event, f *state.File) bool { return f.Role&state.LowerLayer != 0 })
	case "fd.dev":
		return fileNumber(func(f *state.File) int64 { return int64(f.Dev) })
	case "fd.dev.major":
		return fileNumber(func(f *state.File) int64 { return int64(f.Dev & 0xfff00 >> 8) })
	case "fd.dev.minor":
		return fileNumber(func(f *state.File) int64 { return int64(f.Dev&0xff | f.Dev>>12&0xfff00) })
	case "fd.ino":
		return fileNumber(func(f *state.File) int64 { return int64(f.Ino) })
	}
	return endField(name)
}

// protocolName returns the value of fd.l4proto.
func protocolName(p state.L4) string {
	switch p {
	case state.TCP:
		return "tcp"
	case state.UDP:
		return "udp"
	case state.ICMP:
		return "icmp"
	case state.RawIP:
		return "raw"
	}
	return "<NA>"
}

// side is an end of a connection.
type side uint8

const (
	clientSide side = iota
	serverSide
	localSide
	remoteSide
)

// endOf returns an end of a connection: its address and port. For servers, only the server's
// end is known. It returns false if the end is not known.
func (e *Event) endOf(t *state.Thread, f *state.File, s side) (addr []byte, port uint16, ok bool) {
	switch {
	case s == serverSide && (f.Type == scap.IPv4Server || f.Type == scap.IPv6Server):
		return f.Source(), f.SourcePort(), true
	case !f.IsConn() || !f.HasRole():
		return nil, 0, false
	}
	source := s == clientSide
	if s == localSide || s == remoteSide {
		source = e.state.IsLocal(t, f.Source()) == (s == localSide)
	}
	if source {
		return f.Source(), f.SourcePort(), true
	}
	return f.Dest(), f.DestPort(), true
}

// endField returns the reader of a field of an end of a connection.
func endField(name string) reader {
	short := strings.TrimPrefix(name, "fd.")
	sides := map[byte]side{'c': clientSide, 's': serverSide, 'l': localSide, 'r': remoteSide}
	s, ok := sides[short[0]]
	if !ok {
		return nil
	}
	switch short[1:] {
	case "ip", "net":
		return ofFile(func(e *Event, t *state.Thread, f *state.File, out *fieldsets.Values) {
			addr, _, ok := e.endOf(t, f, s)
			if ok && (s != serverSide || f.HasRole()) {
				addAddr(addr, out)
			}
		})
	case "port":
		return ofFile(func(e *Event, t *state.Thread, f *state.File, out *fieldsets.Values) {
			if _, port, ok := e.endOf(t, f, s); ok {
				out.Add(fieldsets.NumberValue(uint64(port)))
			}
		})
	case "proto":
		return ofFile(func(e *Event, t *state.Thread, f *state.File, out *fieldsets.Values) {
			_, port, ok := e.endOf(t, f, s)
			switch {
			case ok && f.IsConn():
				n := int64(port)
				if s == localSide || s == remoteSide {
					n = int64(uint16(int16(port)))
				}
				out.AddBuilt(func(buf []byte) []byte { return strconv.AppendInt(buf, n, 10) })
			case ok, s == clientSide && f.HasRole():
				out.AddText("")
			}
		})
	}
	return nil
}

func addAddr(addr []byte, out *fieldsets.Values) {
	if a, ok := netip.AddrFromSlice(addr); ok {
		out.Add(fieldsets.AddrValue(a))
	}
}

// eitherField returns the reader of both ends of a connection, of which a condition must match
// one, or nil for other fields.
func eitherField(name string) reader {
	var add func(f *state.File, source bool, out *fieldsets.Values)
	switch name {
	case "fd.ip", "fd.net":
		add = func(f *state.File, source bool, out *fieldsets.Values) {
			if source {
				addAddr(f.Source(), out)
			} else {
				addAddr(f.Dest(), out)
			}
		}
	case "fd.port", "fd.proto":
		add = func(f *state.File, source bool, out *fieldsets.Values) {
			port := f.DestPort()
			if source {
				port = f.SourcePort()
			}
			out.Add(fieldsets.NumberValue(uint64(port)))
		}
	default:
		return nil
	}
	return ofFile(func(_ *Event, _ *state.Thread, f *state.File, out *fieldsets.Values) {
		out.MarkPresent()
		if f.IsIP() {
			add(f, true, out)
		}
		if f.IsConn() {
			add(f, false, out)
		}
	})
}

// hostNameField returns the reader of the names of hosts for conditions, or nil for other
// fields. No names are known, so they differ from all.
func hostNameField(name string) reader {
	if !strings.HasSuffix(name, "ip.name") {
		return nil
	}
	return ofFile(func(_ *Event, _ *state.Thread, f *state.File, out *fieldsets.Values) {
		out.MarkPresent()
		if f.IsConn() && f.HasRole() {
			out.AddText("")
		}
	})
}

// typeCharOf reads fd.typechar, which is known for calls that failed, too.
func typeCharOf(e *Event, out *fieldsets.Values) {
	_, f, ok := e.fileOf()
	if !ok {
		return
	}
	char := byte('o')
	if f != nil {
		char = typeChar(f.Type)
	} else {
		switch e.ev.Info.Code | 1 {
		case table.OpenatTwoX, table.Openat2X, table.CreatX:
			char = 'f'
		case table.SocketX, table.Accept5X, table.Accept46X:
			char = '4'
		case table.PipeX, table.Pipe2X:
			char = 'p'
		case table.EventfdX, table.Eventfd2X:
			char = 'e'
		case table.SignalfdX, table.Signalfd4X:
			char = 's'
		case table.TimerfdCreateX:
			char = 't'
		case table.InotifyInitX, table.InotifyInit1X:
			char = 'i'
		}
	}
	out.AddBuilt(func(buf []byte) []byte { return append(buf, char) })
}

// fileTypes returns the reader of fd.types: the types of all file descriptors, or of one.
func fileTypes(arg fieldsets.Arg) reader {
	if arg.Present && int64(arg.Index) != -1 {
		fd := int64(arg.Index)
		return func(e *Event, out *fieldsets.Values) {
			if t, _, ok := e.fileOf(); ok {
				if f := t.File(fd); f != nil {
					out.AddText(typeName(f.Type))
				}
			}
		}
	}
	return func(e *Event, out *fieldsets.Values) {
		t, _, ok := e.fileOf()
		if !ok {
			return
		}
		out.MarkPresent()
		n := out.Len()
		for f := range e.state.Files(t) {
			name := typeName(f.Type)
			if !slices.ContainsFunc(out.All()[n:], func(v fieldsets.Value) bool { return v.Text() == name }) {
				out.AddText(name)
			}
		}
	}
}

// nameFromEvent appends the name that a call was given, for calls that failed. It returns
// false if there is none.
func (e *Event) nameFromEvent(buf []byte, raw bool) ([]byte, bool) {
	switch e.ev.Info.Code {
	case table.OpenX, table.Accept5X, table.Accept46X, table.CreatX, table.ConnectX:
		if e.count() < 2 {
			return buf, false
		}
		return e.appendArg(buf, 1), true
	case table.OpenatTwoX, table.Openat2X:
		if len(e.param(2)) == 0 || !raw && len(e.param(1)) == 0 {
			return buf, false
		}
		name := state.Text(e.param(2))
		if raw {
			return append(buf, name...), true
		}
		dir := e.state.DirOf(name, int64(state.Number(e.param(1))))
		return state.AppendPath(buf, e.state.Scratch(dir, false), name), true
	case table.OpenByHandleAtX:
		return append(buf, state.Text(e.param(3))...), true
	}
	return buf, !e.ev.Info.IsEnter()
}

// fileName returns the reader of the name of the file descriptor, or its directory, with the
// ID of the container or without.
func fileName(container, directory bool) reader {
	return func(e *Event, out *fieldsets.Values) {
		t, f, ok := e.fileOf()
		if !ok || directory && f != nil && !f.IsFile() && f.Type != scap.Directory {
			return
		}
		found := true
		n := out.Len()
		out.AddBuilt(func(buf []byte) []byte {
			if container {
				buf = append(append(buf, t.ContainerID...), ':')
			}
			start := len(buf)
			if f != nil {
				buf = append(buf, f.Name...)
			} else {
				buf, found = e.nameFromEvent(buf, false)
			}
			if directory && (f == nil || f.IsFile()) {
				buf = directoryOf(buf, start)
			}
			return buf
		})
		if !found {
			out.Truncate(n)
		}
	}
}

// directoryOf cuts the path that begins at start to its directory.
func directoryOf(buf []byte, start int) []byte {
	i := len(buf) - 1
	for i >= start && buf[i] != '/' {
		i--
	}
	switch {
	case i <= start:
		return append(buf[:start], '/')
	case i < len(buf)-1:
		return buf[:i]
	}
	return buf
}

// rawName reads fd.nameraw.
func rawName(e *Event, out *fieldsets.Values) {
	_, f, ok := e.fileOf()
	if !ok {
		return
	}
	n := out.Len()
	found := true
	out.AddBuilt(func(buf []byte) []byte {
		start := len(buf)
		if f != nil {
			buf = append(buf, f.RawName...)
		} else {
			buf, found = e.nameFromEvent(buf, true)
		}
		kept := buf[:start]
		for i, c := range buf[start:] {
			if c != '/' || i == 0 || buf[start+i-1] != '/' {
				kept = append(kept, c)
			}
		}
		return kept
	})
	if !found {
		out.Truncate(n)
	}
}

// fileListField returns the reader of a field of the file descriptors of poll.
func fileListField(name string) reader {
	short := strings.TrimPrefix(name, "fdlist.")
	return func(e *Event, out *fieldsets.Values) {
		if c := e.ev.Info.Code; c != table.PollX && c != table.PpollX {
			return
		}
		t := e.state.EventThread()
		if t == nil {
			return
		}
		n := out.Len()
		out.AddBuilt(func(buf []byte) []byte {
			start := len(buf)
			polled(e.param(1), func(fd int64, _ int16, _ bool) {
				before := len(buf)
				buf = appendPolled(buf, short, fd, t.File(fd))
				if len(buf) > before {
					buf = append(buf, ',')
				}
			})
			if len(buf) > start {
				buf = buf[:len(buf)-1]
			}
			return buf
		})
		if out.All()[n].Text() == "" {
			out.Truncate(n)
		}
	}
}

// appendPolled appends what a field says about one file descriptor, or nothing.
func appendPolled(buf []byte, what string, fd int64, f *state.File) []byte {
	switch what {
	case "nums":
		return strconv.AppendInt(buf, fd, 10)
	case "names":
		if f == nil || f.Name == "" {
			return append(buf, "<NA>"...)
		}
		return append(buf, f.Name...)
	}
	isServer := f != nil && f.IsIP() && !f.IsConn()
	switch {
	case f == nil || !f.IsConn() && (what != "sips" || !isServer):
	case what == "cips":
		buf = state.AppendAddr(buf, f.Source())
	case what == "sips":
		buf = state.AppendAddr(buf, f.Dest())
	case what == "cports":
		buf = strconv.AppendUint(buf, uint64(f.SourcePort()), 10)
	case what == "sports":
		buf = strconv.AppendUint(buf, uint64(f.DestPort()), 10)
	}
	return buf
}
