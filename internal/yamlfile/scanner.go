package yamlfile

import (
	"strings"

	"github.com/falcorules/falcorules/diag"
)

type kind uint8

const (
	directive kind = iota
	docStart
	docEnd
	listStart // of a block list, before its first dash
	mapStart
	listEnd
	mapEnd
	dash
	flowListStart // [
	flowMapStart
	flowListEnd
	flowMapEnd
	comma
	key
	value
	anchor
	alias
	tag
	plain
	quoted // or a block scalar: text that is never null
)

// state is the state of a token. Whether a key begins somewhere is known only when
// the scanner reaches the colon.
type state uint8

const (
	valid state = iota
	open
	void
)

type token struct {
	mark
	end   mark
	kind  kind
	state state
	style Style // of a scalar
	context
	text string // the value of a scalar, the name of an anchor or alias, a tag or directive
}

// indent is an open block list or block mapping.
type indent struct {
	column int
	kind   kind // listStart, mapStart, or docStart for the outermost
	state  state
}

// maybeKey is a position where a key without "?" may begin. If no colon follows, its
// tokens and its indent become void.
type maybeKey struct {
	mark
	depth  int
	indent *indent // the indent that the key opens, or nil
	start  int     // index of the token of indent
	key    int     // index of the token of the key
}

// flow is an open bracket.
type flow struct {
	mark
	bracket byte
}

// longestKey is the maximum number of bytes from the start of a key to its colon.
const longestKey = 1024

// maxBrackets limits the memory for open brackets. It is far more than the parser
// accepts.
const maxBrackets = 100_000

// scanner splits the text into tokens on demand.
type scanner struct {
	input
	err *diag.Diagnostic

	// The queue is emptied before it is refilled, so that indexes into it stay valid
	// while one of its tokens is open.
	tokens []token
	head   int
	done   bool

	indents []*indent
	keys    []maybeKey
	long    int  // number of leading keys that are too long to be a key
	anyLong bool // whether there was such a key
	guessed bool // whether Falco would have treated it as a key
	exact   bool // let tokens wait for such keys anyway, like Falco
	dropped bool // tokens are no longer used
	flows   []flow
	plainAt mark   // position of the last plain scalar
	buf     []byte // reused for the values of scalars

	// segments and comments collect the parts of scalars and the comments, unless they
	// are nil.
	segments *[]Segment
	comments *[]diag.Span

	keyAllowed    bool // a key may begin here
	scalarAllowed bool // no quoted scalar precedes on this line
	afterQuoted   bool // the last token ends a quoted scalar or closes a bracket
}

func newScanner(text string, strict bool) scanner {
	return scanner{
		input:         input{text: text, strict: strict},
		indents:       []*indent{{column: -1, kind: docStart}},
		keyAllowed:    true,
		scalarAllowed: true,
	}
}

// peek returns the next token, nil at the end or after an error.
func (s *scanner) peek() *token {
	for s.err == nil {
		if s.head == len(s.tokens) {
			if s.done {
				return nil
			}
			s.tokens, s.head = s.tokens[:0], 0
			s.scan()
			continue
		}
		switch t := &s.tokens[s.head]; {
		case t.state == void:
			s.head++
		case t.state == valid || s.done && !s.strict: // at the end of the text, Falco treats open keys as valid
			return t
		case s.done:
			s.head++
		default:
			s.scan()
		}
	}
	return nil
}

// take pushes a token for the next n bytes.
func (s *scanner) take(k kind, n int) {
	at := s.mark
	s.skip(n)
	s.push(k, at)
}

// push pushes a token that ends here.
func (s *scanner) push(k kind, at mark) *token {
	s.tokens = append(s.tokens, token{mark: at, end: s.mark, kind: k})
	return &s.tokens[len(s.tokens)-1]
}

func (s *scanner) scan() {
	s.skipSpace()
	s.voidLongKeys()
	s.closeIndents()
	inFlow := len(s.flows) > 0
	afterQuoted := s.afterQuoted
	s.afterQuoted = false
	c := s.at(0)
	switch {
	case !s.more():
		s.column = 0
		s.closeAllIndents()
		s.forgetKeys()
		s.done = true
	case c == '%' && s.column == 0:
		s.scanDirective()
	case s.marker('-'):
		s.scanMarker(docStart)
	case s.marker('.'):
		s.scanMarker(docEnd)
	case c == '[' || c == '{':
		s.scanFlowStart(c)
	case c == ']' || c == '}':
		s.scanFlowEnd(c)
	case c == ',':
		s.scanComma()
	case c == '-' && s.spaceOrEnd(1):
		s.scanDash()
	case c == '?' && s.space(1):
		s.afterQuoted = afterQuoted
		s.scanExplicitKey()
	case c == ':' && (afterQuoted && inFlow || s.colonEndsKey()):
		s.scanColon()
	case c == '*':
		s.scanName(alias, "alias")
	case c == '&':
		s.scanName(anchor, "anchor")
	case c == '!':
		s.scanTag()
	case (c == '|' || c == '>') && !inFlow:
		s.scanBlock()
	case !s.scalarAllowed:
		s.fail(s.mark, "unexpected text after a closing quote: put the whole value in one pair of quotes")
	case c == '\'' || c == '"':
		s.scanQuoted(c)
	case s.startsPlain(c):
		s.scanPlain()
	case c == '|' || c == '>':
		s.fail(s.mark, "a block scalar (%c) is not allowed inside brackets: quote the value", c)
	default:
		s.fail(s.mark, "an unquoted value cannot begin with %q: quote it", c)
	}
}

// skipSpace skips white space, comments and line breaks. After a tab, nothing that depends
// on indentation can follow on the same line.
func (s *scanner) skipSpace() {
	for {
		for isBlank(s.at(0)) {
			if s.advance() == '\t' && len(s.flows) == 0 {
				s.keyAllowed = false
			}
		}
		if s.at(0) == '#' {
			s.skipComment()
		}
		n := s.lineBreak(0)
		if n == 0 {
			return
		}
		s.skip(n)
		s.voidKey()
		s.scalarAllowed = true
		if len(s.flows) == 0 {
			s.keyAllowed = true
		}
	}
}

// openIndent opens a list or mapping at this column unless it is already open.
func (s *scanner) openIndent(k kind) *indent {
	if len(s.flows) > 0 {
		return nil
	}
	top := s.top()
	// A list may have the same indentation as its key.
	under := s.column == top.column && k == listStart && top.kind == mapStart
	if s.column <= top.column && !under {
		return nil
	}
	in := &indent{column: s.column, kind: k}
	s.indents = append(s.indents, in)
	s.push(k, s.mark)
	return in
}

// closeIndents closes the lists and mappings that end at this column.
func (s *scanner) closeIndents() {
	if len(s.flows) > 0 {
		return
	}
	for {
		top := s.top()
		if top.column < s.column {
			break
		}
		if top.column == s.column && (top.kind != listStart || s.at(0) == '-' && s.spaceOrEnd(1)) {
			break
		}
		s.closeIndent()
	}
	for s.top().state == void {
		s.closeIndent()
	}
}

func (s *scanner) closeAllIndents() {
	for len(s.flows) == 0 && len(s.indents) > 1 {
		s.closeIndent()
	}
}

// top returns the innermost open list or mapping.
func (s *scanner) top() *indent { return s.indents[len(s.indents)-1] }

// parentColumn returns the column that the lines of a scalar must exceed. For Falco,
// an anchor or a tag before the scalar may begin a key, which opens an indent.
func (s *scanner) parentColumn() int {
	i := len(s.indents) - 1
	for s.strict && s.indents[i].state == open {
		i--
	}
	return s.indents[i].column
}

func (s *scanner) closeIndent() {
	top := s.top()
	s.indents = s.indents[:len(s.indents)-1]
	switch {
	case top.state != valid:
		s.voidKey()
	case top.kind == listStart:
		s.push(listEnd, s.mark)
	default:
		s.push(mapEnd, s.mark)
	}
}

// hasKey reports whether a key may have begun inside the current brackets.
func (s *scanner) hasKey() bool {
	return len(s.keys) > 0 && s.keys[len(s.keys)-1].depth == len(s.flows)
}

// beginKey records that a key may begin here.
func (s *scanner) beginKey() {
	if !s.keyAllowed || s.hasKey() {
		return
	}
	k := maybeKey{mark: s.mark, depth: len(s.flows)}
	if k.indent = s.openIndent(mapStart); k.indent != nil {
		k.start = len(s.tokens) - 1
	}
	k.key = len(s.tokens)
	s.push(key, s.mark)
	s.keys = append(s.keys, k)
	s.settleTokens(k, open)
	if k.indent != nil {
		k.indent.state = open
	}
}

// endKey ends the last possible key at a colon and reports whether it is valid.
func (s *scanner) endKey() bool {
	if !s.hasKey() {
		return false
	}
	k := s.keys[len(s.keys)-1]
	ok := k.line == s.line && s.offset-k.offset <= longestKey
	if ok {
		s.settle(valid)
	} else {
		s.settle(void)
	}
	return ok
}

func (s *scanner) voidKey() {
	if s.hasKey() {
		s.settle(void)
	}
}

// settle removes the last possible key and sets the state of its tokens.
func (s *scanner) settle(to state) {
	last := len(s.keys) - 1
	k := s.keys[last]
	if k.indent != nil {
		k.indent.state = to
	}
	if last >= s.long {
		s.settleTokens(k, to)
	}
	s.cutKeys(last)
}

func (s *scanner) settleTokens(k maybeKey, to state) {
	if s.dropped {
		return
	}
	if k.indent != nil {
		s.tokens[k.start].state = to
	}
	s.tokens[k.key].state = to
}

// cutKeys removes all keys but the first n.
func (s *scanner) cutKeys(n int) {
	s.keys = s.keys[:n]
	s.long = min(s.long, n)
}

// forgetKeys removes all keys and leaves their tokens open.
func (s *scanner) forgetKeys() {
	s.guessed = s.guessed || s.long > 0
	s.cutKeys(0)
}

// voidLongKeys voids the tokens of keys that have become too long, so that later
// tokens need not wait for them. In Falco they do wait: it reports a later error
// first, and treats keys that are open at the end of the text as valid.
func (s *scanner) voidLongKeys() {
	if s.exact {
		return
	}
	for ; s.long < len(s.keys) && s.offset-s.keys[s.long].offset > longestKey; s.long++ {
		s.settleTokens(s.keys[s.long], void)
		s.anyLong = true
	}
}

// passLongKeys scans to the end of a long key for errors that Falco would report
// first.
func (s *scanner) passLongKeys() {
	for s.dropped = true; s.long > 0 && s.err == nil && !s.done; {
		s.tokens = s.tokens[:0]
		s.scan()
	}
}

// leaveDocument closes everything except brackets, in which Falco ignores markers.
func (s *scanner) leaveDocument() {
	s.closeAllIndents()
	s.forgetKeys()
	s.keyAllowed = false
}

func (s *scanner) scanDirective() {
	s.leaveDocument()
	at := s.mark
	end := at.offset
	for s.more() && s.lineBreak(0) == 0 {
		if isBlank(s.at(0)) {
			s.advance()
			if s.at(0) == '#' {
				break
			}
			continue
		}
		s.advance()
		end = s.offset
	}
	s.push(directive, at).text = s.text[at.offset:end]
}

func (s *scanner) scanMarker(k kind) {
	s.leaveDocument()
	s.take(k, 3)
}

func (s *scanner) scanFlowStart(c byte) {
	s.beginKey()
	s.keyAllowed = true
	k := flowListStart
	if c == '{' {
		k = flowMapStart
	}
	if len(s.flows) == maxBrackets {
		s.fail(s.mark, "more than %d open brackets", maxBrackets)
		return
	}
	s.flows = append(s.flows, flow{s.mark, c})
	s.take(k, 1)
}

// flow returns the innermost open bracket.
func (s *scanner) flow() *flow { return &s.flows[len(s.flows)-1] }

// endEntry ends the entry before a comma or a closing bracket. In braces it is a key
// even without a value.
func (s *scanner) endEntry() {
	if len(s.flows) == 0 {
		return
	}
	if s.flow().bracket == '[' {
		s.voidKey()
	} else if s.endKey() {
		s.push(value, s.mark)
	}
}

func (s *scanner) scanFlowEnd(c byte) {
	if len(s.flows) == 0 {
		s.fail(s.mark, "unexpected %q: no bracket is open; quote values that contain brackets", c)
		return
	}
	s.endEntry()
	s.keyAllowed = false
	s.afterQuoted = true
	opened, k := byte('['), flowListEnd
	if c == '}' {
		opened, k = '{', flowMapEnd
	}
	if last := s.flow(); last.bracket != opened {
		s.fail(s.mark, "unexpected %q: close the %q on line %d, column %d first", c, last.bracket, last.line+1, last.column+1)
		return
	}
	s.flows = s.flows[:len(s.flows)-1]
	s.take(k, 1)
}

func (s *scanner) scanComma() {
	switch {
	case s.column == 0:
		s.fail(s.mark, "unexpected comma at the start of a line: move it to the end of the line above")
		return
	case !s.scalarAllowed:
		s.fail(s.mark, "unexpected comma after a closing quote: put the whole value in one pair of quotes, or the list in [ ]")
		return
	}
	s.endEntry()
	s.keyAllowed = true
	s.take(comma, 1)
}

func (s *scanner) scanDash() {
	switch {
	case len(s.flows) > 0:
		last := s.flow()
		s.fail(s.mark, "unexpected list item inside the %q on line %d, column %d: close the bracket, or separate items with commas",
			last.bracket, last.line+1, last.column+1)
		return
	case !s.keyAllowed && s.tabBefore():
		s.failTab()
		return
	case !s.keyAllowed:
		s.fail(s.mark, "a list cannot begin in the middle of a line: begin it on the next line, or quote the value")
		return
	}
	s.openIndent(listStart)
	s.keyAllowed = true
	s.take(dash, 1)
}

func (s *scanner) scanExplicitKey() {
	if len(s.flows) == 0 {
		if !s.keyAllowed {
			s.fail(s.mark, "unexpected question mark: quote values that begin with it")
			return
		}
		s.openIndent(mapStart)
	}
	s.keyAllowed = len(s.flows) == 0
	s.take(key, 1)
}

// colonEndsKey reports whether the colon here ends a key.
func (s *scanner) colonEndsKey() bool {
	if len(s.flows) == 0 {
		return s.spaceOrEnd(1)
	}
	return s.space(1) || strings.IndexByte(",]}", s.at(1)) >= 0
}

func (s *scanner) scanColon() {
	if s.endKey() {
		s.keyAllowed = false // no second key on the same line
	} else {
		if len(s.flows) == 0 {
			switch {
			case !s.keyAllowed && s.tabBefore():
				s.failTab()
				return
			case !s.keyAllowed && s.plainAt.line < s.line:
				s.fail(s.mark, "unexpected colon in the value that begins on line %d, column %d: indent this line like the key it belongs to, "+
					"put a space after the colon of the key above, or quote the value", s.plainAt.line+1, s.plainAt.column+1)
				return
			case !s.keyAllowed:
				s.fail(s.mark, "unexpected colon: quote values that contain a colon and a space; "+
					"put each key on its own line, indented like the other keys")
				return
			}
			s.openIndent(mapStart)
		}
		s.keyAllowed = len(s.flows) == 0
	}
	s.scalarAllowed = true
	s.take(value, 1)
}

// tabBefore reports whether a tab is part of the indentation of this line.
func (s *scanner) tabBefore() bool {
	line := s.text[s.offset-s.column : s.offset]
	blank := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	return strings.IndexByte(blank, '\t') >= 0
}

func (s *scanner) failTab() {
	s.fail(s.mark, "line indented with a tab: use spaces")
}

func (s *scanner) scanName(k kind, what string) {
	s.beginKey()
	s.keyAllowed = false
	at := s.mark
	sign := s.advance()
	for s.more() && !s.space(0) && strings.IndexByte("[]{},", s.at(0)) < 0 {
		s.advance()
	}
	name := s.text[at.offset+1 : s.offset]
	c := s.at(0)
	switch {
	case len(name) == 0:
		s.fail(s.mark, "missing name of an %s after %q: quote values that begin with it", what, sign)
	case c == '[' || c == '{':
		s.fail(s.mark, "unexpected %q in the name of an %s: put a space before it, or quote the value", c, what)
	default:
		s.push(k, at).text = name
	}
}

func (s *scanner) scanTag() {
	s.beginKey()
	s.keyAllowed = false
	at := s.mark
	s.advance()
	if s.more() && s.at(0) == '<' {
		if s.verbatimTag() {
			s.push(tag, at).text = s.text[at.offset:s.offset]
		}
		return
	}
	// A handle !name! has only letters, digits and dashes.
	handle := true
	var bad mark
	for s.more() && s.at(0) != '!' {
		if handle && !isWord(s.at(0)) {
			handle = false
			bad = s.mark
		}
		n := s.tagChar("")
		if n == 0 {
			break
		}
		s.skip(n)
	}
	if s.more() && s.at(0) == '!' && !handle {
		s.fail(bad, "unexpected %q in the name of a tag: quote values that begin with !", s.text[bad.offset])
		return
	}
	if handle && s.at(0) == '!' {
		s.advance()
		start := s.offset
		for n := 1; n > 0 && s.more(); s.skip(n) {
			n = s.tagChar("")
		}
		if s.offset == start {
			s.fail(s.mark, "missing name of a tag: quote values that begin with !")
			return
		}
	}
	s.push(tag, at).text = s.text[at.offset:s.offset]
}

// verbatimTag scans the <...> of a tag.
func (s *scanner) verbatimTag() bool {
	s.advance()
	for s.more() {
		if s.at(0) == '>' {
			s.advance()
			return true
		}
		n := s.tagChar(",![]")
		if n == 0 {
			break
		}
		s.skip(n)
	}
	s.fail(s.mark, "missing > after a tag that begins with !<")
	return false
}

// tagChar returns the length of the character here if it can be in a tag, or 0.
func (s *scanner) tagChar(extra string) int {
	c := s.at(0)
	switch {
	case isWord(c) || strings.IndexByte("#;/?:@&=+$_.~*'()", c) >= 0 || strings.IndexByte(extra, c) >= 0:
		return 1
	case c == '%' && isHex(s.at(1)) && isHex(s.at(2)):
		return 3
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func isWord(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' }
