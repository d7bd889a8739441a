package solve

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// maxValues limits the values that are tried for a check.
const maxValues = 400

// edits returns edits of an event that may give a check the wanted result.
func (s *search) edits(check int, want bool, e Event) []edit {
	c, o, wanted := s.oracle.checks[check], s.operands[check], want
	if o.sequential || o.constant && !s.lenient() {
		return nil
	}
	if right, ok := c.Right.(*ast.Transform); ok {
		return s.compared(c, right, want, e)
	}
	if !want && c.Op == ast.OpNe { // make it equal
		c, want = &ast.Check{Left: c.Left, Op: ast.OpEq, Right: c.Right, Modifier: c.Modifier}, true
	}
	values := s.values(c, o, want, e)
	// Values for other checks of the same operand may work for this one.
	for _, other := range s.wanted[o.name] {
		if other != check && len(values) < maxValues {
			values = append(values, s.values(s.oracle.checks[other], o, true, e)...)
		}
	}
	var edits []edit
	for _, v := range distinct(values) {
		edits = append(edits, s.set(c.Left, v, e)...)
	}
	if !wanted {
		edits = append(edits, s.remove(c.Left, e)...)
	}
	return edits
}

// distinct returns at most maxValues values without duplicates.
func distinct(values []*yamlfile.Node) []*yamlfile.Node {
	seen := map[string]bool{}
	var out []*yamlfile.Node
	for _, v := range values {
		key := v.Tag + " " + v.Value
		for _, item := range v.Content {
			key += "\x00" + item.Tag + " " + item.Value
		}
		if !seen[key] && len(out) < maxValues {
			seen[key] = true
			out = append(out, v)
		}
	}
	return out
}

// maxPaired limits the values of two operands that are tried together.
const maxPaired = 20

// compared returns edits for a check that compares two operands.
func (s *search) compared(c *ast.Check, right *ast.Transform, want bool, e Event) []edit {
	var other ast.Node = right
	if right.Name == ast.Val && len(right.Args) == 1 {
		other = right.Args[0]
	}
	l, r := s.operandOf(c.Left), s.operandOf(other)
	var edits []edit
	if v := e[r.name]; v != nil { // make the operands equal
		edits = append(edits, s.set(c.Left, v, e)...)
	}
	if v := e[l.name]; v != nil {
		edits = append(edits, s.set(other, v, e)...)
	}
	edits = append(edits, s.comparedToWanted(c, other, want, e)...)
	values := s.values(&ast.Check{Left: c.Left, Op: ast.OpExists}, l, true, e)
	values = values[:min(len(values), maxPaired)]
	for _, a := range values {
		for _, b := range values {
			for _, to := range s.set(c.Left, a, e) {
				for _, from := range s.set(other, b, e) {
					edits = append(edits, slices.Concat(to, from))
				}
			}
		}
	}
	if !want {
		edits = append(edits, s.remove(c.Left, e)...)
	}
	return edits
}

// comparedToWanted returns edits for a check that compares two operands. They set one of
// them to a value that other checks want, and the other one to a matching value.
func (s *search) comparedToWanted(c *ast.Check, other ast.Node, want bool, e Event) []edit {
	l, r := s.operandOf(c.Left), s.operandOf(other)
	var edits []edit
	both := func(left, right *yamlfile.Node) {
		for _, to := range s.set(c.Left, left, e) {
			for _, from := range s.set(other, right, e) {
				if len(edits) < maxValues {
					edits = append(edits, slices.Concat(to, from))
				}
			}
		}
	}
	for _, constant := range s.wantedOf(r, e) {
		beside := &ast.Check{Left: c.Left, Op: c.Op, Right: constant}
		for _, left := range s.values(beside, l, want, e) {
			both(left, r.element(constant.Text))
		}
	}
	of, ok := other.(ast.Operand)
	if !ok {
		return edits
	}
	for _, constant := range s.wantedOf(l, e) {
		beside := &ast.Check{Left: of, Op: ast.OpEq, Right: constant}
		for _, right := range s.values(beside, r, true, e) {
			both(l.element(constant.Text), right)
		}
	}
	return edits
}

// maxWanted limits the values of each check that wantedOf returns.
const maxWanted = 8

// wantedOf returns values of an operand that checks want.
func (s *search) wantedOf(o operand, e Event) []*ast.Value {
	var out []*ast.Value
	for _, check := range s.wanted[o.name] {
		c := s.oracle.checks[check]
		if !comparesValues(c) {
			continue
		}
		wanted := s.scalars(c, o, true, e)
		for _, t := range wanted[:min(len(wanted), maxWanted)] {
			out = append(out, &ast.Value{Text: t})
		}
	}
	return out
}

// remove returns edits that remove the value of an operand.
func (s *search) remove(x ast.Node, e Event) []edit {
	switch x := x.(type) {
	case *ast.Field:
		var edits []edit
		for _, name := range append([]string{reference(x)}, bases(x)...) {
			if e[name] != nil {
				edits = append(edits, edit{{name, nil}})
			}
		}
		return edits
	case *ast.Transform:
		var edits []edit
		for _, a := range x.Args {
			edits = append(edits, s.remove(a, e)...)
		}
		return edits
	}
	return nil
}

// maxText limits the bytes of a text. Otherwise, nested calls of b64 would need texts that
// grow exponentially.
const maxText = 4096

// set returns edits that may set an operand to a value. They set the arguments of a
// transformer.
func (s *search) set(x ast.Node, v *yamlfile.Node, e Event) []edit {
	if len(v.Value) > maxText {
		return nil
	}
	switch x := x.(type) {
	case *ast.Field:
		edits := produce(x, v, e)
		if s.lenient() { // set the field itself
			return append([]edit{{{reference(x), v}}}, edits...)
		}
		if len(edits) == 0 || !onlyProduced[reference(x)] {
			edits = append(edits, edit{{reference(x), v}})
		}
		if param, ok := strings.CutPrefix(strings.Replace(x.Name, "evt.rawarg.", "evt.arg.", 1), "evt.arg."); ok && e[eventType] == nil {
			edits = withEventType(param, edits)
		}
		return edits
	case *ast.Transform:
		return s.setArguments(x, v, e)
	}
	return nil
}

// setArguments is set for a transformer.
func (s *search) setArguments(x *ast.Transform, v *yamlfile.Node, e Event) []edit {
	if len(x.Args) == 0 {
		return nil
	}
	// Only the innermost of nested transformers has a choice. Otherwise, the number of
	// edits would double with each level.
	var edits []edit
	_, innermost := x.Args[0].(*ast.Field)
	each := func(change func(string) string) {
		edits = append(edits, s.set(x.Args[0], mapped(v, change), e)...)
	}
	switch x.Name {
	case "tolower", "toupper":
		each(func(t string) string { return t })
		if innermost {
			each(strings.ToLower)
		}
		return edits
	case "basename":
		if innermost {
			each(func(t string) string { return "/usr/bin/" + t })
		}
		each(func(t string) string { return t })
		return edits
	case "b64":
		each(func(t string) string { return base64.StdEncoding.EncodeToString([]byte(t)) })
		return edits
	case "len":
		return s.setLength(x.Args[0], v, e)
	case "concat":
		return s.setParts(x.Args, v.Value, e)
	case "join":
		if len(x.Args) == 2 {
			return s.setJoined(x, v.Value, e)
		}
	case "getopt":
		return s.setOption(x, v, e)
	}
	return nil
}

// mapped returns a value with all of its texts mapped.
func mapped(v *yamlfile.Node, change func(string) string) *yamlfile.Node {
	if v.Kind != yamlfile.Sequence {
		return text(change(v.Value))
	}
	out := list()
	for _, item := range v.Content {
		out.Content = append(out.Content, text(change(item.Value)))
	}
	return out
}

// maxLength limits texts and lists that are made for their length.
const maxLength = maxText

// setLength sets an argument to a text or list of the length v.
func (s *search) setLength(x ast.Node, v *yamlfile.Node, e Event) []edit {
	n, err := strconv.Atoi(v.Value)
	if err != nil || n < 0 || n > maxLength {
		return nil
	}
	o := s.operandOf(x)
	if !o.list {
		var edits []edit
		for _, t := range ofLength(n, e.text(o.name)) {
			edits = append(edits, s.set(x, text(t), e)...)
		}
		return edits
	}
	items := list()
	for range n {
		items.Content = append(items.Content, o.node(o.usual(x)[0]))
	}
	return s.set(x, items, e)
}

// ofLength returns texts of n bytes: a new one, and the current one cut or filled up.
func ofLength(n int, now string) []string {
	fill := strings.Repeat("x", n)
	if now == "" {
		return []string{fill}
	}
	if len(now) >= n {
		return []string{fill, now[:n], now[len(now)-n:]}
	}
	fill, half := fill[len(now):], len(now)/2
	return []string{strings.Repeat("x", n), now + fill, now[:half] + fill + now[half:], fill + now}
}

// setParts sets arguments that are concatenated. Each field is set to the part of the text
// before the next value.
func (s *search) setParts(args []ast.Node, whole string, e Event) []edit {
	var all edit
	for i, a := range args {
		if v, ok := a.(*ast.Value); ok {
			whole = strings.TrimPrefix(whole, v.Text)
			continue
		}
		part := whole
		if i+1 < len(args) {
			part, _, _ = strings.Cut(whole, constantText(args[i+1]))
		}
		whole = whole[len(part):]
		ways := s.set(a, text(part), e)
		if len(ways) == 0 {
			return nil
		}
		all = append(all, ways[len(ways)-1]...)
	}
	return []edit{all}
}

// constantText returns the text of a value, or "" for other nodes.
func constantText(n ast.Node) string {
	if v, ok := n.(*ast.Value); ok {
		return v.Text
	}
	return ""
}

// setJoined sets the list that join joins to the parts of a text.
func (s *search) setJoined(x *ast.Transform, whole string, e Event) []edit {
	sep, ok := x.Args[0].(*ast.Value)
	if !ok {
		return nil
	}
	parts := []string{whole}
	if sep.Text != "" {
		parts = strings.Split(whole, sep.Text)
	}
	if l, ok := x.Args[1].(*ast.TransformList); ok {
		if sep.Text == "" {
			return s.setParts(l.Items, whole, e)
		}
		return s.setEach(l.Items, parts, e)
	}
	items := list()
	for _, p := range parts {
		items.Content = append(items.Content, text(p))
	}
	return s.set(x.Args[1], items, e)
}

// setEach sets each operand to a part.
func (s *search) setEach(args []ast.Node, parts []string, e Event) []edit {
	var all edit
	for i, a := range args {
		if _, ok := a.(*ast.Value); ok {
			continue
		}
		part := "x"
		if i < len(parts) {
			part = parts[i]
		}
		ways := s.set(a, text(part), e)
		if len(ways) == 0 {
			return nil
		}
		all = append(all, ways[len(ways)-1]...)
	}
	return []edit{all}
}

// setOption sets the arguments of getopt so that they have an option with the value v.
func (s *search) setOption(x *ast.Transform, v *yamlfile.Node, e Event) []edit {
	if parts, ok := x.Args[0].(*ast.TransformList); ok {
		return s.setEach(parts.Items, []string{"-" + strings.TrimPrefix(option(x, v), "-"), v.Value}, e)
	}
	if x.Arg != nil {
		return append(s.set(x.Args[0], list(text("-"+x.Arg.Text), v), e), s.set(x.Args[0], list(text("-"+x.Arg.Text)), e)...)
	}
	items := list()
	for _, item := range v.Content {
		items.Content = append(items.Content, text("-"+strings.TrimPrefix(item.Value, "-")))
	}
	return s.set(x.Args[0], items, e)
}

// option returns the letter of the option in a call of getopt.
func option(x *ast.Transform, v *yamlfile.Node) string {
	switch {
	case x.Arg != nil:
		return x.Arg.Text
	case len(v.Content) > 0:
		return v.Content[0].Value
	}
	return v.Value
}

// element returns a value of the operand, which is a list of one element if it is a list.
func (o operand) element(value string) *yamlfile.Node {
	if o.list {
		return list(o.node(value))
	}
	return o.node(value)
}

// node returns a value of the operand's type, or of the type of its elements.
func (o operand) node(value string) *yamlfile.Node {
	switch {
	case o.typ == fieldsets.Bool:
		return truth(value == "true")
	case o.typ.Kind() == ast.KindNumber && startsDigit(value):
		return number(value)
	}
	return text(value)
}

func startsDigit(s string) bool {
	s = strings.TrimLeft(s, "+-")
	return s != "" && '0' <= s[0] && s[0] <= '9'
}
