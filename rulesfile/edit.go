package rulesfile

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Apply returns the content of the file with edits applied. The file itself does not
// change; parse the content to go on. The file must be an outermost one. The edits may be
// in any order. Several may insert at the same position; their texts keep the order of
// the edits. Apply returns an error if edits overlap or were made for another version of
// the file.
func (f *File) Apply(edits []diag.Edit) ([]byte, error) {
	if f.parent != nil {
		return nil, fmt.Errorf("%s is inside another file: edit %s", f.name, f.Root().name)
	}
	if f.readOnly != "" {
		return nil, f.errReadOnly()
	}
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b diag.Edit) int {
		return cmp.Or(cmp.Compare(a.Range.Start.Offset, b.Range.Start.Offset), cmp.Compare(a.Range.End.Offset, b.Range.End.Offset))
	})
	size := f.mark + len(f.text)
	last := f.mark
	for _, e := range sorted {
		if !f.has(e.Range) {
			return nil, &diag.Diagnostic{Severity: diag.Error, Range: e.Range, Message: "the edit is for a different version of " + f.name}
		}
		if e.Range.Start.Offset < last {
			return nil, &diag.Diagnostic{Severity: diag.Error, Range: e.Range, Message: "the edit overlaps another one"}
		}
		last = e.Range.End.Offset
		size += len(e.Text) - (last - e.Range.Start.Offset)
		if size > MaxSize {
			return nil, fmt.Errorf("%s would have more than %d bytes", f.name, MaxSize)
		}
	}
	out := make([]byte, 0, size)
	out = append(out, byteOrderMark[:f.mark]...)
	at := 0
	for _, e := range sorted {
		out = append(out, f.text[at:e.Range.Start.Offset-f.mark]...)
		out = append(out, e.Text...)
		at = e.Range.End.Offset - f.mark
	}
	return append(out, f.text[at:]...), nil
}

// byteOrderMark is the UTF-8 one. Files with another one are decoded, so they cannot be
// edited.
const byteOrderMark = "\ufeff"

// has reports whether a range is in the file and its positions agree with the text.
func (f *File) has(r diag.Range) bool {
	start, end := r.Start.Offset-f.mark, r.End.Offset-f.mark
	if r.File != f.name || start < 0 || end < start || end > len(f.text) || f.pos(start) != r.Start {
		return false
	}
	return r.End == f.pos(end) || r.End == f.span(start, end).End
}

func (f *File) errReadOnly() error { return fmt.Errorf("%s cannot be edited: %s", f.name, f.readOnly) }

// replace returns the edits of the outermost file that replace text[start:end].
func (f *File) replace(start, end int, text string) ([]diag.Edit, error) {
	switch {
	case f.outer.Exists():
		return f.outer.Replace(f.base+start, f.base+end, text)
	case f.parent != nil:
		return f.parent.replace(start, end, text)
	case f.readOnly != "":
		return nil, f.errReadOnly()
	case f.text[start:end] == text:
		return nil, nil
	case f.mark == 0 && start < 4: // the first bytes determine the encoding
		head := []byte(f.text[:start] + text + f.text[end:min(len(f.text), end+4)])
		if !bytes.Equal(yamlfile.Decode(head), head) {
			return nil, fmt.Errorf("%s would no longer be read as UTF-8", f.name)
		}
	}
	return []diag.Edit{{Range: f.span(start, end), Text: text}}, nil
}

// eol returns the line break of the text.
func (f *File) eol() string {
	i := strings.IndexAny(f.text, "\r\n")
	switch {
	case i < 0 || f.text[i] == '\n':
		return "\n"
	case strings.HasPrefix(f.text[i:], "\r\n"):
		return "\r\n"
	}
	return "\r"
}
