package format

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/rulesfile"
)

// File formats a rules file for lines of width characters. It lays out the conditions of
// rules and macros and the lists in brackets, and sorts the keys of items. All else
// stays as it is, and so does what it does not understand.
//
// The result has the same items, keys and values in the same order, but for white space
// in conditions and the order of the keys of an item. The error is a [*diag.Diagnostic];
// the file may not be YAML.
func File(name string, data []byte, width int) ([]byte, error) {
	text := string(yamlfile.Decode(data))
	if !bytes.HasSuffix(data, []byte(text)) {
		return data, nil // it is in UTF-16 or UTF-32
	}
	f := &file{text: text, eol: lineEnding(text), width: width}
	before, err := f.pass(name, (*file).values)
	if err != nil {
		return nil, err
	}
	if _, err := f.pass(name, (*file).order); err != nil {
		return nil, err
	}
	if f.text == text {
		return data, nil
	}
	after, err := f.pass(name, func(*file, *yamlfile.Node) {})
	if err != nil {
		return nil, err
	}
	if err := same(before, after); err != nil {
		err.Range.File = name
		return nil, err
	}
	return append(data[:len(data)-len(text):len(data)-len(text)], f.text...), nil
}

// file is the text of a file that is being formatted.
type file struct {
	text string
	// eol is the line ending.
	eol   string
	width int
	edits []edit
}

// edit replaces text[start:end].
type edit struct {
	start, end int
	text       string
}

// lineEnding returns the line ending that a text uses first.
func lineEnding(text string) string {
	i := strings.IndexAny(text, "\r\n")
	switch {
	case i >= 0 && strings.HasPrefix(text[i:], "\r\n"):
		return "\r\n"
	case i >= 0 && text[i] == '\r':
		return "\r"
	}
	return "\n"
}

// pass calls format for each list, macro and rule that is written in block style, and
// then makes the edits. It returns the documents as they were before.
func (f *file) pass(name string, format func(*file, *yamlfile.Node)) ([]*yamlfile.Node, error) {
	docs, _, err := yamlfile.Parse(f.text)
	if err != nil {
		err.Range.File, err.Severity, err.Line = name, diag.Error, diag.LineAt(f.text, err.Range.Start.Offset)
		err.Message = "the YAML cannot be read: " + err.Message
		return nil, err
	}
	for _, doc := range docs {
		if doc.Kind != yamlfile.Sequence || doc.Style&yamlfile.Flow != 0 {
			continue
		}
		for _, item := range doc.Content {
			if item.Kind == yamlfile.Mapping && item.Style&yamlfile.Flow == 0 && kindOf(item) >= rulesfile.List {
				format(f, item)
			}
		}
	}
	slices.SortFunc(f.edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	var out strings.Builder
	at := 0
	for _, e := range f.edits {
		out.WriteString(f.text[at:e.start])
		out.WriteString(e.text)
		at = e.end
	}
	out.WriteString(f.text[at:])
	f.text, f.edits = out.String(), nil
	return docs, nil
}

func kindOf(item *yamlfile.Node) rulesfile.Kind {
	for kind := range rulesfile.Kinds() {
		if item.Get(kind.String()) != nil {
			return kind
		}
	}
	return rulesfile.Unknown
}

func (f *file) replace(start, end int, text string) {
	if f.text[start:end] != text {
		f.edits = append(f.edits, edit{start, end, text})
	}
}

// source returns a node as it is written.
func (f *file) source(n *yamlfile.Node) string { return f.text[n.Start.Offset:n.End.Offset] }

// lineStart returns the start of the line that an offset is in.
func (f *file) lineStart(offset int) int {
	return strings.LastIndexAny(f.text[:offset], "\r\n") + 1
}

// lineEnd returns the end of the line that an offset is in, without the line ending.
func (f *file) lineEnd(offset int) int {
	if i := strings.IndexAny(f.text[offset:], "\r\n"); i >= 0 {
		return offset + i
	}
	return len(f.text)
}

// header splits a block scalar into its indicators, such as ">-", the comment behind
// them, and the lines of the text.
func header(source string) (indicators, comment, content string) {
	first := source
	if end := strings.IndexAny(source, "\r\n"); end >= 0 {
		first, content = source[:end], source[end:]
	}
	comment = strings.TrimLeft(first, ">|+-0123456789")
	return first[:len(first)-len(comment)], strings.Trim(comment, yamlBlanks), content
}

func isBlock(n *yamlfile.Node) bool { return n.Style&(yamlfile.Literal|yamlfile.Folded) != 0 }

// yamlBlanks is the white space of YAML.
const yamlBlanks = " \t\r\n"
