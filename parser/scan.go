package parser

import (
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// scanner cuts a text into tokens. The language has no words that mean the
// same everywhere: "a=b" is a value after "in (" and three tokens elsewhere, so
// the scanner follows where it stands. It knows what may come next, not what
// must: that is the grammar's business.
//
// A part that fits nothing becomes a tokInvalid or a tokStray, with its error,
// and reading goes on at the next place that looks like the end of a check.
type scanner struct {
	text   string
	pos    int
	tokens []lexer.Token
	// invalid has the error of each tokInvalid and tokStray in order.
	invalid []*mistake
	// unclosed remembers where a search for a closing quote, of each of the
	// two kinds, found none: no later search before its end does.
	unclosed [2]struct{ from, to int }
	// groups counts the groups of the logic that are open, inner the
	// parentheses inside the check that is being read.
	groups, inner int
}

// emit adds the n bytes at pos as a token.
func (s *scanner) emit(t lexer.TokenType, n int) {
	s.tokens = append(s.tokens, lexer.Token{Type: t, Value: s.text[s.pos : s.pos+n], Pos: lexer.Position{Offset: s.pos}})
	s.pos += n
}

// quotedEnd returns the end of the quoted text that begins at start, or -1 where
// it is not closed.
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

// group adds the n bytes at pos as a token that opens a group of the logic.
func (s *scanner) group(t lexer.TokenType, n int) {
	s.groups++
	s.emit(t, n)
}

func (s *scanner) rest() string { return s.text[s.pos:] }

func (s *scanner) has(prefix string) bool { return strings.HasPrefix(s.rest(), prefix) }

func (s *scanner) blanks() bool {
	start := s.pos
	for s.pos < len(s.text) && isBlank(s.text[s.pos]) {
		s.pos++
	}
	return s.pos > start
}

// condition reads the whole text as a condition, or up to where it nests deeper
// than any condition may.
func (s *scanner) condition() {
	expectExpr := true
	for s.groups < maxDepth {
		s.blanks()
		if s.pos == len(s.text) {
			return
		}
		if expectExpr {
			expectExpr = s.operandOfLogic()
		} else {
			expectExpr = s.join()
		}
	}
}

// operandOfLogic reads nots and what they apply to, and reports whether an
// expression is still to come.
func (s *scanner) operandOfLogic() bool {
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

// join reads what may follow an expression, and reports whether another one
// follows.
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
		e := &mistake{expected: "and, or, or the end", hint: s.joinHint()}
		if n, meant := foreignJoin(s.rest()); n > 0 {
			e.hint = fmt.Sprintf("in this language it is written %q", meant)
			s.stray(n, n, e)
			return true
		}
		if startsCheck(s.rest()) {
			if e.hint == "" {
				e.hint = "an and or an or is missing before it"
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
		s.stray(len(word), len(word), &mistake{stop: diag.Pos{Offset: s.pos + len(word)}, msg: fmt.Sprintf("nothing follows this %s", word)})
		return false
	default:
		s.strayText(&mistake{stop: diag.Pos{Offset: s.pos + len(word)}, expected: "a blank or ( after " + word})
		return false
	}
	return true
}

// foreignJoin returns the length of what other languages, or other people,
// write for and or or where text begins with it, and what it means.
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

// check reads a macro's name or an operand with its operator and right side.
// It stops early at the first part that does not fit.
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
		e := &mistake{expected: "a field, a transformer, a macro or ("}
		switch {
		case s.has("!"):
			e.hint = "in this language it is written \"not\""
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

// operand reads a field or a transformer with its arguments.
func (s *scanner) operand() bool {
	if n := fieldLen(s.rest()); n > 0 {
		s.emit(tokField, n)
		return s.optionalArg()
	}
	s.emit(tokTransformer, transformerLen(s.rest()))
	return s.transformerArgs()
}

// transformerArgs reads up to the parenthesis that closes the transformer
// just opened, nested ones and lists included. open has for each parenthesis
// whether it belongs to a transformer, which may have an argument after it.
func (s *scanner) transformerArgs() bool {
	open := []bool{true}
	name := s.tokens[len(s.tokens)-1]
	for {
		s.blanks()
		rest := s.rest()
		s.inner = len(open)
		switch {
		case len(open) > maxDepth:
			s.groups = maxDepth // the parser refuses it for its depth
			return false
		case rest == "":
			s.failAt(name.Pos.Offset, len(name.Value), s.pos, &mistake{msg: name.Value + " is not closed"})
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
				s.fail(&mistake{expected: "a field, a transformer, a quoted text, a number or a list as the argument"})
			default:
				s.fail(&mistake{expected: "a comma or ) for " + name.Value})
			}
			return false
		}
	}
}

// optionalArg reads an argument in brackets, if one follows at once.
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
		s.fail(&mistake{expected: "the field's argument, quotes or a text without blanks"})
		return false
	}
	if !s.has("]") {
		e := &mistake{msg: "this [ is not closed"}
		if s.pos < len(s.text) && isBlank(s.text[s.pos]) && strings.IndexByte(s.rest()[:min(len(s.rest()), farthest)], ']') >= 0 {
			e.hint = "an argument with blanks needs quotes"
		}
		s.failAt(open, 1, s.pos, e)
		return false
	}
	s.emit(tokRBracket, 1)
	return true
}

// quoted reads a quoted text. The caller has seen the quote.
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

// fieldSide reads val(field) or a transformer on the right of an operator.
// none says that neither stands here.
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
		s.fail(&mistake{expected: ") after the field in val(…)"})
		return false
	}
	s.emit(tokClose, 1)
	s.optionalArg()
	return false
}

func (s *scanner) numberSide() {
	if !s.fieldSide() {
		return
	}
	n := numberLen(s.rest())
	if n == 0 {
		e := &mistake{expected: "a number, val(field) or a transformer", hint: s.foreignSymbol(s.tokens[len(s.tokens)-1].Pos.Offset)}
		if fieldLen(s.rest()) > 0 {
			e.hint = "the value of another field is written val(field)"
		}
		s.fail(e)
		return
	}
	s.emit(tokNumber, n)
}

// valueSide reads what follows a text operator; blank says whether a blank
// stood after the operator, without which no modifier is read.
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
		s.quoted() // not closed, or a bad escape: says which
		return
	}
	e := &mistake{expected: "a value", hint: valueHint(s.rest())}
	if last := s.tokens[len(s.tokens)-1]; s.has("=") && tokenEnd(last) == s.pos {
		e.hint = s.foreignSymbol(last.Pos.Offset)
	}
	if s.has("(") {
		s.failAt(s.pos, 1, s.closing(s.pos), e)
		return
	}
	s.fail(e)
}

// closing returns the end of the parenthesis that opens at start, if it closes
// before long, and otherwise the place behind its opening.
func (s *scanner) closing(start int) int {
	depth := 0
	for i := start; i < min(len(s.text), start+farthest); i++ {
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

// value reads a quoted text or a bare one. It emits nothing where neither
// stands.
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

// list reads a list in parentheses. The commas are the grammar's business.
func (s *scanner) list() {
	open := s.pos
	s.emit(tokOpen, 1)
	s.inner = 1
	for first := true; ; first = false {
		s.blanks()
		rest := s.rest()
		switch {
		case rest == "":
			s.failAt(open, 1, s.pos, &mistake{msg: "this list is not closed"})
			return
		case rest[0] == ',':
			s.emit(tokComma, 1)
		case rest[0] == ')':
			s.emit(tokClose, 1)
			return
		case !first && s.tokens[len(s.tokens)-1].Type != tokComma && joinsCheck(rest):
			s.failAt(open, 1, s.pos, &mistake{msg: "this list is not closed", hint: fmt.Sprintf(") is missing before %q", wordAt(rest))})
			return
		case s.value():
		case isQuote(rest[0]):
			// The engine takes a first item that it cannot read for an empty
			// list, and steps over it where it is quoted.
			if end := s.quotedEnd(s.pos); first && end > 0 && strings.HasPrefix(s.text[end:], ")") {
				s.pos = end
				continue
			}
			s.quoted() // not closed, or a bad escape: says which
			return
		default:
			s.fail(&mistake{expected: "a value, a comma or )", hint: valueHint(rest)})
			return
		}
	}
}
