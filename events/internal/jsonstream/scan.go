package jsonstream

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strings"
)

// MaxDepth is the maximum nesting depth of objects and arrays in a value.
const MaxDepth = 300

const (
	// block is the number of bytes that the scanner processes at once.
	block = 64
	// lookBack is the maximum distance from the key "items" to its bracket, and so
	// the text to keep of a value that is not buffered.
	lookBack = 256
)

// stop is the reason why a scan stopped.
type stop uint8

const (
	stopText    stop = iota // at the end of the text, inside the value
	stopEnd                 // after the value
	stopItems               // after the opening bracket of a top-level member "items"
	stopRecords             // after that of another list that the reader splits
	stopBracket             // at a mismatched bracket
	stopSlash               // at a backslash outside a string
)

// scanner tracks the brackets and strings of an object or array, which it receives in
// segments of any length.
type scanner struct {
	depth int
	// inString is all ones inside a string and otherwise zero.
	inString uint64
	// escaped reports whether the last byte was a backslash that escapes the next.
	escaped bool
	// watch enables stopItems, and records stopRecords.
	watch, records bool
	// deepAt is the index in buf where the value exceeded MaxDepth, or negative.
	deepAt int
	// stack has the opening brackets up to MaxDepth; deeper ones are only counted.
	stack [MaxDepth]byte
}

func (s *scanner) reset(watch bool) {
	s.depth, s.inString, s.escaped, s.watch, s.deepAt = 0, 0, false, watch, -1
}

// Masks for arithmetic on the eight bytes of a word.
const (
	every    = 0x0101010101010101
	low7     = 0x7f * every
	high     = 0x80 * every
	gather   = 0x0002040810204081 // multiplication moves the high bits of a word to its top byte
	inQuotes = ^uint64(0)
)

// run scans buf[from:to], which has no newline, and returns the index where it stops.
// The value begins at buf[start], or before buf if start is negative. There must be
// [block] readable bytes after to; their content does not matter.
//
// For each 64 bytes it computes bit masks of the quotes and of the bytes with the bits
// that all brackets and the backslash share. Outside strings, JSON has no other such
// bytes, so only few have to be examined one by one.
func (s *scanner) run(buf []byte, start, from, to int) (int, stop) {
	slash := s.noSlash(buf, from, to)
	for at := from; at < to; at += block {
		text := (*[block]byte)(buf[at:])
		quotes := equalBits(text, '"'*every)
		marks := markBits(text)
		n := min(to-at, block)
		valid := inQuotes >> (block - n)
		if slash < at+n {
			quotes &^= s.escapes(text, valid)
			slash = s.noSlash(buf, at+n, to)
		}

		// A prefix XOR over the quotes sets the bits inside strings.
		str := quotes & valid
		str ^= str << 1
		str ^= str << 2
		str ^= str << 4
		str ^= str << 8
		str ^= str << 16
		str ^= str << 32
		str ^= s.inString
		s.inString = uint64(int64(str<<(block-n)) >> 63)

		for marks &= valid &^ str; marks != 0; marks &= marks - 1 {
			i := bits.TrailingZeros64(marks)
			switch c := text[i&(block-1)]; c {
			case '{', '[':
				if s.depth < MaxDepth {
					s.stack[s.depth] = c
				} else if s.deepAt < 0 {
					s.deepAt = at + i
				}
				s.depth++
				if s.watch && c == '[' && s.depth == 2 && s.stack[0] == '{' {
					if why := s.listKey(buf, start, at+i); why != stopText {
						return at + i + 1, why
					}
				}
			case '}', ']':
				s.depth--
				if s.depth < MaxDepth && s.stack[s.depth] != c-2 {
					s.depth++
					return at + i, stopBracket
				}
				if s.depth == 0 {
					return at + i + 1, stopEnd
				}
			case '\\':
				return at + i, stopSlash
			}
		}
	}
	return to, stopText
}

// runScalar is run for an element that is a literal or, after its opening quote, a
// string.
func (s *scanner) runScalar(buf []byte, from, to int, f form) (int, stop) {
	for i, c := range buf[from:to] {
		switch {
		case f == formString && s.escaped:
			s.escaped = false
		case f == formString && c == '"':
			return from + i + 1, stopEnd
		case f == formString:
			s.escaped = c == '\\'
		case isSpace(c), strings.IndexByte(`,]}:"{[`, c) >= 0:
			return from + i, stopEnd
		}
	}
	return to, stopText
}

// equalBits returns a mask of the bytes of text that equal the byte repeated in
// pattern.
func equalBits(text *[block]byte, pattern uint64) uint64 {
	other := func(i int) uint64 {
		w := binary.LittleEndian.Uint64(text[i:]) ^ pattern
		return ((w&low7 + low7) | w) & high * gather >> 56 << i
	}
	return ^(other(0) | other(8) | other(16) | other(24) | other(32) | other(40) | other(48) | other(56))
}

// markBits returns a mask of the bytes of text with the bits 0x58, which brackets and
// the backslash have.
func markBits(text *[block]byte) uint64 {
	word := func(i int) uint64 {
		w := binary.LittleEndian.Uint64(text[i:])
		return (w&(0x58*every) + 0x28*every) & high * gather >> 56 << i
	}
	return word(0) | word(8) | word(16) | word(24) | word(32) | word(40) | word(48) | word(56)
}

// escapes returns a mask of the escaped bytes of text, and sets s.escaped if the last
// valid byte escapes the next one.
func (s *scanner) escapes(text *[block]byte, valid uint64) uint64 {
	slashes := equalBits(text, '\\'*every) & valid
	var out uint64
	if s.escaped {
		out = 1
		slashes &^= 1
	}
	last := valid &^ (valid >> 1)
	s.escaped = false
	for slashes != 0 {
		slash := slashes & -slashes
		out |= slash << 1
		s.escaped = slash == last
		slashes &^= slash | slash<<1
	}
	return out
}

// noSlash returns an index in buf[from:to] before which no byte is a backslash or
// escaped.
func (s *scanner) noSlash(buf []byte, from, to int) int {
	if s.escaped {
		return from
	}
	text := buf[from:max(from, min(to, from+1024))]
	if i := bytes.IndexByte(text, '\\'); i >= 0 {
		return from + i
	}
	return from + len(text)
}

// listKey returns stopItems or stopRecords if the array that begins at buf[at], in an
// object that begins at buf[start], is a list that the reader splits, and otherwise
// stopText.
func (s *scanner) listKey(buf []byte, start, at int) stop {
	text := trimRight(buf[max(start, at-lookBack, 0):at])
	if len(text) == 0 || text[len(text)-1] != ':' {
		return stopText
	}
	text = trimRight(text[:len(text)-1])
	switch {
	case endsInKey(text, `"items"`):
		return stopItems
	case s.records && (endsInKey(text, `"records"`) || endsInKey(text, `"logEvents"`) || endsInKey(text, `"events"`)):
		return stopRecords
	}
	return stopText
}

// endsInKey reports whether text in an object ends in a key. The byte before the key shows
// that its quote is not an escaped one in a longer key.
func endsInKey(text []byte, key string) bool {
	n := len(text) - len(key)
	return n > 0 && string(text[n:]) == key && text[n-1] != '\\'
}

// trimRight removes white space and newlines from the end of text.
func trimRight(text []byte) []byte {
	for len(text) > 0 && isSpace(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// counter counts the bytes of a value, except for white space outside strings.
type counter struct {
	n                 int64
	inString, escaped bool
}

func (k *counter) add(text []byte) {
	for _, c := range text {
		switch {
		case k.escaped:
			k.escaped = false
		case k.inString:
			k.escaped = c == '\\'
			k.inString = c != '"'
		case isSpace(c):
			continue
		default:
			k.inString = c == '"'
		}
		k.n++
	}
}
