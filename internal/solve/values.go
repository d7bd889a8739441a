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

// constants returns the texts on the right of a check.
func constants(c *ast.Check) []string {
	switch right := c.Right.(type) {
	case *ast.Value:
		return []string{right.Text}
	case *ast.List:
		out := make([]string, len(right.Items))
		for i, item := range right.Items {
			out[i] = item.Text
		}
		return out
	}
	return nil
}

// values returns values of an operand for which a check may hold, or not hold.
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

// maxElements is how many elements the lists of an event have.
const maxElements = 20

// bytesOf returns the bytes that a field is given, or nothing where they are many.
func bytesOf(n *yamlfile.Node) string {
	var out string
	switch {
	case n == nil:
	case n.Kind == yamlfile.Scalar:
		out = n.Value
	case n.Kind == yamlfile.Mapping && len(n.Content) == 2 && n.Content[0].Value == "hex":
		decoded, _ := hex.DecodeString(n.Content[1].Value) // else no bytes, and another value is tried
		out = string(decoded)
	}
	if len(out) > maxText/2 {
		return ""
	}
	return out
}

// bytesFor returns values of a field that is bytes; now are those that are there, which
// other checks may need.
func bytesFor(c *ast.Check, want bool, now string) []*yamlfile.Node {
	if !want || c.Op == ast.OpExists {
		return []*yamlfile.Node{text("x"), text("")}
	}
	var out []*yamlfile.Node
	for _, t := range constants(c) {
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

// scalars returns single values, as texts: those that a person would think of first.
func (s *search) scalars(c *ast.Check, o operand, want bool, e Event) []string {
	usual := o.usual(c.Left)
	if _, ok := c.Left.(*ast.Transform); ok && o.typ == fieldsets.Uint64 { // a length
		usual = []string{"0"}
	}
	if line := e.text(lineOf[o.name]); line != "" { // which tells the name, mostly
		word, _, _ := strings.Cut(line, " ")
		usual = slices.Insert(slices.Clone(usual), 0, word[strings.LastIndexByte(word, '/')+1:])
	}
	if c.Op == ast.OpExists {
		return usual
	}
	given := constants(c)
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
	for _, t := range given { // of fields whose texts are true and false
		if i := slices.Index(truths[:], t); i >= 0 {
			usual = slices.Insert(slices.Clone(usual), 0, truths[1-i])
		}
	}
	// Close to what is there, so that the check is what tells the two apart.
	if now := e.text(o.name); now != "" {
		usual = append(usual[:len(usual):len(usual)], now+"-other")
	}
	return append(usual[:len(usual):len(usual)], "example", "other")
}

// lineOf are the fields of command lines by those of the names of their processes.
var lineOf = map[string]string{"proc.name": "proc.cmdline", "proc.pname": "proc.pcmdline"}

var truths = [...]string{"true", "false"}

// numbersFor returns numbers next to constants.
func numbersFor(op ast.Operator, constants, usual []string, want bool) []string {
	var out []string
	// What is compared for its size is missed next to the constant.
	if want != names(op) {
		out = append(out, usual...)
	}
	out = append(out, constants...)
	for _, c := range constants {
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

// addressesFor returns addresses, and one of each network.
func addressesFor(constants, usual []string, want bool) []string {
	var out []string
	for _, c := range constants {
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

// separator is what stands between the parts of a text that has several: the flags of
// a parameter.
func separator(field string) string {
	if strings.HasPrefix(field, "evt.arg.") && (strings.HasSuffix(field, "flags") || strings.HasSuffix(field, "mode")) {
		return "|"
	}
	return ""
}
