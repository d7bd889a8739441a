// Package yamlcheck tells whether Falco's YAML reader takes a text and, if it
// does not, at which place it gives up. It builds nothing: it follows that
// reader in what it accepts, which is more than YAML allows in some places and
// less in others.
package yamlcheck

import (
	"bytes"
	"fmt"
)

// Error is the first mistake in a text.
type Error struct {
	// Line and Column are where Falco reports the mistake, both from 0; the
	// column counts bytes. At the end of the text the column is often 0, and
	// an escape sequence that the text cuts off ends past it.
	Line, Column int
	// Offset counts the bytes before that place in the text as UTF-8, without
	// a byte order mark.
	Offset int
	// Message names the mistake and, where there is one, a way out.
	Message string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line+1, e.Column+1, e.Message)
}

// fail notes the first error, which ends the reading.
func (s *scanner) fail(at mark, format string, args ...any) {
	if s.err == nil {
		s.err = &Error{Line: at.line, Column: at.column, Offset: at.offset, Message: fmt.Sprintf(format, args...)}
	}
}

// Decode returns a text as UTF-8 without a byte order mark, as Falco's YAML
// reader decodes it: UTF-16 and UTF-32 are known by their marks or zero bytes.
// Bytes that are not UTF-8 stay as they are.
func Decode(data []byte) []byte { return decode(data) }

// Check returns the first mistake in the text, nil if it is read without one.
func Check(data []byte) *Error {
	p := parser{scanner: newScanner(data), anchors: map[string]bool{}}
	for {
		p.directives()
		// What follows an empty document is not read.
		if p.peek() == nil || p.document() {
			return p.err
		}
	}
}

// maxDepth is how deep a value may be nested, the document itself included.
const maxDepth = 499

type parser struct {
	scanner
	depth   int
	anchors map[string]bool
}

// is reports whether the next token is a k.
func (p *parser) is(k kind) bool {
	t := p.peek()
	return t != nil && t.kind == k
}

func (p *parser) directives() {
	version := false
	handles := map[string]bool{}
	for p.is(directive) {
		t := p.next()
		words := bytes.FieldsFunc(t.text, func(r rune) bool { return r == ' ' || r == '\t' })
		switch string(words[0]) {
		case "%YAML":
			switch {
			case len(words) != 2:
				p.fail(t.mark, "%%YAML takes one version, like 1.2")
			case version:
				p.fail(t.mark, "a second %%YAML for the same document: remove it")
			case !supportedVersion(words[1]):
				p.fail(t.mark, "YAML version %.60q is not supported: write 1.2", words[1])
			}
			version = true
		case "%TAG":
			switch {
			case len(words) != 3:
				p.fail(t.mark, "%%TAG takes a handle and a prefix")
			case handles[string(words[1])]:
				p.fail(t.mark, "a second %%TAG for %.60q: remove it", words[1])
			default:
				handles[string(words[1])] = true
			}
		}
	}
}

// supportedVersion reports whether v is two numbers with some character
// between them, the first at most 1.
func supportedVersion(v []byte) bool {
	major, v, ok := number(v)
	if !ok || major > 1 || len(v) == 0 {
		return false
	}
	_, v, ok = number(v[1:])
	return ok && len(v) == 0
}

// number reads a signed number of 32 bits and returns what follows it.
func number(text []byte) (n int64, rest []byte, ok bool) {
	text = bytes.TrimLeft(text, "\v\f")
	negative := false
	if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		negative = text[0] == '-'
		text = text[1:]
	}
	for len(text) > 0 && isDigit(text[0]) {
		n = min(n*10+int64(text[0]-'0'), 1<<32)
		text = text[1:]
		ok = true
	}
	if negative {
		n = -n
	}
	return n, text, ok && n >= -1<<31 && n < 1<<31
}

// document reads a document and reports whether it is empty. It may end
// anywhere after one value: what follows is the next document.
func (p *parser) document() (null bool) {
	clear(p.anchors)
	if p.is(docStart) {
		p.next()
	}
	null = p.node(false)
	for p.is(docEnd) {
		p.next()
	}
	return null
}

// node reads a value and reports whether it is empty. A value of [ ] may be a
// pair of key and value.
func (p *parser) node(inFlowList bool) (null bool) {
	if p.depth == maxDepth {
		p.fail(p.mark, "nested deeper than %d levels", maxDepth)
		return true
	}
	p.depth++
	defer func() { p.depth-- }()

	if p.is(value) {
		p.next()
		p.node(false)
		return false
	}
	if p.is(alias) {
		if t := p.next(); !p.anchors[string(t.text)] {
			p.fail(t.mark, "there is no anchor %.60q before this alias: put a text that begins with an asterisk into quotes", t.text)
		}
		return false
	}
	untagged := p.properties()
	t := p.peek()
	if t == nil {
		return true
	}
	switch t.kind {
	case plain:
		p.next()
		return untagged && t.null
	case quoted:
		p.next()
	case listStart:
		p.list()
	case mapStart:
		p.mapping()
	case flowListStart:
		p.flowList()
	case flowMapStart:
		p.flowMap()
	case key:
		if !inFlowList {
			return untagged
		}
		p.pair()
	default:
		return untagged
	}
	return false
}

// properties reads the anchor and the tag of a value and reports whether the
// value counts as one without a tag.
func (p *parser) properties() (untagged bool) {
	anchored := false
	tagText := ""
	for {
		switch {
		case p.is(anchor):
			t := p.next()
			if anchored {
				p.fail(t.mark, "a second anchor for the same value: remove one, or put a text that begins with an ampersand into quotes")
			}
			anchored = true
			p.anchors[string(t.text)] = true
		case p.is(tag):
			t := p.next()
			if tagText != "" {
				p.fail(t.mark, "a second tag for the same value: remove one, or put a text that begins with an exclamation mark into quotes")
			}
			tagText = string(t.text)
		default:
			return tagText == "" || tagText == "?"
		}
	}
}

func (p *parser) list() {
	start := p.next().mark
	for {
		t := p.peek()
		switch {
		case t == nil:
			p.fail(p.mark, "the list of line %d has no end", start.line+1)
			return
		case t.kind == listEnd:
			p.next()
			return
		case t.kind != dash:
			p.fail(t.mark, "this is no item of the list that begins in line %d, column %d: begin it with a dash and a space, "+
				"or indent it like the line it belongs to", start.line+1, start.column+1)
			return
		}
		p.next()
		if !p.is(dash) && !p.is(listEnd) {
			p.node(false)
		}
	}
}

func (p *parser) mapping() {
	start := p.next().mark
	for {
		t := p.peek()
		switch {
		case t == nil:
			p.fail(p.mark, "the map of line %d has no end", start.line+1)
			return
		case t.kind == mapEnd:
			p.next()
			return
		case t.kind == dash || t.kind == listStart:
			p.fail(t.mark, "a list dash where a key of the map of line %d is expected: indent the item like the other items of its list", start.line+1)
			return
		case t.kind != key && t.kind != value:
			p.fail(t.mark, "a key of the map that begins in line %d, column %d is expected here: end the key with a colon and a space, "+
				"or indent the line like the one it belongs to", start.line+1, start.column+1)
			return
		}
		p.pair()
	}
}

// pair reads a key and its value; either may be missing.
func (p *parser) pair() {
	if p.is(key) {
		p.next()
		p.node(false)
	}
	if p.is(value) {
		p.next()
		p.node(false)
	}
}

func (p *parser) flowList() {
	start := p.next().mark
	for {
		if p.peek() != nil && !p.is(flowListEnd) {
			p.node(true)
		}
		if p.endOfFlow(start, "[", flowListEnd) {
			return
		}
	}
}

func (p *parser) flowMap() {
	start := p.next().mark
	for {
		if p.peek() != nil && !p.is(flowMapEnd) {
			p.pair()
		}
		if p.endOfFlow(start, "{", flowMapEnd) {
			return
		}
	}
}

// endOfFlow reads what follows an entry in brackets and reports whether that
// is the end.
func (p *parser) endOfFlow(start mark, bracket string, closing kind) bool {
	t := p.peek()
	switch {
	case t == nil:
		p.fail(p.mark, "the %s opened in line %d, column %d is not closed", bracket, start.line+1, start.column+1)
	case t.kind == closing:
		p.next()
	case t.kind == comma:
		p.next()
		return false
	default:
		p.fail(t.mark, "a comma or the end of the %s opened in line %d, column %d is expected here", bracket, start.line+1, start.column+1)
	}
	return true
}
