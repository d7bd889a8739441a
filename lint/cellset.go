package lint

import "slices"

// cellSet is a set of cells, a bit for each.
type cellSet []uint64

func newCellSet(cells int) cellSet { return make(cellSet, (cells+63)/64) }

// allCells returns the set of all cells.
func allCells(cells int) cellSet {
	s := newCellSet(cells)
	for cell := range cells {
		s.add(cell)
	}
	return s
}

func (s cellSet) add(cell int)      { s[cell/64] |= 1 << (cell % 64) }
func (s cellSet) remove(cell int)   { s[cell/64] &^= 1 << (cell % 64) }
func (s cellSet) has(cell int) bool { return s[cell/64]&(1<<(cell%64)) != 0 }

// and returns the cells that are in both sets.
func (s cellSet) and(t cellSet) cellSet {
	out := make(cellSet, len(s))
	for i := range s {
		out[i] = s[i] & t[i]
	}
	return out
}

func (s cellSet) isEmpty() bool {
	return !slices.ContainsFunc(s, func(word uint64) bool { return word != 0 })
}
