package coverage

import "math/bits"

// bitset says of each of some events whether something is so.
type bitset []uint64

// with returns the set with an event, grown where it must be.
func (b bitset) with(i int) bitset {
	for len(b) <= i/64 {
		b = append(b, 0)
	}
	b[i/64] |= 1 << (i % 64)
	return b
}

func (b bitset) has(i int) bool { return i/64 < len(b) && b[i/64]&(1<<(i%64)) != 0 }

// sized returns the set as that many words.
func (b bitset) sized(words int) bitset {
	for len(b) < words {
		b = append(b, 0)
	}
	return b[:words]
}

// The operations need sets of the same size, and put the result into b.

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

// ones returns a set of all events.
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

// meets reports whether the sets have an event in common.
func (b bitset) meets(c bitset) bool {
	for i := range b {
		if b[i]&c[i] != 0 {
			return true
		}
	}
	return false
}

// meetsNot reports whether b has an event that c has not.
func (b bitset) meetsNot(c bitset) bool {
	for i := range b {
		if b[i]&^c[i] != 0 {
			return true
		}
	}
	return false
}

// next returns the first event from i on, or -1.
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

// count returns how many events there are from one on and before another.
func (b bitset) count(from, to int) int {
	n := 0
	for i := b.next(from); i >= 0 && i < to; i = b.next(i + 1) {
		n++
	}
	return n
}
