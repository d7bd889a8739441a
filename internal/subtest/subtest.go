// Package subtest names the subtests of tables whose rows have no name of their own.
package subtest

import (
	"strings"
	"unicode/utf8"
)

// maxName is how many bytes of a text a name has at most.
const maxName = 50

// Name returns the start of a text, such as a condition or a file, on one line and
// without slashes, which separate the levels of -run. Package testing makes names
// unique and escapes what cannot be printed.
func Name(text string) string {
	// No more than this can be of use, so that long texts do not cost anything.
	if len(text) > 10*maxName {
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
