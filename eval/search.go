package eval

import "strings"

// commonBytes are the most common bytes in the texts of events, which are paths, command
// lines and names of Kubernetes objects, starting with the most common one.
const commonBytes = "/e-atisonrlcpdmu.h:b0gy1_2fv "

// needle is a text to search for. A search looks for its rarest byte, which is faster
// than looking for its first byte if that is a slash.
type needle struct {
	text string
	rare int // the index of the rarest byte
}

func newNeedle(text string) needle {
	n := needle{text: text}
	best := -1
	for i := range len(text) {
		rarity := strings.IndexByte(commonBytes, text[i])
		if rarity < 0 {
			rarity = len(commonBytes)
		}
		if rarity > best {
			best, n.rare = rarity, i
		}
	}
	return n
}

// in reports whether s contains the text.
func (n needle) in(s string) bool {
	if n.text == "" {
		return true
	}
	last := len(s) - len(n.text) // the last index at which it can start
	for from := 0; from <= last; {
		i := strings.IndexByte(s[from+n.rare:last+n.rare+1], n.text[n.rare])
		if i < 0 {
			return false
		}
		from += i
		if s[from:from+len(n.text)] == n.text {
			return true
		}
		from++
	}
	return false
}
