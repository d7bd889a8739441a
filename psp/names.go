package psp

import (
	"strings"
	"unicode"
)

// snake returns a name such as runAsUser as run_as_user.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// identifier returns a text as a part of a macro's name.
func identifier(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_':
			return r
		}
		return '_'
	}, s)
}

// isRepository reports whether an image can have that name for Falco, which cuts them
// at the first colon or @.
func isRepository(image string) bool { return image != "" && !strings.ContainsAny(image, ":@") }
