// Package filename says what a file is by its name.
package filename

import "strings"

// IsYAML reports whether Falco reads a file of that name from a folder of rules.
func IsYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// IsSuite reports whether a file of that name has tests of rules.
func IsSuite(name string) bool {
	return strings.HasSuffix(name, "_test.yaml") || strings.HasSuffix(name, "_test.yml")
}
