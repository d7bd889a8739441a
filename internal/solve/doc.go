// Package solve finds events for conditions: one that makes a condition true, and a
// near miss, which differs from it in one value and makes it false.
//
//	condition ─goal.go─▶ goals ─search.go─▶ event that makes all true ─miss.go─▶ near miss
//
// The search gives one field after the other a value. What values a check may want
// is guessed from its constants (edits.go, values.go, texts.go); whether they do, and
// what else they change, says the engine that runs rules, over an event that is decoded
// like any other (oracle.go). So nothing here knows what an operator means, and an event
// that is found is one that was seen to make the condition true.
//
// The search is bounded by a number of trials (solver.go), not by time, and finds the
// same events in every run.
package solve
