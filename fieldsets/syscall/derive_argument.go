package syscall

import (
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
)

// eventArgument derives evt.arg from the reference by number or by name, or from
// evt.rawarg.
func eventArgument(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
	each, raw, evtType := in.Each("evt.arg"), in.Each("evt.rawarg"), in.Value("evt.type")
	print, result := newPrinter(in), resultParameter(in)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		info, ok := infoOf(takeText(evtType, ev, out))
		if !ok {
			return
		}
		number := parameterNumber(info, arg)
		if number < 0 {
			return
		}
		param := info.Params[number]
		for other, v := range each.Of(ev) {
			if other.Named != arg.Named && parameterNumber(info, other) == number {
				out.Add(v)
				return
			}
		}
		for other, v := range raw.Of(ev) {
			if other.Key == param.Name && sameKind(param) {
				print.add(info.Name, param, v, ev, out)
				return
			}
		}
		if number == 0 && info.hasResult() {
			if v, known := take(result, ev, out); known {
				print.add(info.Name, param, v, ev, out)
			}
		}
	}
}

// sameKind reports whether evt.rawarg holds a parameter as what it is: Falco
// takes the type of the first event that has one of the name.
func sameKind(p Param) bool {
	first, _ := EventParam(p.Name)
	return first.Type.Bits() > 0 == (p.Type.Bits() > 0)
}

// parameterNumber returns which of the parameters an argument names, or -1.
func parameterNumber(info *eventInfo, arg fieldsets.Arg) int {
	if arg.IsIndex {
		if arg.Index < uint64(len(info.Params)) {
			return int(arg.Index)
		}
		return -1
	}
	for i, p := range info.Params {
		if p.Name == arg.Key {
			return i
		}
	}
	return -1
}

// printer prints parameters as Falco does, which knows what is behind numbers.
type printer struct {
	fd    descriptor
	names map[fieldsets.Type][]named
}

// named is a number that has a name.
type named struct{ number, name fieldsets.Extractor }

// descriptor is the file descriptor of the event.
type descriptor struct{ number, kind, protocol, name fieldsets.Extractor }

func newPrinter(in *fixture.Scope) *printer {
	return &printer{
		fd: descriptor{in.Value("fd.num"), in.Value("fd.type"), in.Value("fd.l4proto"), in.Value("fd.name")},
		names: map[fieldsets.Type][]named{
			fieldsets.PID: {{in.Value("proc.pid"), in.Value("proc.name")}, {in.Value("proc.ppid"), in.Value("proc.pname")}},
			fieldsets.UID: {{in.Value("user.uid"), in.Value("user.name")}},
			fieldsets.GID: {{in.Value("group.gid"), in.Value("group.name")}},
		},
	}
}

// add adds what evt.arg prints of a parameter's value, or nothing where that
// cannot be told.
func (p *printer) add(evtType string, t Param, v fieldsets.Value, ev *fieldsets.Event, out *fieldsets.Values) {
	if set, ok := flagsOf(evtType, t.Name); ok {
		addFlags(set, t, v, out)
		return
	}
	switch t.Type {
	case fieldsets.FD:
		if v.Int() < 0 {
			addMissing(v.Int(), out)
		} else {
			p.fd.add(v.Int(), ev, out)
		}
	case fieldsets.Errno:
		if v.Int() < 0 {
			addError(v.Int(), out)
		} else {
			addNumber(t, v, out)
		}
	case fieldsets.PID:
		if v.Int() <= 0 { // no process
			addNumber(t, v, out)
		} else {
			p.addName(t.Type, v, ev, out)
		}
	case fieldsets.UID, fieldsets.GID:
		if uint32(v.Number()) == ^uint32(0) {
			out.AddText("<NONE>")
		} else {
			p.addName(t.Type, v, ev, out)
		}
	case fieldsets.SigType:
		if name, ok := signals().byNumber[v.Int()]; ok {
			out.AddText(name)
		} else {
			addNumber(t, v, out)
		}
	case fieldsets.RelTime:
		addDuration(v.Int(), out)
	case fieldsets.FSPath, fieldsets.FSRelPath:
		if v.Text() == "" || v.Text()[0] == '/' { // others are from where nobody knows
			out.Add(v)
		}
	case fieldsets.CharBuf:
		out.Add(v)
	case fieldsets.ByteBuf:
		addBytes(v.Text(), out)
	case fieldsets.SyscallID, fieldsets.AbsTime:
	default:
		if t.Type.Bits() > 0 {
			addNumber(t, v, out)
		}
	}
}

// addFlags adds the names of flags, or the number where none is.
func addFlags(set flagSet, t Param, v fieldsets.Value, out *fieldsets.Values) {
	n := out.Len()
	out.AddBuilt(func(buf []byte) []byte { return set.appendNames(buf, v.Number()) })
	if out.All()[n].Text() != "" {
		return
	}
	out.Truncate(n)
	if t.Type != fieldsets.Mode {
		t.Print = fieldsets.PrintDecimal
	}
	addNumber(t, v, out)
}

// addNumber adds the number of a parameter.
func addNumber(t Param, v fieldsets.Value, out *fieldsets.Values) {
	f := fieldsets.Field{Type: t.Type, Print: t.Print}
	out.AddBuilt(func(buf []byte) []byte {
		if t.Print == fieldsets.PrintOctal && v.Number() != 0 {
			buf = append(buf, '0')
		}
		return f.AppendText(buf, v)
	})
}

// addMissing adds what a file descriptor is that is none.
func addMissing(n int64, out *fieldsets.Values) {
	if n == currentDirectory {
		out.AddText(currentDirectoryName)
		return
	}
	addError(n, out)
}

// protocolChars are the letters of the protocols of sockets.
var protocolChars = map[string]string{"tcp": "t", "udp": "u", "icmp": "i", "raw": "r", "<NA>": ""}

// add adds what a file descriptor is printed as, if it is that of the event.
func (d *descriptor) add(number int64, ev *fieldsets.Event, out *fieldsets.Values) {
	own, ok := take(d.number, ev, out)
	name, named := take(d.name, ev, out)
	kind := takeText(d.kind, ev, out)
	protocol, known := "", true
	if kind == "ipv4" || kind == "ipv6" {
		protocol, known = protocolChars[takeText(d.protocol, ev, out)]
	}
	char, typed := typeChars[kind]
	if !ok || !named || !known || !typed || own.Int() != number {
		return
	}
	out.AddBuilt(func(buf []byte) []byte {
		buf = append(append(append(buf, '<'), char...), protocol...)
		return append(append(buf, '>'), name.Text()...)
	})
}

// addName adds the name that goes with a number, if it is known.
func (p *printer) addName(t fieldsets.Type, v fieldsets.Value, ev *fieldsets.Event, out *fieldsets.Values) {
	for _, who := range p.names[t] {
		if number, ok := take(who.number, ev, out); ok && number.Int() == v.Int() {
			who.name(ev, out)
			return
		}
	}
}

// addDuration adds nanoseconds as seconds.
func addDuration(n int64, out *fieldsets.Values) {
	if n == -1 {
		out.AddText("none")
		return
	}
	out.AddBuilt(func(buf []byte) []byte {
		return append(strconv.AppendFloat(buf, float64(uint64(n))/1e9, 'g', 6, 64), 's')
	})
}

// addBytes adds bytes, with dots for those that cannot be printed.
func addBytes(text string, out *fieldsets.Values) {
	if text == "" {
		out.AddText("NULL")
		return
	}
	out.AddBuilt(func(buf []byte) []byte {
		for i := range len(text) {
			if c := text[i]; c < ' ' || c > '~' {
				buf = append(buf, '.')
			} else {
				buf = append(buf, c)
			}
		}
		return buf
	})
}

// rawArgument derives evt.rawarg from evt.arg.
func rawArgument(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
	if !arg.Named {
		return nil
	}
	first, _ := EventParam(arg.Key)
	text, evtType, result := in.Value("evt.arg."+arg.Key), in.Value("evt.type"), resultParameter(in)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		name, t := takeText(evtType, ev, out), first
		if info, ok := infoOf(name); ok {
			number := parameterNumber(info, arg)
			if number < 0 {
				return
			}
			t = info.Params[number]
			if number == 0 && info.hasResult() {
				if v, known := take(result, ev, out); known && sameKind(t) {
					out.Add(v)
					return
				}
			}
		}
		v, ok := take(text, ev, out)
		if !ok {
			return
		}
		switch {
		case !sameKind(t):
		case t.Type.Bits() > 0:
			addRaw(name, t, v.Text(), out)
		case t.Type == fieldsets.CharBuf || t.Type == fieldsets.FSPath || t.Type == fieldsets.FSRelPath || t.Type == fieldsets.ByteBuf:
			out.Add(v)
		}
	}
}

// addRaw adds the number that is printed as text.
func addRaw(evtType string, t Param, text string, out *fieldsets.Values) {
	set, flags := flagsOf(evtType, t.Name)
	base := 10
	switch {
	case t.Print == fieldsets.PrintOctal:
		base = 8
	case t.Print == fieldsets.PrintHex && !flags:
		base = 16
	}
	if n, err := strconv.ParseInt(strings.TrimPrefix(text, "0x"), base, 64); err == nil {
		out.Add(fieldsets.IntValue(n))
		return
	}
	if n, ok := signals().byName[text]; ok && t.Type == fieldsets.SigType {
		out.Add(fieldsets.IntValue(n))
		return
	}
	if t.Type.Signed() {
		if n, ok := numberOf(t.Type, text); ok {
			out.Add(fieldsets.IntValue(n))
		}
		return
	}
	if n, bad := set.parse(text); flags && bad == "" {
		out.Add(fieldsets.NumberValue(n))
	}
}
