package eval

import (
	"cmp"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
)

// test answers a check of the values that a field has. A list, or a field that
// has several values at once, may be there without any.
type test func([]fieldsets.Value) bool

// testOne answers a check of a field that has one value.
type testOne func(fieldsets.Value) bool

// notComparable says why an operator does not go with a slot, or nothing.
func notComparable(op ast.OperatorInfo, s slot) string {
	if op.Accepts(s.typ.Kind(), s.list) {
		return ""
	}
	if s.list && !op.Lists {
		return fmt.Sprintf("%s has a list of values, which takes in, intersects and exists, not %s", s.name, op.Op)
	}
	var takes []string
	for _, o := range ast.Operators() {
		if o.Op == ast.OpExists || o.Accepts(s.typ.Kind(), s.list) {
			takes = append(takes, string(o.Op))
		}
	}
	what := s.describe()
	if s.typ.Kind() == ast.KindOther {
		what += " (" + s.typ.String() + ")"
	}
	return fmt.Sprintf("%s is %s and does not take %s; it takes %s", s.name, what, op.Op, strings.Join(takes, " "))
}

// compare returns the test of a check against constants: one of them.
func compare(x *ast.Check, s slot, constants []*ast.Value) (testOne, test, *diag.Diagnostic) {
	values := make([]constant, len(constants))
	one := make([]testOne, len(constants))
	for i, c := range constants {
		var err error
		if values[i], err = readConstant(x.Op, s, c.Text); err == nil {
			one[i], err = matchOne(x.Op, s, values[i])
		}
		if err != nil {
			return nil, nil, compileError(c, err)
		}
	}
	isAmong := x.Op == ast.OpIn || x.Op == ast.OpIntersects
	switch {
	case s.several:
		return nil, several(x.Op, s, values, one), nil
	case isAmong && s.list:
		return nil, membership(x.Op, s, values), nil
	case isAmong:
		return amongConstants(s, values), nil, nil
	case x.Op == ast.OpPMatch:
		return prefixes(values), nil, nil
	case s.typ == fieldsets.IPNet && len(one) > 0:
		// Falco looks the address up among networks, where it is not.
		switch {
		case x.Modifier == ast.AnyOf && (x.Op == ast.OpEq || x.Op == ast.OpEqEq):
			return func(fieldsets.Value) bool { return false }, nil, nil
		case x.Modifier == ast.AllOf && x.Op == ast.OpNe:
			return func(fieldsets.Value) bool { return true }, nil, nil
		}
	}
	return quantified(x.Modifier, one), nil, nil
}

// quantified applies a modifier: how many of the tests must hold. Of an empty
// list none does, whatever the modifier.
func quantified(m ast.Modifier, one []testOne) testOne {
	switch {
	case len(one) == 0:
		return func(fieldsets.Value) bool { return false }
	case m == ast.NoModifier:
		return one[0]
	}
	return func(v fieldsets.Value) bool {
		n := 0
		for _, match := range one {
			if match(v) {
				n++
			}
		}
		switch m {
		case ast.OneOf:
			return n == 1
		case ast.AnyOf:
			return n > 0
		}
		return n == len(one)
	}
}

// membership is in and intersects of a list: every or some value is among the
// constants.
func membership(op ast.Operator, s slot, constants []constant) test {
	is := amongConstants(s, constants)
	if op == ast.OpIn {
		return func(vs []fieldsets.Value) bool {
			for _, v := range vs {
				if !is(v) {
					return false
				}
			}
			return true
		}
	}
	return func(vs []fieldsets.Value) bool {
		return slices.ContainsFunc(vs, is)
	}
}

// amongConstants tests whether a value is one of the constants.
func amongConstants(s slot, constants []constant) testOne {
	if s.typ == fieldsets.IPNet {
		return amongNetworks(constants)
	}
	return amongValues(s, constants)
}

// fewConstants are compared one by one sooner than looked up.
const fewConstants = 6

func amongValues(s slot, constants []constant) testOne {
	few := len(constants) <= fewConstants
	if s.typ.Kind() == ast.KindNumber || s.typ == fieldsets.Bool {
		numbers := collect(constants, func(c constant) uint64 { return c.value.Number() })
		if few {
			return func(v fieldsets.Value) bool { return slices.Contains(numbers, v.Number()) }
		}
		slices.Sort(numbers)
		return func(v fieldsets.Value) bool {
			_, found := slices.BinarySearch(numbers, v.Number())
			return found
		}
	}
	texts := collect(constants, func(c constant) string { return c.value.Text() })
	if few {
		return func(v fieldsets.Value) bool { return slices.Contains(texts, v.Text()) }
	}
	set := newTextSet(texts)
	return func(v fieldsets.Value) bool { return set.has(v.Text()) }
}

// collect returns what of makes of constants.
func collect[T any](constants []constant, of func(constant) T) []T {
	list := make([]T, len(constants))
	for i, c := range constants {
		list[i] = of(c)
	}
	return list
}

func amongNetworks(constants []constant) testOne {
	return func(v fieldsets.Value) bool {
		addr := v.Addr()
		for _, c := range constants {
			if c.network.Contains(addr) {
				return true
			}
		}
		return false
	}
}

// prefixes is pmatch: some constant is a path prefix of the value.
func prefixes(constants []constant) testOne {
	paths := make([]pathPattern, len(constants))
	for i, c := range constants {
		paths[i] = newPathPattern(c.value.Text())
	}
	return func(v fieldsets.Value) bool {
		for _, p := range paths {
			if p.isPrefixOf(v.Text()) {
				return true
			}
		}
		return false
	}
}

// matchOne returns the test of one value against one constant.
func matchOne(op ast.Operator, s slot, c constant) (testOne, error) {
	switch {
	case op == ast.OpRegex:
		re, err := compileRegex(c.value.Text())
		if err != nil {
			return nil, err
		}
		return func(v fieldsets.Value) bool { return re.MatchString(v.Text()) }, nil
	case s.typ == fieldsets.IPNet:
		inside := op != ast.OpNe
		return func(v fieldsets.Value) bool { return c.network.Contains(v.Addr()) == inside }, nil
	}
	if match := matchDirectly(op, s, c.value); match != nil {
		return match, nil
	}
	match := matchTwo(op, s)
	return func(v fieldsets.Value) bool { return match(v, c.value) }, nil
}

// matchDirectly is what matchOne returns for the commonest checks, without a call
// for the operator and one for the type; nil for others.
func matchDirectly(op ast.Operator, s slot, c fieldsets.Value) testOne {
	number, text := c.Number(), c.Text()
	isText := s.typ.Kind() == ast.KindText
	isNumber := s.typ.Kind() == ast.KindNumber && s.typ != fieldsets.Double || s.typ == fieldsets.Bool
	switch {
	case isText && op == ast.OpNe:
		return func(v fieldsets.Value) bool { return v.Text() != text }
	case isText && op == ast.OpStartsWith:
		return func(v fieldsets.Value) bool { return strings.HasPrefix(v.Text(), text) }
	case isText && op == ast.OpEndsWith:
		return func(v fieldsets.Value) bool { return strings.HasSuffix(v.Text(), text) }
	case isText && op == ast.OpContains:
		n := newNeedle(text)
		return func(v fieldsets.Value) bool { return n.in(v.Text()) }
	case isNumber && (op == ast.OpEq || op == ast.OpEqEq):
		return func(v fieldsets.Value) bool { return v.Number() == number }
	case isNumber && op == ast.OpNe:
		return func(v fieldsets.Value) bool { return v.Number() != number }
	}
	return nil
}

// ordering returns which results of a comparison make op true.
func ordering(op ast.Operator) func(int) bool {
	switch op {
	case ast.OpNe:
		return func(c int) bool { return c != 0 }
	case ast.OpLt:
		return func(c int) bool { return c < 0 }
	case ast.OpLe:
		return func(c int) bool { return c <= 0 }
	case ast.OpGt:
		return func(c int) bool { return c > 0 }
	case ast.OpGe:
		return func(c int) bool { return c >= 0 }
	}
	return func(c int) bool { return c == 0 }
}

// compareFields returns the test of a check of two fields of one type.
func compareFields(op ast.Operator, s slot) func(left, right []fieldsets.Value) bool {
	isIn := func(v fieldsets.Value, set []fieldsets.Value) bool {
		return slices.Contains(set, v)
	}
	switch op {
	case ast.OpIn:
		return func(l, r []fieldsets.Value) bool {
			for _, v := range l {
				if !isIn(v, r) {
					return false
				}
			}
			return true
		}
	case ast.OpIntersects:
		return func(l, r []fieldsets.Value) bool {
			for _, v := range l {
				if isIn(v, r) {
					return true
				}
			}
			return false
		}
	}
	match := matchTwo(op, s)
	return func(l, r []fieldsets.Value) bool { return len(l) > 0 && len(r) > 0 && match(l[0], r[0]) }
}

// matchTwo returns the test of one value against another.
func matchTwo(op ast.Operator, s slot) func(a, b fieldsets.Value) bool {
	order := ordering(op)
	switch {
	case s.typ == fieldsets.Double:
		return func(a, b fieldsets.Value) bool { return order(cmp.Compare(a.Double(), b.Double())) }
	case s.typ.Signed():
		return func(a, b fieldsets.Value) bool { return order(cmp.Compare(a.Int(), b.Int())) }
	case s.typ.Kind() == ast.KindNumber || s.typ == fieldsets.Bool:
		return func(a, b fieldsets.Value) bool { return order(cmp.Compare(a.Number(), b.Number())) }
	}
	// Texts, bytes and addresses.
	switch op {
	case ast.OpContains, ast.OpBContains:
		return func(a, b fieldsets.Value) bool { return strings.Contains(a.Text(), b.Text()) }
	case ast.OpIContains:
		return func(a, b fieldsets.Value) bool { return containsFold(a.Text(), b.Text()) }
	case ast.OpStartsWith, ast.OpBStartsWith:
		return func(a, b fieldsets.Value) bool { return strings.HasPrefix(a.Text(), b.Text()) }
	case ast.OpEndsWith:
		return func(a, b fieldsets.Value) bool { return strings.HasSuffix(a.Text(), b.Text()) }
	case ast.OpGlob:
		return func(a, b fieldsets.Value) bool { return globMatch(b.Text(), a.Text(), false) }
	case ast.OpIGlob:
		return func(a, b fieldsets.Value) bool { return globMatch(b.Text(), a.Text(), true) }
	}
	return func(a, b fieldsets.Value) bool { return order(strings.Compare(a.Text(), b.Text())) }
}

// compileRegex compiles a regular expression as the engine does: RE2 in POSIX
// syntax, over the whole value.
func compileRegex(pattern string) (*regexp.Regexp, error) {
	tree, err := syntax.Parse(pattern, syntax.ClassNL)
	if err == nil {
		var re *regexp.Regexp
		if re, err = regexp.Compile(`\A(?:` + perlSyntax(pattern, tree) + `)\z`); err == nil {
			return re, nil
		}
	}
	return nil, fmt.Errorf("the regular expression is not valid: %w", err)
}

// maxRegexSize is how large all regular expressions of a source may be together: a
// few bytes like (a|b){1000} are as much as thousands of bytes of plain text. Each
// unit takes about 45 bytes of memory.
const maxRegexSize = 1_000_000

// addRegexes counts the size of regular expressions that are going to be compiled.
func (p *program) addRegexes(patterns []*ast.Value) *diag.Diagnostic {
	for _, v := range patterns {
		tree, err := syntax.Parse(v.Text, syntax.ClassNL)
		if err != nil {
			continue // compiling it says so
		}
		if p.regexSize += regexSize(tree); p.regexSize > maxRegexSize {
			return compileError(v, fmt.Errorf("the regular expressions of all rules are too large together: with repetitions written out, they have more than %d characters and operators", maxRegexSize))
		}
	}
	return nil
}

// regexSize returns about how many instructions a regular expression is compiled to,
// if it is not too large.
func regexSize(tree *syntax.Regexp) int {
	const tooLarge = maxRegexSize + 1
	size := 1
	if tree.Op == syntax.OpLiteral {
		size = len(tree.Rune)
	}
	for _, sub := range tree.Sub {
		size = min(size+regexSize(sub), tooLarge)
	}
	if tree.Op == syntax.OpRepeat {
		size = min(size*max(tree.Min, tree.Max, 1), tooLarge)
	}
	return size
}

// perlSyntax returns a pattern in the syntax of package regexp. Most patterns mean
// the same in both; the others are written anew from their tree, which takes
// milliseconds for each negated class.
func perlSyntax(pattern string, tree *syntax.Regexp) string {
	if perl, err := syntax.Parse(pattern, syntax.Perl); err == nil && perl.Equal(tree) {
		return pattern
	}
	return tree.String()
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// containsFold reports whether s contains want, ignoring the case of ASCII
// letters.
func containsFold(s, want string) bool {
	for i := 0; i+len(want) <= len(s); i++ {
		j := 0
		for j < len(want) && lower(s[i+j]) == lower(want[j]) {
			j++
		}
		if j == len(want) {
			return true
		}
	}
	return false
}
