package rulesfile

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Replace returns the edits that replace Text()[start:end] of a scalar with text. The
// scalar keeps its style: Replace escapes text in double quotes, and indents its lines in
// a block scalar. If the style cannot represent the text, the edits rewrite the whole
// scalar in another style. If the scalar has an anchor, its aliases change too.
//
// If a scalar needs another style, its edits cannot be applied together with other edits
// of the scalar, because they overlap.
func (v Value) Replace(start, end int, text string) ([]diag.Edit, error) {
	if !v.Exists() || !v.IsScalar() || start < 0 || end < start || end > len(v.Text()) {
		return nil, v.errorf("there is no text to replace")
	}
	if v.Text()[start:end] == text {
		return nil, nil
	}
	if v.node.Start == v.node.End {
		return nil, v.errorf("the value does not appear in the file")
	}
	r := newReplacement(v, start, end, text)
	from, to, written, ok := r.write()
	if !ok {
		return nil, v.errorf("the text %.60q cannot be written here", r.want())
	}
	return v.file.replace(from, to, written)
}

func (v Value) errorf(format string, args ...any) error {
	if !v.Exists() {
		return fmt.Errorf(format, args...)
	}
	return &diag.Diagnostic{Severity: diag.Error, Range: v.Range(), Message: fmt.Sprintf(format, args...)}
}

const (
	quotedStyles = yamlfile.SingleQuoted | yamlfile.DoubleQuoted
	blockStyles  = yamlfile.Literal | yamlfile.Folded
)

// replacement replaces a part of a scalar's text.
type replacement struct {
	Value
	segments []yamlfile.Segment
	// The text from start to end is replaced by text. In block scalars this does not include
	// the line breaks at the end, which depend on the header.
	start, end int
	text       string
}

func newReplacement(v Value, start, end int, text string) *replacement {
	old := v.Text()
	r := &replacement{Value: v, segments: v.file.segmentsOf(v.node), start: start, end: end, text: text}
	if v.node.Style&blockStyles == 0 {
		return r
	}
	content := len(strings.TrimRight(old, "\n"))
	if end <= content {
		return r
	}
	if want, ok := strings.CutSuffix(r.want(), old[content:]); ok && min(start, content) <= len(want) {
		r.start, r.end, r.text = min(start, content), content, want[min(start, content):]
	}
	return r
}

// want returns the whole text afterwards.
func (r *replacement) want() string {
	old := r.Value.Text()
	return old[:r.start] + r.text + old[r.end:]
}

// write returns the range of the file's text to replace and the text to put there. It returns
// false if no style can hold the wanted text.
func (r *replacement) write() (from, to int, written string, ok bool) {
	body, end := r.node.Body(), r.node.End.Offset
	from, to, text, ok := r.inPlace()
	if ok {
		if written, ok := r.encode(text); ok && r.fits(from, to, written) {
			return from, to, written, true
		}
		// Quotes around it leave the lines of a plain scalar as they are.
		if r.node.Style&(quotedStyles|blockStyles) == 0 && isPrintable(text) {
			whole := singleQuoted(r.file.text[body:from] + text + r.file.text[to:end])
			if r.fits(body, end, whole) {
				return body, end, whole, true
			}
		}
	}
	for _, whole := range r.otherStyles() {
		if r.fits(body, end, whole) {
			return body, end, whole, true
		}
	}
	return 0, 0, "", false
}

// inPlace returns the range of the file's text to replace, and the text to encode there. An
// escape sequence or line break is replaced as a whole, even if only a part of its text is.
func (r *replacement) inPlace() (from, to int, text string, ok bool) {
	first, end := r.node.Body(), r.node.End.Offset
	if r.node.Style&quotedStyles != 0 {
		first, end = first+1, end-1
	}
	if r.node.Style&blockStyles != 0 && (len(r.segments) == 0 || r.start < r.segments[0].Value) {
		return 0, 0, "", false // nothing says how the line is indented
	}
	value := r.Value.Text()
	from, before := first, value[:r.start]
	if i := sort.Search(len(r.segments), func(i int) bool { return r.segments[i].Value > r.start }) - 1; i >= 0 {
		switch s := r.segments[i]; {
		case s.ValueEnd <= r.start:
			from, before = s.TextEnd, value[s.ValueEnd:r.start]
		case s.Escape:
			from, before = s.Text, value[s.Value:r.start]
		default:
			from, before = s.Text+r.start-s.Value, ""
		}
	}
	to, after := end, value[r.end:]
	if i := sort.Search(len(r.segments), func(i int) bool { return r.segments[i].ValueEnd >= r.end }); i < len(r.segments) {
		switch s := r.segments[i]; {
		case s.Value >= r.end:
			to, after = s.Text, value[r.end:s.Value]
		case s.Escape:
			to, after = s.TextEnd, value[r.end:s.ValueEnd]
		default:
			to, after = s.Text+r.end-s.Value, ""
		}
	}
	if r.node.Style&blockStyles != 0 && r.end > r.segments[len(r.segments)-1].ValueEnd {
		return 0, 0, "", false
	}
	from = min(from, to) // the bytes between them add nothing to the value
	return from, to, before + r.text + after, first <= from && to <= end
}

// encode returns a text in the style of the scalar, and whether that is possible.
func (r *replacement) encode(text string) (string, bool) {
	switch style := r.node.Style; {
	case style&yamlfile.DoubleQuoted != 0:
		return escaped(text), true
	case !isPrintable(strings.ReplaceAll(text, "\n", "")):
		return "", false
	case style&yamlfile.Literal != 0:
		return strings.ReplaceAll(text, "\n", r.file.eol()+r.indent()), true
	case style&yamlfile.Folded != 0:
		return strings.ReplaceAll(text, "\n", r.file.eol()+r.file.eol()+r.indent()), true
	case strings.Contains(text, "\n"):
		return "", false
	case style&yamlfile.SingleQuoted != 0:
		return strings.ReplaceAll(text, "'", "''"), true
	}
	return text, true
}

// indent returns the indentation of the lines of a block scalar.
func (r *replacement) indent() string {
	if len(r.segments) == 0 {
		return strings.Repeat(" ", max(0, r.node.Parent())+indentStep)
	}
	first := r.segments[0].Text
	return r.file.text[r.file.lineStart(first):first]
}

// indentStep is the indentation of nested lines.
const indentStep = 2

// otherStyles returns ways to write the whole scalar, the most similar ones first.
func (r *replacement) otherStyles() []string {
	var out []string
	comment := ""
	switch {
	case r.node.Style&blockStyles != 0:
		body := r.node.Body()
		if c := r.file.commentsOn(body, min(r.node.End.Offset, r.file.lineEnd(body))); len(c) > 0 {
			comment = " " + r.file.text[c[0].Start.Offset:c[0].End.Offset]
		}
		if literal, ok := r.literal(comment); ok {
			out = append(out, literal)
		}
	case isPrintable(r.want()):
		out = append(out, singleQuoted(r.want()))
	}
	return append(out, `"`+escaped(r.want())+`"`+comment)
}

// literal returns the text as a literal block scalar. The comment follows the header.
func (r *replacement) literal(comment string) (string, bool) {
	want := r.want()
	content := strings.TrimRight(want, "\n")
	if content == "" || !isPrintable(strings.ReplaceAll(content, "\n", "")) {
		return "", false
	}
	indent := r.indent()
	header := "|"
	if strings.HasPrefix(strings.TrimLeft(content, "\n"), " ") {
		header += strconv.Itoa(len(indent) - max(0, r.node.Parent()))
	}
	switch len(want) - len(content) {
	case 0:
		header += "-"
	case 1:
	default:
		header += "+"
	}
	var out strings.Builder
	out.WriteString(header + comment)
	for line := range strings.SplitSeq(content, "\n") {
		out.WriteString(r.file.eol())
		if line != "" {
			out.WriteString(indent + line)
		}
	}
	return out.String(), true
}

// isPrintable reports whether a text is a single line without characters that must be escaped or
// that editors do not show.
func isPrintable(text string) bool {
	for _, r := range text {
		if r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff {
			return false
		}
	}
	return true
}

func singleQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// escaped returns a text in double quotes, with escape sequences.
func escaped(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == utf8.RuneError:
			_, size := utf8.DecodeRuneInString(text[i:])
			b.WriteString(text[i : i+size])
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case !isPrintable(string(r)):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Quote returns a text as a YAML scalar on one line. It adds quotes only if the text
// needs them, in block style or in brackets.
func Quote(text string) string {
	if isPrintable(text) {
		if isPlain(text) {
			return text
		}
		if !strings.Contains(text, "'") {
			return singleQuoted(text)
		}
	}
	return `"` + escaped(text) + `"`
}

// isPlain reports whether YAML readers read a text without quotes as that text.
func isPlain(text string) bool {
	docs, err := yamlfile.Read([]byte("[" + text + "]"))
	if err != nil || len(docs) != 1 || len(docs[0].Content) != 1 {
		return false
	}
	n := docs[0].Content[0]
	if n.Kind != yamlfile.Scalar || n.Value != text || n.ShortTag() != "!!str" || n.Style != 0 {
		return false
	}
	docs, _, err = yamlfile.Parse(text + "\n")
	return err == nil && len(docs) == 1 && docs[0].Kind == yamlfile.Scalar && docs[0].Value == text
}
