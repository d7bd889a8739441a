package eval

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
)

// test evaluates a check of a list or of several values. There may be none.
type test func([]fieldsets.Value) bool

// testOne evaluates a check of a single value.
type testOne func(fieldsets.Value) bool

// notComparable returns why a slot does not accept an operator, or "" if it does.
func notComparable(op ast.OperatorInfo, s slot) string {
	if op.Accepts(s.typ.Kind(), s.list) {
		return ""
	}
	if s.list && !op.Lists {
		return fmt.Sprintf("%s is a list and does not accept %s; it accepts in, intersects and exists", s.name, op.Op)
	}
	var accepted []string
	for _, o := range ast.Operators() {
		if o.Op == ast.OpExists || o.Accepts(s.typ.Kind(), s.list) {
			accepted = append(accepted, string(o.Op))
		}
	}
	return fmt.Sprintf("%s is %s and does not accept %s; it accepts %s", s.name, s.describe(), op.Op, strings.Join(accepted, ", "))
}

// compare returns the test of a check that compares a slot with constants. Only one of
// the two tests is set.
func compare(x *ast.Check, s slot, constants []*ast.Value) (testOne, test, *diag.Diagnostic) {
	values := make([]constant, len(constants))
	one := make([]testOne, len(constants))
	for i, c := range constants {
		var err error
		if values[i], err = newConstant(x.Op, s, c.Text); err == nil {
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
		// Falco looks for the address in a set of networks, and does not find it.
		switch {
		case x.Modifier == ast.AnyOf && (x.Op == ast.OpEq || x.Op == ast.OpEqEq):
			return func(fieldsets.Value) bool { return false }, nil, nil
		case x.Modifier == ast.AllOf && x.Op == ast.OpNe:
			return func(fieldsets.Value) bool { return true }, nil, nil
		}
	}
	return quantified(x.Modifier, one), nil, nil
}

// quantified returns the test that as many of the given tests hold as the modifier
// requires. Without any tests, it is false.
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

// membership returns the test that all values, or for intersects at least one, are
// among the constants.
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

// amongConstants returns the test that a value is one of the constants, or is in one of
// the networks.
func amongConstants(s slot, constants []constant) testOne {
	if s.typ == fieldsets.IPNet {
		return amongNetworks(constants)
	}
	return amongValues(s, constants)
}

// fewConstants is up to how many constants are compared one by one, because that is
// faster than a lookup.
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

func collect[T any](constants []constant, value func(constant) T) []T {
	list := make([]T, len(constants))
	for i, c := range constants {
		list[i] = value(c)
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

// prefixes returns the test of pmatch: one of the constants is a path prefix of the value.
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

// matchOne returns the test that compares a value with a constant.
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

// matchDirectly returns the tests of the most common checks, which make no further calls
// for the operator and the type. It returns nil for other checks.
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

// ordering returns the function that reports whether op is true, given the result of a
// three-way comparison.
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

// compareFields returns the test that compares two fields of the same type.
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

// matchTwo returns the test that compares two values.
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

// compileRegex compiles a regular expression as Falco does: RE2 in POSIX syntax, which
// must match the whole value.
func compileRegex(pattern string) (*regexp.Regexp, error) {
	tree, err := syntax.Parse(pattern, syntax.ClassNL)
	if err == nil {
		var re *regexp.Regexp
		if re, err = regexp.Compile(`\A(?:` + perlSyntax(pattern, tree) + `)\z`); err == nil {
			return re, nil
		}
	}
	if syntaxError := (*syntax.Error)(nil); errors.As(err, &syntaxError) {
		return nil, fmt.Errorf("invalid regular expression: %s: %s", syntaxError.Code, quote.Text(syntaxError.Expr))
	}
	return nil, fmt.Errorf("invalid regular expression: %w", err)
}

// maxRegexSize limits the size of all regular expressions of a source together, because
// a few bytes such as (a|b){1000} compile to as much as thousands of bytes of plain text.
// Each unit takes about 45 bytes of memory.
const maxRegexSize = 1_000_000

// addRegexes adds the size of regular expressions before they are compiled.
func (p *program) addRegexes(patterns []*ast.Value) *diag.Diagnostic {
	for _, v := range patterns {
		tree, err := syntax.Parse(v.Text, syntax.ClassNL)
		if err != nil {
			continue // compiling it reports the error
		}
		if p.regexSize += regexSize(tree); p.regexSize > maxRegexSize {
			return compileError(v, fmt.Errorf("the regular expressions of all rules together are too large: with repetitions expanded, they have more than %d characters and operators", maxRegexSize))
		}
	}
	return nil
}

// regexSize estimates how many instructions a regular expression compiles to. The result
// is at most maxRegexSize+1.
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

// perlSyntax returns a POSIX pattern in the syntax of package regexp. Most patterns mean
// the same in both. The others are printed from their tree, which takes milliseconds for
// each negated class.
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

// containsFold is strings.Contains, ignoring the case of ASCII letters.
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
