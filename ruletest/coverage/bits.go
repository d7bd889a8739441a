package coverage

import "math/bits"

// bitset is a set of events, by their numbers.
type bitset []uint64

// with adds an event and returns the set, which may have grown.
func (b bitset) with(i int) bitset {
	for len(b) <= i/64 {
		b = append(b, 0)
	}
	b[i/64] |= 1 << (i % 64)
	return b
}

// sized returns the set with that many words.
func (b bitset) sized(words int) bitset {
	for len(b) < words {
		b = append(b, 0)
	}
	return b[:words]
}

// The following methods need sets of the same size and change b.

func (b bitset) and(c bitset) bitset {
	for i := range b {
		b[i] &= c[i]
	}
	return b
}

func (b bitset) andNot(c bitset) bitset {
	for i := range b {
		b[i] &^= c[i]
	}
	return b
}

func (b bitset) or(c bitset) bitset {
	for i := range b {
		b[i] |= c[i]
	}
	return b
}

func (b bitset) xor(c bitset) bitset {
	for i := range b {
		b[i] ^= c[i]
	}
	return b
}

func (b bitset) clone() bitset { return append(bitset(nil), b...) }

// ones returns the set of all events.
func ones(words int) bitset {
	b := make(bitset, words)
	for i := range b {
		b[i] = ^uint64(0)
	}
	return b
}

func (b bitset) empty() bool {
	for _, word := range b {
		if word != 0 {
			return false
		}
	}
	return true
}

// intersects reports whether the sets have an event in common.
func (b bitset) intersects(c bitset) bool {
	for i := range b {
		if b[i]&c[i] != 0 {
			return true
		}
	}
	return false
}

// exceeds reports whether b has an event that c does not have.
func (b bitset) exceeds(c bitset) bool {
	for i := range b {
		if b[i]&^c[i] != 0 {
			return true
		}
	}
	return false
}

// next returns the first event that is not before i, or -1.
func (b bitset) next(i int) int {
	for word := i / 64; word < len(b); word++ {
		rest := b[word]
		if word == i/64 {
			rest &= ^uint64(0) << (i % 64)
		}
		if rest != 0 {
			return word*64 + bits.TrailingZeros64(rest)
		}
	}
	return -1
}

// count returns the number of events from one number on and before another.
func (b bitset) count(from, to int) int {
	n := 0
	for i := b.next(from); i >= 0 && i < to; i = b.next(i + 1) {
		n++
	}
	return n
}
