package parser

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/falcorules/falcorules/ast"
)

// The tokens. A group token is a keyword with the parenthesis that follows it
// at once: the language reads "or(" and "or (" differently.
const (
	tokEOF lexer.TokenType = lexer.EOF - iota
	tokNot
	tokAnd
	tokOr
	tokNotGroup
	tokAndGroup
	tokOrGroup
	tokOpen
	tokClose
	tokComma
	tokLBracket
	tokRBracket
	tokIdent
	tokField
	tokTransformer // with its parenthesis
	tokVal         // "val("
	tokNumber
	tokQuoted
	tokBare
	tokArg
	tokExists
	tokOperator
	tokModifier
	tokInvalid // a part of a check that fits nothing
	tokStray   // what stands where and or or should
)

// definition makes the scanner a lexer of participle.
type definition struct{}

func (definition) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF":         tokEOF,
		"Not":         tokNot,
		"And":         tokAnd,
		"Or":          tokOr,
		"NotGroup":    tokNotGroup,
		"AndGroup":    tokAndGroup,
		"OrGroup":     tokOrGroup,
		"Open":        tokOpen,
		"Close":       tokClose,
		"Comma":       tokComma,
		"LBracket":    tokLBracket,
		"RBracket":    tokRBracket,
		"Ident":       tokIdent,
		"Field":       tokField,
		"Transformer": tokTransformer,
		"Val":         tokVal,
		"Number":      tokNumber,
		"Quoted":      tokQuoted,
		"Bare":        tokBare,
		"Arg":         tokArg,
		"Exists":      tokExists,
		"Operator":    tokOperator,
		"Modifier":    tokModifier,
		"Invalid":     tokInvalid,
		"Stray":       tokStray,
	}
}

func (definition) Lex(_ string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return definition{}.LexString("", string(text))
}

func (definition) LexString(_, text string) (lexer.Lexer, error) {
	s := scanner{text: text}
	s.condition()
	return &tokenList{tokens: s.tokens, end: len(text)}, nil
}

// tokenList hands out tokens that were all read before.
type tokenList struct {
	tokens []lexer.Token
	next   int
	end    int
}

func (l *tokenList) Next() (lexer.Token, error) {
	if l.next == len(l.tokens) {
		return lexer.EOFToken(lexer.Position{Offset: l.end}), nil
	}
	l.next++
	return l.tokens[l.next-1], nil
}

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
	invalid []*Error
	// groups counts the groups of the logic that are open, inner the
	// parentheses inside the check that is being read.
	groups, inner int
}

// emit adds the n bytes at pos as a token.
func (s *scanner) emit(t lexer.TokenType, n int) {
	s.tokens = append(s.tokens, lexer.Token{Type: t, Value: s.text[s.pos : s.pos+n], Pos: lexer.Position{Offset: s.pos}})
	s.pos += n
}

// group adds the n bytes at pos as a token that opens a group of the logic.
func (s *scanner) group(t lexer.TokenType, n int) {
	s.groups++
	s.emit(t, n)
}

func (s *scanner) rest() string { return s.text[s.pos:] }

func (s *scanner) has(prefix string) bool { return strings.HasPrefix(s.rest(), prefix) }

// isBlank reports whether c separates tokens.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\b' || c == '\r' || c == '\n' }

// isSpace is the white space that may follow a "not"; the engine finds that
// word by a POSIX expression, whose [[:space:]] differs from its blanks.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWord(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }

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
	word, blankTok, groupTok := "", tokAnd, tokAndGroup
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
		e := &Error{Expected: "and, or, or the end", Hint: s.joinHint()}
		if n, meant := foreignJoin(s.rest()); n > 0 {
			e.Hint = fmt.Sprintf("in this language it is written %q", meant)
			s.stray(n, n, e)
			return true
		}
		if startsCheck(s.rest()) {
			if e.Hint == "" {
				e.Hint = "an and or an or is missing before it"
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
		s.stray(len(word), len(word), &Error{Msg: fmt.Sprintf("nothing follows this %s", word)})
		return false
	default:
		s.strayText(&Error{Expected: "a blank or ( after " + word})
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
		e := &Error{Expected: "a field, a transformer, a macro or ("}
		if s.has("!") {
			e.Hint = "in this language it is written \"not\""
		}
		s.fail(e)
		return
	}
	s.blanks()
	op := operatorAt(s.rest())
	if op == nil {
		s.fail(&Error{Expected: "an operator", Hint: operatorHint(s.rest())})
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
			s.failAt(name.Pos.Offset, len(name.Value), s.pos, &Error{Msg: name.Value + " is not closed"})
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
				s.fail(&Error{Expected: "a field, a transformer, a quoted text, a number or a list as the argument"})
			default:
				s.fail(&Error{Expected: "a comma or ) for " + name.Value})
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
	case rest != "" && isQuote(rest[0]) && quotedEnd(s.text, s.pos) > 0:
		if !s.quoted() {
			return false
		}
	case argLen(rest) > 0:
		s.emit(tokArg, argLen(rest))
	default:
		s.fail(&Error{Expected: "the field's argument, quotes or a text without blanks"})
		return false
	}
	if !s.has("]") {
		e := &Error{Msg: "this [ is not closed"}
		if s.pos < len(s.text) && isBlank(s.text[s.pos]) && strings.IndexByte(s.rest(), ']') >= 0 {
			e.Hint = "an argument with blanks needs quotes"
		}
		s.failAt(open, 1, s.pos, e)
		return false
	}
	s.emit(tokRBracket, 1)
	return true
}

// quoted reads a quoted text. The caller has seen the quote.
func (s *scanner) quoted() bool {
	end := quotedEnd(s.text, s.pos)
	if end < 0 {
		s.fail(unclosedQuote(s.rest()))
		return false
	}
	raw := s.text[s.pos:end]
	if _, bad := unquote(raw); bad != nil {
		s.failAt(s.pos+bad.at, bad.length, end, &Error{Msg: bad.msg})
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
		s.fail(&Error{Expected: "a field in val(…)"})
		return false
	}
	s.emit(tokField, n)
	if !s.optionalArg() {
		return false
	}
	s.blanks()
	if !s.has(")") {
		s.fail(&Error{Expected: ") after the field in val(…)"})
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
		s.fail(&Error{Expected: "a number, val(field) or a transformer"})
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
	s.fail(&Error{Expected: "a value", Hint: valueHint(s.rest())})
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
		s.fail(&Error{Expected: "a list in parentheses or the name of a list"})
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
		end := quotedEnd(s.text, s.pos)
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
			s.failAt(open, 1, s.pos, &Error{Msg: "this list is not closed"})
			return
		case rest[0] == ',':
			s.emit(tokComma, 1)
		case rest[0] == ')':
			s.emit(tokClose, 1)
			return
		case !first && s.tokens[len(s.tokens)-1].Type != tokComma && joinsCheck(rest):
			s.failAt(open, 1, s.pos, &Error{Msg: "this list is not closed", Hint: fmt.Sprintf(") is missing before %q", wordAt(rest))})
			return
		case s.value():
		case isQuote(rest[0]):
			// The engine takes a first item that it cannot read for an empty
			// list, and steps over it where it is quoted.
			if end := quotedEnd(s.text, s.pos); first && end > 0 && strings.HasPrefix(s.text[end:], ")") {
				s.pos = end
				continue
			}
			s.quoted() // not closed, or a bad escape: says which
			return
		default:
			s.fail(&Error{Expected: "a value, a comma or )", Hint: valueHint(rest)})
			return
		}
	}
}

// fail emits a tokInvalid for the text at pos and goes on where the condition
// may.
func (s *scanner) fail(e *Error) {
	n := len(wordAt(s.rest()))
	s.failAt(s.pos, n, s.pos+n, e)
}

// stray emits a tokStray of n bytes; the error is about the first length of the
// text at pos.
func (s *scanner) stray(length, n int, e *Error) {
	s.blame(s.pos, length, e)
	s.emit(tokStray, n)
}

// strayText emits a tokStray for the text at pos and goes on where the
// condition may.
func (s *scanner) strayText(e *Error) {
	s.inner = 0
	n := len(wordAt(s.rest()))
	s.stray(n, s.resync(s.pos+n)-s.pos, e)
}

// failAt emits a tokInvalid from pos to the next place at which the condition
// may go on, not before from; the error is about the n bytes at offset at.
func (s *scanner) failAt(at, n, from int, e *Error) {
	s.blame(at, n, e)
	s.emit(tokInvalid, s.resync(from)-s.pos)
}

// blame keeps an error about the n bytes at offset at.
func (s *scanner) blame(at, n int, e *Error) {
	e.Span = ast.Span{Start: ast.Pos{Offset: at}, End: ast.Pos{Offset: at + n}}
	if e.Msg == "" {
		e.Found = describe(s.text[at : at+n])
	}
	s.invalid = append(s.invalid, e)
}

// resync returns the first place from start on at which the condition may go
// on: an and, an or, or a parenthesis that closes more than was opened. Inside
// parentheses of the check it is an and or an or before another check.
func (s *scanner) resync(start int) int {
	text, depth := s.text, s.inner
	for i := start; i < len(text); i++ {
		if (i == 0 || i == start || isBlank(text[i-1]) || text[i-1] == ')') && isJoin(text[i:]) && (depth == 0 || joinsCheck(text[i:])) {
			return i
		}
		switch c := text[i]; {
		case isQuote(c):
			if end := quotedEnd(text, i); end > 0 {
				i = end - 1
			}
		case c == '(':
			depth++
		case c == ')':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return len(text)
}

// isJoin reports whether text begins with the whole word and or or.
func isJoin(text string) bool { return joinLen(text) > 0 }

func joinLen(text string) int {
	for _, w := range []string{"and", "or"} {
		if after, ok := strings.CutPrefix(text, w); ok && (after == "" || isBlank(after[0]) || after[0] == '(') {
			return len(w)
		}
	}
	return 0
}

// joinsCheck reports whether text begins with and or or before a check, which
// is no part of a list.
func joinsCheck(text string) bool {
	n := joinLen(text)
	return n > 0 && startsCheck(strings.TrimLeft(text[n:], " \t\r\n\b("))
}

// startsCheck reports whether text looks like a check, or a not before one.
func startsCheck(text string) bool {
	if strings.HasPrefix(text, "not ") || strings.HasPrefix(text, "not(") {
		return true
	}
	n := fieldLen(text)
	if n == 0 {
		return transformerLen(text) > 0
	}
	text = text[n:]
	if arg, ok := strings.CutPrefix(text, "["); ok {
		_, text, _ = strings.Cut(arg, "]")
	}
	return operatorAt(strings.TrimLeft(text, " \t\r\n\b")) != nil
}

// isLogicWord reports whether text begins with and, or or not as a word; what
// looks like a modifier before it is a value.
func isLogicWord(text string) bool {
	for _, w := range []string{"and", "or", "not"} {
		if after, ok := strings.CutPrefix(text, w); ok && (after == "" || !isLetter(after[0]) && !isDigit(after[0])) {
			return true
		}
	}
	return false
}

func isQuote(c byte) bool { return c == '"' || c == '\'' }

// identLen returns the length of the identifier that text begins with.
func identLen(text string) int {
	if text == "" || !isLetter(text[0]) {
		return 0
	}
	n := 1
	for n < len(text) && isWord(text[n]) {
		n++
	}
	return n
}

// fieldLen returns the length of the field name that text begins with:
// identifiers joined by dots, two or more.
func fieldLen(text string) int {
	n := identLen(text)
	if n == 0 {
		return 0
	}
	dots := 0
	for n < len(text) && text[n] == '.' {
		more := identLen(text[n+1:])
		if more == 0 {
			break
		}
		n += 1 + more
		dots++
	}
	if dots == 0 {
		return 0
	}
	return n
}

// transformerLen returns the length of the transformer's name that text begins
// with, its parenthesis included.
func transformerLen(text string) int {
	n := identLen(text)
	if n == 0 || n == len(text) || text[n] != '(' || ast.LookupTransformer(text[:n]) == nil {
		return 0
	}
	return n + 1
}

// numberLen returns the length of the number that text begins with.
func numberLen(text string) int {
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		n := 2
		for n < len(text) && isHex(text[n]) {
			n++
		}
		if n > 2 {
			return n
		}
	}
	n := 0
	if text != "" && (text[0] == '+' || text[0] == '-') {
		n++
	}
	digits := n
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	if n == digits {
		return 0
	}
	if n < len(text) && text[n] == '.' {
		n++
	}
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	// The sign of an exponent is not optional.
	if n+2 < len(text) && text[n]|0x20 == 'e' && (text[n+1] == '+' || text[n+1] == '-') && isDigit(text[n+2]) {
		n += 3
		for n < len(text) && isDigit(text[n]) {
			n++
		}
	}
	return n
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// bareLen returns the length of the unquoted value that text begins with.
func bareLen(text string) int {
	return cutLen(text, func(c byte) bool {
		return c == '(' || c == ')' || c == '"' || c == '\'' || c == '=' || c == ',' || isSpace(c)
	})
}

// argLen returns the length of the unquoted argument that text begins with.
func argLen(text string) int {
	return cutLen(text, func(c byte) bool {
		return c == '[' || c == ']' || c == '"' || c == '\'' || isSpace(c)
	})
}

// cutLen returns the length of the text before the first byte that stops it or
// that is not UTF-8: the engine's expressions match characters.
func cutLen(text string, stop func(byte) bool) int {
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			if stop(text[i]) {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(text)
}

// operatorAt returns the operator that text begins with, or nil.
func operatorAt(text string) *ast.OperatorInfo {
	ops := ast.Operators()
	for i := range ops {
		after, ok := strings.CutPrefix(text, string(ops[i].Op))
		if ok && (!ops[i].NeedsBlank || after != "" && isBlank(after[0])) {
			return &ops[i]
		}
	}
	return nil
}

// modifierAt returns the modifier that text begins with, or nothing.
func modifierAt(text string) ast.Modifier {
	for _, m := range []ast.Modifier{ast.OneOf, ast.AnyOf, ast.AllOf} {
		if after, ok := strings.CutPrefix(text, string(m)); ok && after != "" && isBlank(after[0]) {
			return m
		}
	}
	return ast.NoModifier
}
