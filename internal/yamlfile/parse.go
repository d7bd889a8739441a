// Package yamlfile parses and writes YAML with exact positions. No other package
// handles YAML.
//
//	f := yamlfile.NewFile("suite_test.yaml", data)
//	docs, err := f.Documents()
//	…
//	if n := docs[0].Get("rules"); n != nil && n.Kind != yamlfile.Sequence {
//		return f.Errorf(n, "rules is %s: want a list", n.Describe())
//	}
//
// [Parse] parses rules files exactly like Falco: it returns the same trees, positions
// and position of the first error. Falco's reader accepts some invalid YAML and
// rejects some valid YAML. [Read] parses all other files according to the YAML
// specification, with tags.
package yamlfile

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/diag"
)

// fail records the first error, which stops the parser. As in Falco, the position can
// be after the end of the text if an escape sequence is cut off, and errors at the
// end often have column 1.
func (s *scanner) fail(at mark, format string, args ...any) {
	if s.err == nil {
		s.err = errorAt(at.pos(), fmt.Sprintf(format, args...))
	}
}

func errorAt(at diag.Pos, message string) *diag.Diagnostic {
	return &diag.Diagnostic{Message: message, Range: diag.Range{Start: at}}
}

// Parse parses a rules file, which [Decode] has decoded, up to the first document
// that is null. If there is an error, no documents are returned.
//
// Omitted values are null nodes where they belong in the text. Falco reports them
// elsewhere, usually at the start of the next token; nulls has these positions. The
// text of tags is dropped; nodes with a tag have the style Tagged. An alias may be
// inside its own target; see [CheckAliases].
func Parse(text string) (docs []*Node, nulls map[*Node]diag.Pos, err *diag.Diagnostic) {
	return parse(text, false)
}

// ParsePart parses some lines of a rules file, or some text in brackets. The anchors of
// aliases can be elsewhere in the file; the target of such an alias is an empty node.
func ParsePart(text string) ([]*Node, *diag.Diagnostic) {
	docs, _, err := parse(text, true)
	return docs, err
}

func parse(text string, part bool) (docs []*Node, nulls map[*Node]diag.Pos, err *diag.Diagnostic) {
	p := newParser(text, false)
	p.part = part
	p.rulesDocuments()
	if (p.guessed || p.anyLong && p.err != nil) && len(text) <= maxExact {
		p = newParser(text, false)
		p.exact, p.part = true, part
		p.rulesDocuments()
	}
	if p.err != nil {
		return nil, nil, p.err
	}
	return p.docs, p.nulls, nil
}

// Read parses YAML and returns the documents that are not null. If there is an error,
// it returns the documents before it.
//
// Nodes have only explicit tags. An alias may be inside its own target; see
// [CheckAliases].
func Read(data []byte) ([]*Node, *diag.Diagnostic) { return read(string(Decode(data))) }

func read(text string) ([]*Node, *diag.Diagnostic) {
	if err := checkCharacters(text); err != nil {
		return nil, err
	}
	p := newParser(text, true)
	p.documents()
	return p.docs, p.err
}

// maxExact is the maximum size of a file in which Falco's position of the first error
// is reproduced even for very long keys, which takes much memory.
const maxExact = 256 << 10

func newParser(text string, strict bool) *parser {
	return &parser{scanner: newScanner(text, strict), anchors: map[string]*Node{}, nulls: map[*Node]diag.Pos{}}
}

// rulesDocuments parses the documents of a rules file like Falco.
func (p *parser) rulesDocuments() {
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

// documents parses the documents of any other file. Each begins with ---, which is
// optional for the first one and after "...".
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
			p.fail(p.mark, "missing --- after the lines that begin with %%")
			return
		case !first && t.kind != docStart:
			p.fail(t.mark, "unexpected text after the document: indent the line like the lines above, or begin another document with ---")
			return
		}
		if doc := p.document(); p.err == nil && !doc.IsNull() {
			p.docs = append(p.docs, doc)
		}
	}
}

// checkCharacters returns an error about the first character that YAML does not
// allow.
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
		msg := fmt.Sprintf("invalid character %U: write it as an escape sequence in double quotes", r)
		if r == utf8.RuneError {
			msg = fmt.Sprintf("byte 0x%02X is not UTF-8: encode the value in base64 with the tag !!binary", text[i])
		}
		return errorAt(diag.Pos{Offset: i, Line: len(lines), Column: i - start + 1}, msg)
	}
	return nil
}

const (
	// maxDepth is the maximum nesting depth of values, including the document.
	maxDepth = 499
	// maxNodes is the maximum number of values, and maxNulls of omitted values.
	// They limit memory, because a value can be as short as two bytes.
	maxNodes = 2_000_000
	maxNulls = 100_000
)

type parser struct {
	scanner
	docs    []*Node
	depth   int
	nodes   int
	anchors map[string]*Node
	part    bool              // whether the anchors of aliases can be elsewhere
	handles map[string]string // tag prefixes by handle
	nulls   map[*Node]diag.Pos
	last    mark // the position of an omitted value: after the last token
}

// is reports whether the next token is of kind k.
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
				p.fail(t.mark, "%%YAML needs one version, such as 1.2")
			case version:
				p.fail(t.mark, "duplicate %%YAML: remove it")
			case !supportedVersion(words[1]):
				p.fail(t.mark, "unsupported YAML version %.60q: want 1.2", words[1])
			}
			version = true
		case "%TAG":
			switch {
			case len(words) != 3:
				p.fail(t.mark, "%%TAG needs a handle and a prefix")
			case p.handles[words[1]] != "":
				p.fail(t.mark, "duplicate %%TAG for %.60q: remove it", words[1])
			default:
				p.handles[words[1]] = words[2]
			}
		}
	}
}

// supportedVersion reports whether Falco's reader accepts a YAML version: two numbers
// separated by any character, the first at most 1.
func supportedVersion(v string) bool {
	major, v, ok := number(v)
	if !ok || major > 1 || len(v) == 0 {
		return false
	}
	_, v, ok = number(v[1:])
	return ok && len(v) == 0
}

// number parses a signed 32-bit number and returns the rest of the text.
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

// document parses a document, which is one value.
func (p *parser) document() *Node {
	clear(p.anchors)
	if p.is(docStart) {
		p.next()
	}
	return p.node(false)
}

// documentEnds skips document end markers and reports whether there was one.
func (p *parser) documentEnds() bool {
	found := false
	for ; p.is(docEnd); found = true {
		p.next()
	}
	return found
}

// next returns the next token and moves past it.
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
		p.fail(at, "more than %d values", maxNodes)
	}
	return &Node{Kind: k, Start: at.pos(), End: at.pos()}
}

// null returns a node for an omitted value after the last token. Falco would report it
// at the given mark.
func (p *parser) null(at mark) *Node {
	n := p.newNode(Scalar, p.last)
	n.Tag = Null
	p.nulls[n] = at.pos()
	if len(p.nulls) > maxNulls {
		p.fail(at, "more than %d omitted values", maxNulls)
	}
	return n
}

// node parses a value. In a flow list it may be a single pair of key and value.
func (p *parser) node(inFlowList bool) *Node {
	if p.depth == maxDepth {
		p.fail(p.mark, "nested more than %d levels deep", maxDepth)
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
		if n.Alias = p.anchors[t.text]; n.Alias == nil && p.part {
			n.Alias = &Node{}
		} else if n.Alias == nil {
			p.fail(t.mark, "undefined anchor %.60q: quote values that begin with *", t.text)
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
		p.scalar(n, t, at, untagged)
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
	case key:
		if !inFlowList {
			return p.omitted(n, at, untagged)
		}
		n.Kind = Mapping
		n.Style |= Flow
		p.pair(n)
		n.endWithContent()
	default:
		return p.omitted(n, at, untagged)
	}
	return n
}

// scalar fills n, which begins at the given mark, with the scalar t.
func (p *parser) scalar(n *Node, t *token, at mark, untagged bool) {
	n.Value = t.text
	n.Style |= t.style
	n.End = t.end.pos()
	n.body, n.context = int32(t.offset-at.offset), t.context
	switch {
	case !untagged && !p.strict:
		n.Tag = "!!str"
	case untagged && t.kind == plain && isNull(t.text):
		n.Tag = Null
	}
	p.next()
}

// omitted returns the node for an omitted value, which may have a tag and an anchor.
func (p *parser) omitted(n *Node, at mark, untagged bool) *Node {
	switch {
	case untagged && n.Anchor == "":
		return p.null(at)
	case untagged:
		n.Tag = Null
	case !p.strict:
		n.Tag = "!!str"
	}
	return n
}

// endWithContent sets the end of a node to the end of its last item.
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

// properties parses the anchor and the tag of a value and reports whether it is
// untagged.
func (p *parser) properties(n *Node) (untagged bool) {
	tagText := ""
	var at mark // of the tag
	for {
		switch {
		case p.is(anchor):
			t := p.next()
			if n.Anchor != "" {
				p.fail(t.mark, "second anchor for the same value: remove one, or quote values that begin with &")
			}
			n.Anchor, n.End = t.text, t.end.pos()
			p.anchors[t.text] = n
		case p.is(tag):
			t := p.next()
			if tagText != "" && tagText != "!<>" {
				p.fail(t.mark, "second tag for the same value: remove one, or quote values that begin with !")
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

// shortTag returns the short form of a tag, empty for the non-specific tag "!".
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
		if handle[len(handle)-1] != '!' { // the only ! is the first character
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
			p.fail(at, "undefined tag handle %.60s: define it with %%TAG", handle)
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

// unescape decodes the %xx escapes of a tag.
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
			p.fail(p.mark, "the list that begins on line %d is not closed", start.line+1)
			return
		case t.kind == listEnd:
			p.next()
			return
		case t.kind != dash:
			p.fail(t.mark, "expected an item of the list that begins on line %d, column %d: begin it with a dash and a space, "+
				"or indent the line like the one it belongs to", start.line+1, start.column+1)
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
			p.fail(p.mark, "the mapping that begins on line %d is not closed", start.line+1)
			return
		case t.kind == mapEnd:
			p.next()
			return
		case t.kind == dash || t.kind == listStart:
			p.fail(t.mark, "expected a key of the mapping that begins on line %d, found a list item: indent it like the other items of its list", start.line+1)
			return
		case t.kind != key && t.kind != value:
			p.fail(t.mark, "expected a key of the mapping that begins on line %d, column %d: end the key with a colon and a space, "+
				"or indent the line like the one it belongs to", start.line+1, start.column+1)
			return
		}
		p.pair(n)
	}
}

// pair parses a key and its value. Either may be omitted.
func (p *parser) pair(n *Node) {
	at := p.peek().mark
	p.last = at
	if p.is(key) {
		p.next()
		if p.strict && p.is(value) { // for Falco, this colon begins a mapping that is the key
			n.Content = append(n.Content, p.null(p.mark))
		} else {
			n.Content = append(n.Content, p.node(false))
		}
	} else {
		n.Content = append(n.Content, p.null(at))
	}
	p.value(n, at)
}

// value parses the value of the last key of a mapping. If it is omitted, Falco would
// report it at the given mark.
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

// flowPair parses a pair in braces. For Falco, its key must be on one line.
func (p *parser) flowPair(n *Node) {
	if !p.strict || p.is(key) || p.is(value) {
		p.pair(n)
		return
	}
	n.Content = append(n.Content, p.node(false))
	p.value(n, p.mark)
}

// endOfFlow parses the token after an entry in brackets and reports whether it ends
// them.
func (p *parser) endOfFlow(n *Node, start mark, closing kind) bool {
	t := p.peek()
	bracket := p.text[start.offset : start.offset+1]
	switch {
	case t == nil:
		p.fail(p.mark, "the %s on line %d, column %d is not closed", bracket, start.line+1, start.column+1)
	case t.kind == closing:
		n.End = p.next().end.pos()
	case t.kind == comma:
		p.next()
		return false
	default:
		p.fail(t.mark, "expected a comma or the end of the %s on line %d, column %d", bracket, start.line+1, start.column+1)
	}
	return true
}
