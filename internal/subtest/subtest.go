// Package subtest names subtests after the input they test.
package subtest

import (
	"strings"
	"unicode/utf8"
)

// maxName is the maximum length of a name in bytes.
const maxName = 50

// Name returns a name for a subtest from the start of a text, such as a condition.
// It has one line and no slashes, which separate names in -run. Package testing
// makes names unique and escapes control characters.
func Name(text string) string {
	if len(text) > 10*maxName { // the rest is cut anyway
		text = text[:10*maxName]
	}
	name := strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "/", "|")
	if name == "" {
		return "empty"
	}
	if len(name) <= maxName {
		return name
	}
	end := maxName
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + "…"
}
