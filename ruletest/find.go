package ruletest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// isSuiteName reports whether a file is one of suites by its name.
func isSuiteName(path string) bool {
	return strings.HasSuffix(path, "_test.yaml") || strings.HasSuffix(path, "_test.yml")
}

// Find returns the files of suites that arguments stand for: a file is itself, a folder
// all files in it and below whose names end in _test.yaml or _test.yml, hidden folders
// left out, and a pattern with * and ? what it matches of these. Each file stands once.
// An error is [Errors].
func Find(args ...string) ([]string, error) {
	if len(args) == 0 {
		return nil, Errors{{Msg: "no file, folder or pattern says where the suites are"}}
	}
	var files []string
	seen := map[string]bool{}
	for _, arg := range args {
		found, err := find(arg)
		if err != nil {
			return nil, Errors{unreadable(arg, err)}
		}
		for _, path := range found {
			if path = filepath.Clean(path); !seen[path] {
				seen[path] = true
				files = append(files, path)
			}
		}
	}
	return files, nil
}

func find(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	switch {
	case err != nil && strings.ContainsAny(arg, "*?["):
		return findPattern(arg)
	case err != nil:
		return nil, err
	case !info.IsDir():
		return []string{arg}, nil
	}
	var files []string
	// The separator makes it follow a link to a folder.
	err = filepath.WalkDir(arg+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %s", filepath.Clean(path), cause(err))
		}
		hidden := strings.HasPrefix(d.Name(), ".") && filepath.Clean(path) != filepath.Clean(arg)
		switch {
		case d.IsDir() && hidden:
			return fs.SkipDir
		case !d.IsDir() && !hidden && isSuiteName(path):
			files = append(files, path)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = errNoSuites
	}
	return files, err
}

var errNoSuites = errors.New("the folder has no suites, whose names end in _test.yaml")

func findPattern(pattern string) ([]string, error) {
	if strings.Contains(pattern, "**") {
		return nil, errors.New("a pattern has no **; a folder stands for all suites in it and below")
	}
	matches, err := filepath.Glob(pattern)
	if err != nil {
		return nil, errors.New("the pattern is malformed")
	}
	var files []string
	for _, match := range matches {
		info, err := os.Stat(match)
		switch {
		case strings.HasPrefix(filepath.Base(match), "."):
		case err == nil && info.IsDir():
			inside, err := find(match)
			if err != nil && !errors.Is(err, errNoSuites) {
				return nil, err
			}
			files = append(files, inside...)
		case isSuiteName(match):
			files = append(files, match)
		}
	}
	if len(files) == 0 {
		return nil, errors.New("no suite matches the pattern")
	}
	return files, nil
}
