package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// Families of sockets, in Falco's numbering.
const (
	afUnix    = 1
	afIPv4    = 2
	afIPv6    = 10
	afNetlink = 16
)

// Address is the address of a socket, as in a parameter.
type Address struct {
	Family byte
	IP     []byte // in network byte order, of 4 or 16 bytes
	Port   uint16
	Path   []byte // of Unix sockets
}

// ParseAddress parses a parameter with an address. It returns false if there is none or it is
// invalid.
func ParseAddress(p []byte) (Address, bool) {
	if len(p) == 0 {
		return Address{}, false
	}
	a := Address{Family: p[0]}
	switch a.Family {
	case afIPv4:
		if len(p) < 7 {
			return a, false
		}
		a.IP, a.Port = p[1:5], binary.LittleEndian.Uint16(p[5:])
	case afIPv6:
		if len(p) < 19 {
			return a, false
		}
		a.IP, a.Port = p[1:17], binary.LittleEndian.Uint16(p[17:])
	case afUnix:
		if len(p) < 2 || p[len(p)-1] != 0 {
			return a, false
		}
		a.Path = cut(p[1:])
	}
	return a, true
}

// Ends are the two ends of a connection, as in a parameter.
type Ends struct {
	Family             byte
	Source, Dest       []byte // addresses in network byte order, of 4 or 16 bytes
	SourcePort         uint16
	DestPort           uint16
	SourceKey, DestKey uint64 // of Unix sockets
	Path               []byte
}

// ParseEnds parses a parameter with the ends of a connection. It returns false if there are
// none or they are invalid.
func ParseEnds(p []byte) (Ends, bool) {
	if len(p) == 0 {
		return Ends{}, false
	}
	e := Ends{Family: p[0]}
	switch e.Family {
	case afIPv4:
		if len(p) < 13 {
			return e, false
		}
		e.Source, e.SourcePort = p[1:5], binary.LittleEndian.Uint16(p[5:])
		e.Dest, e.DestPort = p[7:11], binary.LittleEndian.Uint16(p[11:])
	case afIPv6:
		if len(p) < 37 {
			return e, false
		}
		e.Source, e.SourcePort = p[1:17], binary.LittleEndian.Uint16(p[17:])
		e.Dest, e.DestPort = p[19:35], binary.LittleEndian.Uint16(p[35:])
	case afUnix:
		if len(p) < 18 || p[len(p)-1] != 0 {
			return e, false
		}
		e.SourceKey, e.DestKey = binary.LittleEndian.Uint64(p[1:]), binary.LittleEndian.Uint64(p[9:])
		e.Path = cut(p[17:])
	}
	return e, true
}

// socketName returns the name of a socket that is in s.buf. It is longer than the limit only if
// a capture invents it.
func (s *State) socketName() string {
	const most = 512
	return s.text(s.buf[:min(len(s.buf), most)])
}

func cut(b []byte) []byte {
	if before, _, ok := bytes.Cut(b, []byte{0}); ok {
		return before
	}
	return b
}

// mapped reports whether an IPv6 address stands for an IPv4 address.
func mapped(ip []byte) bool {
	for _, b := range ip[:10] {
		if b != 0 {
			return false
		}
	}
	return ip[10] == 0xff && ip[11] == 0xff || bytes.Equal(ip[10:16], make([]byte, 6))
}

// unmap turns the ends into IPv4 if both addresses stand for IPv4 addresses.
func (e *Ends) unmap() {
	if e.Family == afIPv6 && mapped(e.Source) && mapped(e.Dest) {
		e.Family, e.Source, e.Dest = afIPv4, e.Source[12:], e.Dest[12:]
	}
}

func appendPort(dst []byte, port uint16) []byte {
	return strconv.AppendUint(append(dst, ':'), uint64(port), 10)
}

// AppendAddr appends an address of 4 or 16 bytes as text.
func AppendAddr(dst, ip []byte) []byte {
	addr, ok := netip.AddrFromSlice(ip)
	if !ok {
		return dst
	}
	if addr.Is4() {
		return addr.AppendTo(dst)
	}
	return appendIPv6(dst, addr)
}

// appendIPv6 appends an IPv6 address as inet_ntop does, which knows IPv4-compatible
// addresses.
func appendIPv6(dst []byte, addr netip.Addr) []byte {
	b := addr.As16()
	if addr.Is4In6() {
		return append(append(dst, "::ffff:"...), netip.AddrFrom4([4]byte(b[12:])).String()...)
	}
	compatible := true
	for _, x := range b[:12] {
		compatible = compatible && x == 0
	}
	if compatible && (b[12] != 0 || b[13] != 0) {
		return append(append(dst, "::"...), netip.AddrFrom4([4]byte(b[12:])).String()...)
	}
	return addr.AppendTo(dst)
}

// AppendTo appends an address as text.
func (a Address) AppendTo(dst []byte) []byte {
	switch a.Family {
	case afUnix:
		return append(dst, a.Path...)
	case afIPv4, afIPv6:
		return appendPort(AppendAddr(dst, a.IP), a.Port)
	}
	return fmt.Appendf(dst, "family %d", a.Family)
}

// AppendTo appends the ends of a connection as text.
func (e Ends) AppendTo(dst []byte) []byte {
	e.unmap()
	switch e.Family {
	case afUnix:
		return appendUnix(dst, e.SourceKey, e.DestKey, e.Path)
	case afIPv4, afIPv6:
		dst = append(appendPort(AppendAddr(dst, e.Source), e.SourcePort), "->"...)
		return appendPort(AppendAddr(dst, e.Dest), e.DestPort)
	}
	return fmt.Appendf(dst, "family %d", e.Family)
}

func appendUnix(dst []byte, source, dest uint64, path []byte) []byte {
	dst = append(strconv.AppendUint(dst, source, 16), "->"...)
	return append(append(strconv.AppendUint(dst, dest, 16), ' '), path...)
}

// appendEnds appends the addresses of a socket for IP with their ports.
func (f *File) appendEnds(dst []byte) []byte {
	dst = appendPort(AppendAddr(dst, f.Source()), f.SourcePort())
	if f.IsConn() {
		dst = appendPort(AppendAddr(append(dst, "->"...), f.Dest()), f.DestPort())
	}
	return dst
}

// rename sets the name of a connection to its addresses, as its protocol wants it.
func (s *State) rename(f *File) {
	s.buf = s.buf[:0]
	switch l4 := f.rawL4(); {
	case l4 == TCP || l4 == UDP:
		if source, dest := f.Source(), f.Dest(); f.Type == scap.IPv6 && mapped(source) && mapped(dest) {
			// The ports are where those of IPv4 would be.
			port := func(at int) uint16 { return binary.LittleEndian.Uint16(f.Sock[at:]) }
			s.buf = append(appendPort(AppendAddr(s.buf, source[12:]), port(8)), "->"...)
			s.buf = appendPort(AppendAddr(s.buf, dest[12:]), port(10))
			break
		}
		s.buf = f.appendEnds(s.buf)
	case l4 == ICMP || l4 == RawIP && f.Type == scap.IPv4:
		source, dest := f.Source(), f.Dest()
		if f.Type == scap.IPv6 && mapped(source) && mapped(dest) {
			source, dest = source[12:], dest[12:]
		}
		s.buf = AppendAddr(append(AppendAddr(s.buf, source), "->"...), dest)
	default:
		s.buf = append(s.buf, "<unknown>"...)
	}
	f.Name = s.socketName()
}

// addSocket adds a new socket to the process.
func (s *State) addSocket(fd int64, domain, kind, protocol, flags uint32) {
	f := &File{Type: scap.UnknownFile, Flags: flags}
	switch domain {
	case afUnix:
		f.Type = scap.Unix
	case afIPv4, afIPv6:
		if f.Type = scap.IPv4; domain == afIPv6 {
			f.Type = scap.IPv6
		}
		f.setL4(protocolOf(kind, protocol))
	case afNetlink:
		f.Type = scap.Netlink
	}
	s.addFile(fd, f)
}

// protocolOf returns the protocol of a socket.
func protocolOf(kind, protocol uint32) L4 {
	const stream, datagram, raw = 1, 2, 3
	orRaw := func(p L4) L4 {
		if kind == raw {
			return RawIP
		}
		return p
	}
	switch protocol {
	case 0:
		switch kind & 0xff { // without flags
		case stream:
			return TCP
		case datagram:
			return UDP
		}
	case 1:
		return orRaw(ICMP)
	case 6:
		return orRaw(TCP)
	case 17:
		return orRaw(UDP)
	case 255:
		return RawIP
	}
	return UnknownL4
}

func (s *State) socketpair(result int64) {
	if result < 0 {
		return
	}
	fd1, fd2 := s.int64(1), s.int64(2)
	if fd1 == fd2 {
		s.File = nil
		return
	}
	f := &File{Type: scap.Unix}
	binary.LittleEndian.PutUint64(f.Sock[:], s.number(3))
	binary.LittleEndian.PutUint64(f.Sock[8:], s.number(4))
	other := copyOf(f)
	s.addFile(fd1, f)
	s.add(s.Thread0, fd2, other)
}

func (s *State) bind(result int64) {
	addr, ok := ParseAddress(s.param(1))
	if s.File == nil || result < 0 || !ok {
		return
	}
	f := s.changeFile()
	if (addr.Family == afIPv4 || addr.Family == afIPv6) && addr.Port > 0 {
		// The protocol is where the family of the address has it.
		from := scap.IPv4
		if addr.Family == afIPv6 {
			from = scap.IPv6
		}
		l4 := L4(f.Sock[tuples[from].l4])
		ip := addr.IP
		if f.Type = scap.IPv4Server; addr.Family == afIPv6 {
			if f.Type = scap.IPv6Server; mapped(ip) {
				f.Type, ip = scap.IPv4Server, ip[12:]
			}
		}
		f.setSource(ip, addr.Port)
		f.setL4(l4)
		f.Role |= Server
	}
	s.buf = addr.AppendTo(s.buf[:0])
	f.Name = s.socketName()
}

// einprogress is the result of a connect that goes on in the background.
const einprogress = -115

func (s *State) connect(result int64) {
	if s.File == nil || result < 0 && result != einprogress {
		return
	}
	f := s.changeFile()
	f.Role |= Connected
	var enterAddr Address
	entered := false
	if enter := s.entered(); enter != nil {
		enterAddr, entered = ParseAddress(enter.param(1))
	}
	if !s.has(1) {
		if entered {
			s.connectTo(f, enterAddr)
		}
		return
	}
	ends, ok := ParseEnds(s.param(1))
	if !ok {
		return
	}
	exitAddr, exited := ParseAddress(s.param(3))
	s.connected(f, ends, exitAddr, enterAddr, exited && entered)
}

// connectTo sets the destination of a socket whose connection is not known yet.
func (s *State) connectTo(f *File, a Address) {
	switch {
	case a.Family == afIPv4:
		f.Type = scap.IPv4
		f.setDest(a.IP, a.Port)
	case a.Family == afIPv6 && mapped(a.IP):
		f.Type = scap.IPv4
		f.setDest(a.IP[12:], a.Port)
	case a.Family == afIPv6:
		f.Type = scap.IPv6
		f.setDest(a.IP, a.Port)
	default:
		// The Falco libs take the missing parameter of the return.
		f.Name = "NULL"
	}
}

// connected sets the ends of a connection. If the kernel's destination is the one in memory,
// that at the entry of the call counts, which no other thread can have changed.
func (s *State) connected(f *File, e Ends, exit, enter Address, both bool) {
	switch e.Family {
	case afIPv4, afIPv6:
		if both && exit.Family == e.Family && enter.Family == e.Family && e.DestPort == exit.Port && bytes.Equal(e.Dest, exit.IP) {
			e.Dest, e.DestPort = enter.IP, enter.Port
		}
		e.unmap()
		if f.Type = scap.IPv4; e.Family == afIPv6 {
			f.Type = scap.IPv6
		}
		if f.setEnds(e) && f.Role&Server != 0 && f.isUDP() {
			f.swap()
		}
		s.rename(f)
	default:
		if f.Type != scap.Unix {
			return
		}
		path := e.Path
		if both && exit.Family == afUnix && enter.Family == afUnix && bytes.Equal(path, exit.Path) {
			path = enter.Path
		}
		binary.LittleEndian.PutUint64(f.Sock[:], e.SourceKey)
		binary.LittleEndian.PutUint64(f.Sock[8:], e.DestKey)
		s.buf = appendUnix(s.buf[:0], e.SourceKey, e.DestKey, path)
		f.Name = s.socketName()
	}
	if !f.HasRole() {
		f.Role |= Client
	}
}

// setEnds sets the addresses of a connection of the type of f, and reports whether they
// changed other than that they changed places.
func (f *File) setEnds(e Ends) bool {
	if f.hasEnds(e) {
		return false
	}
	f.setSource(e.Source, e.SourcePort)
	f.setDest(e.Dest, e.DestPort)
	return true
}

// hasEnds reports whether a connection has the given ends, in any order.
func (f *File) hasEnds(e Ends) bool {
	a, b, aPort, bPort := f.Source(), f.Dest(), f.SourcePort(), f.DestPort()
	return bytes.Equal(a, e.Source) && aPort == e.SourcePort && bytes.Equal(b, e.Dest) && bPort == e.DestPort ||
		bytes.Equal(b, e.Source) && bPort == e.SourcePort && bytes.Equal(a, e.Dest) && aPort == e.DestPort
}

func isZero(ip []byte) bool {
	for _, b := range ip {
		if b != 0 {
			return false
		}
	}
	return true
}

func (s *State) accept(fd int64) {
	if fd < 0 {
		return
	}
	s.Thread0.lastFD = fd
	e, ok := ParseEnds(s.param(1))
	if !ok {
		return
	}
	f := &File{Role: Server | Connected}
	switch e.unmap(); e.Family {
	case afIPv4, afIPv6:
		if f.Type = scap.IPv4; e.Family == afIPv6 {
			f.Type = scap.IPv6
		}
		f.setEnds(e)
		f.setL4(TCP)
	case afUnix:
		f.Type = scap.Unix
		binary.LittleEndian.PutUint64(f.Sock[:], e.SourceKey)
		binary.LittleEndian.PutUint64(f.Sock[8:], e.DestKey)
	default:
		return
	}
	s.buf = e.AppendTo(s.buf[:0])
	f.Name = s.socketName()
	if s.is(table.Accept46X) {
		f.Flags = s.uint32(5) & closeExec
	}
	s.addFile(fd, f)
}

// read handles calls that read: those of datagram sockets say who sent the data.
func (s *State) read(result int64) {
	if s.is(table.RecvmmsgX) && !s.has(0) || s.File == nil || result < 0 {
		return
	}
	s.setConnected()
	param := -1
	switch s.Event.Info.Code {
	case table.RecvfromX:
		param = 2
	case table.RecvmsgX:
		param = 3
	case table.RecvmmsgX, table.RecvX:
		param = 4
	}
	if param < 0 || s.File.Name != "" && s.File.isTCP() {
		return
	}
	if f, ok := s.setPeer(param, true); ok && f.IsConn() {
		if f.Role&Client != 0 {
			f.swap()
		}
		s.rename(f)
	}
}

// write handles calls that write: those of datagram sockets say to whom.
func (s *State) write(result int64) {
	if s.is(table.SendmmsgX) && !s.has(0) {
		return
	}
	sends := false
	switch s.Event.Info.Code {
	case table.SendX, table.SendtoX, table.SendmsgX:
		sends = true
		if s.File == nil {
			s.inferSocket(result)
		}
	case table.SendmmsgX:
		sends = true
	}
	if s.File == nil || result < 0 {
		return
	}
	s.setConnected()
	if !sends || s.File.Name != "" && s.File.isTCP() {
		return
	}
	if f, ok := s.setPeer(4, false); ok && f.IsConn() {
		if f.Role&Server != 0 {
			f.swap()
		}
		s.rename(f)
	}
}

// setConnected notes that a connection works.
func (s *State) setConnected() {
	if s.File.IsConn() && s.File.Role&Connected == 0 {
		s.changeFile().Role |= Connected
	}
}

// inferSocket makes up a datagram socket for a call that sends on an unknown one.
func (s *State) inferSocket(result int64) {
	const datagram, udp = 2, 17
	tuple := s.param(4)
	if result < 0 || len(tuple) == 0 {
		return
	}
	if family := tuple[0]; family == afIPv4 || family == afIPv6 {
		s.addSocket(s.int64(2), uint32(family), datagram, udp, 0)
	}
}

// setPeer sets the ends of a socket from a parameter, and reports whether they changed. For
// sockets other than those for IP, it also sets the name.
func (s *State) setPeer(param int, incoming bool) (*File, bool) {
	e, ok := ParseEnds(s.param(param))
	if !ok {
		return nil, false
	}
	// Most datagrams are between the same ends as the last one.
	if f := s.File; sameEnds(f, e) {
		return f, false
	}
	f := s.changeFile()
	switch e.Family {
	case afIPv4, afIPv6:
		if e.Family == afIPv4 && f.Type == scap.IPv4Server {
			// The other memory keeps what the server had there.
			f.Sock[tuples[scap.IPv4].l4] = byte(f.rawL4())
		}
		e.unmap()
		if f.Type = scap.IPv4; e.Family == afIPv6 {
			f.Type = scap.IPv6
		}
		if !f.setEnds(e) {
			return f, false
		}
	case afUnix:
		f.Type = scap.Unix
		binary.LittleEndian.PutUint64(f.Sock[:], e.SourceKey)
		binary.LittleEndian.PutUint64(f.Sock[8:], e.DestKey)
		s.buf = e.AppendTo(s.buf[:0])
		f.Name = s.socketName()
		return f, true
	}
	if f.IsConn() {
		if f.rawL4() == UnknownL4 {
			f.setL4(UDP)
		}
		s.ifaces.complete(f)
		if !f.HasRole() {
			s.guessRole(f, incoming)
		}
		return f, true
	}
	s.buf = e.AppendTo(s.buf[:0])
	f.Name = s.socketName()
	return f, true
}

// sameEnds reports whether a file is a connection that has the given ends, in any order.
func sameEnds(f *File, e Ends) bool {
	e.unmap()
	return (e.Family == afIPv4 && f.Type == scap.IPv4 || e.Family == afIPv6 && f.Type == scap.IPv6) && f.hasEnds(e)
}

// guessRole guesses whether the process is the client or the server: the server if it has a
// socket with the port of the destination.
func (s *State) guessRole(f *File, incoming bool) {
	source, dest := binary.LittleEndian.Uint16(f.Sock[8:]), binary.LittleEndian.Uint16(f.Sock[10:])
	bound, used := false, false
	for other := range s.Files(s.Thread0) {
		switch other.Type {
		case scap.IPv4:
			bound = bound || other.DestPort() == dest
			used = used || other.SourcePort() == source
		case scap.IPv4Server:
			bound = bound || other.SourcePort() == dest
		}
	}
	switch {
	case !bound:
		f.Role |= Client
	case !used || incoming:
		f.Role |= Server
	default:
		f.Role |= Client
	}
}
