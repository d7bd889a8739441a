package lint

import "unicode/utf8"

var encoding = &Analyzer{
	ID:       "encoding",
	Category: Style,
	Level:    Info,
	Summary:  "The file contains bytes that are not UTF-8, or control characters.",
	Run:      runEncoding,
}

func runEncoding(p *Pass) {
	for _, f := range p.Files() {
		if i, size := firstOdd(f.Text()); size > 0 {
			p.Report(f.Range(i, size), "%q is a control character or not UTF-8, but Falco takes it literally", f.Text()[i:i+size])
		}
	}
}

// firstOdd returns the offset and the size of the first character that is unlikely to be
// intended as text. The size is 0 if there is no such character.
func firstOdd(text string) (offset, size int) {
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < 0x7f || c == '\n' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if isOdd(r, size) {
			return i, size
		}
		i += size
	}
	return 0, 0
}

func isOdd(r rune, size int) bool {
	switch {
	case r == utf8.RuneError:
		return size == 1
	case r < ' ':
		return r != '\t' && r != '\n' && r != '\r'
	}
	return r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffe || r == 0xffff
}
