package rulesfile

import (
	"sort"
	"sync"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// TextRange returns the range, in the outermost file, of the bytes Text()[start:end] of a
// scalar. For a space that comes from folding lines, it is the range of the line break.
func (v Value) TextRange(start, end int) diag.Range {
	if !v.Exists() {
		return diag.Range{}
	}
	if offset, ok := v.node.Verbatim(); ok {
		return v.file.span(offset+min(start, len(v.node.Value)), offset+min(end, len(v.node.Value)))
	}
	segments := v.file.segmentsOf(v.node)
	from, to := v.spelling(segments, start)
	if end > start+1 {
		_, to = v.spelling(segments, end-1)
	}
	switch {
	case start >= len(v.node.Value):
		from = to
	case end <= start:
		to = from
	}
	return v.file.span(from, to)
}

// spelling returns where the byte at an offset of the text of v is in the file: in a
// segment or, if it is white space, between two segments.
func (v Value) spelling(segments []yamlfile.Segment, offset int) (from, to int) {
	offset = max(0, min(offset, len(v.node.Value)-1))
	i := sort.Search(len(segments), func(i int) bool { return segments[i].ValueEnd > offset })
	if i < len(segments) && segments[i].Value <= offset {
		if s := segments[i]; s.Escape {
			return s.Text, s.TextEnd
		}
		from = segments[i].Text + offset - segments[i].Value
		return from, from + 1
	}
	from, to = v.node.Body(), v.node.End.Offset
	if i > 0 {
		from = segments[i-1].TextEnd
	}
	if i < len(segments) {
		to = segments[i].Text
	}
	return from, max(from, to) // a scalar can end with an escaped blank that does not count
}

// segments caches how scalars are written. It is safe for concurrent use.
type segments struct {
	mu sync.Mutex
	of map[*yamlfile.Node][]yamlfile.Segment
}

// segmentsOf returns the segments of a scalar of the file.
func (f *File) segmentsOf(n *yamlfile.Node) []yamlfile.Segment {
	f.segments.mu.Lock()
	defer f.segments.mu.Unlock()
	list, ok := f.segments.of[n]
	if !ok {
		list = n.Segments(f.text)
		if f.segments.of == nil {
			f.segments.of = map[*yamlfile.Node][]yamlfile.Segment{}
		}
		f.segments.of[n] = list
	}
	return list
}
