package eval_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/parser"
)

// This file has a second, simple evaluator of conditions, which walks the tree for every
// event and has no slots, programs or shared nodes. TestReference compares the real one
// with it, on generated conditions and events.

// refFields are the fields of the generated conditions, each with values that it can have
// in events or be compared with.
var refFields = []struct {
	name   string
	typ    fieldsets.Type
	list   bool
	values []string
}{
	{"r.text", fieldsets.CharBuf, false, []string{"", "a", "A", "abc", "/etc/shadow", "/etc//ssh/x", "Zm9v", "x y", "ö", "\xff", "ls -l"}},
	{"r.kind", fieldsets.CharBuf, false, []string{"open", "exec", "read", "", "close"}},
	{"r.other", fieldsets.CharBuf, false, []string{"a", "abc", "ABC", "/etc", "*"}},
	{"r.path", fieldsets.FSPath, false, []string{"/etc/shadow", "etc", "/", "/usr/bin/x"}},
	{"r.bytes", fieldsets.ByteBuf, false, []string{"\x7fELF", "", "GET /", "\x00a", "abc"}},
	{"r.int8", fieldsets.Int8, false, []string{"-128", "127", "0", "-1", "5"}},
	{"r.int64", fieldsets.Int64, false, []string{"-9223372036854775808", "9223372036854775807", "0", "-1", "5"}},
	{"r.uint16", fieldsets.Uint16, false, []string{"0", "65535", "443", "5"}},
	{"r.uint64", fieldsets.Uint64, false, []string{"0", "18446744073709551615", "5"}},
	{"r.port", fieldsets.Port, false, []string{"0", "443", "65535"}},
	{"r.bool", fieldsets.Bool, false, []string{"true", "false"}},
	{"r.addr", fieldsets.IPAddr, false, []string{"10.0.0.1", "10.0.0.2", "::1", "fe80::1", "255.255.255.255"}},
	{"r.net", fieldsets.IPNet, false, []string{"10.0.0.1", "192.168.7.7", "fe80::1", "::1"}},
	{"r.texts", fieldsets.CharBuf, true, []string{"a", "b", "abc", ""}},
	{"r.numbers", fieldsets.Uint64, true, []string{"0", "5", "7"}},
	{"r.addrs", fieldsets.IPAddr, true, []string{"10.0.0.1", "::1"}},
}

// refNetworks are the networks in conditions.
var refNetworks = []string{"10.0.0.0/8", "10.0.0.1/32", "192.168.0.0/16", "fe80::/10", "::1/128", "0.0.0.0/0"}

// refEvent has the values of fields as texts, without missing ones.
type refEvent map[string][]string

// refSource reads such events.
type refSource struct{}

func (refSource) Fields() []fieldsets.Field {
	var out []fieldsets.Field
	for _, f := range refFields {
		out = append(out, fieldsets.Field{Name: f.name, Type: f.typ, List: f.list})
	}
	return out
}

// Discriminating names fields that many of the conditions start with.
func (refSource) Discriminating() []string { return []string{"r.kind", "r.other", "r.texts"} }

func (refSource) Extractor(f *fieldsets.Field, _ fieldsets.Arg) (fieldsets.Extractor, error) {
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		for _, text := range ev.Data.(refEvent)[f.Name] {
			switch f.Type {
			case fieldsets.Bool:
				out.Add(fieldsets.BoolValue(text == "true"))
			case fieldsets.IPAddr, fieldsets.IPNet:
				out.Add(fieldsets.AddrValue(netip.MustParseAddr(text)))
			case fieldsets.Int8, fieldsets.Int64:
				n, _ := strconv.ParseInt(text, 10, 64)
				out.Add(fieldsets.IntValue(n))
			case fieldsets.Uint16, fieldsets.Uint64, fieldsets.Port:
				n, _ := strconv.ParseUint(text, 10, 64)
				out.Add(fieldsets.NumberValue(n))
			default:
				out.AddText(text)
			}
		}
	}, nil
}

// refOperand is the values of an operand as texts, and their type.
type refOperand struct {
	typ    fieldsets.Type
	list   bool
	there  bool
	values []string
}

// refHolds evaluates a condition.
func refHolds(x ast.Expr, ev refEvent) bool {
	switch x := x.(type) {
	case *ast.And:
		for _, o := range x.Operands {
			if !refHolds(o, ev) {
				return false
			}
		}
		return true
	case *ast.Or:
		for _, o := range x.Operands {
			if refHolds(o, ev) {
				return true
			}
		}
		return false
	case *ast.Not:
		return !refHolds(x.Operand, ev)
	}
	return refCheck(x.(*ast.Check), ev)
}

func refCheck(x *ast.Check, ev refEvent) bool {
	left := refRead(x.Left, ev)
	if !left.there || x.Op == ast.OpExists {
		return left.there
	}
	var right []string
	switch r := x.Right.(type) {
	case *ast.Transform: // the values of another field
		other := refRead(r, ev)
		if !other.there {
			return false
		}
		right = other.values
	case *ast.Value:
		right = []string{r.Text}
	case *ast.List:
		for _, item := range r.Items {
			right = append(right, item.Text)
		}
	}
	switch x.Op {
	case ast.OpIn:
		for _, l := range left.values {
			if !refAny(right, func(r string) bool { return refCompare(ast.OpEq, left.typ, l, r) }) {
				return false
			}
		}
		return true
	case ast.OpIntersects:
		return refAny(left.values, func(l string) bool {
			return refAny(right, func(r string) bool { return refCompare(ast.OpEq, left.typ, l, r) })
		})
	case ast.OpPMatch:
		return refAny(right, func(r string) bool { return refPathPrefix(r, left.values[0]) })
	}
	matches := 0
	for _, r := range right {
		if refCompare(x.Op, left.typ, left.values[0], r) {
			matches++
		}
	}
	switch {
	case len(right) == 0:
		return false
	case x.Modifier == ast.OneOf:
		return matches == 1
	case x.Modifier == ast.AllOf && left.typ == fieldsets.IPNet && x.Op == ast.OpNe:
		return true // an address is never equal to a network
	case x.Modifier == ast.AnyOf && left.typ == fieldsets.IPNet && x.Op != ast.OpNe:
		return false // for the same reason
	case x.Modifier == ast.AllOf:
		return matches == len(right)
	}
	return matches > 0
}

func refAny(list []string, is func(string) bool) bool {
	return slices.ContainsFunc(list, is)
}

// refRead evaluates an operand.
func refRead(op ast.Node, ev refEvent) refOperand {
	if field, ok := op.(*ast.Field); ok {
		for _, f := range refFields {
			if f.name == field.Name {
				values := ev[f.name]
				return refOperand{f.typ, f.list, len(values) > 0, values}
			}
		}
		panic("no field " + field.Name)
	}
	t := op.(*ast.Transform)
	in := refRead(t.Args[0], ev)
	if t.Name == ast.Val || !in.there {
		if t.Name == "len" {
			in.typ, in.list = fieldsets.Uint64, false
		}
		return in
	}
	if t.Name == "len" {
		n := len(in.values)
		if !in.list {
			n = len(in.values[0])
		}
		return refOperand{fieldsets.Uint64, false, true, []string{strconv.Itoa(n)}}
	}
	out := refOperand{in.typ, in.list, true, nil}
	for _, v := range in.values {
		switch t.Name {
		case "tolower":
			v = refCase(v, 'A', 'Z', 'a'-'A')
		case "toupper":
			v = refCase(v, 'a', 'z', -('a' - 'A'))
		case "basename":
			v = v[strings.LastIndex(v, "/")+1:]
		case "b64":
			raw, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(v, "="))
			if err != nil {
				return refOperand{typ: in.typ}
			}
			v, _, _ = strings.Cut(string(raw), "\x00")
		}
		out.values = append(out.values, v)
	}
	return out
}

// refCase changes the bytes between two letters.
func refCase(s string, from, to byte, by int) string {
	out := []byte(s)
	for i, c := range out {
		if from <= c && c <= to {
			out[i] = byte(int(c) + by)
		}
	}
	return string(out)
}

// refCompare compares two values.
func refCompare(op ast.Operator, typ fieldsets.Type, l, r string) bool {
	switch typ {
	case fieldsets.IPNet:
		network := netip.MustParsePrefix(r)
		inside := network.Contains(netip.MustParseAddr(l))
		return inside == (op != ast.OpNe)
	case fieldsets.IPAddr:
		same := netip.MustParseAddr(l) == netip.MustParseAddr(r)
		return same == (op != ast.OpNe)
	case fieldsets.Bool:
		return (l == r) == (op != ast.OpNe)
	case fieldsets.Int8, fieldsets.Int64:
		a, _ := strconv.ParseInt(l, 10, 64)
		b, _ := strconv.ParseInt(r, 10, 64)
		return refOrder(op, a < b, a == b)
	case fieldsets.Uint16, fieldsets.Uint64, fieldsets.Port:
		a, _ := strconv.ParseUint(l, 10, 64)
		b, _ := strconv.ParseUint(r, 10, 64)
		return refOrder(op, a < b, a == b)
	}
	switch op {
	case ast.OpContains:
		return strings.Contains(l, r)
	case ast.OpIContains:
		return strings.Contains(refCase(l, 'A', 'Z', 32), refCase(r, 'A', 'Z', 32))
	case ast.OpStartsWith:
		return strings.HasPrefix(l, r)
	case ast.OpEndsWith:
		return strings.HasSuffix(l, r)
	case ast.OpBContains:
		raw, _ := hex.DecodeString(r)
		return strings.Contains(l, string(raw))
	case ast.OpBStartsWith:
		raw, _ := hex.DecodeString(r)
		return strings.HasPrefix(l, string(raw))
	case ast.OpGlob:
		return refGlob(r, l)
	case ast.OpIGlob:
		return refGlob(refCase(r, 'A', 'Z', 32), refCase(l, 'A', 'Z', 32))
	case ast.OpRegex:
		return regexp.MustCompilePOSIX("^(" + r + ")$").MatchString(l)
	}
	return refOrder(op, l < r, l == r)
}

func refOrder(op ast.Operator, less, equal bool) bool {
	switch op {
	case ast.OpNe:
		return !equal
	case ast.OpLt:
		return less
	case ast.OpLe:
		return less || equal
	case ast.OpGt:
		return !less && !equal
	case ast.OpGe:
		return !less
	}
	return equal
}

// refGlob matches patterns without brackets and backslashes, which are not generated.
func refGlob(pattern, s string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '*':
		for i := 0; i <= len(s); i++ {
			if refGlob(pattern[1:], s[i:]) {
				return true
			}
		}
		return false
	case s == "":
		return false
	}
	return (pattern[0] == '?' || pattern[0] == s[0]) && refGlob(pattern[1:], s[1:])
}

// refPathPrefix reports whether a path starts with the components of another one.
func refPathPrefix(prefix, file string) bool {
	want, got := strings.Split(path.Clean("/"+prefix), "/"), strings.Split(path.Clean("/"+file), "/")
	want, got = want[1:], got[1:]
	if want[0] == "" {
		return true
	}
	if len(want) > len(got) {
		return false
	}
	for i := range want {
		if !refGlob(want[i], got[i]) {
			return false
		}
	}
	return true
}

// refCondition generates a condition.
func refCondition(r *rand.Rand, depth int) string {
	switch n := r.IntN(6); {
	case depth > 0 && n == 0:
		return "not (" + refCondition(r, depth-1) + ")"
	case depth > 0 && n < 3:
		word := []string{" and ", " or "}[r.IntN(2)]
		return "(" + refCondition(r, depth-1) + word + refCondition(r, depth-1) + ")"
	}
	for {
		if text := refCheckText(r); text != "" {
			return text
		}
	}
}

// refRule generates the condition of a rule. Half of them start with a check that the
// index uses.
func refRule(r *rand.Rand) string {
	rest := refCondition(r, 2)
	switch r.IntN(6) {
	case 0:
		return "r.kind = open and " + rest
	case 1:
		return "r.kind in (open, exec, nothing) and not r.other = abc and " + rest
	case 2:
		return "not (r.kind != exec or r.other in (a, abc)) and (" + rest + ")"
	}
	return rest
}

// refCheckText generates a check, or nothing if the random operator does not fit.
func refCheckText(r *rand.Rand) string {
	f := refFields[r.IntN(len(refFields))]
	left, typ, list, values := f.name, f.typ, f.list, f.values
	if typ == fieldsets.CharBuf && r.IntN(3) == 0 {
		name := []string{"tolower", "toupper", "basename", "b64", "len"}[r.IntN(5)]
		left = name + "(" + left + ")"
		if name == "len" {
			typ, list, values = fieldsets.Uint64, false, []string{"0", "1", "3"}
		}
	}
	if typ == fieldsets.IPNet {
		values = refNetworks
	}
	operators := ast.Operators()
	op := operators[r.IntN(len(operators))]
	if !op.Accepts(typ.Kind(), list) {
		return ""
	}
	constant := func() string {
		text := values[r.IntN(len(values))]
		switch op.Op {
		case ast.OpBContains, ast.OpBStartsWith:
			return hex.EncodeToString([]byte(text))
		case ast.OpGlob, ast.OpIGlob:
			text = []string{"*", "a*", "?", "*b*", "/etc/*", "A?c", ""}[r.IntN(7)]
		case ast.OpRegex:
			text = []string{"a.*", "[a-c]+", "/etc/.*", "x|abc"}[r.IntN(4)]
		case ast.OpPMatch:
			text = []string{"/etc", "/", "/*/ssh", "/usr/bin/x/y", "a"}[r.IntN(5)]
		}
		if text == "\x00a" {
			text = "a"
		}
		if strings.Contains(text, "\xff") || typ.Kind() == ast.KindNumber || typ == fieldsets.Bool || typ.Kind() == ast.KindAddress {
			return text
		}
		return strconv.Quote(text)
	}
	several := func() string {
		texts := make([]string, 1+r.IntN(3))
		for i := range texts {
			texts[i] = constant()
		}
		return "(" + strings.Join(texts, ", ") + ")"
	}
	modifiers := []string{"oneof", "anyof", "allof"}
	switch {
	case op.Op == ast.OpExists:
		return left + " exists"
	case op.Op == ast.OpIn || op.Op == ast.OpIntersects || op.Op == ast.OpPMatch:
		return fmt.Sprintf("%s %s %s", left, op.Op, several())
	case op.Fields && f.name == "r.text" && typ == fieldsets.CharBuf && r.IntN(4) == 0 && op.Op != ast.OpGlob && op.Op != ast.OpIGlob && op.Op != ast.OpRegex:
		return fmt.Sprintf("%s %s val(r.other)", left, op.Op)
	case r.IntN(3) == 0 && op.Op != ast.OpLt && op.Op != ast.OpLe && op.Op != ast.OpGt && op.Op != ast.OpGe:
		return fmt.Sprintf("%s %s %s %s", left, op.Op, modifiers[r.IntN(3)], several())
	}
	return fmt.Sprintf("%s %s %s", left, op.Op, constant())
}

// refEvents generates events.
func refEvents(r *rand.Rand, n int) []refEvent {
	out := make([]refEvent, n)
	for i := range out {
		out[i] = refEvent{}
		for _, f := range refFields {
			many := min(r.IntN(4), 1)
			if f.list {
				many = r.IntN(4)
			}
			for range many {
				out[i][f.name] = append(out[i][f.name], f.values[r.IntN(len(f.values))])
			}
		}
	}
	return out
}

// TestReference compares the evaluator with the slow one, with a matcher for each
// goroutine.
func TestReference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	b := eval.NewBuilder(fieldsets.NewSource("test", refSource{}))
	output, err := b.CompileOutput("test", "x")
	if err != nil {
		t.Fatal(err)
	}
	conditions := map[string]ast.Expr{}
	for len(conditions) < 1000 {
		text := refRule(r)
		x, err := parser.Condition(text)
		if err != nil {
			continue // for example a number where the grammar requires a text
		}
		if err := b.Add(&eval.Rule{Name: text, Source: "test", Condition: x, Output: output}); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		conditions[text] = x
	}
	engine, events := b.Engine(), refEvents(r, 40)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			matcher := engine.NewMatcher(eval.AllMatches)
			for _, ev := range events {
				got := map[string]bool{}
				for _, m := range matcher.Match(&fieldsets.Event{Source: "test", Data: ev}) {
					got[m.Rule.Name] = true
				}
				for text, x := range conditions {
					if want := refHolds(x, ev); got[text] != want {
						t.Errorf("%s\non %q: got %v", text, ev, got[text])
					}
				}
			}
		})
	}
	wait.Wait()
}
