package rulesfile

import (
	"bytes"
	"fmt"
	"iter"
	"sort"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// MaxSize is the maximum size of a file in bytes. Falco's own files have fewer than
// 100,000.
const MaxSize = 16 << 20

// File is a parsed rules file, or a rules file inside another file. Its methods, except
// Unwrap, are safe for concurrent use.
type File struct {
	name string
	// text is the file without a byte order mark, which has the length mark.
	text string
	mark int
	// readOnly is the reason why the file cannot be edited, or empty.
	readOnly string
	// starts has the offset of each line in text.
	starts []int
	// breaks has the kinds of line breaks in the text.
	breaks func() lineBreaks
	docs   []*Document
	// nulls has the positions that Falco reports for omitted values.
	nulls map[*yamlfile.Node]diag.Pos
	// err is the YAML syntax error, with its position in text, or nil.
	err *diag.Diagnostic

	// parent is the file that this one is inside, or nil. It is the text of the scalar
	// outer from base on or, if outer does not exist, some of the values of parent.
	parent *File
	outer  Value
	base   int

	segments segments
	comments struct {
		once  sync.Once
		spans []diag.Span
	}
	// inner are the files inside this one in the order of their texts. For each of
	// them, begin and end are the positions of its text.
	inner      []*File
	begin, end diag.Pos
	// found returns what Unwrap finds.
	found func() *Unwrapped
}

// lineBreaks are the kinds of line breaks in a text.
type lineBreaks uint8

const (
	feeds   lineBreaks = iota // all are line feeds, so all lines are in File.starts
	regular                   // some are a carriage return and a line feed
	mixed                     // some are carriage returns; the first one decides which ones count
)

func breaksOf(text string) lineBreaks {
	switch returns := strings.Count(text, "\r"); {
	case strings.Contains(text, "\x00") || returns != strings.Count(text, "\r\n"):
		return mixed
	case returns > 0:
		return regular
	}
	return feeds
}

// Document is a document of a file.
type Document struct {
	// Value is the whole document.
	Value
	// Items are the entries of the document, except null ones, if it is a list.
	Items []*Item

	root *yamlfile.Node
}

// Item is an entry of a document: a rule, a macro, a list, or a version requirement.
type Item struct {
	// Value is the item, which is usually a mapping.
	Value
	// Kind follows from the keys of the item.
	Kind Kind
	// list is the document, in which the item is the entry with the given index.
	list  Value
	index int
}

// Parse parses a rules file. If the file is too large or its YAML is invalid, the list
// has one error. The file then has no documents, except those before a document with too
// many aliases; it is never nil.
//
// Parse reads YAML as Falco does. It does not report invalid items; package loader does.
func Parse(name string, data []byte) (*File, diag.List) {
	if len(data) > MaxSize {
		f := newFile(name, "")
		f.err = &diag.Diagnostic{Message: fmt.Sprintf("the file has more than %d bytes", MaxSize)}
		return f, diag.List{{Message: f.err.Message, Range: diag.Range{File: name}}}
	}
	f := newData(name, data)
	f.parse()
	if f.err == nil {
		return f, nil
	}
	at, message, _ := f.SyntaxError()
	d := &diag.Diagnostic{Message: message, Range: f.RangeAt(at, 0).WithoutEnd(), Line: f.Line(at.Line)}
	return f, diag.List{d}
}

// Texts returns values for texts that are not from a YAML file, such as command-line
// arguments. Their ranges are in a file with the given name, in which each text begins on
// a new line.
func Texts(name string, texts ...string) (*File, []Value) {
	f := newFile(name, strings.Join(texts, "\n"))
	f.readOnly = "it was not read from a file"
	values := make([]Value, len(texts))
	at := diag.Pos{Line: 1, Column: 1}
	for i, text := range texts {
		values[i] = Value{f, yamlfile.Unquoted(text, at)}
		at.Offset += len(text) + len("\n")
		at.Line += strings.Count(text, "\n") + 1
	}
	return f, values
}

// newData returns a file that is not read yet.
func newData(name string, data []byte) *File {
	text := yamlfile.Decode(data)
	f := newFile(name, string(text))
	switch {
	case bytes.HasPrefix(data, []byte(byteOrderMark)):
		f.mark = len(byteOrderMark)
	case !bytes.Equal(data, text):
		f.readOnly = "its encoding is not UTF-8"
	}
	return f
}

func newFile(name, text string) *File {
	return (&File{name: name, text: text, starts: yamlfile.Lines(text)}).init()
}

func (f *File) init() *File {
	f.found = sync.OnceValue(f.find)
	f.breaks = sync.OnceValue(func() lineBreaks { return breaksOf(f.text) })
	return f
}

// parse reads the YAML of the text.
func (f *File) parse() {
	docs, nulls, err := yamlfile.Parse(f.text)
	f.nulls, f.err = nulls, err
	if err == nil {
		var n int
		n, f.err = yamlfile.CheckAliases(docs)
		docs = docs[:n]
	}
	for _, root := range docs {
		f.docs = append(f.docs, f.document(root))
	}
}

// document returns a document of the file.
func (f *File) document(root *yamlfile.Node) *Document {
	d := &Document{Value: f.value(root), root: root}
	if !d.IsList() {
		return d
	}
	items := make([]Item, 0, d.Len())
	for i, n := range d.node.Content {
		if entry := f.value(n); !entry.IsNull() {
			items = append(items, Item{entry, KindOf(entry), d.Value, i})
		}
	}
	d.Items = make([]*Item, len(items))
	for i := range items {
		d.Items[i] = &items[i]
	}
	return d
}

// Name returns the name of the file. For a file inside another one it is the name of the
// outer file, a # and the key that contains the file.
func (f *File) Name() string { return f.name }

// Text returns the text of the file in UTF-8, without a byte order mark.
func (f *File) Text() string { return f.text }

// Documents returns the documents of the file.
func (f *File) Documents() []*Document { return f.docs }

// Items yields the items of all documents.
func (f *File) Items() iter.Seq[*Item] {
	return func(yield func(*Item) bool) {
		for _, d := range f.docs {
			for _, item := range d.Items {
				if !yield(item) {
					return
				}
			}
		}
	}
}

// SyntaxError returns the position and the message of the YAML syntax error in the text
// of the file, and whether there is one.
func (f *File) SyntaxError() (at diag.Pos, message string, bad bool) {
	if f.err == nil {
		return diag.Pos{}, "", false
	}
	return f.err.Range.Start, f.err.Message, true
}

// Parent returns the file that contains this one, or nil. Ranges are always in the
// outermost file, [File.Root].
func (f *File) Parent() *File { return f.parent }

// Root returns the outermost file that contains this one, or the file itself.
func (f *File) Root() *File {
	for f.parent != nil {
		f = f.parent
	}
	return f
}

// HasText reports whether the file has a text of its own. A file inside another one does
// not if its items are part of the outer file's YAML rather than of a string.
func (f *File) HasText() bool { return f.parent == nil || f.outer.Exists() }

// depth returns the number of files that f is inside.
func (f *File) depth() int {
	n := 0
	for ; f.parent != nil; f = f.parent {
		n++
	}
	return n
}

// Line returns the n-th line of the text, counting from 1, without its line break.
func (f *File) Line(n int) string {
	switch {
	case n < 1 || n > len(f.starts):
		return ""
	case n == len(f.starts):
		return f.text[f.starts[n-1]:]
	}
	return strings.TrimSuffix(f.text[f.starts[n-1]:f.starts[n]-1], "\r")
}

// Range returns the range, in the outermost file, of length bytes of the text from
// offset.
func (f *File) Range(offset, length int) diag.Range {
	offset = max(0, min(offset, len(f.text)))
	return f.span(offset, max(offset, min(offset+length, len(f.text))))
}

// span is Range for the bytes from start up to end.
func (f *File) span(start, end int) diag.Range {
	switch {
	case f.outer.Exists():
		return f.outer.TextRange(f.base+start, f.base+end)
	case f.parent != nil:
		return f.parent.span(start, end)
	}
	r := diag.Range{File: f.name, Start: f.pos(start)}
	if end == start {
		r.End = r.Start
	} else { // in the line of the last byte
		r.End = f.pos(end - 1)
		r.End.Offset++
		r.End.Column++
	}
	return r
}

// lineAt returns the number of the line that an offset in the text is in, from 1.
func (f *File) lineAt(offset int) int {
	return sort.Search(len(f.starts), func(i int) bool { return f.starts[i] > offset })
}

// pos returns the position of an offset in the text.
func (f *File) pos(offset int) diag.Pos {
	line := f.lineAt(offset)
	return diag.Pos{Offset: f.mark + offset, Line: line, Column: offset - f.starts[line-1] + 1}
}

// RangeAt is like Range for a position in the text. It ignores the Offset of the
// position.
func (f *File) RangeAt(at diag.Pos, length int) diag.Range {
	if at.Line < 1 || at.Line > len(f.starts) {
		return diag.Range{File: f.Root().name}
	}
	offset := min(f.starts[at.Line-1]+at.Column-1, len(f.text)) // mistakes in YAML can be after the end
	switch {
	case f.outer.Exists():
		return f.outer.TextRange(f.base+offset, f.base+offset+length)
	case f.parent != nil:
		return f.parent.RangeAt(at, length)
	}
	start := diag.Pos{Offset: f.mark + offset, Line: at.Line, Column: at.Column}
	end := diag.Pos{Offset: start.Offset + length, Line: at.Line, Column: at.Column + length}
	return diag.Range{File: f.name, Start: start, End: end}
}

// FileAt returns the innermost file that contains a position in f: f, or a file inside
// it. If several files share the text, because of YAML aliases, it returns likely if that
// is one of them. likely may be nil.
func (f *File) FileAt(p diag.Pos, likely *File) *File {
	if likely != nil && likely != f && likely.Root() == f && likely.covers(p) {
		return likely
	}
	after := sort.Search(len(f.inner), func(i int) bool { return f.inner[i].begin.Compare(p) > 0 })
	if after > 0 && f.inner[after-1].covers(p) {
		return f.inner[after-1]
	}
	return f
}

// covers reports whether a position in the outermost file is in the text of f.
func (f *File) covers(p diag.Pos) bool { return f.begin.Compare(p) <= 0 && p.Compare(f.end) <= 0 }
