package syscall

import (
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
)

func eventDerivations() []derivation {
	return []derivation{
		derive("syscall.type", "`evt.type`, if it is a system call", ofText("evt.type", func(name string, out *fieldsets.Values) {
			if info, ok := infoOf(name); ok && info.isCall {
				out.AddText(name)
			}
		})),
		derive("evt.type.is", "`evt.type`", func(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
			name := arg.Key
			return ofText("evt.type", func(text string, out *fieldsets.Values) {
				out.Add(fieldsets.BoolValue(text == name))
			})(in, arg)
		}),
		derive("evt.dir", "`evt.type`: `<` for all but a few", ofInfo(func(info eventInfo, out *fieldsets.Values) { out.AddText(info.direction) })),
		derive("evt.category", "`evt.type`; of reading, writing and the like also `fd.type`", plain(category)),
		derive("evt.is_io", "`evt.type`", ofInfo(func(i eventInfo, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(i.reads || i.writes)) })),
		derive("evt.is_io_read", "`evt.type`", ofInfo(func(i eventInfo, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(i.reads)) })),
		derive("evt.is_io_write", "`evt.type`", ofInfo(func(i eventInfo, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(i.writes)) })),
		derive("evt.is_wait", "`evt.type`", ofInfo(func(i eventInfo, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(i.waits)) })),
		derive("evt.io_dir", "`evt.type`: write or read", ofInfo(func(i eventInfo, out *fieldsets.Values) {
			switch {
			case i.writes:
				out.AddText("write")
			case i.reads:
				out.AddText("read")
			}
		})),
		derive("evt.is_syslog", "`evt.type` writes, and `fd.name` is /dev/log or one of its kind", plain(isSyslog)),
		derive("evt.count", "always 1", constant(fieldsets.NumberValue(1))),
		derive("evt.count.exit", "1 where `evt.dir` is `<`", ofText("evt.dir", func(dir string, out *fieldsets.Values) {
			if dir == "<" {
				out.Add(fieldsets.NumberValue(1))
			}
		})),
		derive("evt.latency", "always 0, as in Falco", constant(fieldsets.NumberValue(0))),
		derive("evt.latency.s", "always 0, as in Falco", constant(fieldsets.NumberValue(0))),
		derive("evt.latency.ns", "always 0, as in Falco", constant(fieldsets.NumberValue(0))),
		derive("evt.latency.human", "always 0ns, as in Falco", constant(fieldsets.TextValue("0ns"))),
		derive("evt.wait_latency", "always 0, as in Falco", constant(fieldsets.NumberValue(0))),
		derive("evt.rawres", "`evt.res`, if it names an error, or the parameter `res` or `fd`", plain(rawResult)),
		derive("evt.res", "`evt.rawres`: SUCCESS, or the name of the error", ofNumber("evt.rawres", func(n int64, out *fieldsets.Values) {
			addResult(n, out)
		})),
		derive("evt.failed", "`evt.rawres` is negative", ofNumber("evt.rawres", func(n int64, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(n < 0)) })),
		derive("evt.count.error", "1 where `evt.rawres` is negative, else 0", ofNumber("evt.rawres", func(n int64, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(n < 0)) })),
		derive("evt.arg", "the other way to name the parameter; `evt.rawarg`, with the names of flags and errors", eventArgument),
		derive("evt.rawarg", "`evt.arg`, if it is a number or names of flags, or the type is text", rawArgument),
		derive("evt.args", "`evt.info`", same("evt.info")),
		derive("evt.info", "`evt.args`", same("evt.args")),
		derive("evt.buffer", "`evt.arg.data`", same("evt.arg.data")),
		derive("evt.is_open_read", "`evt.type` and the parameter `flags` have O_RDONLY or O_RDWR", opened(func(flags, _ uint64, _ bool) bool { return flags&openRead != 0 })),
		derive("evt.is_open_write", "`evt.type` and the parameter `flags` have O_WRONLY or O_RDWR", opened(func(flags, _ uint64, _ bool) bool { return flags&openWrite != 0 })),
		derive("evt.is_open_create", "`evt.type`, and the parameter `flags` has O_F_CREATED, or O_TMPFILE without an error; O_CREAT does not say that the file was new", opened(func(flags, _ uint64, failed bool) bool {
			return flags&openCreated != 0 || flags&openTmpfile != 0 && !failed
		})),
		derive("evt.is_open_exec", "`evt.type`, O_CREAT or O_TMPFILE in the parameter `flags`, and a bit for execution in `mode`", plain(openedExecutable)),
	}
}

func constant(v fieldsets.Value) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(*fixture.Scope) fieldsets.Extractor {
		return func(_ *fieldsets.Event, out *fieldsets.Values) { out.Add(v) }
	})
}

// ofInfo derives a field from what there is to know of the event type.
func ofInfo(of func(eventInfo, *fieldsets.Values)) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return ofText("evt.type", func(name string, out *fieldsets.Values) {
		if info, ok := infoOf(name); ok {
			of(info, out)
		}
	})
}

func category(in *fixture.Scope) fieldsets.Extractor {
	evtType, fdType := in.Value("evt.type"), in.Value("fd.type")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		info, ok := infoOf(takeText(evtType, ev, out))
		if !ok {
			return
		}
		if info.category != "io" {
			out.AddText(info.category)
			return
		}
		switch takeText(fdType, ev, out) {
		case "file", "directory":
			out.AddText("file")
		case "ipv4", "ipv6":
			out.AddText("net")
		case "pipe", "unix", "event", "signalfd", "inotify", "userfaultfd":
			out.AddText("ipc")
		default:
			out.AddText("unknown")
		}
	}
}

func isSyslog(in *fixture.Scope) fieldsets.Extractor {
	evtType, name := in.Value("evt.type"), in.Value("fd.name")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		if info, ok := infoOf(takeText(evtType, ev, out)); ok {
			file := takeText(name, ev, out)
			out.Add(fieldsets.BoolValue(info.writes && strings.Contains(file, "/dev/log")))
		}
	}
}

// rawResult derives the result of the call.
func rawResult(in *fixture.Scope) fieldsets.Extractor {
	result, res, fd := in.Given("evt.res"), in.Value("evt.rawarg.res"), in.Value("evt.rawarg.fd")
	evtType := in.Value("evt.type")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		if n, ok := errnos().byName[takeText(result, ev, out)]; ok {
			out.Add(fieldsets.IntValue(-n))
			return
		}
		info, _ := infoOf(takeText(evtType, ev, out))
		if len(info.params) == 0 {
			return
		}
		switch info.params[0] {
		case "res":
			res(ev, out)
		case "fd":
			fd(ev, out)
		}
	}
}

// addResult adds what Falco prints for the result of a call.
func addResult(n int64, out *fieldsets.Values) {
	if n >= 0 {
		out.AddText("SUCCESS")
		return
	}
	addError(n, out)
}

// addError adds the name of an error, or its number.
func addError(n int64, out *fieldsets.Values) {
	if name, ok := errnos().byNumber[-n]; ok {
		out.AddText(name)
		return
	}
	out.AddBuilt(func(buf []byte) []byte { return strconv.AppendInt(buf, n, 10) })
}

// eventArgument derives evt.arg from the reference by number or by name, or from
// evt.rawarg.
func eventArgument(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
	each, evtType := in.Each("evt.arg"), in.Value("evt.type")
	raw := in.Each("evt.rawarg")
	known := params()
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		name := takeText(evtType, ev, out)
		info, ok := infoOf(name)
		if !ok {
			return
		}
		number := parameterNumber(info, arg)
		if number < 0 {
			return
		}
		param := info.params[number]
		for other, v := range each.Of(ev) {
			if parameterNumber(info, other) == number {
				out.Add(v)
				return
			}
		}
		for other, v := range raw.Of(ev) {
			if other.Key == param {
				addArgument(name, param, known[param], v, out)
				return
			}
		}
	}
}

// parameterNumber returns which of the parameters an argument names, or -1.
func parameterNumber(info eventInfo, arg fieldsets.Arg) int {
	if arg.IsIndex {
		if arg.Index < uint64(len(info.params)) {
			return int(arg.Index)
		}
		return -1
	}
	for i, name := range info.params {
		if name == arg.Key {
			return i
		}
	}
	return -1
}

// addArgument adds what evt.arg prints of a parameter's value.
func addArgument(evtType, param string, t Param, v fieldsets.Value, out *fieldsets.Values) {
	set, flags := allFlags().byEvent[[2]string{evtType, param}]
	f := fieldsets.Field{Type: t.Type, Print: t.Print}
	switch {
	case flags:
		n := out.Len()
		out.AddBuilt(func(buf []byte) []byte { return set.appendNames(buf, v.Number()) })
		if text, _ := out.Take(n); text.Text() != "" {
			out.Add(text)
			return
		}
		f.Print = fieldsets.PrintDecimal
	case (t.Type == fieldsets.FD || t.Type == fieldsets.Errno) && v.Int() < 0:
		addError(v.Int(), out)
		return
	case t.Type == fieldsets.SigType:
		if name, ok := signals().byNumber[v.Int()]; ok {
			out.AddText(name)
			return
		}
	}
	out.AddBuilt(func(buf []byte) []byte { return f.AppendText(buf, v) })
}

// rawArgument derives evt.rawarg from evt.arg.
func rawArgument(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
	if !arg.Named {
		return nil
	}
	t := params()[arg.Key]
	text := in.Value("evt.arg." + arg.Key)
	evtType := in.Value("evt.type")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		v, ok := take(text, ev, out)
		if !ok {
			return
		}
		if t.Type.Bits() == 0 {
			if t.Type == fieldsets.CharBuf || t.Type == fieldsets.FSPath || t.Type == fieldsets.FSRelPath || t.Type == fieldsets.ByteBuf {
				out.Add(v)
			}
			return
		}
		base := 10
		switch t.Print {
		case fieldsets.PrintOctal:
			base = 8
		}
		if n, err := strconv.ParseInt(v.Text(), base, 64); err == nil {
			out.Add(fieldsets.IntValue(n))
			return
		}
		if n, ok := errnos().byName[v.Text()]; ok {
			out.Add(fieldsets.IntValue(-n))
			return
		}
		if n, ok := signals().byName[v.Text()]; ok && t.Type == fieldsets.SigType {
			out.Add(fieldsets.IntValue(n))
			return
		}
		if set, ok := allFlags().byEvent[[2]string{takeText(evtType, ev, out), arg.Key}]; ok {
			if n, ok := set.parse(v.Text()); ok {
				out.Add(fieldsets.NumberValue(n))
			}
		}
	}
}

// Flags of open as Falco has them.
const (
	openRead    = 1
	openWrite   = 2
	openCreat   = 4
	openTmpfile = 8192
	openCreated = 16384
	executable  = 0o111
)

// isOpen says of which events flags are looked at.
func isOpen(evtType string) bool {
	switch evtType {
	case "open", "openat", "openat2", "open_by_handle_at":
		return true
	}
	return false
}

// opened derives how a file was opened; other events did not open one.
func opened(how func(flags, mode uint64, failed bool) bool) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor {
		evtType, flags := in.Value("evt.type"), in.Value("evt.rawarg.flags")
		result := in.Value("evt.rawres")
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			v, ok := take(evtType, ev, out)
			if !ok {
				return
			}
			if !isOpen(v.Text()) {
				out.Add(fieldsets.BoolValue(false))
				return
			}
			f, _ := take(flags, ev, out)
			r, known := take(result, ev, out)
			out.Add(fieldsets.BoolValue(how(f.Number(), 0, !known || r.Int() < 0)))
		}
	})
}

func openedExecutable(in *fixture.Scope) fieldsets.Extractor {
	evtType, flags, mode := in.Value("evt.type"), in.Value("evt.rawarg.flags"), in.Value("evt.rawarg.mode")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		v, ok := take(evtType, ev, out)
		if !ok {
			return
		}
		f, _ := take(flags, ev, out)
		m, _ := take(mode, ev, out)
		created := v.Text() == "creat" || isOpen(v.Text()) && v.Text() != "open_by_handle_at" && f.Number()&(openCreat|openTmpfile) != 0
		out.Add(fieldsets.BoolValue(created && m.Number()&executable != 0))
	}
}
