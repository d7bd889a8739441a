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
	listStart // of a list in lines, before its first dash
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
	quoted // or a block: a text that is never null
)

// state tells what is known about a token: whether a key starts somewhere
// turns out only at the colon after it.
type state uint8

const (
	valid state = iota
	open
	void
)

type token struct {
	mark
	end   mark // behind it
	kind  kind
	state state
	text  string // the value of a scalar, the name of an anchor or alias, a tag or directive
	style Style  // of a scalar
}

// indent is an open list or map in lines.
type indent struct {
	column int
	kind   kind // listStart, mapStart, or docStart for the outermost
	state  state
}

// maybeKey is a place where a key without "?" may have begun. The indent and
// the tokens that such a key opens are voided when no colon follows.
type maybeKey struct {
	mark
	depth  int
	indent *indent // nil if the key opens none
	start  int     // index of the token of indent
	key    int     // index of its own token
}

// flow is an open bracket.
type flow struct {
	mark
	bracket byte
}

// longestKey is how many bytes may lie between the start of a key and its colon.
const longestKey = 1024

// maxBrackets is how many brackets may be open. No value can be nested so deep;
// more of them only take memory.
const maxBrackets = 100_000

// scanner splits the text into tokens, only as far as they are asked for.
type scanner struct {
	input
	err *diag.Diagnostic

	// The queue is emptied before it is used anew, so that indexes into it
	// hold as long as a token in it is open.
	tokens []token
	head   int
	done   bool

	indents []*indent
	keys    []maybeKey
	long    int  // how many of keys, from the first, are too long to be any
	anyLong bool // there was such a key
	guessed bool // and it would have counted
	exact   bool // but its tokens wait all the same
	dropped bool // nobody looks at the tokens any more
	flows   []flow
	plainAt mark   // of the last text without quotes
	buf     []byte // for the values of scalars, one after the other

	keyAllowed    bool // a key may begin here
	scalarAllowed bool // no quoted text stands before on this line
	afterQuoted   bool // the last token ends a text in quotes or closes a bracket
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
		case t.state == valid || s.done && !s.strict: // Falco takes what is open at the end for a key
			return t
		case s.done:
			s.head++
		default:
			s.scan()
		}
	}
	return nil
}

// take makes a token of the next n bytes.
func (s *scanner) take(k kind, n int) {
	at := s.mark
	s.skip(n)
	s.push(k, at)
}

// push makes a token that ends here.
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
		s.fail(s.mark, "text after a closing quote: put all of the value into one pair of quotes")
	case c == '\'' || c == '"':
		s.scanQuoted(c)
	case s.startsPlain(c):
		s.scanPlain()
	case c == '|' || c == '>':
		s.fail(s.mark, "a block text (%c) cannot stand inside brackets: put the text into quotes", c)
	default:
		s.fail(s.mark, "a text without quotes cannot begin with %q: put it into quotes", c)
	}
}

// skipSpace reads blanks, comments and line breaks. A tab is fine as a space,
// but nothing that needs indentation can follow it on its line.
func (s *scanner) skipSpace() {
	for {
		for isBlank(s.at(0)) {
			if s.advance() == '\t' && len(s.flows) == 0 {
				s.keyAllowed = false
			}
		}
		if s.at(0) == '#' {
			s.skipLine()
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

// openIndent opens a list or map at this column unless it is already open.
func (s *scanner) openIndent(k kind) *indent {
	if len(s.flows) > 0 {
		return nil
	}
	top := s.top()
	// The dashes of a list may stand in the column of the key above.
	under := s.column == top.column && k == listStart && top.kind == mapStart
	if s.column <= top.column && !under {
		return nil
	}
	in := &indent{column: s.column, kind: k}
	s.indents = append(s.indents, in)
	s.push(k, s.mark)
	return in
}

// closeIndents closes the lists and maps that this column ends.
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

// top is the innermost open list or map.
func (s *scanner) top() *indent { return s.indents[len(s.indents)-1] }

// parentColumn is the column that the lines of a text must be indented more than.
// To Falco an anchor or a tag before the text is perhaps a part of a key, which
// opens an indent of its own.
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

// hasKey reports whether a key may have begun at this depth of brackets.
func (s *scanner) hasKey() bool {
	return len(s.keys) > 0 && s.keys[len(s.keys)-1].depth == len(s.flows)
}

// beginKey notes that a key may begin here.
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

// endKey takes the key begun last and reports whether it is one.
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

// settle takes the key begun last and says what became of it.
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

// cutKeys leaves the first n keys.
func (s *scanner) cutKeys(n int) {
	s.keys = s.keys[:n]
	s.long = min(s.long, n)
}

// forgetKeys leaves the keys begun so far as they are. Their tokens count at the
// end of the text, those of long ones too.
func (s *scanner) forgetKeys() {
	s.guessed = s.guessed || s.long > 0
	s.cutKeys(0)
}

// voidLongKeys voids the tokens of keys that no colon can end any more, so that
// the tokens behind them need not wait. All else goes on as if they were keys
// still. To Falco they wait: it finds a mistake further on first, and at the end of
// the text takes for a key what may still have been one.
func (s *scanner) voidLongKeys() {
	if s.exact {
		return
	}
	for ; s.long < len(s.keys) && s.offset-s.keys[s.long].offset > longestKey; s.long++ {
		s.settleTokens(s.keys[s.long], void)
		s.anyLong = true
	}
}

// passLongKeys scans to the end of what is too long to be a key, without looking
// at the tokens, for the mistakes that Falco would have found there.
func (s *scanner) passLongKeys() {
	for s.dropped = true; s.long > 0 && s.err == nil && !s.done; {
		s.tokens = s.tokens[:0]
		s.scan()
	}
}

// leaveDocument ends everything but brackets: those swallow markers.
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
		s.fail(s.mark, "more than %d brackets are open", maxBrackets)
		return
	}
	s.flows = append(s.flows, flow{s.mark, c})
	s.take(k, 1)
}

// flow is the innermost open bracket.
func (s *scanner) flow() *flow { return &s.flows[len(s.flows)-1] }

// endEntry ends what stands before a comma or a closing bracket. In a map it
// is a key, with or without a value.
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
		s.fail(s.mark, "%q closes nothing: no bracket is open; put a text with brackets into quotes", c)
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
		s.fail(s.mark, "%q closes the %q of line %d, column %d: close the inner bracket first", c, last.bracket, last.line+1, last.column+1)
		return
	}
	s.flows = s.flows[:len(s.flows)-1]
	s.take(k, 1)
}

func (s *scanner) scanComma() {
	switch {
	case s.column == 0:
		s.fail(s.mark, "a comma at the start of a line: put it at the end of the line above")
		return
	case !s.scalarAllowed:
		s.fail(s.mark, "a comma after a closing quote: put all of the value into one pair of quotes, or the list into [ ]")
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
		s.fail(s.mark, "a list dash inside the %q of line %d, column %d: close the bracket, or separate the items in it with commas",
			last.bracket, last.line+1, last.column+1)
		return
	case !s.keyAllowed && s.tabBefore():
		s.failTab()
		return
	case !s.keyAllowed:
		s.fail(s.mark, "a list cannot begin after something else on the same line: begin it on the next line, or put the text into quotes")
		return
	}
	s.openIndent(listStart)
	s.keyAllowed = true
	s.take(dash, 1)
}

func (s *scanner) scanExplicitKey() {
	if len(s.flows) == 0 {
		if !s.keyAllowed {
			s.fail(s.mark, "a question mark cannot begin a key here: put a text that begins with it into quotes")
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
				s.fail(s.mark, "a colon inside the text that begins in line %d, column %d: indent this line like the key it belongs to, "+
					"put a space after the colon of the key above, or put the text into quotes", s.plainAt.line+1, s.plainAt.column+1)
				return
			case !s.keyAllowed:
				s.fail(s.mark, "a colon where no key can end: put a text with a colon and a space into quotes; "+
					"a key stands on a line of its own, indented like the keys beside it")
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
	s.fail(s.mark, "the line is indented with a tab: use spaces")
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
		s.fail(s.mark, "%q begins the name of an %s, but no name follows: put a text that begins with it into quotes", sign, what)
	case c == '[' || c == '{':
		s.fail(s.mark, "%q inside the name of an %s: put a space before it, or the whole text into quotes", c, what)
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
	// The handle !name! may hold only letters, digits and dashes.
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
		s.fail(bad, "%q in the name of a tag: put a text that begins with an exclamation mark into quotes", s.text[bad.offset])
		return
	}
	if handle && s.at(0) == '!' {
		s.advance()
		start := s.offset
		for n := 1; n > 0 && s.more(); s.skip(n) {
			n = s.tagChar("")
		}
		if s.offset == start {
			s.fail(s.mark, "a tag without a name after the exclamation mark: put a text that begins with one into quotes")
			return
		}
	}
	s.push(tag, at).text = s.text[at.offset:s.offset]
}

// verbatimTag reads the <...> of a tag.
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
	s.fail(s.mark, "the tag that begins with !< has no closing >")
	return false
}

// tagChar returns the length of the character of a tag here, 0 without one.
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
