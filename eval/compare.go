package eval

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// longestConstant is the number of bytes that the engine has for a constant.
const longestConstant = 255

// test answers a check of the values that a field has, one at least.
type test func([]fieldsets.Value) bool

// notComparable says why an operator does not go with a slot, or nothing.
func notComparable(op ast.OperatorInfo, s slot) string {
	switch {
	case op.Takes(s.typ.Kind(), s.list):
		return ""
	case s.list && !op.Lists:
		return fmt.Sprintf("%s has a list of values, which takes in, intersects and exists, not %s", s.name, op.Op)
	}
	return fmt.Sprintf("%s is %s, which does not take %s", s.name, s.describe(), op.Op)
}

// compare returns the test of a check against constants.
func compare(x *ast.Check, s slot, constants []*ast.Value) (test, *CompileError) {
	values := make([]fieldsets.Value, len(constants))
	for i, c := range constants {
		v, err := parseConstant(s, c.Text)
		if err != nil {
			return nil, &CompileError{c, err}
		}
		values[i] = v
	}
	switch {
	case x.Op == ast.OpIn || x.Op == ast.OpIntersects:
		return membership(x.Op, s, values), nil
	case x.Op == ast.OpPMatch:
		return prefixes(values), nil
	}
	one := make([]func(fieldsets.Value) bool, len(values))
	for i, v := range values {
		m, err := matchOne(x.Op, s, v)
		if err != nil {
			return nil, &CompileError{constants[i], err}
		}
		one[i] = m
	}
	return quantified(x.Modifier, one), nil
}

// quantified applies a modifier: how many of the tests must hold. Of an empty
// list none does, whatever the modifier.
func quantified(m ast.Modifier, one []func(fieldsets.Value) bool) test {
	switch {
	case len(one) == 0:
		return func([]fieldsets.Value) bool { return false }
	case m == ast.NoModifier:
		match := one[0]
		return func(vs []fieldsets.Value) bool { return match(vs[0]) }
	}
	return func(vs []fieldsets.Value) bool {
		n := 0
		for _, match := range one {
			if match(vs[0]) {
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

// parseConstant reads a constant as the type of a slot.
func parseConstant(s slot, text string) (fieldsets.Value, error) {
	var none fieldsets.Value
	if strings.IndexByte(text, 0) >= 0 {
		return none, errors.New("a value cannot hold a NUL byte")
	}
	switch {
	case s.typ.Kind() == ast.KindText:
		if len(text) > longestConstant {
			return none, fmt.Errorf("the value has %d bytes, more than %d", len(text), longestConstant)
		}
		return fieldsets.TextValue(text), nil
	case s.typ == fieldsets.Bool:
		switch text {
		case "true":
			return fieldsets.BoolValue(true), nil
		case "false":
			return fieldsets.BoolValue(false), nil
		}
		return none, fmt.Errorf("%s is true or false, not %q", s.name, text)
	}
	n, ok := scanUint64(text)
	if !ok {
		return none, fmt.Errorf("%s is a number, and %q is not a valid number", s.name, text)
	}
	return fieldsets.NumberValue(n), nil
}

// scanUint64 reads a number as C's scanf does for unsigned 64 bits: white space
// and a sign may come first, a minus wraps around, too large is the largest.
func scanUint64(text string) (uint64, bool) {
	text = strings.TrimLeft(text, " \t\n\v\f\r")
	negative := strings.HasPrefix(text, "-")
	if negative || strings.HasPrefix(text, "+") {
		text = text[1:]
	}
	n, err := strconv.ParseUint(text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return math.MaxUint64, true
	case err != nil:
		return 0, false
	case negative:
		return -n, true
	}
	return n, true
}

// membership is in and intersects: for a list, every or some value is among the
// constants.
func membership(op ast.Operator, s slot, constants []fieldsets.Value) test {
	set := make(map[fieldsets.Value]bool, len(constants))
	for _, c := range constants {
		set[c] = true
	}
	if !s.list {
		return func(vs []fieldsets.Value) bool { return set[vs[0]] }
	}
	if op == ast.OpIn {
		return func(vs []fieldsets.Value) bool {
			for _, v := range vs {
				if !set[v] {
					return false
				}
			}
			return true
		}
	}
	return func(vs []fieldsets.Value) bool {
		for _, v := range vs {
			if set[v] {
				return true
			}
		}
		return false
	}
}

// prefixes is pmatch: some constant is a path prefix of the value.
func prefixes(constants []fieldsets.Value) test {
	paths := make([]pathPattern, len(constants))
	for i, c := range constants {
		paths[i] = newPathPattern(c.Text())
	}
	return func(vs []fieldsets.Value) bool {
		for _, p := range paths {
			if p.isPrefixOf(vs[0].Text()) {
				return true
			}
		}
		return false
	}
}

// matchOne returns the test of one value against one constant.
func matchOne(op ast.Operator, s slot, c fieldsets.Value) (func(fieldsets.Value) bool, error) {
	if op == ast.OpRegex {
		re, err := compileRegex(c.Text())
		if err != nil {
			return nil, err
		}
		return func(v fieldsets.Value) bool { return re.MatchString(v.Text()) }, nil
	}
	match := matchTwo(op, s)
	return func(v fieldsets.Value) bool { return match(v, c) }, nil
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

func compareUint(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// compareFields returns the test of a check of two fields of one type.
func compareFields(op ast.Operator, s slot) func(left, right []fieldsets.Value) bool {
	among := func(v fieldsets.Value, set []fieldsets.Value) bool {
		for _, x := range set {
			if x == v {
				return true
			}
		}
		return false
	}
	switch op {
	case ast.OpIn:
		return func(l, r []fieldsets.Value) bool {
			for _, v := range l {
				if !among(v, r) {
					return false
				}
			}
			return true
		}
	case ast.OpIntersects:
		return func(l, r []fieldsets.Value) bool {
			for _, v := range l {
				if among(v, r) {
					return true
				}
			}
			return false
		}
	}
	match := matchTwo(op, s)
	return func(l, r []fieldsets.Value) bool { return match(l[0], r[0]) }
}

// matchTwo returns the test of one value against another.
func matchTwo(op ast.Operator, s slot) func(a, b fieldsets.Value) bool {
	if s.typ.Kind() != ast.KindText {
		order := ordering(op)
		return func(a, b fieldsets.Value) bool { return order(compareUint(a.Number(), b.Number())) }
	}
	switch op {
	case ast.OpContains:
		return func(a, b fieldsets.Value) bool { return strings.Contains(a.Text(), b.Text()) }
	case ast.OpIContains:
		return func(a, b fieldsets.Value) bool { return containsFold(a.Text(), b.Text()) }
	case ast.OpStartsWith:
		return func(a, b fieldsets.Value) bool { return strings.HasPrefix(a.Text(), b.Text()) }
	case ast.OpEndsWith:
		return func(a, b fieldsets.Value) bool { return strings.HasSuffix(a.Text(), b.Text()) }
	case ast.OpGlob:
		return func(a, b fieldsets.Value) bool { return globMatch(b.Text(), a.Text(), false) }
	case ast.OpIGlob:
		return func(a, b fieldsets.Value) bool { return globMatch(b.Text(), a.Text(), true) }
	}
	order := ordering(op)
	return func(a, b fieldsets.Value) bool { return order(strings.Compare(a.Text(), b.Text())) }
}

// compileRegex compiles a regular expression as the engine does: RE2 in POSIX
// syntax, over the whole value.
func compileRegex(pattern string) (*regexp.Regexp, error) {
	tree, err := syntax.Parse(pattern, syntax.ClassNL)
	if err == nil {
		var re *regexp.Regexp
		if re, err = regexp.Compile(`\A(?:` + tree.String() + `)\z`); err == nil {
			return re, nil
		}
	}
	return nil, fmt.Errorf("the regular expression is not valid: %w", err)
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
