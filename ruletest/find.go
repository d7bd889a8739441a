package ruletest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/filename"
	"github.com/falcorules/falcorules/internal/quote"
)

// Find returns the files of suites that arguments stand for: a file is itself, a folder
// all regular files in it and below, and links to regular files, whose names end in
// _test.yaml or _test.yml, hidden folders left out, and a pattern with * and ? what it
// matches of these. Each file is returned once. Each of skipped says what has the name of
// a suite and is not a regular file. An error is a [diag.List].
func Find(args ...string) (files, skipped []string, err error) {
	if len(args) == 0 {
		return nil, nil, diag.List{{Message: "no file, folder or pattern says where the suites are"}}
	}
	f := finder{seen: map[string]bool{}}
	for _, arg := range args {
		if err := f.find(arg); err != nil {
			return nil, f.skipped, diag.List{unreadable(arg, err)}
		}
	}
	return f.files, f.skipped, nil
}

// finder finds the files of suites.
type finder struct {
	files, skipped []string
	seen           map[string]bool
}

func (f *finder) find(arg string) error {
	info, err := os.Stat(arg)
	switch {
	case err != nil && strings.ContainsAny(arg, "*?["):
		return f.pattern(arg)
	case err != nil:
		return err
	case !info.IsDir():
		f.add(arg)
		return nil
	}
	return f.folder(arg)
}

// add adds a file that was not found before.
func (f *finder) add(path string) {
	if path = filepath.Clean(path); !f.seen[path] {
		f.seen[path] = true
		f.files = append(f.files, path)
	}
}

// addRegular adds a file in a folder if it is a regular one or a link to one, and
// reports whether it is: reading another, such as a named pipe, could block.
func (f *finder) addRegular(path string) bool {
	info, err := os.Stat(path)
	if err == nil && info.Mode().IsRegular() {
		f.add(path)
		return true
	}
	why := "this is not a regular file"
	if err != nil {
		why = cause(err)
	}
	f.skipped = append(f.skipped, quote.Name(filepath.Clean(path))+": skipped: "+why)
	return false
}

func (f *finder) folder(dir string) error {
	found := false
	// The separator makes it follow a link to a folder.
	err := filepath.WalkDir(dir+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %s", filepath.Clean(path), cause(err))
		}
		hidden := strings.HasPrefix(d.Name(), ".") && filepath.Clean(path) != filepath.Clean(dir)
		switch {
		case d.IsDir() && hidden:
			return fs.SkipDir
		case !d.IsDir() && !hidden && filename.IsSuite(path):
			found = f.addRegular(path) || found
		}
		return nil
	})
	if err == nil && !found {
		err = errNoSuites
	}
	return err
}

var errNoSuites = errors.New("the folder has no suites, whose names end in _test.yaml")

func (f *finder) pattern(pattern string) error {
	if strings.Contains(pattern, "**") {
		return errors.New("a pattern has no **; a folder stands for all suites in it and below")
	}
	matches, err := filepath.Glob(pattern)
	if err != nil {
		return errors.New("the pattern is malformed")
	}
	found := false
	for _, match := range matches {
		info, err := os.Stat(match)
		switch {
		case strings.HasPrefix(filepath.Base(match), "."):
		case err == nil && info.IsDir():
			err := f.folder(match)
			if err != nil && !errors.Is(err, errNoSuites) {
				return err
			}
			found = found || err == nil
		case filename.IsSuite(match):
			found = f.addRegular(match) || found
		}
	}
	if !found {
		return errors.New("no suite matches the pattern")
	}
	return nil
}
