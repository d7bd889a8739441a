package solve

// MaxWork is the most that the search for one condition may cost.
const MaxWork = maxWork

// Work returns what a solver has done.
func (s *Solver) Work() int { return maxInAll - s.left }
