// Package falcoyaml reads YAML as Falco's YAML reader does: the trees are the
// same, and so are the places in them and the place of the first mistake. That
// reader takes more than YAML allows in some places and less in others.
package yamlfile

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/diag"
)

// Error is the first mistake in a text.
type Error struct {
	// Pos is where it is. An escape sequence that the text cuts off ends after
	// the text. At the end of the text the column is often 1, as in Falco.
	Pos diag.Pos
	// Message says what is wrong and, if that is known, what to do about it.
	Message string
}

// Error returns position and message in one line.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Pos.Line, e.Pos.Column, e.Message)
}

// fail notes the first error, which ends the reading.
func (s *scanner) fail(at mark, format string, args ...any) {
	if s.err == nil {
		s.err = &Error{at.pos(), fmt.Sprintf(format, args...)}
	}
}

// Parse returns the documents of a text that [Decode] has returned, up to the
// first one that is null: nothing after it is read. With a mistake in what is
// read there are none.
//
// A node begins with its anchor or tag, its column counts bytes from 1. Nulls
// that are not written begin where they belong; for Falco that is somewhere
// else, mostly where the next thing begins: nulls has the places. Of what is
// written as a tag no more is told than that there is one, by the style. An
// alias may stand for something that it is a part of.
func Parse(text string) (docs []*Node, nulls map[*Node]diag.Pos, err *Error) {
	p := parse(text, false)
	if (p.guessed || p.anyLong && p.err != nil) && len(text) <= maxExact {
		p = parse(text, true)
	}
	if p.err != nil {
		return nil, nil, p.err
	}
	return p.docs, p.nulls, nil
}

// maxExact is how many bytes a text may have in which the first mistake is looked
// for exactly as Falco does, which takes far more memory than the text.
const maxExact = 256 << 10

func parse(text string, exact bool) *parser {
	p := &parser{scanner: newScanner(text), anchors: map[string]*Node{}, nulls: map[*Node]diag.Pos{}}
	p.exact = exact
	for {
		p.directives()
		if p.peek() == nil {
			break
		}
		doc := p.document()
		if doc.Tag == Null {
			break
		}
		p.docs = append(p.docs, doc)
	}
	p.passLongKeys()
	return p
}

const (
	// maxDepth is how deep a value may be nested, the document itself included.
	maxDepth = 499
	// maxNodes is how many values a text may have, and maxNulls how many that are
	// not written: with two or three bytes for each they take far more memory than
	// the text.
	maxNodes = 2_000_000
	maxNulls = 100_000
)

type parser struct {
	scanner
	docs    []*Node
	depth   int
	nodes   int
	anchors map[string]*Node
	nulls   map[*Node]diag.Pos
	last    mark // behind the last token that was taken, as far as a null may follow
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
		words := strings.FieldsFunc(t.text, func(r rune) bool { return r == ' ' || r == '\t' })
		switch words[0] {
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
			case handles[words[1]]:
				p.fail(t.mark, "a second %%TAG for %.60q: remove it", words[1])
			default:
				handles[words[1]] = true
			}
		}
	}
}

// supportedVersion reports whether v is two numbers with some character
// between them, the first at most 1.
func supportedVersion(v string) bool {
	major, v, ok := number(v)
	if !ok || major > 1 || len(v) == 0 {
		return false
	}
	_, v, ok = number(v[1:])
	return ok && len(v) == 0
}

// number reads a signed number of 32 bits and returns what follows it.
func number(text string) (n int64, rest string, ok bool) {
	text = strings.TrimLeft(text, "\v\f")
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

// document reads a document. It may end anywhere after one value: what follows
// is the next document.
func (p *parser) document() *Node {
	clear(p.anchors)
	if p.is(docStart) {
		p.next()
	}
	n := p.node(false)
	for p.is(docEnd) {
		p.next()
	}
	return n
}

// next is peek that takes the token.
func (p *parser) next() *token {
	t := p.peek()
	if t == nil {
		return nil
	}
	p.head++
	p.last = t.mark
	switch t.kind {
	case dash, key, value, flowListStart, flowMapStart, comma:
		p.last.column++
		p.last.offset++
	case docStart, docEnd:
		p.last.column += len("---")
		p.last.offset += len("---")
	}
	return t
}

func (p *parser) newNode(k Kind, at mark) *Node {
	if p.nodes++; p.nodes > maxNodes {
		p.fail(at, "the text has more than %d values", maxNodes)
	}
	return &Node{Kind: k, Start: at.pos()}
}

// null returns a null that is not written and belongs behind the last token;
// Falco gives it another place.
func (p *parser) null(at mark) *Node {
	n := p.newNode(Scalar, p.last)
	n.Tag = Null
	p.nulls[n] = at.pos()
	if len(p.nulls) > maxNulls {
		p.fail(at, "the text has more than %d values that are not written", maxNulls)
	}
	return n
}

// node reads a value. One of [ ] may be a pair of key and value.
func (p *parser) node(inFlowList bool) *Node {
	if p.depth == maxDepth {
		p.fail(p.mark, "nested deeper than %d levels", maxDepth)
		return p.null(p.mark)
	}
	p.depth++
	defer func() { p.depth-- }()

	t := p.peek()
	if t == nil {
		return p.null(p.mark)
	}
	switch t.kind {
	case value:
		n := p.newNode(Mapping, t.mark)
		p.pair(n)
		return n
	case alias:
		n := p.newNode(Alias, t.mark)
		n.Value = t.text
		if n.Alias = p.anchors[t.text]; n.Alias == nil {
			p.fail(t.mark, "there is no anchor %.60q before this alias: put a text that begins with an asterisk into quotes", t.text)
		}
		p.next()
		return n
	}
	at := t.mark
	n := p.newNode(Scalar, at)
	untagged := p.properties(n)
	t = p.peek()
	if t == nil {
		n.Tag = Null
		return n
	}
	switch t.kind {
	case plain, quoted:
		n.Value = t.text
		n.Style |= t.style
		switch {
		case !untagged:
			n.Tag = "!!str"
		case t.kind == plain && isNull(t.text):
			n.Tag = Null
		}
		p.next()
	case listStart:
		n.Kind = Sequence
		p.list(n)
	case mapStart:
		n.Kind = Mapping
		p.mapping(n)
	case flowListStart:
		n.Kind = Sequence
		n.Style |= Flow
		p.flowList(n)
	case flowMapStart:
		n.Kind = Mapping
		n.Style |= Flow
		p.flowMap(n)
	default:
		switch {
		case t.kind == key && inFlowList:
			n.Kind = Mapping
			n.Style |= Flow
			p.pair(n)
		case untagged && n.Anchor == "":
			return p.null(at)
		case untagged:
			n.Tag = Null
		}
	}
	return n
}

func isNull(text string) bool {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// properties reads the anchor and the tag of a value and reports whether the
// value counts as one without a tag.
func (p *parser) properties(n *Node) (untagged bool) {
	tagText := ""
	for {
		switch {
		case p.is(anchor):
			t := p.next()
			if n.Anchor != "" {
				p.fail(t.mark, "a second anchor for the same value: remove one, or put a text that begins with an ampersand into quotes")
			}
			n.Anchor = t.text
			p.anchors[t.text] = n
		case p.is(tag):
			t := p.next()
			if tagText != "" {
				p.fail(t.mark, "a second tag for the same value: remove one, or put a text that begins with an exclamation mark into quotes")
			}
			tagText = t.text
		default:
			if tagText == "" || tagText == "?" {
				return true
			}
			n.Style |= Tagged
			return false
		}
	}
}

func (p *parser) list(n *Node) {
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
		if t := p.peek(); t != nil && (t.kind == dash || t.kind == listEnd) {
			n.Content = append(n.Content, p.null(t.mark))
		} else {
			n.Content = append(n.Content, p.node(false))
		}
	}
}

func (p *parser) mapping(n *Node) {
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
		p.pair(n)
	}
}

// pair reads a key and its value. Either may be missing: then it is null, and
// where the pair begins.
func (p *parser) pair(n *Node) {
	at := p.peek().mark
	for _, k := range []kind{key, value} {
		if p.is(k) {
			p.next()
			n.Content = append(n.Content, p.node(false))
		} else {
			p.last = at
			n.Content = append(n.Content, p.null(at))
		}
	}
}

func (p *parser) flowList(n *Node) {
	start := p.next().mark
	for {
		if p.peek() != nil && !p.is(flowListEnd) {
			n.Content = append(n.Content, p.node(true))
		}
		if p.endOfFlow(start, "[", flowListEnd) {
			return
		}
	}
}

func (p *parser) flowMap(n *Node) {
	start := p.next().mark
	for {
		if p.peek() != nil && !p.is(flowMapEnd) {
			p.pair(n)
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
