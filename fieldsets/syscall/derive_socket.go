package syscall

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/internal/services"
)

// endpoint is the address and the port of one side of a socket. A name need not
// have the port.
type endpoint struct {
	addr    netip.Addr
	port    uint16
	hasPort bool
}

// socketNames is what the name of an internet socket says: client and server, or
// the server alone.
type socketNames struct {
	client, server endpoint
	// connected says that there is a client.
	connected bool
}

// parseSocketName reads the name of an internet socket as Falco prints it, such as
// 10.0.0.1:4000->10.0.0.2:443, ::1:4000->::1:443 or, of a server, 0.0.0.0:80.
// Brackets around addresses and names of services for ports are read as well.
func parseSocketName(name string) (socketNames, bool) {
	var s socketNames
	client, server, connected := strings.Cut(name, "->")
	if !connected {
		server = name
	}
	var ok bool
	if s.server, ok = parseEndpoint(server); !ok {
		return s, false
	}
	if s.connected = connected; connected {
		s.client, ok = parseEndpoint(client)
		ok = ok && s.client.addr.BitLen() == s.server.addr.BitLen()
	}
	return s, ok
}

// parseEndpoint reads an address and a port. What stands behind the last colon is
// the port where an address is before it, since Falco puts none in brackets.
func parseEndpoint(text string) (endpoint, bool) {
	if colon := strings.LastIndexByte(text, ':'); colon >= 0 {
		if addr, ok := parseAddress(text[:colon]); ok {
			if port, ok := parsePort(text[colon+1:]); ok {
				return endpoint{addr, port, true}, true
			}
		}
	}
	addr, ok := parseAddress(text)
	return endpoint{addr: addr}, ok
}

func parseAddress(text string) (netip.Addr, bool) {
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		text = text[1 : len(text)-1]
	}
	if text == "" || strings.Trim(text, "0123456789abcdefABCDEF.:") != "" {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(text)
	return addr, err == nil
}

func parsePort(text string) (uint16, bool) {
	if n, err := strconv.ParseUint(text, 10, 16); err == nil {
		return uint16(n), true
	}
	return services.Port(text)
}

// isUnixName reports whether a text is the name of a Unix socket as Falco prints
// it: two addresses in memory and a path, 9c758d0f->9c758d0a /run/docker.sock.
func isUnixName(name string) bool {
	isHex := func(s string) bool { return s != "" && strings.Trim(s, "0123456789abcdef") == "" }
	from, rest, arrow := strings.Cut(name, "->")
	to, _, _ := strings.Cut(rest, " ")
	return arrow && isHex(from) && isHex(to)
}

// namedType derives the type of a file descriptor from the name of a socket.
func namedType(in *fixture.Scope) fieldsets.Extractor {
	name := in.Given("fd.name")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		text := takeText(name, ev, out)
		switch s, ok := parseSocketName(text); {
		case ok && s.server.addr.Is4():
			out.AddText("ipv4")
		case ok:
			out.AddText("ipv6")
		case isUnixName(text):
			out.AddText("unix")
		}
	}
}

// ofSocketName reads what fd.name says of an internet socket, unless fd.type says
// that the descriptor is another thing.
func ofSocketName(in *fixture.Scope) func(*fieldsets.Event, *fieldsets.Values) (socketNames, bool) {
	name, fdType := in.Given("fd.name"), in.Given("fd.type")
	return func(ev *fieldsets.Event, out *fieldsets.Values) (socketNames, bool) {
		if kind, typed := take(fdType, ev, out); typed && kind.Text() != "ipv4" && kind.Text() != "ipv6" {
			return socketNames{}, false
		}
		return parseSocketName(takeText(name, ev, out))
	}
}

// address adds the address of a side, if there is one.
func (e endpoint) address(out *fieldsets.Values) {
	if e.addr.IsValid() {
		out.Add(fieldsets.AddrValue(e.addr))
	}
}

// portNumber adds the port of a side, if there is one.
func (e endpoint) portNumber(out *fieldsets.Values) {
	if e.hasPort {
		out.Add(fieldsets.NumberValue(uint64(e.port)))
	}
}

// fromName derives an address or a port from fd.name.
func fromName(of func(s socketNames, out *fieldsets.Values)) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor {
		named := ofSocketName(in)
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			if s, ok := named(ev, out); ok {
				of(s, out)
			}
		}
	})
}

// pair is a field of the client with the one that says the same of the server.
type pair struct{ client, server fieldsets.Extractor }

// serverIsLocal reads whether the process is the server of a connection. What is
// given of the local and the remote side decides; otherwise fd.is_server and the
// type of the event do. As in Falco, a client with an address of the machine is the
// local side.
func serverIsLocal(in *fixture.Scope) func(*fieldsets.Event, *fieldsets.Values) bool {
	addresses := pair{in.Value("fd.cip"), in.Value("fd.sip")}
	ports := pair{in.Value("fd.cport"), in.Value("fd.sport")}
	given := []struct {
		read  fieldsets.Extractor
		sides pair
		local bool
	}{
		{in.Given("fd.lip"), addresses, true}, {in.Given("fd.rip"), addresses, false},
		{in.Given("fd.lport"), ports, true}, {in.Given("fd.rport"), ports, false},
	}
	isServer, evtType := in.Given("fd.is_server"), in.Value("evt.type")
	return func(ev *fieldsets.Event, out *fieldsets.Values) bool {
		for _, g := range given {
			v, ok := take(g.read, ev, out)
			client, hasClient := take(g.sides.client, ev, out)
			server, hasServer := take(g.sides.server, ev, out)
			if ok && hasClient && hasServer && client != server && (v == client || v == server) {
				return (v == server) == g.local
			}
		}
		if client, _ := take(addresses.client, ev, out); client.Addr().IsLoopback() {
			return false
		}
		if v, ok := take(isServer, ev, out); ok {
			return v.Bool()
		}
		name := takeText(evtType, ev, out)
		return name == "accept" || name == "accept4"
	}
}

// localSide derives an address or a port of the local or the remote side from those
// of client and server. A socket without client has neither side.
func localSide(client, server string, local bool) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor {
		sides := pair{in.Value(client), in.Value(server)}
		isServer := serverIsLocal(in)
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			c, hasClient := take(sides.client, ev, out)
			s, hasServer := take(sides.server, ev, out)
			switch {
			case !hasClient || !hasServer:
			case isServer(ev, out) == local:
				out.Add(s)
			default:
				out.Add(c)
			}
		}
	})
}

// isServer derives whether the process is the server. What is given of a connection
// may well differ, where both sides are of one machine or Falco knows of neither.
func isServer(in *fixture.Scope) fieldsets.Extractor {
	named, given, local := ofSocketName(in), in.Given("fd.is_server"), serverIsLocal(in)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		s, ok := named(ev, out)
		v, known := take(given, ev, out)
		switch {
		case !ok:
		case !s.connected:
			out.Add(fieldsets.BoolValue(true))
		case known:
			out.Add(v)
		default:
			out.Add(fieldsets.BoolValue(s.server.addr.IsLoopback() || local(ev, out)))
		}
	}
}

func socketDerivations() []derivation {
	all := []derivation{
		derive("fd.type", "`fd.name`, if it is the name of a socket: ipv4, ipv6 or unix", plain(namedType)),
		derive("fd.cip", "the client's address in `fd.name`", fromName(func(s socketNames, out *fieldsets.Values) { s.client.address(out) })),
		derive("fd.cport", "the client's port in `fd.name`", fromName(func(s socketNames, out *fieldsets.Values) { s.client.portNumber(out) })),
		derive("fd.sip", "the server's address in `fd.name`", fromName(func(s socketNames, out *fieldsets.Values) { s.server.address(out) })),
		derive("fd.sport", "the server's port in `fd.name`", fromName(func(s socketNames, out *fieldsets.Values) { s.server.portNumber(out) })),
		derive("fd.is_server", "`fd.name`: true of a socket without client, and where the local side is the server", plain(isServer)),
	}
	const local = "`fd.cip` and `fd.sip`: the server's if `fd.is_server` is true or `evt.type` is accept or accept4, else the client's"
	return append(all,
		derive("fd.lip", local, localSide("fd.cip", "fd.sip", true)),
		derive("fd.rip", "`fd.cip` and `fd.sip`: the one that is not `fd.lip`", localSide("fd.cip", "fd.sip", false)),
		derive("fd.lport", "the port that goes with `fd.lip`", localSide("fd.cport", "fd.sport", true)),
		derive("fd.rport", "the port that goes with `fd.rip`", localSide("fd.cport", "fd.sport", false)),
	)
}
