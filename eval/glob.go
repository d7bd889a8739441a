package eval

import "strings"

// globMatch matches a shell pattern as fnmatch(3) does without flags: byte by byte, * and
// ? also match a slash, and a backslash escapes the next byte. If fold is true, it ignores
// the case of ASCII letters.
//
// It searches for the plain text after a * as a whole, so that patterns with * and plain
// text take linear time.
func globMatch(pattern, s string, fold bool) bool {
	p, i := 0, 0
	star, from := -1, 0 // the last *, and where the text after it can start
	plain := ""         // the plain text after the last *
	for i < len(s) || p < len(pattern) {
		if p < len(pattern) {
			if pattern[p] == '*' {
				star, from = p, i
				p++
				if plain = plainText(pattern[p:]); fold {
					plain = ""
				}
				if p+len(plain) == len(pattern) && !fold {
					return strings.HasSuffix(s[from:], plain)
				}
				at := strings.Index(s[from:], plain)
				if at < 0 {
					return false
				}
				from += at
				i = from
				continue
			}
			if i < len(s) {
				if n, ok := matchByte(pattern[p:], s[i], fold); ok {
					p += n
					i++
					continue
				}
			}
		}
		if star < 0 || from >= len(s) {
			return false
		}
		from++
		at := strings.Index(s[from:], plain)
		if at < 0 {
			return false
		}
		from += at
		p, i = star+1, from
	}
	return true
}

// plainText returns the start of a pattern that has no special characters.
func plainText(pattern string) string {
	if special := strings.IndexAny(pattern, `*?[\`); special >= 0 {
		return pattern[:special]
	}
	return pattern
}

// matchByte matches c with the first element of pattern, which is not a *, and returns the
// length of the element.
func matchByte(pattern string, c byte, fold bool) (int, bool) {
	if fold {
		c = lower(c)
	}
	same := func(x byte) bool {
		if fold {
			x = lower(x)
		}
		return x == c
	}
	switch pattern[0] {
	case '?':
		return 1, true
	case '\\':
		if len(pattern) == 1 {
			return 1, false // nothing matches a backslash at the end
		}
		return 2, same(pattern[1])
	case '[':
		if n, ok := matchClass(pattern, c, fold); n > 0 {
			return n, ok
		}
	}
	return 1, same(pattern[0])
}

// classNames are the POSIX character classes for ASCII.
var classNames = map[string]func(byte) bool{
	"alpha":  func(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' },
	"digit":  func(c byte) bool { return '0' <= c && c <= '9' },
	"alnum":  func(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' },
	"upper":  func(c byte) bool { return 'A' <= c && c <= 'Z' },
	"lower":  func(c byte) bool { return 'a' <= c && c <= 'z' },
	"space":  func(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' },
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"punct":  func(c byte) bool { return strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", c) >= 0 },
	"print":  func(c byte) bool { return ' ' <= c && c <= '~' },
	"graph":  func(c byte) bool { return '!' <= c && c <= '~' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
	"xdigit": func(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' },
}

// matchClass matches c with the bracket expression at the start of pattern and returns the
// length of the expression, or 0 if the bracket is not closed and so is an ordinary
// character. If fold is true, c is in lower case.
func matchClass(pattern string, c byte, fold bool) (int, bool) {
	i := 1
	negate := i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^')
	if negate {
		i++
	}
	found := false
	for first := true; ; first = false {
		if i >= len(pattern) {
			return 0, false
		}
		if pattern[i] == ']' && !first {
			return i + 1, found != negate
		}
		if name, ok := strings.CutPrefix(pattern[i:], "[:"); ok {
			if end := strings.Index(name, ":]"); end >= 0 {
				if in := classNames[name[:end]]; in != nil {
					found = found || in(c) || fold && in(upper(c))
				}
				i += end + 4
				continue
			}
		}
		lo := pattern[i]
		if lo == '\\' && i+1 < len(pattern) {
			i++
			lo = pattern[i]
		}
		i++
		hi := lo
		if i+1 < len(pattern) && pattern[i] == '-' && pattern[i+1] != ']' {
			i++
			hi = pattern[i]
			if hi == '\\' && i+1 < len(pattern) {
				i++
				hi = pattern[i]
			}
			i++
		}
		if lo <= c && c <= hi || fold && lo <= upper(c) && upper(c) <= hi {
			found = true
		}
	}
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c &^ 0x20
	}
	return c
}

// pathPattern is a value of pmatch: the components of a path, which can be globs.
type pathPattern []string

func newPathPattern(path string) pathPattern { return splitPath(path) }

// splitPath splits a path at its slashes and ignores leading and repeated ones.
func splitPath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// isPrefixOf reports whether the components match the first components of a path. A
// pattern without components, "" or "/", is a prefix of every path.
func (p pathPattern) isPrefixOf(path string) bool {
	for _, want := range p {
		path = strings.TrimLeft(path, "/")
		if path == "" {
			return false
		}
		component, rest, _ := strings.Cut(path, "/")
		if want != component && !(strings.ContainsAny(want, "?*[") && globMatch(want, component, false)) {
			return false
		}
		path = rest
	}
	return true
}
