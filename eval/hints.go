package eval

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/parser"
)

// constantHint returns what to write instead of a constant that does not fit a
// slot, or nothing.
func (p *program) constantHint(x *ast.Check, s slot, text string) string {
	if hint := p.valueHint(x, s, strings.TrimPrefix(text, "%")); hint != "" {
		return hint
	}
	return p.addressHint(s, text)
}

// valueHint returns how to compare a slot with the value of a field where its name
// is written as a constant, or why that is not possible; nothing if the text is no
// field.
func (p *program) valueHint(x *ast.Check, s slot, text string) string {
	condition, err := parser.Condition("a.b = " + ast.Val + "(" + text + ")")
	if err != nil {
		return ""
	}
	check, ok := condition.(*ast.Check)
	if !ok {
		return ""
	}
	val, ok := check.Right.(*ast.Transform)
	if !ok || val.Name != ast.Val || val.Arg != nil {
		return ""
	}
	ref := val.Args[0].(*ast.Field)
	field, extract, err := p.source.Resolve(ref)
	if err != nil {
		return ""
	}
	written := fmt.Sprintf("%s(%s)", ast.Val, text)
	op, _ := ast.LookupOperator(x.Op)
	if _, list := x.Right.(*ast.List); list { // which has constants alone
		op, _ = ast.LookupOperator(ast.OpEq)
		written = fmt.Sprintf("%s = %s", s.name, written)
	}
	if msg := notBeside(op, s, fieldSlot(ref, field, extract)); msg != "" {
		return "the two fields cannot be compared: " + msg
	}
	return written + " is the field's value"
}

// addressHint returns the field beside that of a slot that goes with a constant:
// addresses, networks and domain names each have their own.
func (p *program) addressHint(s slot, text string) string {
	addr, err := netip.ParseAddr(text)
	net := p.sibling(s, "ip", "net")
	switch {
	case s.typ == fieldsets.IPNet && err == nil && addr.Zone() == "":
		return fmt.Sprintf("a single address is compared with %s, or written %s/%d", p.sibling(s, "net", "ip"), text, addr.BitLen())
	case s.typ != fieldsets.IPAddr:
	case text == "localhost" && net != "":
		return fmt.Sprintf("this host is the network 127.0.0.0/8: %s = 127.0.0.0/8", net)
	case text != "" && strings.Trim(text, "0123456789.:/*-") == "" && net != "": // also 10.* and 10.0.0.0-10.0.0.9
		return fmt.Sprintf("networks are compared with %s, as in %s = 10.0.0.0/8", net, net)
	case strings.Contains(text, ".") && p.source.Has(s.name+".name"):
		return fmt.Sprintf("domain names are compared with %s.name", s.name)
	}
	return ""
}

// operatorHint returns how to look for a part of an address, if that is what an
// operator is used for that a slot does not take, or nothing.
func (p *program) operatorHint(op ast.OperatorInfo, s slot) string {
	if op.Class != ast.Textual && op.Op != ast.OpPMatch {
		return ""
	}
	net := ""
	switch s.typ {
	case fieldsets.IPAddr:
		net = p.sibling(s, "ip", "net")
	case fieldsets.IPNet:
		net = s.name
	}
	if net == "" {
		return ""
	}
	return fmt.Sprintf("the beginning of an address is a network: %s = 10.0.0.0/8", net)
}

// sibling returns the field whose name ends in another way than that of a slot, or
// nothing if there is none.
func (p *program) sibling(s slot, end, other string) string {
	name, ok := strings.CutSuffix(s.name, end)
	if name += other; !ok || !p.source.Has(name) {
		return ""
	}
	return name
}
