package solve

import (
	"encoding/hex"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// comparesValues reports whether the right side of a check has values.
func comparesValues(c *ast.Check) bool {
	switch c.Right.(type) {
	case *ast.Value, *ast.List:
		return true
	}
	return false
}

// valueTexts returns the texts of the values of a check.
func valueTexts(c *ast.Check) []string {
	var out []string
	for _, v := range c.Values() {
		out = append(out, v.Text)
	}
	return out
}

// values returns values of an operand that may give a check the wanted result.
func (s *search) values(c *ast.Check, o operand, want bool, e Event) []*yamlfile.Node {
	if o.typ == fieldsets.ByteBuf && !o.list {
		return bytesFor(c, want, bytesOf(e[o.name]))
	}
	var one []*yamlfile.Node
	for _, v := range s.scalars(c, o, want, e) {
		one = append(one, o.node(v))
	}
	if !o.list {
		return one
	}
	var out []*yamlfile.Node
	given := e[o.name]
	for _, v := range one {
		out = append(out, list(v))
	}
	for _, v := range one {
		if given != nil && given.Kind == yamlfile.Sequence && len(given.Content) < maxElements {
			out = append(out, list(append(given.Content[:len(given.Content):len(given.Content)], v)...))
		}
	}
	return out
}

// maxElements limits the elements of lists.
const maxElements = 20

// bytesOf returns the bytes of a field, or "" if there are too many.
func bytesOf(n *yamlfile.Node) string {
	var out string
	switch {
	case n == nil:
	case n.Kind == yamlfile.Scalar:
		out = n.Value
	case n.Kind == yamlfile.Mapping && len(n.Content) == 2 && n.Content[0].Value == "hex":
		decoded, _ := hex.DecodeString(n.Content[1].Value) // no bytes if it is invalid
		out = string(decoded)
	}
	if len(out) > maxText/2 {
		return ""
	}
	return out
}

// bytesFor returns values of a field of bytes. The current bytes, now, may be needed by
// other checks.
func bytesFor(c *ast.Check, want bool, now string) []*yamlfile.Node {
	if !want || c.Op == ast.OpExists {
		return []*yamlfile.Node{text("x"), text("")}
	}
	var out []*yamlfile.Node
	for _, t := range valueTexts(c) {
		if c.Op == ast.OpBContains || c.Op == ast.OpBStartsWith {
			digits := hex.EncodeToString([]byte(now))
			out = append(out, inHex(t), inHex(digits+t), inHex(t+digits))
			continue
		}
		for _, way := range []string{t, "x" + t, t + "x", now + t, t + now} {
			if utf8.ValidString(way) {
				out = append(out, text(way))
			} else {
				out = append(out, inHex(hex.EncodeToString([]byte(way))))
			}
		}
	}
	return out
}

func inHex(digits string) *yamlfile.Node {
	return &yamlfile.Node{Kind: yamlfile.Mapping, Style: yamlfile.Flow, Content: []*yamlfile.Node{text("hex"), text(digits)}}
}

// scalars returns single values as texts, starting with those that people would choose.
func (s *search) scalars(c *ast.Check, o operand, want bool, e Event) []string {
	usual := o.usual(c.Left)
	if _, ok := c.Left.(*ast.Transform); ok && o.typ == fieldsets.Uint64 { // a length
		usual = []string{"0"}
	}
	if line := e.text(lineOf[o.name]); line != "" { // it usually starts with the name
		word, _, _ := strings.Cut(line, " ")
		usual = slices.Insert(slices.Clone(usual), 0, word[strings.LastIndexByte(word, '/')+1:])
	}
	if c.Op == ast.OpExists {
		return usual
	}
	given := valueTexts(c)
	switch kind := o.typ.Kind(); {
	case o.typ == fieldsets.Bool:
		return []string{"true", "false"}
	case o.typ == fieldsets.Port || kind == ast.KindNumber:
		return numbersFor(c.Op, given, usual, want)
	case kind == ast.KindAddress:
		return addressesFor(given, usual, want)
	case want:
		return textsFor(c, given, usual, e.text(o.name), separator(o.name))
	}
	for _, t := range given { // for text fields with the values true and false
		if i := slices.Index(truths[:], t); i >= 0 {
			usual = slices.Insert(slices.Clone(usual), 0, truths[1-i])
		}
	}
	// A value similar to the current one makes a good near miss.
	if now := e.text(o.name); now != "" {
		usual = append(usual[:len(usual):len(usual)], now+"-other")
	}
	return append(usual[:len(usual):len(usual)], "example", "other")
}

// lineOf are the fields with the command line of a process by the field with its name.
var lineOf = map[string]string{"proc.name": "proc.cmdline", "proc.pname": "proc.pcmdline"}

var truths = [...]string{"true", "false"}

// numbersFor returns the given numbers and their neighbors.
func numbersFor(op ast.Operator, numbers, usual []string, want bool) []string {
	var out []string
	// The best near miss of a comparison by size is next to the number.
	if want != isEquality(op) {
		out = append(out, usual...)
	}
	out = append(out, numbers...)
	for _, c := range numbers {
		if n, err := strconv.ParseInt(c, 0, 64); err == nil {
			if n < math.MaxInt64 {
				out = append(out, strconv.FormatInt(n+1, 10))
			}
			if n > math.MinInt64 {
				out = append(out, strconv.FormatInt(n-1, 10))
			}
		} else if n, err := strconv.ParseUint(c, 0, 64); err == nil {
			out = append(out, strconv.FormatUint(n-1, 10))
		} else if n, err := strconv.ParseFloat(c, 64); err == nil {
			out = append(out, strconv.FormatFloat(n+1, 'g', -1, 64), strconv.FormatFloat(n-1, 'g', -1, 64))
		}
	}
	return append(out, usual...)
}

// addressesFor returns the given addresses, and an address in each given network.
func addressesFor(addresses, usual []string, want bool) []string {
	var out []string
	for _, c := range addresses {
		if addr, err := netip.ParseAddr(c); err == nil {
			out = append(out, addr.String())
		} else if network, err := netip.ParsePrefix(c); err == nil {
			first := network.Masked().Addr()
			if next := first.Next(); next.IsValid() && network.Contains(next) {
				first = next
			}
			out = append(out, first.String())
		}
	}
	if want {
		return append(out, usual...)
	}
	return append(usual[:len(usual):len(usual)], out...)
}

// separator returns the separator of a parameter with flags, or "" for other fields.
func separator(field string) string {
	if strings.HasPrefix(field, "evt.arg.") && (strings.HasSuffix(field, "flags") || strings.HasSuffix(field, "mode")) {
		return "|"
	}
	return ""
}
