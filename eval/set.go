package eval

// textSet is a set of texts that are asked for mostly in vain.
type textSet struct {
	// marks has the marks of the texts: one that is not among them is no mark of
	// a text in the set, which is known sooner than from texts.
	marks [4]uint64
	texts map[string]bool
}

func newTextSet(list []string) *textSet {
	s := &textSet{texts: make(map[string]bool, len(list))}
	for _, text := range list {
		s.texts[text] = true
		m := mark(text)
		s.marks[m/64] |= 1 << (m % 64)
	}
	return s
}

// mark is a number that few texts have in common: it comes of the length and of
// the bytes at both ends.
func mark(text string) uint8 {
	if text == "" {
		return 0
	}
	return uint8(len(text))*37 ^ text[0] ^ text[len(text)-1]<<3
}

func (s *textSet) has(text string) bool {
	m := mark(text)
	return s.marks[m/64]&(1<<(m%64)) != 0 && s.texts[text]
}
