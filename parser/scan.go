package parser

import (
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// scanner splits a text into tokens. What characters mean depends on what comes before: in
// "a.b = a.b", the first a.b is a field and the second one a value. So the scanner keeps
// track of what can come next. It leaves what must come next to the grammar.
//
// Text that cannot be a token becomes a tokInvalid or a tokStray and a mistake, and the
// scanner continues at the next text that looks like the end of a check.
type scanner struct {
	text   string
	pos    int
	tokens []lexer.Token
	// invalid has the mistake of each tokInvalid and tokStray, in order.
	invalid []*mistake
	// unclosed is the range that has no closing quote, for each of the two quotes, so
	// that it is searched once.
	unclosed [2]struct{ from, to int }
	// groups is the number of open groups, and inner the number of open parentheses in
	// the current check.
	groups, inner int
	// names accepts a name where a number is expected.
	names bool
}

// emit adds the n bytes at pos as a token.
func (s *scanner) emit(t lexer.TokenType, n int) {
	s.tokens = append(s.tokens, lexer.Token{Type: t, Value: s.text[s.pos : s.pos+n], Pos: lexer.Position{Offset: s.pos}})
	s.pos += n
}

// quotedEnd returns the end of the quoted text at start, or -1 if it is not closed.
func (s *scanner) quotedEnd(start int) int {
	u := &s.unclosed[0]
	if s.text[start] == '"' {
		u = &s.unclosed[1]
	}
	if u.from <= start && start < u.to {
		return -1
	}
	end := quotedEnd(s.text, start)
	if end < 0 {
		u.from, u.to = start, len(s.text)
		if nul := strings.IndexByte(s.text[start:], 0); nul >= 0 {
			u.to = start + nul
		}
	}
	return end
}

// group adds the n bytes at pos as a token that opens a group.
func (s *scanner) group(t lexer.TokenType, n int) {
	s.groups++
	s.emit(t, n)
}

func (s *scanner) rest() string { return s.text[s.pos:] }

func (s *scanner) has(prefix string) bool { return strings.HasPrefix(s.rest(), prefix) }

// blanks skips blanks and reports whether there were any.
func (s *scanner) blanks() bool {
	start := s.pos
	for s.pos < len(s.text) && isBlank(s.text[s.pos]) {
		s.pos++
	}
	return s.pos > start
}

// condition scans the text as a condition. It stops where the text is nested too deeply.
func (s *scanner) condition() {
	expectExpr := true
	for s.groups < maxDepth {
		s.blanks()
		if s.pos == len(s.text) {
			return
		}
		if expectExpr {
			expectExpr = s.expr()
		} else {
			expectExpr = s.join()
		}
	}
}

// expr scans nots and the start of a group or a check. It reports whether another
// expression must follow, which is true after the start of a group.
func (s *scanner) expr() bool {
	for s.has("not") && s.pos+3 < len(s.text) && isSpace(s.text[s.pos+3]) {
		s.emit(tokNot, 3)
		for s.pos < len(s.text) && isSpace(s.text[s.pos]) {
			s.pos++
		}
	}
	if s.has("not(") {
		s.group(tokNotGroup, 4)
		return true
	}
	s.blanks()
	if s.has("(") {
		s.group(tokOpen, 1)
		return true
	}
	s.check()
	return false
}

// join scans what can follow an expression, and reports whether another expression must
// follow.
func (s *scanner) join() bool {
	var word string
	blankTok, groupTok := tokAnd, tokAndGroup
	switch {
	case s.has(")"):
		s.emit(tokClose, 1)
		s.groups--
		return false
	case s.has("and"):
		word = "and"
	case s.has("or"):
		word, blankTok, groupTok = "or", tokOr, tokOrGroup
	default:
		e := &mistake{expected: expectedJoin, hint: s.joinHint()}
		if n, meant := foreignJoin(s.rest()); n > 0 {
			e.hint = fmt.Sprintf("use %q", meant)
			s.stray(n, n, e)
			return true
		}
		if startsCheck(s.rest()) {
			if e.hint == "" {
				e.hint = `is "and" or "or" missing before it?`
			}
			s.stray(len(wordAt(s.rest())), 0, e)
			return true
		}
		s.strayText(e)
		return false
	}
	after := s.rest()[len(word):]
	switch {
	case after != "" && isBlank(after[0]):
		s.emit(blankTok, len(word))
	case strings.HasPrefix(after, "("):
		s.group(groupTok, len(word)+1)
	case after == "" || after[0] == ')':
		s.stray(len(word), len(word), &mistake{stop: diag.Pos{Offset: s.pos + len(word)}, msg: fmt.Sprintf("an operand of %q is missing", word)})
		return false
	default:
		s.strayText(&mistake{stop: diag.Pos{Offset: s.pos + len(word)}, expected: fmt.Sprintf(`a space or "(" after %q`, word)})
		return false
	}
	return true
}

// foreignJoin returns the length of the and or or of another language, or in upper case, at
// the start of text, and the word that it means.
func foreignJoin(text string) (int, string) {
	word := wordAt(text)
	switch strings.ToLower(word) {
	case "and", "&&", "&":
		return len(word), "and"
	case "or", "||", "|":
		return len(word), "or"
	}
	return 0, ""
}

// check scans a macro's name, or an operand with its operator and right side. It stops at
// the first part that is invalid.
func (s *scanner) check() {
	s.inner = 0
	switch {
	case fieldLen(s.rest()) > 0 || transformerLen(s.rest()) > 0:
		if !s.operand() {
			return
		}
	case identLen(s.rest()) > 0:
		s.emit(tokIdent, identLen(s.rest()))
		return
	default:
		e := &mistake{expected: expectedOperand}
		switch {
		case s.has("!"):
			e.hint = `use "not"`
		case s.has("#"):
			e.hint = commentHint
		}
		s.fail(e)
		return
	}
	s.blanks()
	op := operatorAt(s.rest())
	if op == nil {
		s.fail(&mistake{expected: "an operator", hint: s.operatorHint()})
		return
	}
	if op.Class == ast.Unary {
		s.emit(tokExists, len(op.Op))
		return
	}
	s.emit(tokOperator, len(op.Op))
	blank := s.blanks()
	switch op.Class {
	case ast.Numeric:
		s.numberSide()
	case ast.Textual:
		s.valueSide(blank)
	case ast.Membership:
		s.listSide()
	}
}

// operand scans a field or a transformer with its arguments. Like the functions below, it
// returns false after a mistake.
func (s *scanner) operand() bool {
	if n := fieldLen(s.rest()); n > 0 {
		s.emit(tokField, n)
		return s.optionalArg()
	}
	s.emit(tokTransformer, transformerLen(s.rest()))
	return s.transformerArgs()
}

// transformerArgs scans the arguments of the transformer that the last token opened, up to
// its closing parenthesis and argument in brackets.
func (s *scanner) transformerArgs() bool {
	open := []bool{true} // for each open parenthesis, whether it is that of a transformer
	call := s.tokens[len(s.tokens)-1]
	name := strings.TrimSuffix(call.Value, "(")
	for {
		s.blanks()
		rest := s.rest()
		s.inner = len(open)
		switch {
		case len(open) > maxDepth:
			s.groups = maxDepth // the parser rejects it
			return false
		case rest == "":
			s.failAt(call.Pos.Offset, len(call.Value), s.pos, &mistake{msg: "unclosed ( after " + name})
			return false
		case rest[0] == ',':
			s.emit(tokComma, 1)
		case rest[0] == '(':
			s.emit(tokOpen, 1)
			open = append(open, false)
		case rest[0] == ')':
			s.emit(tokClose, 1)
			ofTransformer := open[len(open)-1]
			open = open[:len(open)-1]
			if ofTransformer && !s.optionalArg() {
				return false
			}
			if len(open) == 0 {
				s.inner = 0
				return true
			}
		case transformerLen(rest) > 0:
			s.emit(tokTransformer, transformerLen(rest))
			open = append(open, true)
		case fieldLen(rest) > 0:
			s.emit(tokField, fieldLen(rest))
			if !s.optionalArg() {
				return false
			}
		case isQuote(rest[0]):
			if !s.quoted() {
				return false
			}
		case numberLen(rest) > 0:
			s.emit(tokNumber, numberLen(rest))
		default:
			switch s.tokens[len(s.tokens)-1].Type {
			case tokComma, tokOpen, tokTransformer:
				s.fail(&mistake{expected: "a field, a transformer, a quoted text, a number or a list as an argument of " + name})
			default:
				s.fail(&mistake{expected: `a comma or ")" in the arguments of ` + name})
			}
			return false
		}
	}
}

// optionalArg scans an argument in brackets, if there is one.
func (s *scanner) optionalArg() bool {
	if !s.has("[") {
		return true
	}
	open := s.pos
	s.emit(tokLBracket, 1)
	rest := s.rest()
	switch {
	case rest != "" && isQuote(rest[0]) && s.quotedEnd(s.pos) > 0:
		if !s.quoted() {
			return false
		}
	case argLen(rest) > 0:
		s.emit(tokArg, argLen(rest))
	default:
		s.fail(&mistake{expected: "an argument, quoted or without spaces", hint: s.emptyArgHint()})
		return false
	}
	if !s.has("]") {
		e := &mistake{msg: "unclosed ["}
		if s.pos < len(s.text) && isBlank(s.text[s.pos]) && strings.IndexByte(s.rest()[:min(len(s.rest()), maxLookahead)], ']') >= 0 {
			e.hint = "quote an argument that contains spaces"
		}
		s.failAt(open, 1, s.pos, e)
		return false
	}
	s.emit(tokRBracket, 1)
	return true
}

// quoted scans a quoted text, which starts at pos.
func (s *scanner) quoted() bool {
	end := s.quotedEnd(s.pos)
	if end < 0 {
		s.fail(unclosedQuote(s.rest()))
		return false
	}
	raw := s.text[s.pos:end]
	if _, bad := unquote(raw); bad != nil {
		s.failAt(s.pos+bad.at, bad.length, end, &mistake{stop: diag.Pos{Offset: end}, msg: bad.msg})
		return false
	}
	s.emit(tokQuoted, len(raw))
	return true
}

// fieldSide scans val(field) or a transformer on the right side of an operator, or returns
// none.
func (s *scanner) fieldSide() (none bool) {
	if !s.has(ast.Val + "(") {
		if n := transformerLen(s.rest()); n > 0 {
			s.emit(tokTransformer, n)
			s.transformerArgs()
			return false
		}
		return true
	}
	s.emit(tokVal, len(ast.Val)+1)
	s.blanks()
	n := fieldLen(s.rest())
	if n == 0 {
		s.fail(&mistake{expected: "a field in val(…)"})
		return false
	}
	s.emit(tokField, n)
	if !s.optionalArg() {
		return false
	}
	s.blanks()
	if !s.has(")") {
		s.fail(&mistake{expected: `")" after the field in val(…)`})
		return false
	}
	s.emit(tokClose, 1)
	s.optionalArg()
	return false
}

// numberSide scans the right side of a numeric operator.
func (s *scanner) numberSide() {
	if !s.fieldSide() {
		return
	}
	n := numberLen(s.rest())
	if n == 0 && s.names && fieldLen(s.rest()) == 0 && !isLogicWord(s.rest()) {
		n = identLen(s.rest())
	}
	if n == 0 {
		e := &mistake{expected: "a number, val(field) or a transformer", hint: s.symbolHint(s.tokens[len(s.tokens)-1].Pos.Offset)}
		if fieldLen(s.rest()) > 0 {
			e.hint = "use val(field) to compare with another field"
		} else if quotedNumber(s.rest()) {
			e.hint = "remove the quotes"
		}
		s.fail(e)
		return
	}
	s.emit(tokNumber, n)
}

// quotedNumber reports whether text begins with a number in quotes.
func quotedNumber(text string) bool {
	if !strings.HasPrefix(text, `"`) && !strings.HasPrefix(text, "'") {
		return false
	}
	n := numberLen(text[1:])
	return n > 0 && strings.HasPrefix(text[1+n:], text[:1])
}

// valueSide scans the right side of a textual operator. Only after a blank it can start
// with a modifier.
func (s *scanner) valueSide(blank bool) {
	if m := modifierAt(s.rest()); blank && m != "" {
		after := strings.TrimLeft(s.rest()[len(m):], "\b\t\r\n ")
		if strings.HasPrefix(after, "(") || identLen(after) > 0 && !isLogicWord(after) {
			s.emit(tokModifier, len(m))
			s.blanks()
			s.listOrName()
			return
		}
	}
	if !s.fieldSide() {
		return
	}
	if s.value() {
		return
	}
	if s.pos < len(s.text) && isQuote(s.text[s.pos]) {
		s.quoted() // reports the mistake
		return
	}
	e := &mistake{expected: "a value", hint: valueHint(s.rest())}
	if last := s.tokens[len(s.tokens)-1]; s.has("=") && tokenEnd(last) == s.pos {
		e.hint = s.symbolHint(last.Pos.Offset)
	}
	if s.has("(") {
		s.failAt(s.pos, 1, s.closing(s.pos), e)
		return
	}
	s.fail(e)
}

// closing returns the end of the group that opens at start, or start+1 if the group is not
// closed or too long.
func (s *scanner) closing(start int) int {
	depth := 0
	for i := start; i < min(len(s.text), start+maxLookahead); i++ {
		switch s.text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return start + 1
}

// listSide scans the right side of an operator that accepts a list.
func (s *scanner) listSide() {
	if s.has("(") {
		s.list()
		return
	}
	if !s.fieldSide() {
		return
	}
	s.listOrName()
}

// listOrName scans a list or the name of one.
func (s *scanner) listOrName() {
	switch n := identLen(s.rest()); {
	case s.has("("):
		s.list()
	case n > 0:
		s.emit(tokIdent, n)
	default:
		s.fail(&mistake{expected: "a list in parentheses or the name of a list"})
	}
}

// value scans a quoted or bare value. Without one, it returns false and adds no token.
func (s *scanner) value() bool {
	rest := s.rest()
	if rest == "" {
		return false
	}
	if isQuote(rest[0]) {
		end := s.quotedEnd(s.pos)
		if end < 0 {
			return false
		}
		if _, bad := unquote(s.text[s.pos:end]); bad != nil {
			return false
		}
		s.emit(tokQuoted, end-s.pos)
		return true
	}
	n := bareLen(rest)
	if n == 0 {
		return false
	}
	s.emit(tokBare, n)
	return true
}

// list scans a list in parentheses. It leaves it to the grammar to check the commas.
func (s *scanner) list() {
	open := s.pos
	s.emit(tokOpen, 1)
	s.inner = 1
	for first := true; ; first = false {
		s.blanks()
		rest := s.rest()
		switch {
		case rest == "":
			s.failAt(open, 1, s.pos, &mistake{msg: unclosedList})
			return
		case rest[0] == ',':
			s.emit(tokComma, 1)
		case rest[0] == ')':
			s.emit(tokClose, 1)
			return
		case !first && s.tokens[len(s.tokens)-1].Type != tokComma && joinsCheck(rest):
			s.failAt(open, 1, s.pos, &mistake{msg: unclosedList, hint: fmt.Sprintf(`is ")" missing before %q?`, wordAt(rest))})
			return
		case s.value():
		case isQuote(rest[0]):
			// If Falco cannot parse the first item, it parses an empty list, and
			// ignores the item if it is quoted.
			if end := s.quotedEnd(s.pos); first && end > 0 && strings.HasPrefix(s.text[end:], ")") {
				s.pos = end
				continue
			}
			s.quoted() // reports the mistake
			return
		default:
			s.fail(&mistake{expected: `a value, a comma or ")"`, hint: valueHint(rest)})
			return
		}
	}
}
