package eval

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/parser"
)

// constantHint returns a hint about a value that is invalid for a slot, or "".
func (p *program) constantHint(x *ast.Check, s slot, text string) string {
	if hint := p.valueHint(x, s, strings.TrimPrefix(text, "%")); hint != "" {
		return hint
	}
	return p.addressHint(s, text)
}

// valueHint returns a hint about a value that is the name of a field: how to compare a
// slot with that field, or why that is not possible. It returns "" for other values.
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
	if _, list := x.Right.(*ast.List); list { // which can have no fields
		op, _ = ast.LookupOperator(ast.OpEq)
		written = fmt.Sprintf("%s = %s", s.name, written)
	}
	if msg := notComparableWith(op, s, fieldSlot(ref, field, extract)); msg != "" {
		return msg
	}
	return fmt.Sprintf("use %s to compare with the value of the field", written)
}

// addressHint returns a hint about an address, a network or a domain name that is compared
// with a field of another of these types, or "".
func (p *program) addressHint(s slot, text string) string {
	addr, err := netip.ParseAddr(text)
	net := p.sibling(s, "ip", "net")
	switch {
	case s.typ == fieldsets.IPNet && err == nil && addr.Zone() == "":
		hint := fmt.Sprintf("write %s/%d to match a single address", text, addr.BitLen())
		if ip := p.sibling(s, "net", "ip"); ip != "" {
			hint += ", or use " + ip
		}
		return hint
	case s.typ != fieldsets.IPAddr:
	case text == "localhost" && net != "":
		return fmt.Sprintf("use %s to match the local host: %s = 127.0.0.0/8", net, net)
	case text != "" && strings.Trim(text, "0123456789.:/*-") == "" && net != "": // also 10.* and 10.0.0.0-10.0.0.9
		return fmt.Sprintf("use %s to match a network: %s = 10.0.0.0/8", net, net)
	case strings.Contains(text, ".") && p.source.Has(s.name+".name"):
		return fmt.Sprintf("use %s.name to match a domain name", s.name)
	}
	return ""
}

// operatorHint returns a hint about an operator that compares a part of an address, or "".
func (p *program) operatorHint(op ast.OperatorInfo, s slot) string {
	switch {
	case s.list && (op.Op == ast.OpEq || op.Op == ast.OpEqEq):
		return fmt.Sprintf("to look for one item, write %s intersects (…)", s.name)
	case s.list && op.Op == ast.OpNe:
		return fmt.Sprintf("to exclude one item, write not %s intersects (…)", s.name)
	case op.Class != ast.Textual && op.Op != ast.OpPMatch:
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
	return fmt.Sprintf("use a network to match the start of an address: %s = 10.0.0.0/8", net)
}

// sibling returns the field with the name of a slot but another ending, or "" if no such
// field exists.
func (p *program) sibling(s slot, end, other string) string {
	name, ok := strings.CutSuffix(s.name, end)
	if name += other; !ok || !p.source.Has(name) {
		return ""
	}
	return name
}
