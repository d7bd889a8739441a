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
	end, text := v.node.End.Offset, v.source(v.node)
	indicators, comment := ">", ""
	if isBlock(v.node) {
		indicators, comment, text = header(text)
		indicators = ">" + strings.Trim(indicators, ">|0123456789")
	}
	lines := c.lines(v.width-v.indent(), strings.ContainsAny(strings.Trim(text, yamlBlanks), "\r\n"))
	if !isBlock(v.node) {
		if v.inLine(lines) {
			return
		}
		// Whatever follows the value would become a part of it.
		comment = strings.Trim(v.text[end:v.lineEnd(end)], yamlBlanks)
		end = v.lineEnd(end)
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

// inLine writes a condition into the line of its key, in the style that it has. It
// returns false if it needs lines of its own.
func (v *value) inLine(lines []string) bool {
	if len(lines) > 1 {
		return false
	}
	line := lines[0]
	fitsBelow := utf8.RuneCountInString(line) <= v.width-v.indent()
	switch {
	case v.node.Value == line && !strings.ContainsAny(v.source(v.node), "\r\n"):
		line = v.source(v.node)
	case v.node.Style&yamlfile.SingleQuoted != 0:
		line = "'" + strings.ReplaceAll(line, "'", "''") + "'"
	case v.node.Style&yamlfile.DoubleQuoted != 0:
		line = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(line) + `"`
	case !isPlain(line):
		return false
	}
	if fitsBelow && !v.fits(utf8.RuneCountInString(line)) {
		return false
	}
	v.set(v.node.End.Offset, line)
	return true
}

// isPlain reports whether a text can be a scalar without quotes.
func isPlain(text string) bool {
	docs, _, err := yamlfile.Parse(text)
	return err == nil && len(docs) == 1 && docs[0].Kind == yamlfile.Scalar && docs[0].Style == 0 && docs[0].Value == text
}

// isPrintable reports whether YAML allows all characters of a text.
func isPrintable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff'
	})
}

// swallows reports whether lines of comments or blanks after a line would become a part
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
