package solve

import (
	"errors"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Limits of the work for a condition, and for all conditions of a solver. Work is what
// trials cost.
const (
	maxTrials = 20_000 // events
	minTrials = 100
	maxWork   = 5_000_000
	maxInAll  = 20_000_000
)

// What is decoded for a trial costs more than a check, and each trial something.
const (
	checkCost = 1
	valueCost = 8
	eachCost  = 40
)

// maxTold is how large an event may be that is completed, in values.
const maxTold = 4096

// ErrTooLarge says that an event is not completed, since it would be decoded again and
// again.
var ErrTooLarge = errors.New("the event has too many values, or too long ones")

// Solver finds events for conditions. The work for all of them together is bounded: when
// it is done, each further condition has the fewest trials. It is for one goroutine.
type Solver struct {
	left int // work
}

// NewSolver returns a solver.
func NewSolver() *Solver {
	return &Solver{left: maxInAll}
}

// trials returns how many trials of a cost a condition has.
func (s *Solver) trials(cost int) int {
	return max(minTrials, min(maxTrials, maxWork/cost, s.left/cost))
}

// trialCost returns what a trial costs.
func trialCost(checks int, told Event) int {
	return eachCost + checkCost*checks + valueCost*told.size()
}

// bytesOfValue is how many bytes of a text are as much work as a value.
const bytesOfValue = 64

// size is how many values an event has, those in lists and objects with them.
func (e Event) size() int {
	n := 0
	for _, v := range e {
		n += sizeOf(v)
	}
	return n
}

func sizeOf(n *yamlfile.Node) int {
	size := 1 + len(n.Value)/bytesOfValue
	for _, kid := range n.Content {
		size += sizeOf(kid)
	}
	return size
}
