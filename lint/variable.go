package lint

import (
	"math"
	"net/netip"
	"slices"
	"strconv"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/scan"
)

// variable is something that literals restrict: a value, the result of a check, or the type
// of the event. Its possible values are grouped in cells. For each cell and each literal, it
// is known if the values in the cell satisfy the literal, or the literal allows the cell
// because some of its values may satisfy it.
type variable struct {
	operand string
	kind    variableKind
	domain  cellSet // of the values that the variable can have
	uses    []use
	// values are the values of the cells from named on, and keys their indexes. The cells
	// of fields that are compared with networks are networks, without the smaller ones
	// inside them. If opaque is true, the values are not known, and all are in the cell
	// other.
	values   []fieldsets.Value
	networks []netip.Prefix
	keys     map[string]int
	opaque   bool

	// region and narrowed are the state of a search.
	region   region
	narrowed []narrowing
}

type variableKind uint8

const (
	valueVariable variableKind = iota
	checkVariable              // its cells are false and true
	typeVariable
)

// The cells of a value.
const (
	absent = iota // the event has no value
	unused        // it does not matter which value the event has; see addSeveral
	other         // all values without cells of their own
	named         // the first value with a cell of its own
)

// use is a literal and the cells of a variable that it allows.
type use struct {
	literal *Literal
	cells   cellSet
}

// narrowing is a use in a search, and the level of the decision that it belongs to.
type narrowing struct {
	use
	level int
}

// isEquality reports whether a literal compares for equality with values.
func (l *Literal) isEquality() bool {
	switch l.Check.Op {
	case ast.OpEq, ast.OpEqEq, ast.OpNe, ast.OpIn, ast.OpIntersects:
		return l.Check.Modifier == ast.NoModifier && l.Check.Values() != nil
	}
	return false
}

// comparesNumbers reports whether a literal compares numbers by order.
func (g *group) comparesNumbers(l *Literal) bool {
	switch l.Check.Op {
	case ast.OpLt, ast.OpLe, ast.OpGt, ast.OpGe:
		return g.field != nil && g.field.Type.Kind() == ast.KindNumber && l.Check.Values() != nil
	}
	return false
}

// Limits of a variable. If it would have more than maxCells values, or need more than maxTests
// tests of values, it is opaque.
const (
	maxCells = 10_000
	maxTests = 50_000
)

// newVariable returns a variable for a value that literals of a group compare.
func newVariable(g *group, literals []*Literal) *variable {
	v := &variable{operand: g.operand, keys: map[string]int{}}
	v.opaque = g.field == nil || !v.addValues(g, literals)
	if v.opaque {
		v.values, v.keys = nil, nil
	}
	v.domain = allCells(named + len(v.values))
	_, constant := constants[g.operand]
	if !v.opaque && (constant || g.field.Type == fieldsets.Bool || slices.ContainsFunc(literals, g.comparesNumbers)) {
		v.domain.remove(other) // all values have cells
	}
	return v
}

// addValues adds cells for the values that literals compare with. It returns false if the
// values are not known, or there are too many.
func (v *variable) addValues(g *group, literals []*Literal) bool {
	f := g.field
	if f.Type.Kind() == ast.KindOther || f.Type == fieldsets.Double {
		return false
	}
	if f.Type == fieldsets.Bool {
		v.addValue("false", fieldsets.BoolValue(false)) // as valueOf
		v.addValue("true", fieldsets.BoolValue(true))
		return true
	}
	if l := required(literals); l != nil && f.Type != fieldsets.IPNet { // other values do not matter
		literals = append(slices.DeleteFunc(slices.Clone(literals), (*Literal).isEquality), l)
	}
	if n, ok := constants[v.operand]; ok {
		v.addNumber(f, n, int64(n))
	}
	ordered := slices.ContainsFunc(literals, g.comparesNumbers)
	if ordered {
		v.addNumber(f, 0, 0)
		v.addNumber(f, math.MaxUint64, math.MaxInt64)
		v.addNumber(f, 0, math.MinInt64)
	}
	for _, l := range literals {
		if !ordered && !l.isEquality() {
			continue
		}
		for _, value := range l.Check.Values() {
			key, one, ok := valueOf(f, value.Text)
			if !ok || len(v.values) > maxCells {
				return false
			}
			v.addValue(key, one)
			if f.Type == fieldsets.IPNet && len(v.networks) < len(v.values) {
				v.networks = append(v.networks, netip.MustParsePrefix(key))
			}
			if ordered { // numbers between two cells satisfy the same literals as their neighbours
				v.addNumber(f, max(one.Number(), 1)-1, max(one.Int(), math.MinInt64+1)-1)
				v.addNumber(f, min(one.Number(), math.MaxUint64-1)+1, min(one.Int(), math.MaxInt64-1)+1)
			}
		}
	}
	return v.tests(f, literals) <= maxTests
}

// tests returns how many tests of values the cells of literals take.
func (v *variable) tests(f *fieldsets.Field, literals []*Literal) int {
	n := 0
	for _, l := range literals {
		if l.Check.Values() != nil && !isExact(f, l) {
			n += len(v.values)
		}
	}
	return n
}

// required returns the literal that allows the fewest values, of those that are true whenever
// the condition is, or nil.
func required(literals []*Literal) *Literal {
	var fewest *Literal
	for _, l := range literals {
		if l.Negated || l.Check.Op == ast.OpNe || !l.isEquality() || l.Branch != l.Branch.Condition.Root {
			continue
		}
		if fewest == nil || len(l.Check.Values()) < len(fewest.Check.Values()) {
			fewest = l
		}
	}
	return fewest
}

func (v *variable) addValue(key string, value fieldsets.Value) {
	if _, known := v.keys[key]; known {
		return
	}
	v.keys[key] = len(v.values)
	v.values = append(v.values, value)
}

// addNumber adds one of two numbers: unsigned or signed, like the type of the field.
func (v *variable) addNumber(f *fieldsets.Field, unsigned uint64, signed int64) {
	if f.Type.Signed() {
		v.addValue(strconv.FormatInt(signed, 10), fieldsets.IntValue(signed))
	} else {
		v.addValue(strconv.FormatUint(unsigned, 10), fieldsets.NumberValue(unsigned))
	}
}

// valueOf returns a value of a condition as the type of a field, and a key that equal values
// have in common. It returns false for values that have names, such as ports.
func valueOf(f *fieldsets.Field, text string) (key string, v fieldsets.Value, ok bool) {
	spare := 64 - f.Type.Bits()
	switch kind := f.Type.Kind(); {
	case kind == ast.KindText || kind == ast.KindBuffer:
		return text, fieldsets.TextValue(text), true
	case f.Type == fieldsets.Bool:
		return text, fieldsets.BoolValue(text == "true"), true
	case f.Type == fieldsets.IPNet:
		network, err := netip.ParsePrefix(text)
		return network.Masked().String(), v, err == nil
	case kind == ast.KindAddress:
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return "", v, false
		}
		return addr.String(), fieldsets.AddrValue(addr), true
	case f.Type == fieldsets.Port:
		n, err := strconv.ParseUint(text, 10, 16)
		return strconv.FormatUint(n, 10), fieldsets.NumberValue(n), err == nil
	case kind == ast.KindNumber && f.Type.Signed():
		n, ok := scan.Int64(text)
		n = n << spare >> spare
		return strconv.FormatInt(n, 10), fieldsets.IntValue(n), ok
	case kind == ast.KindNumber:
		n, ok := scan.Uint64(text)
		n = n << spare >> spare
		return strconv.FormatUint(n, 10), fieldsets.NumberValue(n), ok
	}
	return "", v, false
}

// cells returns the cells that a literal of the variable's group allows.
func (v *variable) cells(m *model, g *group, l *Literal) cellSet {
	var s cellSet
	switch test := m.test(l); {
	case l.Check.Op == ast.OpExists && l.Negated:
		s = newCellSet(named + len(v.values))
	case l.Check.Op == ast.OpExists || v.opaque || test == nil:
		s = allCells(named + len(v.values))
	case isExact(g.field, l):
		s = v.equal(g.field, l)
	case g.field.Type == fieldsets.IPNet:
		s = allCells(named + len(v.values))
	default:
		s = newCellSet(named + len(v.values))
		for i, value := range v.values {
			if test(value) != l.Negated {
				s.add(named + i)
			}
		}
		s.add(other)
	}
	s.remove(unused)
	if s.remove(absent); l.Negated {
		s.add(absent)
	}
	return s
}

// isExact reports whether a literal is true of exactly those values that are, or are not,
// equal to the values that it compares with. Of fields with several values, some in and
// intersects are always false.
func isExact(f *fieldsets.Field, l *Literal) bool {
	if op := l.Check.Op; f.Match != fieldsets.MatchOne && (op == ast.OpIn || op == ast.OpIntersects) {
		return l.isEquality() && f.Match == fieldsets.MatchAny && f.Type.Kind() == ast.KindText
	}
	return l.isEquality()
}

// equal is cells for a literal that is exact.
func (v *variable) equal(f *fieldsets.Field, l *Literal) cellSet {
	differ := (l.Check.Op == ast.OpNe) != l.Negated
	s := newCellSet(named + len(v.values))
	if differ {
		s = allCells(named + len(v.values))
	}
	for _, value := range l.Check.Values() {
		key, _, ok := valueOf(f, value.Text)
		if !ok { // it may be any of the values
			return allCells(named + len(v.values))
		}
		i, ok := v.keys[key]
		if f.Type == fieldsets.IPNet {
			v.within(s, v.networks[i], differ)
			continue
		}
		switch {
		case !ok:
			s.add(other)
		case differ:
			s.remove(named + i)
		default:
			s.add(named + i)
		}
	}
	return s
}

// within adds the cells of a network, and of the networks inside it, or removes them.
func (v *variable) within(s cellSet, network netip.Prefix, remove bool) {
	for i, cell := range v.networks {
		if network.Bits() > cell.Bits() || !network.Contains(cell.Addr()) {
			continue
		}
		if remove {
			s.remove(named + i)
		} else {
			s.add(named + i)
		}
	}
}
