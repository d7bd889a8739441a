// Package filename determines the kind of a file from its name.
package filename

import "strings"

// Config is the name of the configuration of falcorules lint.
const Config = ".falcorules.yaml"

// IsYAML reports whether Falco would read the file from a folder of rules files.
func IsYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// IsSuite reports whether the file is a test suite.
func IsSuite(name string) bool {
	return strings.HasSuffix(name, "_test.yaml") || strings.HasSuffix(name, "_test.yml")
}
