// Package draft writes first suites for rules: for each rule an event that fires it, and
// one like it that does not.
//
// Events are found from conditions by package solve, and then held against the rules as
// a whole: what the suite says of them was seen. It is a beginning. That a rule fires on
// what its condition asks for says nothing of what it should fire on.
package draft
