package capture

import (
	"encoding/binary"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/state"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// Flags of open files in Falco's numbering, and the bits of a mode that allow execution.
const (
	openRead    = 1
	openWrite   = 2
	openCreate  = 4
	openTmpfile = 1 << 13
	openCreated = 1 << 14
	executable  = 0o111
)

// eventField returns the reader of a field of the event itself.
func eventField(name string, arg fieldsets.Arg) reader {
	switch name {
	case "evt.type":
		return text((*Event).name)
	case "syscall.type":
		return func(e *Event, out *fieldsets.Values) {
			if e.ev.Info.Class == table.Syscall {
				out.AddText(e.name())
			}
		}
	case "evt.type.is":
		return typeIs(arg)
	case "evt.dir":
		return text(func(e *Event) string {
			if e.ev.Info.IsEnter() {
				return ">"
			}
			return "<"
		})
	case "evt.category":
		return text((*Event).category)
	case "evt.cpu":
		return number(func(e *Event) int64 { return int64(int16(e.ev.CPU)) })
	case "evt.arg":
		return eventArg(arg)
	case "evt.rawarg":
		return rawParam(arg.Key)
	case "evt.args", "evt.info":
		return func(e *Event, out *fieldsets.Values) {
			if e.ev.Info.Code == table.GenericX {
				out.AddText("")
				return
			}
			out.AddBuilt(e.appendArgs)
		}
	case "evt.buffer":
		return func(e *Event, out *fieldsets.Values) {
			if i := e.find("data"); i >= 0 {
				out.AddBuilt(func(buf []byte) []byte { return e.appendParam(buf, i) })
			}
		}
	case "evt.rawres":
		return func(e *Event, out *fieldsets.Values) {
			if res, ok := e.result(); ok {
				out.Add(fieldsets.IntValue(res))
			}
		}
	case "evt.res":
		return func(e *Event, out *fieldsets.Values) {
			switch res, ok := e.result(); {
			case !ok:
			case res >= 0:
				out.AddText("SUCCESS")
			default:
				out.AddBuilt(func(buf []byte) []byte { return e.appendArg(buf, 0) })
			}
		}
	case "evt.io_dir":
		return func(e *Event, out *fieldsets.Values) {
			switch {
			case e.ev.Info.Has(table.Writes):
				out.AddText("write")
			case e.ev.Info.Has(table.Reads):
				out.AddText("read")
			}
		}
	case "evt.is_io":
		return boolean(func(e *Event) bool { return e.ev.Info.Flags&(table.Reads|table.Writes) != 0 })
	case "evt.is_io_read":
		return boolean(func(e *Event) bool { return e.ev.Info.Has(table.Reads) })
	case "evt.is_io_write":
		return boolean(func(e *Event) bool { return e.ev.Info.Has(table.Writes) })
	case "evt.is_wait":
		return boolean(func(e *Event) bool { return e.ev.Info.Has(table.Waits) })
	case "evt.is_syslog":
		return boolean(func(e *Event) bool {
			return e.ev.Info.Has(table.Writes) && e.state.File != nil && strings.Contains(e.state.File.Name, "/dev/log")
		})
	case "evt.is_open_read":
		return opened(func(_ *Event, flags uint32) bool { return flags&openRead != 0 })
	case "evt.is_open_write":
		return opened(func(_ *Event, flags uint32) bool { return flags&openWrite != 0 })
	case "evt.is_open_create":
		return opened(func(e *Event, flags uint32) bool {
			res, ok := e.result()
			return flags&openCreated != 0 || flags&openTmpfile != 0 && ok && res >= 0
		})
	case "evt.is_open_exec":
		return boolean((*Event).opensExecutable)
	case "evt.abspath":
		return absPath(arg)
	case "evt.latency", "evt.latency.s", "evt.latency.ns", "evt.latency.quantized", "evt.wait_latency",
		"evt.deltatime", "evt.deltatime.s", "evt.deltatime.ns":
		return constant(fieldsets.NumberValue(0)) // as in Falco's outputs
	case "evt.latency.human":
		return constant(fieldsets.TextValue("0ns"))
	}
	return countField(name)
}

// countField returns the reader of a field that counts something: failed events or bytes.
func countField(name string) reader {
	if condition, ok := strings.CutPrefix(name, "evt.buflen"); ok {
		return bufferLength(condition)
	}
	failed := func(e *Event, out *fieldsets.Values) {
		if res, ok := e.result(); ok {
			out.Add(fieldsets.BoolValue(res < 0))
		}
	}
	failedIf := func(is func(e *Event) bool) reader {
		return func(e *Event, out *fieldsets.Values) {
			if is(e) {
				failed(e, out)
			}
		}
	}
	switch name {
	case "evt.failed", "evt.count.error":
		return failed
	case "evt.count.error.file":
		return failedIf((*Event).isFileEvent)
	case "evt.count.error.net":
		return failedIf((*Event).isNetEvent)
	case "evt.count.error.memory":
		return failedIf(func(e *Event) bool { return e.ev.Info.Category == "memory" && e.ev.Info.Class == table.Other })
	case "evt.count.error.other":
		return failedIf(func(e *Event) bool { return !e.isFileEvent() && !e.isNetEvent() })
	case "evt.count":
		return constant(fieldsets.NumberValue(1))
	case "evt.count.exit":
		return func(e *Event, out *fieldsets.Values) {
			if !e.ev.Info.IsEnter() {
				out.Add(fieldsets.NumberValue(1))
			}
		}
	case "evt.count.threadinfo":
		return boolean(func(e *Event) bool { return e.ev.Info.Code == table.ProcinfoE })
	case "evt.count.procinfo":
		return boolean(func(e *Event) bool {
			t := e.state.EventThread()
			return e.ev.Info.Code == table.ProcinfoE && t != nil && t.IsMain()
		})
	}
	return infraField(name)
}

// infraField returns the reader of a field of events of Docker in very old captures.
func infraField(name string) reader {
	key := map[string]string{
		"evt.infra.docker.name": "Event", "evt.infra.docker.container.id": "ID",
		"evt.infra.docker.container.name": "name", "evt.infra.docker.container.image": "Image",
	}[name]
	if key == "" {
		return nil
	}
	return func(e *Event, out *fieldsets.Values) {
		if e.ev.Info.Code != table.InfrastructureEventE {
			return
		}
		for part := range strings.SplitSeq(e.state.String(state.Text(state.Param(e.ev, 2))), ";") {
			part = strings.TrimSpace(part)
			if !strings.HasPrefix(part, key) {
				continue
			}
			_, value, _ := strings.Cut(part, ":")
			if key == "Image" {
				if image, _, ok := strings.Cut(value, "@"); ok {
					value = image
				}
			} else {
				value, _, _ = strings.Cut(value, ":")
			}
			value = strings.TrimSpace(value)
			if key == "ID" {
				value = value[:min(len(value), 12)]
			}
			out.AddText(value)
			return
		}
	}
}

// result returns the result of the system call, and whether the event has one.
func (e *Event) result() (int64, bool) { return state.Result(e.ev) }

// param returns the value of a parameter, which is empty if it is missing.
func (e *Event) param(i int) []byte { return state.Param(e.ev, i) }

// typeIs compares the event with a type by code: an even one is that of the entry of a call.
func typeIs(arg fieldsets.Arg) reader {
	var codes [table.Codes]bool
	if arg.IsIndex {
		if arg.Index < table.Codes {
			codes[arg.Index] = true
		}
	} else {
		// Falco takes the first event of the name, and the one after it.
		for i := range table.Events() {
			if table.Events()[i].Name == arg.Key {
				codes[i] = true
				if i+1 < table.Codes {
					codes[i+1] = true
				}
				break
			}
		}
	}
	return boolean(func(e *Event) bool { return codes[e.ev.Info.Code] })
}

// category returns the value of evt.category. That of reading and writing depends on the file
// descriptor.
func (e *Event) category() string {
	switch c := e.ev.Info.Category; c {
	case "ipc":
		return "IPC"
	case "io", "io-read", "io-write":
	default:
		return c
	}
	f := e.state.File
	if f == nil {
		return "unknown"
	}
	switch f.Type {
	case scap.File1, scap.File2, scap.Directory:
		return "file"
	case scap.IPv4, scap.IPv6, scap.IPv4Server, scap.IPv6Server:
		return "net"
	case scap.FIFO, scap.Unix, scap.EventFD, scap.SignalFD, scap.Inotify, scap.UserFaultFD:
		return "ipc"
	}
	return "unknown"
}

// isIO reports whether the event reads, writes or does something else with a file descriptor.
func (e *Event) isIO() bool { return strings.HasPrefix(e.ev.Info.Category, "io") }

func (e *Event) isOpen() bool {
	switch e.ev.Info.Code {
	case table.OpenX, table.OpenatTwoX, table.Openat2X, table.OpenByHandleAtX:
		return true
	}
	return false
}

// isFileEvent reports whether the event is about a file or opens one.
func (e *Event) isFileEvent() bool {
	if f := e.state.File; f != nil {
		return f.IsFile() || f.Type == scap.Directory
	}
	return e.isOpen() || e.ev.Info.Code == table.CreatX
}

// isNetEvent reports whether the event is about a socket or makes a connection.
func (e *Event) isNetEvent() bool {
	if f := e.state.File; f != nil {
		return f.IsIP() || f.Type == scap.Unix
	}
	switch e.ev.Info.Code {
	case table.Accept5X, table.Accept46X, table.ConnectX:
		return true
	}
	return false
}

// bufferLength returns the reader of evt.buflen with a suffix such as .net.in.
func bufferLength(suffix string) reader {
	kind, direction := "", ""
	for part := range strings.SplitSeq(strings.TrimPrefix(suffix, "."), ".") {
		switch part {
		case "in":
			direction = "io-read"
		case "out":
			direction = "io-write"
		default:
			kind = part
		}
	}
	return func(e *Event, out *fieldsets.Values) {
		f := e.state.File
		switch {
		case f == nil || !e.isIO() || direction != "" && e.ev.Info.Category != direction:
		case kind == "file" && !f.IsFile() || kind == "net" && !f.IsIP():
		default:
			if res, ok := e.result(); ok && res >= 0 {
				out.Add(fieldsets.IntValue(res))
			}
		}
	}
}

// eventArg returns the reader of evt.arg by number or by name.
func eventArg(arg fieldsets.Arg) reader {
	add := func(e *Event, i int, out *fieldsets.Values) {
		if i >= 0 && i < e.count() {
			out.AddBuilt(func(buf []byte) []byte { return e.appendArg(buf, i) })
		}
	}
	if arg.IsIndex {
		i := int(int32(arg.Index))
		return func(e *Event, out *fieldsets.Values) { add(e, i, out) }
	}
	return func(e *Event, out *fieldsets.Values) { add(e, e.find(arg.Key), out) }
}

// rawParam returns the reader of a parameter in its own type.
func rawParam(name string) reader {
	return func(e *Event, out *fieldsets.Values) {
		i := e.find(name)
		if i < 0 {
			return
		}
		info, value := &e.ev.Info.Params[i], e.ev.Params[i]
		switch kind := info.Type.Kind(); {
		case kind == ast.KindText:
			out.AddBuilt(func(buf []byte) []byte { return append(buf, state.Text(value)...) })
		case len(value) == 0:
		case info.Type.Bits() > 0:
			out.Add(numberOf(info.Type, value))
		default:
			out.AddBuilt(func(buf []byte) []byte { return append(buf, value...) })
		}
	}
}

// numberOf returns the value of a number.
func numberOf(t fieldsets.Type, value []byte) fieldsets.Value {
	n := state.Number(value)
	if shift := 64 - 8*len(value); t.Signed() && shift > 0 && shift < 64 {
		return fieldsets.IntValue(int64(n<<shift) >> shift)
	}
	return fieldsets.NumberValue(n)
}

// opened returns the reader of how a call opened a file. It is false for other events.
func opened(how func(e *Event, flags uint32) bool) reader {
	return boolean(func(e *Event) bool { return e.isOpen() && how(e, e.openFlags()) })
}

// openFlags returns the flags of a call that opens a file.
func (e *Event) openFlags() uint32 {
	i := 2
	if c := e.ev.Info.Code; c == table.OpenatTwoX || c == table.Openat2X {
		i = 3
	}
	return uint32(state.Number(e.param(i)))
}

// opensExecutable reports whether the event creates a file that can be executed.
func (e *Event) opensExecutable() bool {
	mode := 3
	switch e.ev.Info.Code {
	case table.CreatX:
		return state.Number(e.param(2))&executable != 0
	case table.OpenX:
	case table.OpenatTwoX, table.Openat2X:
		mode = 4
	default:
		return false
	}
	return e.openFlags()&(openTmpfile|openCreate) != 0 && state.Number(e.param(mode))&executable != 0
}

// absPath returns the reader of evt.abspath: the path of a call that takes a directory.
func absPath(arg fieldsets.Arg) reader {
	second := arg.Key == "dst"
	of := func(code table.Code) (dir, path string) {
		switch code {
		case table.RenameatX, table.Renameat2X:
			if second {
				return "newdirfd", "newpath"
			}
			return "olddirfd", "oldpath"
		case table.Linkat2X:
			if second {
				return "newdir", "newpath"
			}
			return "olddir", "oldpath"
		case table.SymlinkatX:
			return "linkdirfd", "linkpath"
		case table.OpenatTwoX, table.Openat2X, table.Unlinkat2X:
			return "dirfd", "name"
		case table.MkdiratX:
			return "dirfd", "path"
		case table.FchmodatX:
			return "dirfd", "filename"
		case table.FchownatX:
			return "dirfd", "pathname"
		}
		return "", ""
	}
	return func(e *Event, out *fieldsets.Values) {
		if e.state.Thread0 == nil {
			return
		}
		if e.ev.Info.Code == table.OpenByHandleAtX {
			if res, _ := e.result(); res > 0 {
				out.AddBuilt(func(buf []byte) []byte { return state.AppendPath(buf, nil, state.Text(e.param(3))) })
			}
			return
		}
		dirName, pathName := of(e.ev.Info.Code)
		if dirName == "" {
			return
		}
		dir, path := e.find(dirName), e.find(pathName)
		if dir < 0 || path < 0 || len(e.param(dir)) != 8 || len(e.param(path)) == 0 {
			return
		}
		name := state.Text(e.param(path))
		base := e.state.DirOf(name, int64(binary.LittleEndian.Uint64(e.param(dir))))
		if base == "<UNKNOWN>" {
			base += "/"
		}
		out.AddBuilt(func(buf []byte) []byte { return state.AppendPath(buf, e.state.Scratch(base, false), name) })
	}
}
