package state

import (
	"bytes"
	"iter"
	"strings"
)

// List is a list of texts, such as the arguments of a process, in one string.
type List struct {
	text string // separated by NUL
	n    int
}

// Len returns the number of texts.
func (l List) Len() int { return l.n }

// At returns a text, or "" if there is none.
func (l List) At(i int) string {
	for text := range l.All() {
		if i == 0 {
			return text
		}
		i--
	}
	return ""
}

// All yields the texts.
func (l List) All() iter.Seq[string] {
	return func(yield func(string) bool) {
		rest := l.text
		for range l.n {
			text, after, _ := strings.Cut(rest, "\x00")
			if !yield(text) {
				return
			}
			rest = after
		}
	}
}

// Size returns the total length of the texts.
func (l List) Size() int { return len(l.text) - max(l.n-1, 0) }

// Append appends the texts, joined by spaces.
func (l List) Append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, l.text...)
	for i := start; i < len(dst); i++ {
		if dst[i] == 0 {
			dst[i] = ' '
		}
	}
	return dst
}

// trimList removes the NUL at the end of a list.
func trimList(b []byte) []byte { return bytes.TrimSuffix(b, []byte{0}) }

// list makes a List of a parameter. It returns old if that is the same.
func (s *State) list(b []byte, old List) List {
	b = trimList(b)
	if old.text == string(b) && (len(b) > 0 || old.n == 0) {
		return old
	}
	if len(b) == 0 {
		return List{}
	}
	return List{s.text(b), bytes.Count(b, []byte{0}) + 1}
}

// maxTexts and maxTextBytes limit the texts that are shared.
const (
	maxTexts     = 1 << 16
	maxTextBytes = 8 << 20
)

// text returns b as a string, and the same string for the same text, so that texts that occur
// again and again take no memory.
func (s *State) text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if t, ok := s.texts[string(b)]; ok {
		return t
	}
	if len(s.texts) >= maxTexts || s.textBytes >= maxTextBytes {
		clear(s.texts)
		s.textBytes = 0
	}
	t := string(b)
	s.texts[t] = t
	s.textBytes += len(t)
	return t
}

// String returns b as a string that may be shared with others.
func (s *State) String(b []byte) string { return s.text(b) }

// Scratch returns a path as bytes, with a slash at the end if slash is set. They are valid
// until the state is used again.
func (s *State) Scratch(path string, slash bool) []byte {
	s.buf = append(s.buf[:0], path...)
	if slash && !strings.HasSuffix(path, "/") {
		s.buf = append(s.buf, '/')
	}
	return s.buf
}

// missing is the text of a parameter without a value.
const missing = "<NA>"

var (
	missingBytes = []byte(missing)
	null         = []byte("(NULL)\x00")
)

// Text returns the text of a parameter: up to its NUL, and <NA> if there is no value.
func Text(b []byte) []byte {
	if len(b) == 0 || bytes.Equal(b, null) {
		return missingBytes
	}
	if before, _, ok := bytes.Cut(b, []byte{0}); ok {
		return before
	}
	return b
}

// maxPath is the limit of paths in the Falco libs.
const maxPath = 1024

// AppendPath appends the path that joins a directory and a path relative to it. It resolves
// . and .. in the path, but not in the directory.
func AppendPath(dst, dir, path []byte) []byte {
	if len(dir)+len(path)+1 > maxPath {
		return append(dst, "/DIR_TOO_LONG/FILENAME_TOO_LONG"...)
	}
	base := len(dst)
	relative := len(path) > 0 && path[0] != '/'
	if relative {
		dst = append(dst, dir...)
	}
	emptyBase := len(dst) == base
	for len(path) > 0 {
		c, n := path[0], len(dst)-base
		atStart := n == 0 || dst[len(dst)-1] == '/'
		switch {
		case c == '.' && atStart && len(path) > 1 && path[1] == '.' && (len(path) == 2 || path[2] == '/'):
			dst = parent(dst, base)
			path = path[min(3, len(path)):]
		case c == '.' && atStart && (len(path) == 1 || path[1] == '/'):
			path = path[min(2, len(path)):]
		case c == '/' && (n > 0 && atStart || n == 0 && !emptyBase):
			path = path[1:]
		default:
			dst = append(dst, c)
			path = path[1:]
		}
	}
	if n := len(dst) - base; n > 1 && dst[len(dst)-1] == '/' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// parent removes the last element of a path that begins at base and ends with a slash.
func parent(path []byte, base int) []byte {
	if len(path) <= base+1 {
		return path
	}
	end := len(path) - 1
	for end > base && path[end-1] != '/' {
		end--
	}
	return path[:end]
}
