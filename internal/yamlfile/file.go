package yamlfile

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/diag"
)

// File is a YAML file. Its methods create diagnostics about its nodes.
type File struct {
	// Name is the name of the file, or empty.
	Name string
	// Text is the content as UTF-8, as [Decode] returns it.
	Text string
}

// NewFile returns the file with the given name and content.
func NewFile(name string, content []byte) *File {
	return &File{Name: name, Text: string(Decode(content))}
}

// Documents parses the file like [Read].
func (f *File) Documents() ([]*Node, *diag.Diagnostic) {
	docs, err := read(f.Text)
	if err != nil {
		err.Range.File, err.Line = f.Name, f.Line(err.Range.Start)
	}
	return docs, err
}

// Errorf returns an error about a node, or about the whole file if n is nil.
func (f *File) Errorf(n *Node, format string, args ...any) *diag.Diagnostic {
	if n == nil {
		n = &Node{}
	}
	return f.ErrorfAt(f.Range(n), format, args...)
}

// ErrorfAt is like Errorf for a range of the file.
func (f *File) ErrorfAt(at diag.Range, format string, args ...any) *diag.Diagnostic {
	return &diag.Diagnostic{Message: fmt.Sprintf(format, args...), Range: at, Line: f.Line(at.Start)}
}

// Range returns the range that diagnostics about a node mark. For a sequence or
// mapping on several lines it has only a start.
func (f *File) Range(n *Node) diag.Range {
	at := n.Range().In(f.Name)
	if len(n.Content) > 0 && at.End.Line > at.Start.Line {
		at.End = diag.Pos{}
	}
	return at
}

// Line returns the line at a position, without its line break.
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
