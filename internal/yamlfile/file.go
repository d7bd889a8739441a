package yamlfile

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/diag"
)

// File is a text that nodes are read from. It makes diagnostics about them.
type File struct {
	// Name is the name of the file, empty for a text that is not in one.
	Name string
	// Text is the content, as [Decode] returns it.
	Text string
}

// NewFile returns the file with the given name and content.
func NewFile(name string, content []byte) *File {
	return &File{Name: name, Text: string(Decode(content))}
}

// Documents reads the documents as [Read] does.
func (f *File) Documents() ([]*Node, *diag.Diagnostic) {
	docs, err := read(f.Text)
	if err != nil {
		err.Range.File, err.Line = f.Name, f.Line(err.Range.Start)
	}
	return docs, err
}

// Errorf returns an error about a node, or about the file as a whole if the node is
// nil.
func (f *File) Errorf(n *Node, format string, args ...any) *diag.Diagnostic {
	if n == nil {
		n = &Node{}
	}
	return f.ErrorfAt(f.Range(n), format, args...)
}

// ErrorfAt is Errorf for a range of the file.
func (f *File) ErrorfAt(at diag.Range, format string, args ...any) *diag.Diagnostic {
	return &diag.Diagnostic{Message: fmt.Sprintf(format, args...), Range: at, Line: f.Line(at.Start)}
}

// Range returns where a node is, as diagnostics mark it: of a sequence or mapping of
// several lines only the start.
func (f *File) Range(n *Node) diag.Range {
	at := n.Range().In(f.Name)
	if len(n.Content) > 0 && at.End.Line > at.Start.Line {
		at.End = diag.Pos{}
	}
	return at
}

// Line returns the line that a position is in, without its line break.
func (f *File) Line(at diag.Pos) string {
	start := at.Offset - at.Column + 1
	if !at.IsValid() || start < 0 || start > len(f.Text) {
		return ""
	}
	line := f.Text[start:]
	if end := strings.IndexAny(line, "\r\n"); end >= 0 {
		line = line[:end]
	}
	return line
}
