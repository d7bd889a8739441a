package psp

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/falcorules/falcorules/internal/quote"
)

// namespaceName matches the names that Kubernetes allows: RFC 1123 labels.
var namespaceName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// checkNamespace returns an error if no namespace can have that name.
func checkNamespace(name string) error {
	if !namespaceName.MatchString(name) {
		return fmt.Errorf("invalid namespace %s: want 1 to 63 lowercase letters, digits and inner hyphens", quote.Text(name))
	}
	return nil
}

// checkImage returns an error if a rule cannot compare an image with that name.
func checkImage(name string) error {
	switch {
	case len(name) > maxValue:
		return fmt.Errorf("image %s of %d bytes exceeds the limit of %d", quote.Text(name), len(name), maxValue)
	case strings.ContainsFunc(name, isControl) || !utf8.ValidString(name):
		return fmt.Errorf("image %s contains an unprintable character", quote.Text(name))
	}
	return nil
}

// snake converts a name such as runAsUser to run_as_user.
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

// identifier replaces characters that cannot be in the name of a macro.
func identifier(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, s)
}

// isRepository reports whether an image can have that name in Falco, which cuts image
// names at the first colon or @.
func isRepository(image string) bool { return image != "" && !strings.ContainsAny(image, ":@") }
