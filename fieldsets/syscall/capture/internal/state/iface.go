package state

import (
	"bytes"
	"net/netip"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
)

// ifaces are the network interfaces of a machine.
type ifaces struct {
	v4 []struct{ addr, mask [4]byte }
	v6 [][16]byte
}

// ResetIfaces forgets the network interfaces, at the start of a list.
func (s *State) ResetIfaces() { s.ifaces = ifaces{} }

// maxIfaces limits the interfaces of a machine.
const maxIfaces = 1 << 16

// AddIface adds a network interface from the list at the start of a capture.
func (s *State) AddIface(i *scap.Iface) {
	switch {
	case len(s.ifaces.v4)+len(s.ifaces.v6) >= maxIfaces:
	case i.V6:
		s.ifaces.v6 = append(s.ifaces.v6, i.Addr)
	default:
		s.ifaces.v4 = append(s.ifaces.v4, struct{ addr, mask [4]byte }{[4]byte(i.Addr[:4]), [4]byte(i.Netmask[:4])})
	}
}

// complete sets a missing address of a connection to that of an interface.
func (i *ifaces) complete(f *File) {
	source, dest := f.Source(), f.Dest()
	switch {
	case isZero(source):
		own := i.near(dest)
		if !bytes.Equal(own, dest) || f.SourcePort() != f.DestPort() {
			f.setSource(own, f.SourcePort())
		}
	case isZero(dest):
		own := i.near(source)
		if !bytes.Equal(own, source) || f.SourcePort() != f.DestPort() {
			f.setDest(own, f.DestPort())
		}
	}
}

// near returns the address of the machine from which it reaches another one.
func (i *ifaces) near(other []byte) []byte {
	if len(other) == 4 {
		return i.near4([4]byte(other))
	}
	for k := range i.v6 {
		if bytes.Equal(i.v6[k][:], other) {
			return i.v6[k][:]
		}
	}
	for k := range i.v6 {
		if bytes.Equal(i.v6[k][:8], other[:8]) {
			return i.v6[k][:]
		}
	}
	for k := range i.v6 {
		if !netip.AddrFrom16(i.v6[k]).IsLoopback() {
			return i.v6[k][:]
		}
	}
	return make([]byte, 16)
}

func (i *ifaces) near4(other [4]byte) []byte {
	masked := func(a, mask [4]byte) [4]byte {
		for k := range a {
			a[k] &= mask[k]
		}
		return a
	}
	for k := range i.v4 {
		if i.v4[k].addr == other {
			return i.v4[k].addr[:]
		}
	}
	for k := range i.v4 {
		if masked(i.v4[k].addr, i.v4[k].mask) == masked(other, i.v4[k].mask) {
			return i.v4[k].addr[:]
		}
	}
	for k := range i.v4 {
		if i.v4[k].addr != [4]byte{127, 0, 0, 1} {
			return i.v4[k].addr[:]
		}
	}
	return make([]byte, 4)
}

// IsLocal reports whether an address is one of the machine, as a process sees it: for those
// in a container, it is the address of the container.
func (s *State) IsLocal(t *Thread, addr []byte) bool {
	if t.ContainerID != "" {
		if len(addr) != 4 {
			return false
		}
		if c := s.containers.byID[t.ContainerID]; c != nil && c.IP != "" {
			if ip, err := netip.ParseAddr(c.IP); err == nil && ip.Is4() {
				own := ip.As4()
				return bytes.Equal(own[:], addr) || s.ifaces.has(addr)
			}
			return s.ifaces.has(addr)
		}
		return s.containers.hasIP(addr)
	}
	return s.ifaces.has(addr)
}

func (i *ifaces) has(addr []byte) bool {
	if len(addr) == 4 {
		for k := range i.v4 {
			if bytes.Equal(i.v4[k].addr[:], addr) {
				return true
			}
		}
		return false
	}
	for k := range i.v6 {
		if bytes.Equal(i.v6[k][:8], addr[:8]) {
			return true
		}
	}
	return false
}
