// Package solve finds events for conditions: an event that makes a condition true, and a
// near miss, which differs from it in one value and makes the condition false.
//
//	solution, err := solve.NewSolver().Solve(ctx, source, condition)
//	if err == nil && solution.Found() {
//		fixture := solution.Event.Fixture(source.Name())
//	}
//
// The search sets one field after another. It guesses the values that may make a check
// true from the values in the check. Then it decodes the event and evaluates the condition
// with the engine, so the package does not depend on what operators mean, and an event
// that it finds makes the condition true.
//
// The number of trials is limited, not the time, so each run finds the same events.
package solve
