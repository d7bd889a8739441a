package format

import (
	"bytes"
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
// in conditions and the order of the keys of an item. It is an error if the file is not
// YAML, or if something is to change and the file is not written in UTF-8.
func File(name string, data []byte, width int) ([]byte, error) {
	out := data
	var before []*yamlfile.Node
	for _, layout := range []func(*file, *yamlfile.Node){(*file).values, (*file).order} {
		f, err := read(name, out, width)
		if err != nil {
			return nil, err
		}
		if before == nil {
			before = f.docs
		}
		for _, item := range f.items() {
			layout(f, item)
		}
		if len(f.edits) == 0 {
			continue
		}
		if out, err = f.Apply(f.edits); err != nil {
			return nil, err
		}
	}
	if bytes.Equal(out, data) {
		return data, nil
	}
	after, err := read(name, out, width)
	if err != nil {
		return nil, err
	}
	if err := same(before, after.docs); err != nil {
		err.Range.File = name
		return nil, err
	}
	return out, nil
}

// file is a file that is being formatted.
type file struct {
	*rulesfile.File
	text string
	docs []*yamlfile.Node
	// eol is the line ending.
	eol   string
	width int
	edits []diag.Edit
}

// read reads a file.
func read(name string, data []byte, width int) (*file, error) {
	tree, errs := rulesfile.Parse(name, data)
	if len(errs) > 0 {
		errs[0].Message = "invalid YAML: " + errs[0].Message
		return nil, errs[0]
	}
	text := tree.Text()
	docs, _, _ := yamlfile.Parse(text) // which rulesfile has read
	return &file{File: tree, text: text, docs: docs, eol: lineEnding(text), width: width}, nil
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

// items returns the lists, macros and rules that are written in block style.
func (f *file) items() []*yamlfile.Node {
	var items []*yamlfile.Node
	for _, doc := range f.docs {
		if doc.Kind != yamlfile.Sequence || doc.Style&yamlfile.Flow != 0 {
			continue
		}
		for _, item := range doc.Content {
			if item.Kind == yamlfile.Mapping && item.Style&yamlfile.Flow == 0 && kindOf(item) >= rulesfile.List {
				items = append(items, item)
			}
		}
	}
	return items
}

func kindOf(item *yamlfile.Node) rulesfile.Kind {
	for kind := range rulesfile.Kinds() {
		if item.Get(kind.String()) != nil {
			return kind
		}
	}
	return rulesfile.Unknown
}

// replace replaces text[start:end].
func (f *file) replace(start, end int, text string) {
	if f.text[start:end] != text {
		f.edits = append(f.edits, diag.Edit{Range: f.Range(start, end-start), Text: text})
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

// header splits a block scalar into its indicators, such as ">-", the comment after
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
