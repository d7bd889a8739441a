// Package scan parses numbers as C and C++ libraries do: those in conditions like scanf,
// and those in rules files like C++ streams.
package scan

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Uint64 parses an unsigned decimal number after optional white space and an optional
// sign. Negative numbers wrap around, and too large ones become the largest number.
func Uint64(text string) (uint64, bool) {
	digits, negative := sign(text)
	n, err := parse(digits)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return math.MaxUint64, true
	case err != nil:
		return 0, false
	case negative:
		return -n, true
	}
	return n, true
}

// Int64 parses a signed decimal number like Uint64. Numbers out of range become the largest
// or the smallest number.
func Int64(text string) (int64, bool) {
	digits, negative := sign(text)
	n, err := parse(digits)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, false
	case negative && n > math.MaxInt64:
		return math.MinInt64, true
	case negative:
		return -int64(n), true
	}
	return int64(min(n, math.MaxInt64)), true
}

// parse parses digits. Unlike strconv.ParseUint, it also checks those after an overflow.
func parse(digits string) (uint64, error) {
	if strings.Trim(digits, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(digits, 10, 64)
}

func sign(text string) (digits string, negative bool) {
	text = strings.TrimLeft(text, space)
	if text, ok := strings.CutPrefix(text, "-"); ok {
		return text, true
	}
	return strings.TrimPrefix(text, "+"), false
}

// Uint32 is [Uint] for 32 bits.
func Uint32(text string) (uint32, bool) {
	n, ok := Uint(text, 32)
	return uint32(n), ok
}

// Uint parses an unsigned number with at most the given number of bits like a C++ stream:
// decimal, hexadecimal as in 0x10, or octal as in 017, after an optional plus sign and
// before optional white space.
func Uint(text string, bits int) (uint64, bool) {
	digits := strings.TrimPrefix(strings.TrimRight(text, space), "+")
	base := 10
	if len(digits) > 1 && digits[0] == '0' {
		base = 8
		if digits[1]|0x20 == 'x' {
			base, digits = 16, digits[2:]
		}
	}
	n, err := strconv.ParseUint(digits, base, bits)
	return n, err == nil
}

// Bool parses a truth value like Falco's YAML library: true, yes, on or y, or false, no,
// off or n, in small letters, in capitals, or with one in front.
func Bool(text string) (value, ok bool) {
	lower := strings.ToLower(text)
	if text != lower && text != strings.ToUpper(text) && (text[0] == lower[0] || text[1:] != lower[1:]) {
		return false, false
	}
	switch lower {
	case "true", "yes", "on", "y":
		return true, true
	case "false", "no", "off", "n":
		return false, true
	}
	return false, false
}

// space is the white space of C.
const space = " \t\n\v\f\r"
