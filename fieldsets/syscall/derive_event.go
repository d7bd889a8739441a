package syscall

import (
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
		derive("evt.dir", "`evt.type`: `<` for all but a few", ofInfo(func(info *eventInfo, out *fieldsets.Values) { out.AddText(info.direction) })),
		derive("evt.category", "`evt.type`; of reading, writing and the like also `fd.type`", plain(category)),
		derive("evt.is_io", "`evt.type`", ofInfo(func(i *eventInfo, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(i.reads || i.writes)) })),
		derive("evt.is_io_read", "`evt.type`", ofInfo(func(i *eventInfo, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(i.reads)) })),
		derive("evt.is_io_write", "`evt.type`", ofInfo(func(i *eventInfo, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(i.writes)) })),
		derive("evt.is_wait", "`evt.type`", ofInfo(func(i *eventInfo, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(i.waits)) })),
		derive("evt.io_dir", "`evt.type`: write or read", ofInfo(func(i *eventInfo, out *fieldsets.Values) {
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
		derive("evt.rawres", "`evt.res`, if it names an error, or the parameter `res` or `fd`; where `evt.res` is SUCCESS or `evt.failed` is false, 0 for calls that return nothing else then, and `fd.num` for those that open it", plain(rawResult)),
		derive("evt.res", "`evt.rawres`: SUCCESS, or the name of the error; SUCCESS where `evt.failed` is false", plain(resultName)),
		derive("evt.failed", "`evt.rawres` is negative, or `evt.res` is not SUCCESS", plain(failed)),
		derive("evt.count.error", "1 where `evt.failed` is true, else 0", plain(failed)),
		derive("evt.arg", "the other way to name the parameter; `evt.rawarg` as Falco prints it, with the names of flags and errors, of the file that is `fd.num`, of the process, its parent, the user and the group, where they are known; the parameters `res` and `fd` that are the result, `evt.rawres`, `evt.res` or `evt.failed`", eventArgument),
		derive("evt.rawarg", "`evt.arg`, if it is a number or names of flags, or the type is text; for the result as `evt.arg`", rawArgument),
		derive("evt.args", "`evt.info`", same("evt.info")),
		derive("evt.info", "`evt.args`", same("evt.args")),
		derive("evt.buffer", "`evt.rawarg.data`", same("evt.rawarg.data")),
		derive("evt.is_open_read", "`evt.type` and the parameter `flags` have O_RDONLY or O_RDWR", opened(has(openRead))),
		derive("evt.is_open_write", "`evt.type` and the parameter `flags` have O_WRONLY or O_RDWR", opened(has(openWrite))),
		derive("evt.is_open_create", "`evt.type`, and the parameter `flags` has O_F_CREATED, or O_TMPFILE and the result is no error; O_CREAT does not say that the file was new", opened(created)),
		derive("evt.is_open_exec", "`evt.type`, O_CREAT or O_TMPFILE in the parameter `flags`, and a bit for execution in `mode`", plain(openedExecutable)),
	}
}

func constant(v fieldsets.Value) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(*fixture.Scope) fieldsets.Extractor {
		return func(_ *fieldsets.Event, out *fieldsets.Values) { out.Add(v) }
	})
}

// ofInfo derives a field from what there is to know of the event type.
func ofInfo(of func(*eventInfo, *fieldsets.Values)) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return ofText("evt.type", func(name string, out *fieldsets.Values) {
		if info, ok := infoOf(name); ok {
			of(info, out)
		}
	})
}

// unknownCategory is the category of what reads or writes nobody knows what.
const unknownCategory = "unknown"

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
			out.AddText(unknownCategory)
		}
	}
}

func isSyslog(in *fixture.Scope) fieldsets.Extractor {
	evtType, name := in.Value("evt.type"), in.Value("fd.name")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		if info, ok := infoOf(takeText(evtType, ev, out)); ok {
			file, known := take(name, ev, out)
			if known || !info.writes {
				out.Add(fieldsets.BoolValue(info.writes && strings.Contains(file.Text(), "/dev/log")))
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

// opened derives how a file was opened; other events did not open one. What is
// not known tells nothing.
func opened(how func(flags uint64, failed, known bool) (is, ok bool)) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor {
		evtType, flags := in.Value("evt.type"), in.Value("evt.rawarg.flags")
		result := failure(in)
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			v, ok := take(evtType, ev, out)
			if !ok {
				return
			}
			if !isOpen(v.Text()) {
				out.Add(fieldsets.BoolValue(false))
				return
			}
			f, given := take(flags, ev, out)
			failed, known := result(ev, out)
			if is, ok := how(f.Number(), failed, known); given && ok {
				out.Add(fieldsets.BoolValue(is))
			}
		}
	})
}

// has tells of a flag whether it is set, whatever the result.
func has(flag uint64) func(flags uint64, failed, known bool) (is, ok bool) {
	return func(flags uint64, _, _ bool) (bool, bool) { return flags&flag != 0, true }
}

// created tells whether a file is new. One without a name is, unless that failed.
func created(flags uint64, failed, known bool) (is, ok bool) {
	switch {
	case flags&openCreated != 0:
		return true, true
	case flags&openTmpfile != 0:
		return !failed, known
	}
	return false, true
}

func openedExecutable(in *fixture.Scope) fieldsets.Extractor {
	evtType, flags, mode := in.Value("evt.type"), in.Value("evt.rawarg.flags"), in.Value("evt.rawarg.mode")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		v, ok := take(evtType, ev, out)
		if !ok {
			return
		}
		f, given := take(flags, ev, out)
		m, known := take(mode, ev, out)
		switch {
		case v.Text() == "creat", isOpen(v.Text()) && f.Number()&(openCreat|openTmpfile) != 0 && v.Text() != "open_by_handle_at":
			if known {
				out.Add(fieldsets.BoolValue(m.Number()&executable != 0))
			}
		case given || !isOpen(v.Text()):
			out.Add(fieldsets.BoolValue(false))
		}
	}
}
