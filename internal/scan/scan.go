// Package scan reads numbers as the libraries of C and C++ do: those of
// conditions as scanf, and those of rules files as streams.
package scan

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Uint64 reads an unsigned decimal number: white space and a sign may come
// first, a minus wraps around, too large is the largest number. Nothing may
// follow.
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

// Int64 reads a signed decimal number as Uint64 does; too large and too small
// are the largest and the smallest number.
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

// parse reads digits. What stands behind too many of them is looked at too.
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

// Uint32 reads an unsigned number of 32 bits as a stream does: decimal, 0x10
// hexadecimal, 017 octal. A plus may come first, and white space follow.
func Uint32(text string) (uint32, bool) {
	digits := strings.TrimPrefix(strings.TrimRight(text, space), "+")
	base := 10
	if len(digits) > 1 && digits[0] == '0' {
		base = 8
		if digits[1]|0x20 == 'x' {
			base, digits = 16, digits[2:]
		}
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return uint32(n), err == nil
}

// space is what the C library takes for white space.
const space = " \t\n\v\f\r"
