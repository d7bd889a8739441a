package jsonstream

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strings"
)

// MaxDepth is how deep the objects and arrays of one value may nest.
const MaxDepth = 300

const (
	// block is how many bytes the scanner looks at together.
	block = 64
	// lookBack is how far before its bracket the key of a list of items may
	// begin, and so what must stay in memory of a value that is not held.
	lookBack = 256
)

// stop says why a scan came to an end.
type stop uint8

const (
	// stopText: all of the text belongs to the value, which goes on.
	stopText stop = iota
	// stopEnd: the value is complete.
	stopEnd
	// stopItems: the array of a top-level member "items" begins.
	stopItems
	// stopBracket: a bracket closes what another kind of bracket opened.
	stopBracket
	// stopSlash: a backslash stands outside a string.
	stopSlash
)

// scanner follows the brackets and strings of one object or array. It is fed
// the value in segments of any length and keeps its place between them.
type scanner struct {
	depth int
	// inString is all ones within a string and otherwise zero.
	inString uint64
	// escaped says that the last byte was a backslash that escapes the next.
	escaped bool
	// watch asks for stopItems.
	watch bool
	// deepAt is where in buf the value went deeper than MaxDepth; negative
	// where it did not.
	deepAt int
	// stack has the opening brackets down to MaxDepth; below it they are only
	// counted.
	stack [MaxDepth]byte
}

func (s *scanner) reset(watch bool) {
	s.depth, s.inString, s.escaped, s.watch, s.deepAt = 0, 0, false, watch, -1
}

// Bytes of one word, for arithmetic on eight bytes at a time.
const (
	every    = 0x0101010101010101
	low7     = 0x7f * every
	high     = 0x80 * every
	gather   = 0x0002040810204081 // times a word of high bits has them in the top byte
	inQuotes = ^uint64(0)
)

// run follows buf[from:to], which holds no newline, and returns the place after
// the last byte taken. The value begins at buf[start], or before buf where start
// is negative. There must be [block] readable bytes after to; what they are does
// not matter.
//
// It takes 64 bytes at a time to bit masks: where a quote is, and where a byte
// with the bits that all brackets and the backslash share. Outside strings JSON
// has no other such byte, so few marks are looked at one by one.
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

		// A running exclusive or over the quotes has the strings' bits set.
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
				if s.watch && c == '[' && s.depth == 2 && s.stack[0] == '{' && isItems(buf, start, at+i) {
					return at + i + 1, stopItems
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

// runScalar is run for an element that is a string, behind its opening quote, or
// a literal.
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

// equalBits returns a bit for every byte of text that is the one that pattern
// repeats.
func equalBits(text *[block]byte, pattern uint64) uint64 {
	other := func(i int) uint64 {
		w := binary.LittleEndian.Uint64(text[i:]) ^ pattern
		return ((w&low7 + low7) | w) & high * gather >> 56 << i
	}
	return ^(other(0) | other(8) | other(16) | other(24) | other(32) | other(40) | other(48) | other(56))
}

// markBits returns a bit for every byte of text with the bits 0x58, which brackets
// and the backslash have.
func markBits(text *[block]byte) uint64 {
	word := func(i int) uint64 {
		w := binary.LittleEndian.Uint64(text[i:])
		return (w&(0x58*every) + 0x28*every) & high * gather >> 56 << i
	}
	return word(0) | word(8) | word(16) | word(24) | word(32) | word(40) | word(48) | word(56)
}

// escapes returns the places of the bytes in text that a backslash escapes, and
// remembers one that escapes the byte after the valid ones.
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

// noSlash returns a place in buf[from:to] up to which no byte is a backslash or
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

// isItems reports whether the array that begins at buf[at], in an object that
// begins at buf[start], is the value of a member "items".
func isItems(buf []byte, start, at int) bool {
	const key = `"items"`
	text := buf[max(start, at-lookBack, 0):at]
	text = trimRight(text)
	if len(text) == 0 || text[len(text)-1] != ':' {
		return false
	}
	text = trimRight(text[:len(text)-1])
	// One byte must stand before the key, or its quote may be an escaped one
	// within a longer key.
	n := len(text) - len(key)
	return n > 0 && string(text[n:]) == key && text[n-1] != '\\'
}

// trimRight cuts white space and newlines off the end of text.
func trimRight(text []byte) []byte {
	for len(text) > 0 && isSpace(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// counter counts the bytes of a value without the white space outside strings.
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
