package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
)

// model is what the literals of a condition require of an event. It leaves out variables
// that can have one value that all literals allow, because no contradiction involves them.
type model struct {
	condition   *Condition
	constraints map[*Literal][]constraint
	tests       map[*Literal]func(fieldsets.Value) bool // see test
}

// constraint is the cells of a variable that a literal allows.
type constraint struct {
	variable *variable
	cells    cellSet
}

// group is the literals with the same operand.
type group struct {
	operand  string
	literals []*Literal
	// field describes the values of the operand. It is nil if they are not known.
	field *fieldsets.Field
	// users are the literals of other operands that need a value of this one.
	users []*Literal
}

// newModel returns the model of those literals of a condition for which keep returns true.
func newModel(c *Condition, types *eventTypes, keep func(*Literal) bool) *model {
	m := &model{condition: c, constraints: map[*Literal][]constraint{}, tests: map[*Literal]func(fieldsets.Value) bool{}}
	byOperand := map[string]*group{}
	var groups []*group
	for l := range c.Literals() {
		if !keep(l) || m.isFree(l) {
			continue
		}
		g := byOperand[l.Operand]
		if g == nil {
			g = &group{operand: l.Operand, field: m.fieldOf(l.Check.Left)}
			byOperand[l.Operand] = g
			groups = append(groups, g)
		}
		g.literals = append(g.literals, l)
	}
	for _, g := range groups {
		for _, l := range g.literals {
			for _, ref := range m.needed(l) {
				if other := byOperand[ref]; other != nil && other != g {
					other.users = append(other.users, l)
				}
			}
		}
	}
	for _, g := range groups {
		m.addChecks(g)
		switch {
		case isSyscall(c) && g.operand == typeField: // addTypes adds its variable
		case g.field != nil && (g.field.List || g.field.Match != fieldsets.MatchOne):
			m.addSeveral(g)
		default:
			m.addValue(g)
		}
	}
	if isSyscall(c) {
		m.addTypes(groups, types)
	}
	return m
}

// isFree reports whether a literal says nothing about an event: it is there for users to
// override it, or its result depends on earlier events.
func (m *model) isFree(l *Literal) bool {
	if list, ok := l.Check.Right.(*ast.List); ok && len(list.Items) == 0 {
		return true
	}
	if l.IsSwitch() || isPlaceholder(l) {
		return true
	}
	return m.depends(l.Check.Left) || l.Check.Right != nil && l.Check.Values() == nil && m.depends(l.Check.Right)
}

// depends reports whether the value of an operand depends on earlier events. The values of
// evt.deltatime even depend on which of the checks before were evaluated.
func (m *model) depends(x ast.Node) bool {
	ref, ok := x.(*ast.Field)
	if !ok {
		return slices.ContainsFunc(slices.Collect(ast.Children(x)), m.depends)
	}
	f := m.resolve(ref)
	return f == nil || f.Sequential || strings.HasPrefix(f.Name, "evt.deltatime")
}

func (m *model) resolve(ref *ast.Field) *fieldsets.Field {
	operand := ref.Name
	if ref.Arg != nil {
		operand = ast.String(ref)
	}
	return m.condition.fields.resolve(m.condition.Source, ref, operand)
}

// fieldOf returns a field that has values like those of an operand, or nil if it is not
// known what these are.
func (m *model) fieldOf(x ast.Operand) *fieldsets.Field {
	t, ok := x.(*ast.Transform)
	if !ok {
		return m.resolve(x.(*ast.Field))
	}
	switch t.Name {
	case "join", "concat":
		return &fieldsets.Field{Name: t.Name, Type: fieldsets.CharBuf}
	case "getopt":
		return &fieldsets.Field{Name: t.Name, Type: fieldsets.CharBuf, List: t.Arg == nil}
	}
	inner, ok := t.Args[0].(ast.Operand)
	if !ok {
		return nil
	}
	f := m.fieldOf(inner)
	switch {
	case f == nil || f.Match != fieldsets.MatchOne:
		return nil
	case t.Name == "len":
		return &fieldsets.Field{Name: t.Name, Type: fieldsets.Uint64}
	}
	return &fieldsets.Field{Name: t.Name, Type: f.Type, List: f.List}
}

// needed returns the operands that must have a value if a literal is true.
func (m *model) needed(l *Literal) []string {
	left := innerField(l.Check.Left)
	if l.Negated || left == nil {
		return nil
	}
	refs := []string{ast.String(left)}
	if right := innerField(l.Check.Right); right != nil {
		refs = append(refs, ast.String(right))
	}
	if m.requiresContainer(l) {
		refs = append(refs, containerID)
	}
	return refs
}

// innerField returns the field that an operand has after removing transformers with one
// argument, or nil.
func innerField(x ast.Node) *ast.Field {
	for {
		switch n := x.(type) {
		case *ast.Field:
			return n
		case *ast.Transform:
			if len(n.Args) != 1 {
				return nil
			}
			x = n.Args[0]
		default:
			return nil
		}
	}
}

// test returns the test that the check of a literal makes of one value, or nil if it does
// not compare with values.
func (m *model) test(l *Literal) func(fieldsets.Value) bool {
	if test, known := m.tests[l]; known {
		return test
	}
	var test func(fieldsets.Value) bool
	if f := m.fieldOf(l.Check.Left); f != nil && l.Check.Values() != nil {
		test, _ = eval.ValueCheck(l.Check, f) // there is no error, because the condition compiles
	}
	m.tests[l] = test
	return test
}

// add adds a variable if no value satisfies all literals that use it.
func (m *model) add(v *variable) {
	v.region = region{cells: v.domain}
	all := v.region
	for _, u := range v.uses {
		if all = m.narrow(v, all, u); all.cells.isEmpty() {
			break
		}
	}
	if !all.cells.isEmpty() {
		return
	}
	for _, u := range v.uses {
		m.constraints[u.literal] = append(m.constraints[u.literal], constraint{v, u.cells})
	}
}

// addChecks adds variables for the results of checks that are required and excluded.
func (m *model) addChecks(g *group) {
	isNegated := func(l *Literal) bool { return l.Negated }
	if !slices.ContainsFunc(g.literals, isNegated) || !slices.ContainsFunc(g.literals, (*Literal).RequiresValue) {
		return
	}
	byText := map[string]*variable{}
	var variables []*variable
	for _, l := range g.literals {
		text := strings.TrimPrefix(canonical(l), "not ")
		if g.field != nil && g.field.Match != fieldsets.MatchOne { // then = and in, for example, are not the same
			text = ast.String(l.Check)
		}
		v := byText[text]
		if v == nil {
			v = &variable{operand: g.operand, kind: checkVariable, domain: allCells(2)}
			byText[text] = v
			variables = append(variables, v)
		}
		cells := newCellSet(2)
		if l.Negated {
			cells.add(0)
		} else {
			cells.add(1)
		}
		v.uses = append(v.uses, use{l, cells})
	}
	for _, v := range variables {
		m.add(v)
	}
}

// addValue adds a variable for an operand that has at most one value.
func (m *model) addValue(g *group) {
	can := canHave(g.literals[0].Check.Left)
	if can == nil && compatible(g) {
		return
	}
	v := newVariable(g, g.literals)
	v.domain.remove(unused)
	for i, value := range v.values {
		if can != nil && !can(value) {
			v.domain.remove(named + i)
		}
	}
	for _, l := range g.literals {
		v.uses = append(v.uses, use{l, v.cells(m, g, l)})
	}
	for _, l := range g.users {
		cells := allCells(named + len(v.values))
		cells.remove(absent)
		if host, ok := v.keys[hostContainer]; ok && g.operand == containerID && m.requiresContainer(l) {
			cells.remove(named + host)
		}
		v.uses = append(v.uses, use{l, cells})
	}
	m.add(v)
}

// compatible reports whether it is obvious that literals do not exclude each other: there is
// only one, or they are all true without a value, or of values that none of them names.
func compatible(g *group) bool {
	alone := len(g.literals) == 1 && len(g.users) == 0
	none := len(g.users) == 0
	others := g.field == nil || g.field.Type != fieldsets.Bool
	parts := 0
	for _, l := range g.literals {
		none = none && l.Negated
		switch op := l.Check.Op; {
		case op == ast.OpExists:
			others = others && !l.Negated
		case l.isEquality():
			others = others && l.Negated == (op != ast.OpNe)
		case g.comparesNumbers(l):
			others, alone = false, false
		case partOf(l) != noPart:
			parts++
		}
	}
	return none || alone || others && parts < 2
}

// maxSeveral limits the pairs of literals of an operand with several values.
const maxSeveral = 20_000

// addSeveral adds variables for an operand that can have several values: one for each literal
// that requires some value. The others are about all values.
func (m *model) addSeveral(g *group) {
	var some, all []*Literal
	for _, l := range g.literals {
		switch op := l.Check.Op; {
		case op == ast.OpExists && !l.Negated: // there can be an empty list
		case op == ast.OpNe && g.field.Match == fieldsets.MatchEither: // true of both values
		case l.Negated != (g.field.List && op == ast.OpIn):
			all = append(all, l)
		default:
			some = append(some, l)
		}
	}
	if len(all) == 0 || len(some)*len(all) > maxSeveral {
		return
	}
	for _, l := range some {
		v := newVariable(g, append(slices.Clip(all), l))
		v.uses = []use{{l, v.cells(m, g, l)}}
		for _, other := range all {
			cells := v.cells(m, g, other)
			cells.add(unused)
			v.uses = append(v.uses, use{other, cells})
		}
		m.add(v)
	}
}

// addTypes adds the variable for the type of the event.
func (m *model) addTypes(groups []*group, types *eventTypes) {
	v := &variable{operand: typeField, kind: typeVariable, domain: allCells(types.cells())}
	for _, g := range groups {
		for _, l := range g.literals {
			if cells := types.allowedBy(m, l); cells != nil {
				v.uses = append(v.uses, use{l, cells})
			}
		}
	}
	m.add(v)
}
