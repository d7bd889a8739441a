package jsonfields

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// appendUnescaped appends the content s of a string with escapes decoded. As in fastjson,
// unknown escapes and single surrogates are left unchanged; two surrogates that are not a
// pair become one U+FFFD.
func appendUnescaped(dst []byte, s string) []byte {
	for {
		n := strings.IndexByte(s, '\\')
		if n < 0 || n == len(s)-1 {
			return append(dst, s...)
		}
		dst = append(dst, s[:n]...)
		c := s[n+1]
		switch c {
		case '"', '\\', '/':
			dst = append(dst, c)
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, size := unicodeEscape(s[n:])
			if size == 0 {
				dst = append(dst, '\\', 'u')
				break
			}
			if size == 6 && utf16.IsSurrogate(r) {
				dst = append(dst, s[n:n+6]...)
			} else {
				dst = utf8.AppendRune(dst, r)
			}
			s = s[n+size:]
			continue
		default:
			dst = append(dst, '\\', c)
		}
		s = s[n+2:]
	}
}

// unicodeEscape decodes a \u escape, or a pair of surrogates, at the start of s. It
// returns the rune and the length, which is 0 if there is no escape. A single surrogate
// is returned unchanged, with length 6.
func unicodeEscape(s string) (rune, int) {
	r, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if low, ok := hex4(s[6:]); ok {
			return utf16.DecodeRune(r, low), 12
		}
	}
	return r, 6
}

// hex4 decodes an escape \uXXXX at the start of s.
func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	x, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(x), err == nil
}
