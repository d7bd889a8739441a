package coverage

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// Kind is the kind of change that a mutant makes.
type Kind string

// The kinds of changes.
const (
	// Negate negates a check.
	Negate Kind = "negate"
	// DropOperand drops an operand of an and or an or.
	DropOperand Kind = "drop"
	// DropNot drops a not.
	DropNot Kind = "drop-not"
	// DropItem drops an item of a list, or a value of an exception with one field.
	DropItem Kind = "drop-item"
	// DropException drops an exception, or a row of its values.
	DropException Kind = "drop-exception"
	// ChangeValue changes the value of a check.
	ChangeValue Kind = "value"
	// ChangeOperator replaces the operator of a check with a similar one.
	ChangeOperator Kind = "operator"
)

// mutantKey identifies a mutant. A dropped item has no owner: it is dropped everywhere.
type mutantKey struct {
	at   diag.Range
	in   owner
	kind Kind
	text string
}

// candidate is a mutant that can be tried.
type candidate struct {
	Mutant
	// edits has nodes of conditions and their replacements.
	edits map[ast.Expr]ast.Expr
	// large is set if making the mutant would exceed maxChanged.
	large bool
}

func (c *Mutant) key() mutantKey {
	if c.Kind == DropItem {
		return mutantKey{c.Position, owner{}, c.Kind, c.Text}
	}
	return mutantKey{c.Position, c.owner(), c.Kind, c.Text}
}

func (c *Mutant) owner() owner { return owner{c.Rule, c.Macro, c.Exception} }

// similar has a similar operator for some operators.
var similar = map[ast.Operator]ast.Operator{
	ast.OpLt: ast.OpLe, ast.OpLe: ast.OpLt, ast.OpGt: ast.OpGe, ast.OpGe: ast.OpGt,
	ast.OpStartsWith: ast.OpContains, ast.OpEndsWith: ast.OpContains, ast.OpContains: ast.OpStartsWith, ast.OpIContains: ast.OpContains,
	ast.OpBStartsWith: ast.OpBContains, ast.OpBContains: ast.OpBStartsWith,
}

// Limits of the mutants of a group. Dropping each of n items or operands takes n copies of
// n-1: maxChanged limits the copied items and operands of all mutants.
const (
	maxChanged = 2_000_000
	maxText    = 1000 // bytes of the text of a mutant
)

// mutator makes the mutants of a group.
type mutator struct {
	group     *Group
	condition condition // the current one
	made      []*candidate
	// items has the mutants that drop an item, by the item's position.
	items map[diag.Range]*candidate
	// room is the unused part of maxChanged.
	room int
}

// newCandidates returns all mutants of a group in the order of their positions. It leaves
// out changes that cannot have an effect, in nodes that are the same for all events or in
// one of two equal operands or items, and changes that another kind makes, too.
func (g *Group) newCandidates() []*candidate {
	m := &mutator{group: g, items: map[diag.Range]*candidate{}, room: maxChanged}
	for _, c := range g.conditions {
		m.condition = c
		m.mutate(c.expr, nil)
		m.listItems()
	}
	for _, one := range m.items {
		m.made = append(m.made, one)
	}
	list := slices.DeleteFunc(m.made, func(one *candidate) bool { return !g.compile(one) })
	slices.SortStableFunc(list, func(a, b *candidate) int { return compareMutants(&a.Mutant, &b.Mutant) })
	return list
}

// compile adds the new checks of a mutant to the truth tables that it changes. It returns
// false if a check does not compile.
func (g *Group) compile(m *candidate) bool {
	for _, c := range g.tables {
		for x, with := range m.edits {
			if !c.has(x) {
				continue
			}
			check, ok := with.(*ast.Check)
			if !ok || c.has(check) {
				continue
			}
			if c.compile(check) != nil {
				return false
			}
		}
	}
	return true
}

// add makes a mutant that replaces a node of the current condition. Its position is that of
// the node at.
func (m *mutator) add(kind Kind, text string, at ast.Node, x, with ast.Expr) *candidate {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	one := &candidate{Mutant: Mutant{Kind: kind, Text: text}, edits: map[ast.Expr]ast.Expr{x: with}}
	origin := m.condition.trace.At(at)
	m.locate(one, origin)
	if !m.group.collector.virtual(origin.Range.File) {
		m.made = append(m.made, one)
	}
	return one
}

func (m *mutator) locate(one *candidate, origin loader.Origin) {
	in := m.condition.ownerOf(origin)
	one.Position, one.Rule, one.Macro, one.Exception = origin.Range.WithoutEnd(), in.rule, in.macro, in.exception
}

// mutate makes the mutants of a node of the condition and of those below it.
func (m *mutator) mutate(x, parent ast.Expr) {
	if !m.group.live(x) {
		return
	}
	trace := m.condition.trace
	switch x := x.(type) {
	case *ast.And:
		m.chain(x, x.Operands, func(rest []ast.Expr) ast.Expr { return &ast.And{Span: x.Span, Operands: rest} })
	case *ast.Or:
		m.chain(x, x.Operands, func(rest []ast.Expr) ast.Expr { return &ast.Or{Span: x.Span, Operands: rest} })
	case *ast.Not:
		if !m.isException(x) { // else DropException does it
			m.add(DropNot, "drop the not of "+trace.Text(x), x, x, x.Operand)
		}
		m.mutate(x.Operand, x)
	case *ast.Check:
		if not, ok := parent.(*ast.Not); !ok || m.isException(not) { // else DropNot does it
			m.add(Negate, "negate "+trace.Text(x), x, x, &ast.Not{Span: x.Span, Operand: x})
		}
		m.value(x)
		m.operator(x)
	}
}

func (m *mutator) isException(x ast.Expr) bool {
	return slices.Contains(m.condition.exceptions, x)
}

// chain makes the mutants of the operands of an and or an or.
func (m *mutator) chain(x ast.Expr, children []ast.Expr, chained func([]ast.Expr) ast.Expr) {
	count := map[string]int{}
	for _, child := range children {
		count[ast.String(child)]++
	}
	for i, child := range children {
		m.mutate(child, x)
		if !m.group.live(child) || count[ast.String(child)] > 1 || m.isWhole(child) {
			continue
		}
		kind, text := DropOperand, "drop "+m.condition.trace.Text(child)
		switch {
		case m.isException(child):
			kind, text = DropException, "drop the exception"
		case m.isRows(x):
			kind, text = DropException, "drop the row "+m.condition.trace.Text(child)
		}
		one := m.add(kind, text, child, x, x)
		if one.large = !m.take(len(children)); one.large {
			continue
		}
		one.edits[x] = chained(slices.Delete(slices.Clone(children), i, i+1))
		if len(children) == 2 {
			one.edits[x] = children[1-i]
		}
	}
}

// take takes n of the room, and reports whether there was enough.
func (m *mutator) take(n int) bool {
	m.room -= n
	return m.room >= 0
}

// isWhole reports whether a node is the whole condition without the exceptions.
func (m *mutator) isWhole(x ast.Expr) bool {
	return len(m.condition.exceptions) > 0 && x == ast.Operands(m.condition.expr)[0]
}

// isRows reports whether a node is the or of an exception's rows.
func (m *mutator) isRows(x ast.Expr) bool {
	return slices.ContainsFunc(m.condition.exceptions, func(e ast.Expr) bool {
		not, ok := e.(*ast.Not)
		_, or := x.(*ast.Or)
		return ok && or && not.Operand == x
	})
}

// value changes the value of a check: it increases a number by one and appends a character
// to anything else. It leaves out numbers that are compared by order, which operator
// covers, and true and false, which Negate covers.
func (m *mutator) value(x *ast.Check) {
	v, ok := x.Right.(*ast.Value)
	if !ok {
		return
	}
	other := *v
	switch n, err := strconv.ParseInt(v.Text, 10, 64); {
	case err == nil && (x.Op == ast.OpLt || x.Op == ast.OpLe || x.Op == ast.OpGt || x.Op == ast.OpGe):
		return
	case v.Text == "true" || v.Text == "false":
		return
	case err == nil:
		other.Text = strconv.FormatInt(n+1, 10)
	default:
		other.Text += "x"
	}
	with := *x
	with.Right = &other
	m.replace(ChangeValue, x, &with)
}

func (m *mutator) operator(x *ast.Check) {
	other, ok := similar[x.Op]
	if !ok {
		return
	}
	with := *x
	with.Op = other
	m.replace(ChangeOperator, x, &with)
}

func (m *mutator) replace(kind Kind, x, with *ast.Check) {
	trace := m.condition.trace
	m.add(kind, trace.Text(x)+" becomes "+trace.Text(with), x, x, with)
}

// listItems makes the mutants of the lists in the condition. Each drops an item where it
// was written, for all checks that got it from there.
func (m *mutator) listItems() {
	ast.Inspect(m.condition.expr, func(n ast.Node) bool {
		check, ok := n.(*ast.Check)
		if !ok {
			return true
		}
		if list, ok := check.Right.(*ast.List); ok && m.group.live(check) {
			m.list(check, list)
		}
		return false
	})
}

// list makes the mutants of a list.
func (m *mutator) list(check *ast.Check, list *ast.List) {
	origins := make([]loader.Origin, len(list.Items))
	count := map[string]int{}
	at := map[diag.Range][]int{}
	for i, v := range list.Items {
		origins[i] = m.condition.trace.At(v)
		count[v.Text]++
		at[origins[i].Range] = append(at[origins[i].Range], i)
	}
	for i, origin := range origins {
		dropped := at[origin.Range]
		// Dropping one of two equal items has no effect, unless they come from the
		// same position.
		if dropped[0] == i && count[list.Items[i].Text] == len(dropped) && !m.group.collector.virtual(origin.Range.File) {
			m.item(check, list, origin, dropped)
		}
	}
}

// item drops items with the same position from a check.
func (m *mutator) item(check *ast.Check, list *ast.List, origin loader.Origin, dropped []int) {
	item := list.Items[dropped[0]]
	one := m.items[origin.Range]
	if one == nil {
		one = &candidate{Mutant: Mutant{Kind: DropItem, Text: "drop " + ast.Format(item)}, edits: map[ast.Expr]ast.Expr{}}
		m.locate(one, origin)
		if origin.List != nil {
			one.Text += " from list " + origin.List.Name
			one.Rule, one.Macro, one.Exception = "", "", ""
		}
		m.items[origin.Range] = one
	}
	if !m.take(len(list.Items)) {
		one.large = true
		one.edits[check] = check
		return
	}
	rest := &ast.List{Span: list.Span}
	for i, v := range list.Items {
		if !slices.Contains(dropped, i) {
			rest.Items = append(rest.Items, v)
		}
	}
	with := *check
	with.Right = rest
	one.edits[check] = &with
}

func compareMutants(a, b *Mutant) int {
	return cmp.Or(
		a.Position.Compare(b.Position), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Text, b.Text),
		a.owner().compare(b.owner()),
	)
}
