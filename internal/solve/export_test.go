package solve

// MaxWork limits the cost of the search for one condition.
const MaxWork = maxWork

// Work returns the cost of a solver's searches.
func (s *Solver) Work() int { return maxInAll - s.left }
