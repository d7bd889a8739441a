// Package yamlfile reads the YAML of everything that people write, with exact
// positions. No other package reads or writes YAML.
//
// [Parse] reads rules files as Falco does: its trees, their positions and the
// position of the first mistake are the same. Falco's reader accepts more than YAML
// allows in some places and less in others. [Read] reads all other files: suites,
// events, fields, policies. It is the same reader without those differences, and
// knows tags.
package yamlfile

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/diag"
)

// fail notes the first error, which ends the reading. An escape sequence that the
// text cuts off ends after the text. At the end of the text the column is often 1,
// as in Falco.
func (s *scanner) fail(at mark, format string, args ...any) {
	if s.err == nil {
		s.err = errorAt(at.pos(), fmt.Sprintf(format, args...))
	}
}

func errorAt(at diag.Pos, message string) *diag.Diagnostic {
	return &diag.Diagnostic{Message: message, Range: diag.Range{Start: at}}
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
func Parse(text string) (docs []*Node, nulls map[*Node]diag.Pos, err *diag.Diagnostic) {
	p := newParser(text, false)
	p.rules()
	if (p.guessed || p.anyLong && p.err != nil) && len(text) <= maxExact {
		p = newParser(text, false)
		p.exact = true
		p.rules()
	}
	if p.err != nil {
		return nil, nil, p.err
	}
	return p.docs, p.nulls, nil
}

// Read returns the documents of a text that are not null, and the first mistake in
// it. The documents before the mistake are returned with it.
//
// Tags are as they are written, and nodes without one have none. An alias may stand
// for something that it is a part of.
func Read(data []byte) ([]*Node, *diag.Diagnostic) { return read(string(Decode(data))) }

func read(text string) ([]*Node, *diag.Diagnostic) {
	if err := checkCharacters(text); err != nil {
		return nil, err
	}
	p := newParser(text, true)
	p.documents()
	return p.docs, p.err
}

// maxExact is how many bytes a text may have in which the first mistake is looked
// for exactly as Falco does, which takes far more memory than the text.
const maxExact = 256 << 10

func newParser(text string, strict bool) *parser {
	return &parser{scanner: newScanner(text, strict), anchors: map[string]*Node{}, nulls: map[*Node]diag.Pos{}}
}

// rules reads the documents of a rules file, as Falco does.
func (p *parser) rules() {
	for {
		p.directives()
		if p.peek() == nil {
			break
		}
		doc := p.document()
		p.documentEnds()
		if doc.Tag == Null {
			break
		}
		p.docs = append(p.docs, doc)
	}
	p.passLongKeys()
}

// documents reads the documents of another file, each of which begins with --- or,
// if it is the first or follows ... , with its value.
func (p *parser) documents() {
	for first := true; ; first = false {
		first = p.documentEnds() || first
		directives := p.is(directive)
		p.directives()
		t := p.peek()
		switch {
		case t == nil && !directives:
			return
		case directives && !p.is(docStart):
			p.fail(p.mark, "a line with --- must follow the lines that begin with %%")
			return
		case !first && t.kind != docStart:
			p.fail(t.mark, "the document ends before this: indent the line like the lines above, or begin another document with ---")
			return
		}
		if doc := p.document(); p.err == nil && !doc.IsNull() {
			p.docs = append(p.docs, doc)
		}
	}
}

// checkCharacters returns an error about the first character that cannot be in
// YAML.
func checkCharacters(text string) *diag.Diagnostic {
	for i, r := range text {
		if r >= ' ' && r < 0x7F || r == '\t' || r == '\n' || r == '\r' || r == 0x85 || r >= 0xA0 && r < 0xFFFE && r != utf8.RuneError || r > 0xFFFF {
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size > 1 {
			continue
		}
		lines := Lines(text[:i])
		start := lines[len(lines)-1]
		msg := fmt.Sprintf("the character %U: write it as an escape sequence in double quotes", r)
		if r == utf8.RuneError {
			msg = fmt.Sprintf("the byte 0x%02X, which is not UTF-8: write it as !!binary, in base64", text[i])
		}
		return errorAt(diag.Pos{Offset: i, Line: len(lines), Column: i - start + 1}, msg)
	}
	return nil
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
	handles map[string]string // prefixes of tags, by their handles
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
	p.handles = map[string]string{}
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
			case p.handles[words[1]] != "":
				p.fail(t.mark, "a second %%TAG for %.60q: remove it", words[1])
			default:
				p.handles[words[1]] = words[2]
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
	return p.node(false)
}

// documentEnds reads the ends of documents and reports whether there is one.
func (p *parser) documentEnds() bool {
	found := false
	for ; p.is(docEnd); found = true {
		p.next()
	}
	return found
}

// next is peek that takes the token.
func (p *parser) next() *token {
	t := p.peek()
	if t == nil {
		return nil
	}
	p.head++
	p.last = t.end
	return t
}

func (p *parser) newNode(k Kind, at mark) *Node {
	if p.nodes++; p.nodes > maxNodes {
		p.fail(at, "the text has more than %d values", maxNodes)
	}
	return &Node{Kind: k, Start: at.pos(), End: at.pos()}
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
		n.endWithContent()
		return n
	case alias:
		n := p.newNode(Alias, t.mark)
		n.Value = t.text
		n.End = t.end.pos()
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
		if !p.strict || untagged {
			n.Tag = Null
		}
		return n
	}
	switch t.kind {
	case plain, quoted:
		n.Value = t.text
		n.Style |= t.style
		n.End = t.end.pos()
		switch {
		case !untagged && !p.strict:
			n.Tag = "!!str"
		case untagged && t.kind == plain && isNull(t.text):
			n.Tag = Null
		}
		p.next()
	case listStart:
		n.Kind = Sequence
		p.list(n)
		n.endWithContent()
	case mapStart:
		n.Kind = Mapping
		p.mapping(n)
		n.endWithContent()
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
			n.endWithContent()
		case untagged && n.Anchor == "":
			return p.null(at)
		case untagged:
			n.Tag = Null
		case !p.strict:
			n.Tag = "!!str"
		}
	}
	return n
}

// endWithContent makes a node end where its last item does.
func (n *Node) endWithContent() {
	if last := len(n.Content) - 1; last >= 0 {
		n.End = n.Content[last].End
	}
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
	var at mark // of the tag
	for {
		switch {
		case p.is(anchor):
			t := p.next()
			if n.Anchor != "" {
				p.fail(t.mark, "a second anchor for the same value: remove one, or put a text that begins with an ampersand into quotes")
			}
			n.Anchor, n.End = t.text, t.end.pos()
			p.anchors[t.text] = n
		case p.is(tag):
			t := p.next()
			if tagText != "" && tagText != "!<>" {
				p.fail(t.mark, "a second tag for the same value: remove one, or put a text that begins with an exclamation mark into quotes")
			}
			tagText, n.End, at = t.text, t.end.pos(), t.mark
		default:
			if p.strict {
				n.Tag = p.shortTag(tagText, at)
				untagged = n.Tag == ""
			} else {
				untagged = tagText == "" || tagText == "!<>" || tagText == "!<?>"
			}
			if !untagged {
				n.Style |= Tagged
			}
			return untagged
		}
	}
}

// shortTag returns the short form of a tag, empty for one that says nothing.
func (p *parser) shortTag(written string, at mark) string {
	const standard = "tag:yaml.org,2002:"
	full := written
	switch {
	case strings.HasPrefix(written, "!<"):
		full = unescape(strings.TrimSuffix(written[len("!<"):], ">"))
	case written == "" || written == "!":
		return ""
	default:
		end := strings.IndexByte(written[1:], '!') + 2 // of the handle
		handle, name := written[:end], unescape(written[end:])
		if handle[len(handle)-1] != '!' { // a single one begins the tag
			handle, name = "!", unescape(written[1:])
		}
		prefix, declared := p.handles[handle]
		switch {
		case declared:
			full = prefix + name
		case handle == "!!":
			full = standard + name
		case handle == "!":
			full = handle + name
		default:
			p.fail(at, "no line with %%TAG says what %.60s is", handle)
		}
	}
	if name, ok := strings.CutPrefix(full, standard); ok {
		return "!!" + name
	}
	if full == "!" {
		return ""
	}
	return full
}

// unescape decodes the %xx of a tag.
func unescape(tag string) string {
	out, err := url.PathUnescape(tag)
	if err != nil {
		return tag
	}
	return out
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

// pair reads a key and its value. Either may be missing: then it is null. A missing
// key is where the pair begins, a missing value behind the key.
func (p *parser) pair(n *Node) {
	at := p.peek().mark
	p.last = at
	if p.is(key) {
		p.next()
		if p.strict && p.is(value) { // to Falco the key is a map that begins with this colon
			n.Content = append(n.Content, p.null(p.mark))
		} else {
			n.Content = append(n.Content, p.node(false))
		}
	} else {
		n.Content = append(n.Content, p.null(at))
	}
	p.value(n, at)
}

// value reads the value of the last key of a mapping. If it is missing, Falco sees
// it at the given place.
func (p *parser) value(n *Node, at mark) {
	if p.is(value) {
		p.next()
		n.Content = append(n.Content, p.node(false))
		return
	}
	null := p.null(at)
	null.Start = n.Content[len(n.Content)-1].End
	null.End = null.Start
	n.Content = append(n.Content, null)
}

func (p *parser) flowList(n *Node) {
	start := p.next().mark
	for {
		if p.peek() != nil && !p.is(flowListEnd) {
			n.Content = append(n.Content, p.node(true))
		}
		if p.endOfFlow(n, start, flowListEnd) {
			return
		}
	}
}

func (p *parser) flowMap(n *Node) {
	start := p.next().mark
	for {
		if p.peek() != nil && !p.is(flowMapEnd) {
			p.flowPair(n)
		}
		if p.endOfFlow(n, start, flowMapEnd) {
			return
		}
	}
}

// flowPair reads a pair in braces. To Falco the key of one is in one line.
func (p *parser) flowPair(n *Node) {
	if !p.strict || p.is(key) || p.is(value) {
		p.pair(n)
		return
	}
	n.Content = append(n.Content, p.node(false))
	p.value(n, p.mark)
}

// endOfFlow reads what follows an entry in brackets and reports whether that
// is the end.
func (p *parser) endOfFlow(n *Node, start mark, closing kind) bool {
	t := p.peek()
	bracket := p.text[start.offset : start.offset+1]
	switch {
	case t == nil:
		p.fail(p.mark, "the %s opened in line %d, column %d is not closed", bracket, start.line+1, start.column+1)
	case t.kind == closing:
		n.End = p.next().end.pos()
	case t.kind == comma:
		p.next()
		return false
	default:
		p.fail(t.mark, "a comma or the end of the %s opened in line %d, column %d is expected here", bracket, start.line+1, start.column+1)
	}
	return true
}
