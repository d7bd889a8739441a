package psp

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxValue is the maximum length of a value in a condition, in bytes.
const maxValue = 255

// outside returns the numbers from 0 on that are in none of the ranges, as ranges in
// ascending order. One that ends at math.MaxInt64 also covers all larger numbers.
func outside(ranges []Range) []Range {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b Range) int {
		switch {
		case a.Min < b.Min:
			return -1
		case a.Min > b.Min:
			return 1
		}
		return 0
	})
	var out []Range
	next := int64(0)
	for _, r := range sorted {
		if r.Min > next {
			out = append(out, Range{next, r.Min - 1})
		}
		if r.Max == math.MaxInt64 {
			return out
		}
		next = max(next, r.Max+1)
	}
	return append(out, Range{next, math.MaxInt64})
}

// patterns returns the alternatives of a regular expression for the numbers in the
// ranges, as decimal texts without leading zeros.
func patterns(ranges []Range) []string {
	var out []string
	for _, r := range ranges {
		if r.Max < math.MaxInt64 {
			out = append(out, digits(strconv.FormatInt(r.Min, 10), strconv.FormatInt(r.Max, 10))...)
			continue
		}
		low := strconv.FormatInt(r.Min, 10)
		out = append(out, digits(low, strings.Repeat("9", len(low)))...)
		out = append(out, "[1-9]"+repeat(len(low))+"[0-9]*")
	}
	return out
}

// digits returns the alternatives for the numbers from low to high, which are decimal
// texts.
func digits(low, high string) []string {
	if len(low) < len(high) {
		nines := strings.Repeat("9", len(low))
		return append(digits(low, nines), digits("1"+strings.Repeat("0", len(low)), high)...)
	}
	return sameLength("", low, high)
}

// sameLength returns the alternatives for prefix followed by a number from low to high,
// which have the same number of digits.
func sameLength(prefix, low, high string) []string {
	if low == high {
		return []string{prefix + low}
	}
	n := len(low) - 1 // digits after the first one
	first, last := low[0], high[0]
	if first == last {
		return sameLength(prefix+low[:1], low[1:], high[1:])
	}
	var out []string
	if strings.Trim(low[1:], "0") != "" {
		out = sameLength(prefix+low[:1], low[1:], strings.Repeat("9", n))
		first++
	}
	var tail []string
	if strings.Trim(high[1:], "9") != "" {
		tail = sameLength(prefix+high[:1], strings.Repeat("0", n), high[1:])
		last--
	}
	if first <= last {
		out = append(out, prefix+class(first, last)+repeat(n))
	}
	return append(out, tail...)
}

// class matches the digits from first to last.
func class(first, last byte) string {
	if first == last {
		return string(first)
	}
	return "[" + string(first) + "-" + string(last) + "]"
}

// repeat matches n digits.
func repeat(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "[0-9]"
	}
	return "[0-9]{" + strconv.Itoa(n) + "}"
}

// negative matches the numbers below 0, which are in no range.
const negative = "-[0-9]+"

// outsideOf holds if the number is in none of the ranges.
func (f field) outsideOf(ranges []Range) expr {
	return f.matches(alternatives("", patternsOutside(ranges), "")...)
}

// anyOutside holds if a list of numbers, given as JSON text, has one that is in none of
// the ranges.
func (f field) anyOutside(ranges []Range) expr {
	return f.matches(alternatives(".*[[,]", patternsOutside(ranges), "[],].*")...)
}

func patternsOutside(ranges []Range) []string { return append(patterns(outside(ranges)), negative) }

// alternatives returns regular expressions that match before, one of the pieces, and
// after. There are several if a single one would be longer than maxValue.
func alternatives(before string, pieces []string, after string) []string {
	room := maxValue - len(before) - len(after) - len("()")
	var out []string
	for len(pieces) > 0 {
		n, size := 0, 0
		for n < len(pieces) && (n == 0 || size+len("|")+len(pieces[n]) <= room) {
			size += len("|") + len(pieces[n])
			n++
		}
		out = append(out, before+"("+strings.Join(pieces[:n], "|")+")"+after)
		pieces = pieces[n:]
	}
	return out
}
