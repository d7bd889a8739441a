package eval

import "strings"

// commonBytes are the bytes that texts of events have most, the commonest first:
// paths, command lines and names of Kubernetes objects.
const commonBytes = "/e-atisonrlcpdmu.h:b0gy1_2fv "

// needle is a text that is searched for in many others. Its rarest byte is looked
// for, which is quicker than looking for its first one where that is a slash.
type needle struct {
	text string
	rare int // where the rarest byte is
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

// in reports whether the text is a part of s.
func (n needle) in(s string) bool {
	if n.text == "" {
		return true
	}
	last := len(s) - len(n.text) // where it can begin
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
