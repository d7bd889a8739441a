package diag

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
)

// Pos is a position in a text.
type Pos struct {
	// Offset counts bytes from 0.
	Offset int `json:"offset"`
	// Line counts from 1. In a condition, as in Falco, a carriage return and a
	// line feed each end a line.
	Line int `json:"line"`
	// Column counts bytes from 1 within the line.
	Column int `json:"column"`
}

// IsValid reports whether the position is known. The zero Pos is not.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String returns line:column.
func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// Compare returns -1, 0 or 1 if p is before, at or after q. It compares lines and
// columns, not offsets.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Span is the part of a text from Start up to, but not including, End.
type Span struct {
	Start, End Pos
}

// Range returns the span itself. Syntax nodes embed a Span and get this method from it.
func (s Span) Range() Span { return s }

// In returns the range of the span in a file.
func (s Span) In(file string) Range { return Range{file, s.Start, s.End} }

// Range is a part of a file: the bytes from Start up to, but not including, End.
//
// If Start is not valid, the range is the whole file. If End is not valid, only the start
// is known. File is empty for a text that is not in a file, such as the argument of
// parser.Condition.
type Range struct {
	File       string
	Start, End Pos
}

// Span returns the range without the file.
func (r Range) Span() Span { return Span{r.Start, r.End} }

// WithoutEnd returns the range with only its start, for text that is too long to mark.
func (r Range) WithoutEnd() Range { return Range{File: r.File, Start: r.Start} }

// Until returns the range with the end of another one. It returns r itself if that is in
// another file or before the start.
func (r Range) Until(last Range) Range {
	if last.File == r.File && last.End.Compare(r.Start) > 0 {
		r.End = last.End
	}
	return r
}

// String returns the start as file:line:column, without unknown parts.
func (r Range) String() string {
	switch {
	case !r.Start.IsValid():
		return r.File
	case r.File == "":
		return r.Start.String()
	}
	return r.File + ":" + r.Start.String()
}

// Compare returns -1, 0 or 1. It orders ranges by file and start.
func (r Range) Compare(q Range) int {
	return cmp.Or(cmp.Compare(r.File, q.File), r.Start.Compare(q.Start))
}

// length returns the number of bytes of the range that are on its first line, or 0 if
// that is unknown.
func (r Range) length(line string) int {
	switch {
	case !r.Start.IsValid():
	case r.End.Line == r.Start.Line && r.End.Column > r.Start.Column:
		return r.End.Column - r.Start.Column
	case r.End.Line > r.Start.Line:
		return max(0, len(trimRight(line))-r.Start.Column+1)
	}
	return 0
}

// jsonRange is the JSON form of a Range, without unknown parts.
type jsonRange struct {
	File  string `json:"file,omitempty"`
	Start *Pos   `json:"start,omitempty"`
	End   *Pos   `json:"end,omitempty"`
}

// MarshalJSON returns an object with the keys file, start and end, without unknown parts.
// Start and end are objects with offset, line and column.
func (r Range) MarshalJSON() ([]byte, error) {
	out := jsonRange{File: valid(r.File)}
	if r.Start.IsValid() {
		out.Start = &r.Start
	}
	if r.End.IsValid() {
		out.End = &r.End
	}
	return quote.JSON(out, "")
}

// UnmarshalJSON parses the output of MarshalJSON.
func (r *Range) UnmarshalJSON(data []byte) error {
	var in jsonRange
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*r = Range{File: in.File}
	if in.Start != nil {
		r.Start = *in.Start
	}
	if in.End != nil {
		r.End = *in.End
	}
	return nil
}

// LineAt returns the line of a text with the byte at offset, without its line ending. A
// carriage return and a line feed each end a line.
func LineAt(text string, offset int) string {
	offset = min(max(offset, 0), len(text))
	line := text[strings.LastIndexAny(text[:offset], "\r\n")+1:]
	if end := strings.IndexAny(line, "\r\n"); end >= 0 {
		line = line[:end]
	}
	return line
}
