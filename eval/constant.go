package eval

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/scan"
	"github.com/falcorules/falcorules/internal/services"
)

// maxConstant is the number of bytes that Falco allows for a value.
const maxConstant = 255

// constant is a value in a rule, parsed as the type of the slot that it is compared with.
type constant struct {
	value fieldsets.Value
	// network is set instead of value if the type is IPNet.
	network netip.Prefix
}

// newConstant parses the text of a value that op compares with a slot.
func newConstant(op ast.Operator, s slot, text string) (constant, error) {
	bytes := text
	if op == ast.OpBContains || op == ast.OpBStartsWith {
		raw, err := hex.DecodeString(text)
		if err != nil {
			return constant{}, fmt.Errorf("invalid value %q for %s: want bytes in hexadecimal, such as 7f454c46", text, op)
		}
		bytes = string(raw)
	}
	c, err := parseConstant(s, bytes)
	if err != nil {
		return constant{}, err
	}
	if s.base != nil && s.base.CheckValue != nil {
		err = s.base.CheckValue(op, text)
	}
	return c, err
}

// parseConstant parses a text as the type of a slot. It accepts everything that Falco's
// parsers accept.
func parseConstant(s slot, text string) (constant, error) {
	of := func(v fieldsets.Value) (constant, error) { return constant{value: v}, nil }
	bad := func(want string) (constant, error) {
		return constant{}, fmt.Errorf("invalid value %q for %s: want %s", text, s.name, want)
	}
	long := func() (constant, error) {
		return constant{}, fmt.Errorf("the value has %d bytes, want at most %d", len(text), maxConstant)
	}
	if s.typ == fieldsets.ByteBuf {
		if len(text) > maxConstant {
			return long()
		}
		return of(fieldsets.TextValue(text))
	}
	if strings.IndexByte(text, 0) >= 0 {
		return constant{}, errors.New("a value cannot contain a NUL byte")
	}
	switch s.typ {
	case fieldsets.CharBuf, fieldsets.FSPath, fieldsets.FSRelPath:
		if len(text) > maxConstant {
			return long()
		}
		return of(fieldsets.TextValue(text))
	case fieldsets.Bool:
		if text != "true" && text != "false" {
			return bad("true or false")
		}
		return of(fieldsets.BoolValue(text == "true"))
	case fieldsets.SyscallID, fieldsets.SigType:
		return constant{}, fmt.Errorf("%s is of type %s, for which Falco accepts no values", s.name, s.typ)
	case fieldsets.Port:
		port, ok := parsePort(text)
		if !ok {
			return bad("a port number or the name of a service such as https")
		}
		return of(fieldsets.NumberValue(uint64(port)))
	case fieldsets.IPAddr, fieldsets.IPv4Addr:
		addr, ok := parseAddr(text)
		if !ok || s.typ == fieldsets.IPv4Addr && !addr.Is4() {
			return bad("an address such as 10.0.0.1 or fe80::1")
		}
		return of(fieldsets.AddrValue(addr))
	case fieldsets.IPNet:
		network, ok := parseNetwork(text)
		if !ok {
			return bad("a network such as 10.0.0.0/8 or fe80::/10")
		}
		return constant{network: network}, nil
	case fieldsets.Double:
		// Falco accepts only whole numbers and cuts them to 32 bits.
		if n, ok := scan.Int64(text); ok {
			return of(fieldsets.DoubleValue(float64(int32(n))))
		}
		return bad("a whole decimal number")
	}
	// Like Falco, cut numbers to the size of their type.
	unused := 64 - s.typ.Bits()
	if s.typ.Signed() {
		if n, ok := scan.Int64(text); ok {
			return of(fieldsets.IntValue(n << unused >> unused))
		}
	} else if n, ok := scan.Uint64(text); ok {
		return of(fieldsets.NumberValue(n << unused >> unused))
	}
	return bad("a whole decimal number")
}

// parsePort parses a number or the name of a service. As in Falco, an empty text is 0 and
// numbers above 65535 wrap around.
func parsePort(text string) (uint16, bool) {
	if strings.Trim(text, "0123456789") == "" {
		if text == "" {
			return 0, true
		}
		n, err := strconv.ParseUint(text, 10, 64)
		return uint16(n), err == nil && n <= math.MaxInt32
	}
	return services.Port(text)
}

// parseAddr parses an address. Like Falco, it does not accept IPv6 addresses with dots.
func parseAddr(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	return addr, err == nil && addr.Zone() == "" && addr.Is4() == strings.Contains(text, ".")
}

// parseNetwork parses an address and a prefix length, which Falco cuts to eight bits.
func parseNetwork(text string) (netip.Prefix, bool) {
	ip, length, ok := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(ip)
	if !ok || err != nil || addr.Zone() != "" || addr.Is4() != strings.Contains(text, ".") {
		return netip.Prefix{}, false
	}
	length, _, _ = strings.Cut(length, "\n")
	bits, ok := scan.Uint64(length)
	network := netip.PrefixFrom(addr, int(uint8(bits)))
	return network, ok && network.IsValid() && (addr.Is4() || network.Bits() > 0)
}
