package solve

import (
	"errors"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Limits of the trials for a condition, and of the cost of trials for a condition and for
// all conditions of a solver.
const (
	maxTrials = 20_000
	minTrials = 100
	maxWork   = 5_000_000
	maxInAll  = 20_000_000
)

// The cost of a trial, by its checks and the values of its event.
const (
	checkCost = 1
	valueCost = 8
	eachCost  = 40
)

// maxGiven limits the size of an event that is completed, in values.
const maxGiven = 4096

// ErrTooLarge is the error of Complete for an event that is too large to be decoded for each
// trial.
var ErrTooLarge = errors.New("the event has too many or too long values")

// Solver finds events for conditions. The work for all of them together is limited; after
// that, each further condition has a minimum of trials. A Solver is for one goroutine.
type Solver struct {
	left int // of the work
}

// NewSolver returns a solver.
func NewSolver() *Solver {
	return &Solver{left: maxInAll}
}

// trials returns how many trials with the given cost a condition can have.
func (s *Solver) trials(cost int) int {
	return max(minTrials, min(maxTrials, maxWork/cost, s.left/cost))
}

// trialCost returns the cost of a trial.
func trialCost(checks int, given Event) int {
	return eachCost + checkCost*checks + valueCost*given.size()
}

// bytesOfValue is the number of bytes in a text that count as another value.
const bytesOfValue = 64

// size returns the number of values in an event, including those in lists and objects.
func (e Event) size() int {
	n := 0
	for _, v := range e {
		n += sizeOf(v)
	}
	return n
}

func sizeOf(n *yamlfile.Node) int {
	size := 1 + len(n.Value)/bytesOfValue
	for _, child := range n.Content {
		size += sizeOf(child)
	}
	return size
}
