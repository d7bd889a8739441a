package rulesfile

import (
	"sort"
	"strings"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

// nearby is the number of bytes before and after a change that are scanned to find out whether
// it can be written.
var nearby = 1 << 10

// maxIndent is more bytes than lines are indented by.
const maxIndent = 1 << 10

// fits reports whether the scalar has the wanted text and the rest of the file stays the same
// if some bytes of the file's text are replaced.
//
// It looks at the part of a long scalar that is near the change, so that the time for many
// changes is linear. If that does not show that the text fits, it looks at the whole scalar.
func (r *replacement) fits(from, to int, written string) bool {
	s, isPart := r.sample(from, to)
	if isPart && r.fitsIn(s, from, to, written) {
		return true
	}
	return r.fitsIn(r.whole(), from, to, written)
}

// sample is text[from:to] of a scalar. Between opening and closing it is a scalar, too.
type sample struct {
	from, to         int
	opening, closing string
	// The value of the sample has the value of the scalar from offset at up to, but not
	// including, end, after skipped bytes.
	skipped, at, end int
}

// whole returns a sample that is the whole scalar.
func (r *replacement) whole() sample {
	return sample{from: r.node.Body(), to: r.node.End.Offset, end: len(r.Value.Text())}
}

// sample returns a sample that contains the text to replace, and whether it is shorter than
// the scalar.
func (r *replacement) sample(from, to int) (s sample, isPart bool) {
	s = r.whole()
	f := r.file
	if at, value, ok := r.cut(from-nearby, -1); ok {
		s.from, s.at = at, value
		s.opening = f.text[r.node.Body() : r.node.Body()+1]
		switch {
		case r.node.Style&blockStyles != 0: // a line with the same indentation and line break
			body := r.node.Body()
			line := f.lineStart(at)
			blanks := len(f.text[line:at]) - len(strings.TrimLeft(f.text[line:at], " \t"))
			s.opening = f.text[body:f.lineEnd(body)] + f.eol() + r.indent() + "x" + f.eol() + f.text[line:line+blanks]
			s.skipped = len("x\n")
		case r.node.Style&quotedStyles == 0:
			s.opening = ""
		}
	}
	if at, value, ok := r.cut(to+nearby, 1); ok {
		s.to, s.end = at, value
		if r.node.Style&quotedStyles != 0 {
			s.closing = f.text[r.node.End.Offset-1 : r.node.End.Offset]
		}
	}
	return s, s.at > 0 || s.end < len(r.Value.Text())
}

// cut returns an offset in the text of the scalar at which it can be cut, between two letters
// or digits, and the offset in the value. It looks from an offset in a direction.
func (r *replacement) cut(offset, direction int) (at, value int, ok bool) {
	for range nearby {
		if offset <= r.node.Body() || offset >= r.node.End.Offset {
			return 0, 0, false
		}
		i := sort.Search(len(r.segments), func(i int) bool { return r.segments[i].TextEnd > offset })
		if i == len(r.segments) {
			return 0, 0, false
		}
		s := r.segments[i]
		if s.Text < offset && !s.Escape && isAlphanumeric(r.file.text[offset-1]) && isAlphanumeric(r.file.text[offset]) {
			return offset, s.Value + offset - s.Text, true
		}
		offset += direction
	}
	return 0, 0, false
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// fitsIn is fits for a sample of the scalar.
func (r *replacement) fitsIn(s sample, from, to int, written string) bool {
	f := r.file
	old := s.opening + f.text[s.from:s.to] + s.closing
	changed := s.opening + f.text[s.from:from] + written + f.text[to:s.to] + s.closing
	// The scanner needs what is before the scalar only for the column, which makes no difference
	// once it is greater than any indentation.
	start := max(f.lineStart(r.node.Body()), r.node.Body()-maxIndent)
	before, after := f.text[start:r.node.Body()], ""
	if s.to == r.node.End.Offset {
		after = f.text[s.to:min(len(f.text), s.to+nearby)]
	}
	scalar, next, ok := r.rescan(before, old+after)
	if !ok {
		return false
	}
	got, newNext, ok := r.rescan(before, changed+after)
	if !ok || !r.becomes(s, scalar.Value, got.Value) || newNext-next != len(changed)-len(old) || s.at == 0 && got.IsNull() {
		return false
	}
	if r.holdsInPart(s, old, changed) {
		return true
	}
	c := change{Value: r.Value, scalar: &yamlfile.Node{Kind: yamlfile.Scalar, Style: got.Style, Value: r.want(), Anchor: r.node.Anchor}}
	return c.holds(from, to, written)
}

// becomes reports whether the value of a sample is as expected before and after the change.
func (r *replacement) becomes(s sample, before, after string) bool {
	value := r.Value.Text()
	start, end := s.skipped+r.start-s.at, s.skipped+r.end-s.at
	return len(before) >= s.skipped+s.end-s.at && before[s.skipped:s.skipped+s.end-s.at] == value[s.at:s.end] &&
		after == before[:start]+r.text+before[end:]
}

// holdsInPart parses the entry or the key and the value that the scalar is in, with a sample
// of the scalar before and after the change. It returns false if the scalar is not an entry or
// a value.
func (r *replacement) holdsInPart(s sample, old, changed string) bool {
	f := r.file
	in, index, ok := f.around(r.node)
	if !ok || f.breaks() == mixed || in.IsMapping() && index%2 == 0 {
		return false
	}
	first := index
	if in.IsMapping() {
		first /= 2
	}
	e, ok := in.excerpt(first, first+1, r.node.Start.Offset, r.node.End.Offset)
	if !ok {
		return false
	}
	if !in.isFlow() && e.to > r.node.End.Offset { // without the comments below
		e.to = min(e.to, f.nextLine(r.node.End.Offset))
	}
	parse := func(text string) (*yamlfile.Node, []*yamlfile.Node) {
		docs, err := yamlfile.ParsePart(e.opening + f.text[e.from:r.node.Body()] + text + f.text[r.node.End.Offset:e.to] + e.closing)
		if err != nil || len(docs) != 1 || docs[0].Kind != in.node.Kind || len(docs[0].Content) == 0 {
			return nil, nil
		}
		n := len(docs[0].Content) - 1
		return docs[0].Content[n], docs[0].Content[:n]
	}
	before, beside := parse(old)
	after, besideAfter := parse(changed)
	if before == nil || after == nil || after.Kind != yamlfile.Scalar || len(beside) != len(besideAfter) || before.Anchor != after.Anchor {
		return false
	}
	for i, n := range beside {
		if !(&change{}).isWanted(n, besideAfter[i]) {
			return false
		}
	}
	return r.becomes(s, before.Value, after.Value) && (s.at > 0 || !after.IsNull())
}

// rescan scans the scalar at the start of text, which follows before on its line. It
// returns the offset after the scalar.
func (r *replacement) rescan(before, text string) (scalar *yamlfile.Node, next int, ok bool) {
	scalar, next, ok = r.node.Rescan(before+text, len(before))
	return scalar, skipSpace(before+text, next), ok
}
