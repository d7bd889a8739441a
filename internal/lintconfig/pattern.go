package lintconfig

import (
	"errors"
	"path"
	"strings"
)

// anyFolders is the part of a pattern that matches any number of folders.
const anyFolders = "**"

// checkPattern returns an error if a pattern can never match.
func checkPattern(pattern string) error {
	for part := range strings.SplitSeq(pattern, "/") {
		_, err := path.Match(part, "")
		switch {
		case err != nil:
			return errors.New("a bracket is not closed, or nothing follows a backslash")
		case part == "" && pattern == "":
			return errors.New("it is empty")
		case part == "" && strings.HasPrefix(pattern, "/"):
			return errors.New("patterns are relative to the folder of the configuration")
		case part == "." || part == "..":
			return errors.New(`patterns cannot have the parts "." and ".."`)
		}
	}
	return nil
}

// match reports whether a pattern matches a clean path or one of its folders.
func match(pattern, name string) bool {
	// A folder includes everything in it.
	parts := strings.Split(strings.TrimSuffix(strings.TrimSuffix(pattern, "/"), "/"+anyFolders), "/")
	// reached has the numbers of parts that can match what was seen of the name.
	reached := make([]bool, len(parts)+1)
	reached[0] = true
	for element := range strings.SplitSeq(name, "/") {
		next := make([]bool, len(parts)+1)
		for i, part := range parts {
			if i > 0 && parts[i-1] == anyFolders && reached[i-1] {
				reached[i] = true
			}
			if !reached[i] {
				continue
			}
			if part == anyFolders {
				next[i], next[i+1] = true, true
			} else if ok, _ := path.Match(part, element); ok {
				next[i+1] = true
			}
		}
		if next[len(parts)] {
			return true
		}
		reached = next
	}
	return false
}
