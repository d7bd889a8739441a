package format

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

// values formats the values of an item that have a layout.
func (f *file) values(item *yamlfile.Node) {
	for i := 0; i+1 < len(item.Content); i += 2 {
		v := value{file: f, item: item, key: item.Content[i], node: item.Content[i+1]}
		if v.key.Kind != yamlfile.Scalar || v.node.Kind == yamlfile.Alias || v.node.Anchor != "" || v.node.Style&yamlfile.Tagged != 0 || v.node.IsNull() {
			continue
		}
		colon := strings.Trim(f.text[v.key.End.Offset:v.node.Start.Offset], yamlBlanks)
		if colon != ":" || f.text[v.key.End.Offset] != ':' {
			continue // there are comments, or the key has a question mark
		}
		switch {
		case v.key.Value == "condition" && v.node.Kind == yamlfile.Scalar:
			v.condition()
		case (v.key.Value == "items" || v.key.Value == "tags") && v.node.Kind == yamlfile.Sequence && v.node.Style&yamlfile.Flow != 0:
			v.list()
		}
	}
}

// value is the value of a key of an item.
type value struct {
	*file
	item, key, node *yamlfile.Node
}

// set writes text in place of the value and what separates it from its key.
func (v *value) set(end int, text string) { v.replace(v.key.End.Offset, end, ": "+text) }

// indent is the indentation of the lines of the value.
func (v *value) indent() int { return v.item.Start.Column - 1 + indentStep }

// fits reports whether a text of a number of characters fits into the line of the key.
func (v *value) fits(length int) bool {
	line := v.text[v.lineStart(v.key.Start.Offset):v.key.End.Offset]
	return utf8.RuneCountInString(line)+len(": ")+length <= v.width
}

// condition formats a condition.
func (v *value) condition() {
	c, ok := newCondition(v.node.Value)
	if !ok || !isPrintable(c.line()) {
		return
	}
	written, end := v.source(v.node), v.node.End.Offset
	indicators, comment := ">", ""
	if isBlock(v.node) {
		indicators, comment, written = header(written)
		indicators = ">" + strings.Trim(indicators, ">|0123456789")
	}
	lines := c.lines(v.width-v.indent(), strings.ContainsAny(strings.Trim(written, yamlBlanks), "\r\n"))
	if !isBlock(v.node) {
		inBlock := utf8.RuneCountInString(lines[0]) <= v.width-v.indent()
		if line, ok := v.inLine(lines[0]); ok && len(lines) == 1 && (v.fits(utf8.RuneCountInString(line)) || !inBlock) {
			v.set(end, line)
			return
		}
		comment = strings.Trim(v.text[end:v.lineEnd(end)], yamlBlanks)
		end = v.lineEnd(end) // what is behind the value would become a part of it
	}
	if v.swallows(end) {
		return
	}
	if comment != "" {
		comment = " " + comment
	}
	newline := v.eol + strings.Repeat(" ", v.indent())
	v.set(end, indicators+comment+newline+strings.Join(lines, newline))
}

// isPrintable reports whether YAML allows all characters of a text.
func isPrintable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff'
	})
}

// inLine returns a condition as a scalar in one line and in the style of the value. It
// returns false if it cannot be written so.
func (v *value) inLine(condition string) (string, bool) {
	switch {
	case v.node.Value == condition && !strings.ContainsAny(v.source(v.node), "\r\n"):
		return v.source(v.node), true
	case v.node.Style&yamlfile.SingleQuoted != 0:
		return "'" + strings.ReplaceAll(condition, "'", "''") + "'", true
	case v.node.Style&yamlfile.DoubleQuoted != 0:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(condition) + `"`, true
	}
	docs, _, err := yamlfile.Parse(condition)
	return condition, err == nil && len(docs) == 1 && docs[0].Kind == yamlfile.Scalar && docs[0].Style == 0 && docs[0].Value == condition
}

// swallows reports whether lines of comments or blanks behind a line would become a part
// of a block scalar that ends there.
func (v *value) swallows(end int) bool {
	for at := v.lineEnd(end); at < len(v.text); at = v.lineEnd(at) {
		at++ // a line break
		line := v.text[at:v.lineEnd(at)]
		text := strings.TrimLeft(line, " ")
		switch {
		case text != "" && text[0] != '#':
			return false
		case len(line)-len(text) > v.indent() || len(line)-len(text) == v.indent() && text != "":
			return true
		}
	}
	return false
}

// list formats a list in brackets. If each item has a line of its own, that stays so.
func (v *value) list() {
	nodes := v.node.Content
	if len(nodes) == 0 {
		return
	}
	var items []string
	for _, n := range nodes {
		items = append(items, v.source(n))
	}
	end := v.node.End.Offset
	if strings.Contains(v.text[nodes[len(nodes)-1].End.Offset:end], ",") {
		items[len(items)-1] += ","
	}
	flat := "[" + strings.Join(items, ", ") + "]"
	if squeeze(flat) != squeeze(v.source(v.node)) || strings.ContainsAny(flat, "\r\n") {
		return // there are comments, or an item has several lines
	}
	if v.fits(utf8.RuneCountInString(flat)) && !onePerLine(v.node) {
		v.set(end, flat)
		return
	}
	p := printer{width: v.width}
	if onePerLine(v.node) {
		p.width = 0
	}
	p.write("[")
	p.newline(v.indent())
	p.fill(items, v.indent())
	p.newline(v.indent())
	p.write("]")
	v.set(end, strings.ReplaceAll(p.String(), "\n", v.eol))
}

// onePerLine reports whether a list has several items, each in a line of its own.
func onePerLine(list *yamlfile.Node) bool {
	line := list.Start.Line
	return len(list.Content) > 1 && !slices.ContainsFunc(list.Content, func(item *yamlfile.Node) bool {
		shared := item.Start.Line == line
		line = item.Start.Line
		return shared
	})
}
