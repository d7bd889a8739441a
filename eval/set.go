package eval

// textSet is a set of texts for lookups that mostly fail.
type textSet struct {
	// marks is a set of the marks of all texts. Looking up a mark is fast, and if it is
	// missing, so is the text.
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

// mark is a hash of a text, made of its length and its first and last byte.
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
