package psp

// Outside returns regular expressions for the numbers outside of the ranges.
func Outside(ranges []Range) []string { return alternatives("", patternsOutside(ranges), "") }
