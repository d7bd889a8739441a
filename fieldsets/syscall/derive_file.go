package syscall

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
)

// typeChars are the letters of the types of file descriptors.
var typeChars = map[string]string{
	"file": "f", "directory": "d", "ipv4": "4", "ipv6": "6", "unix": "u", "pipe": "p", "event": "e", "signalfd": "s", "eventpoll": "l",
	"inotify": "i", "timerfd": "t", "netlink": "n", "bpf": "b", "userfaultfd": "u", "io_uring": "r", "memfd": "m", "pidfd": "P",
}

func fileDerivations() []derivation {
	all := []derivation{
		derive("fd.num", "`evt.rawres` of a call that opens it; -1 where the call failed", plain(descriptorNumber)),
		derive("fd.typechar", "`fd.type`; `f` where openat, openat2 or creat failed", plain(typeChar)),
		derive("fd.name", "the addresses and ports of client and server, if `fd.type` is ipv4 or ipv6", plain(socketName)),
		derive("fd.directory", "`fd.name`, if `fd.type` is file, directory or not given", plain(func(in *fixture.Scope) fieldsets.Extractor { return pathPart(in, directoryOf, true) })),
		derive("fd.filename", "`fd.name`, if `fd.type` is file or not given; there is none where the file could not be opened", plain(fileName)),
		derive("fd.nameraw", "`fd.name`; that of a socket is empty", plain(func(in *fixture.Scope) fieldsets.Extractor {
			name, family := in.Value("fd.name"), in.Value("fd.sockfamily")
			return func(ev *fieldsets.Event, out *fieldsets.Values) {
				v, ok := take(name, ev, out)
				if _, socket := take(family, ev, out); socket {
					out.AddText("")
				} else if ok {
					out.Add(v)
				}
			}
		})),
		derive("fd.containername", "`container.id` and `fd.name`", inContainer("fd.name")),
		derive("fd.containerdirectory", "`container.id` and `fd.directory`", inContainer("fd.directory")),
		derive("fd.sockfamily", "`fd.type`: ip or unix", ofText("fd.type", func(name string, out *fieldsets.Values) {
			switch name {
			case "ipv4", "ipv6":
				out.AddText("ip")
			case "unix":
				out.AddText("unix")
			}
		})),
		derive("fd.dev.major", "`fd.dev`", ofNumber("fd.dev", func(n int64, out *fieldsets.Values) {
			out.Add(fieldsets.NumberValue(uint64(uint32(n)) >> 8 & 0xfff))
		})),
		derive("fd.dev.minor", "`fd.dev`", ofNumber("fd.dev", func(n int64, out *fieldsets.Values) {
			out.Add(fieldsets.NumberValue(uint64(uint32(n))&0xff | uint64(uint32(n))>>12&0xfff00))
		})),
		derive("fd.uid", "`thread.tid` and `fd.num`", plain(func(in *fixture.Scope) fieldsets.Extractor {
			tid, fd := in.Value("thread.tid"), in.Value("fd.num")
			return func(ev *fieldsets.Event, out *fieldsets.Values) {
				t, ok := take(tid, ev, out)
				n, both := take(fd, ev, out)
				if ok && both {
					out.AddBuilt(func(buf []byte) []byte { return strconv.AppendInt(strconv.AppendInt(buf, t.Int(), 10), n.Int(), 10) })
				}
			}
		})),
	}
	for _, side := range []string{"c", "s", "l", "r"} {
		ip := "fd." + side + "ip"
		port := "fd." + side + "port"
		all = append(all,
			derive("fd."+side+"net", "`"+ip+"`", same(ip)),
			derive("fd."+side+"proto", "`"+port+"`, as a number, as in Falco", protocol(port)))
	}
	for _, f := range []struct{ field, from string }{
		{"fd.ip", "the addresses of both sides"}, {"fd.net", "the addresses of both sides"},
		{"fd.port", "the ports of both sides"}, {"fd.proto", "the ports of both sides"},
	} {
		all = append(all, derive(f.field, f.from+"; for conditions alone", nil))
	}
	for _, side := range []string{"c", "s", "l", "r"} {
		all = append(all, derive("fd."+side+"ip.name", "`fd.type` and the address: that no name is known; for conditions alone", nil))
	}
	return all
}

// typeChar derives the letter of a file descriptor. Where there is none, Falco
// goes by the call that should have made it.
func typeChar(in *fixture.Scope) fieldsets.Extractor {
	fdType, evtType, result := in.Value("fd.type"), in.Value("evt.type"), failure(in)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		kind, typed := take(fdType, ev, out)
		if char, ok := typeChars[kind.Text()]; ok {
			out.AddText(char)
		}
		if failed, _ := result(ev, out); typed || !failed {
			return
		}
		switch takeText(evtType, ev, out) {
		case "openat", "openat2", "creat":
			out.AddText("f")
		}
	}
}

// socketName derives the name of a socket: 10.0.0.1:40000->10.0.0.2:443, or that
// of one side if it is a server's.
func socketName(in *fixture.Scope) fieldsets.Extractor {
	fdType, server, name := in.Value("fd.type"), in.Value("fd.is_server"), in.Given("fd.name")
	cip, cport, sip, sport := in.Value("fd.cip"), in.Value("fd.cport"), in.Value("fd.sip"), in.Value("fd.sport")
	side := func(buf []byte, ip, port fieldsets.Value) []byte {
		return strconv.AppendUint(append(ip.Addr().AppendTo(buf), ':'), port.Number(), 10)
	}
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		kind := takeText(fdType, ev, out)
		to, ok := take(sip, ev, out)
		toPort, both := take(sport, ev, out)
		if kind != "ipv4" && kind != "ipv6" || !ok || !both {
			return
		}
		from, ok := take(cip, ev, out)
		fromPort, both := take(cport, ev, out)
		listens, _ := take(server, ev, out)
		given, named := parseSocketName(takeText(name, ev, out))
		switch {
		case named && given.connected == (ok || both): // what contradicts it is found side by side
		case ok && both:
			out.AddBuilt(func(buf []byte) []byte { return side(append(side(buf, from, fromPort), "->"...), to, toPort) })
		case !ok && !both && listens.Bool():
			out.AddBuilt(func(buf []byte) []byte { return side(buf, to, toPort) })
		}
	}
}

// protocol derives the name of a service. Falco prints the number of the port;
// for a socket that waits for clients it is empty.
func protocol(port string) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor {
		number, client, server := in.Value(port), in.Value("fd.cip"), in.Value("fd.is_server")
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			n, ok := take(number, ev, out)
			_, connected := take(client, ev, out)
			listens, _ := take(server, ev, out)
			switch {
			case !ok:
			case listens.Bool() && !connected:
				out.AddText("")
			default:
				out.AddBuilt(func(buf []byte) []byte { return strconv.AppendUint(buf, n.Number(), 10) })
			}
		}
	})
}

// fileName derives the name of a file without its directory. Of a file that could
// not be opened there is no descriptor, and none.
func fileName(in *fixture.Scope) fieldsets.Extractor {
	part := pathPart(in, fileOf, false)
	fdType, evtType, result := in.Value("fd.type"), in.Value("evt.type"), failure(in)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		_, typed := take(fdType, ev, out)
		failed, _ := result(ev, out)
		if name := takeText(evtType, ev, out); typed || !failed || !isOpen(name) && name != "creat" {
			part(ev, out)
		}
	}
}

// pathPart derives a part of the name of a file.
func pathPart(in *fixture.Scope, part func(string) string, directories bool) fieldsets.Extractor {
	name, fdType := in.Value("fd.name"), in.Value("fd.type")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		path, ok := take(name, ev, out)
		t, known := take(fdType, ev, out)
		switch {
		case !ok || !strings.Contains(path.Text(), "/") && !known:
		case !known || t.Text() == "file":
			out.AddText(part(path.Text()))
		case directories && t.Text() == "directory":
			out.Add(path)
		}
	}
}

// directoryOf returns what stands before the last slash; a slash at the end stays.
func directoryOf(path string) string {
	switch i := strings.LastIndexByte(path, '/'); {
	case i <= 0:
		return "/"
	case i < len(path)-1:
		return path[:i]
	}
	return path
}

// fileOf returns what stands behind the last slash; of a path that ends in one it
// is the path.
func fileOf(path string) string {
	switch i := strings.LastIndexByte(path, '/'); {
	case i < 0:
		return "/"
	case i < len(path)-1:
		return path[i+1:]
	}
	return path
}

// inContainer puts the container before a path.
func inContainer(ref string) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor {
		id, path := in.Value("container.id"), in.Value(ref)
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			name, ok := take(path, ev, out)
			container, known := take(id, ev, out)
			if ok && known {
				out.AddBuilt(func(buf []byte) []byte {
					return append(append(append(buf, container.Text()...), ':'), name.Text()...)
				})
			}
		}
	})
}

// isThere reads whether the event has a file descriptor that is known.
func isThere(in *fixture.Scope) func(*fieldsets.Event, *fieldsets.Values) bool {
	signs := []fieldsets.Extractor{in.Value("fd.type")}
	for _, ref := range []string{"fd.ino", "fd.dev", "fd.l4proto", "fd.cip", "fd.sip", "fd.lip", "fd.rip", "fd.cport", "fd.sport", "fd.lport", "fd.rport"} {
		signs = append(signs, in.Given(ref))
	}
	return func(ev *fieldsets.Event, out *fieldsets.Values) bool {
		for _, x := range signs {
			if _, ok := take(x, ev, out); ok {
				return true
			}
		}
		return false
	}
}

// bothSides reads values of both ends of a connection. A descriptor without any is
// there nevertheless, and a socket that is not connected has zero at both.
func bothSides(in *fixture.Scope, own string, zero func(fdType string) (fieldsets.Value, bool), refs ...string) fieldsets.Extractor {
	var sides []fieldsets.Extractor
	for _, ref := range refs {
		sides = append(sides, in.Value(ref))
	}
	there, fdType, given := isThere(in), in.Value("fd.type"), in.Given(own)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		n := out.Len()
		if given(ev, out); out.Len() > n {
			return
		}
		for _, x := range sides {
			x(ev, out)
		}
		if out.Len() > n {
			return
		}
		if there(ev, out) {
			out.MarkPresent()
		}
		if v, ok := zero(takeText(fdType, ev, out)); ok {
			out.Add(v)
		}
	}
}

func zeroAddress(fdType string) (fieldsets.Value, bool) {
	switch fdType {
	case "ipv4":
		return fieldsets.AddrValue(netip.IPv4Unspecified()), true
	case "ipv6":
		return fieldsets.AddrValue(netip.IPv6Unspecified()), true
	}
	return fieldsets.Value{}, false
}

func zeroPort(fdType string) (fieldsets.Value, bool) {
	return fieldsets.NumberValue(0), fdType == "ipv4" || fdType == "ipv6"
}

// hostName reads the name of an address, of which none is known: it differs from
// all names.
func hostName(in *fixture.Scope, own, address string) fieldsets.Extractor {
	given, addr, there := in.Given(own), in.Value(address), isThere(in)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		n := out.Len()
		if given(ev, out); out.Len() > n {
			return
		}
		if _, ok := take(addr, ev, out); ok {
			out.AddText("")
		} else if there(ev, out) {
			out.MarkPresent()
		}
	}
}

// matched returns a field that conditions compare in a way of its own with that
// way, others as they are.
func matched(f *fieldsets.Field, arg fieldsets.Arg, in *fixture.Scope) *fieldsets.Field {
	with := func(match fieldsets.Match, compared fieldsets.Extractor) *fieldsets.Field {
		changed := *f
		changed.Match, changed.Compared = match, compared
		return &changed
	}
	addresses := []string{"fd.cip", "fd.sip", "fd.lip", "fd.rip"}
	ports := []string{"fd.cport", "fd.sport", "fd.lport", "fd.rport"}
	switch f.Name {
	case "fd.ip", "fd.net":
		return with(fieldsets.MatchSides, bothSides(in, f.Name, zeroAddress, addresses...))
	case "fd.port", "fd.proto":
		return with(fieldsets.MatchSides, bothSides(in, f.Name, zeroPort, ports...))
	case "fd.cip.name", "fd.sip.name", "fd.lip.name", "fd.rip.name":
		return with(fieldsets.MatchSome, hostName(in, f.Name, strings.TrimSuffix(f.Name, ".name")))
	case "evt.rawarg":
		return with(fieldsets.MatchSome, nil)
	}
	for _, k := range kin {
		// An environment by its number is, in conditions, that of any ancestor too.
		if f.Name == k.list && k.list != "proc.aargs" && (!arg.Present || k.list == "proc.aenv" && arg.IsIndex) {
			return with(fieldsets.MatchSome, anyAncestor(in, k.parent, k.list))
		}
	}
	return f
}

// anyAncestor reads what conditions compare of all ancestors. Where none are
// given, what outputs print stands for them.
func anyAncestor(in *fixture.Scope, parent, list string) fieldsets.Extractor {
	all, printed := lineage(in, parent, list), in.Given(list)
	switch list {
	case "proc.apid":
		return all
	case "proc.aenv":
		return environments(in)
	}
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		n := out.Len()
		if all(ev, out); out.Len() == n {
			printed(ev, out)
		}
	}
}

// environments reads the variables of all ancestors. One that is known by name
// alone has none.
func environments(in *fixture.Scope) fieldsets.Extractor {
	given, named := lineage(in, "", "proc.aenv"), lineage(in, "proc.pname", "proc.aname")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		n := out.Len()
		named(ev, out)
		ancestors := out.Len() - n
		out.Truncate(n)
		given(ev, out)
		for out.Len()-n < ancestors {
			out.AddText("")
		}
	}
}
