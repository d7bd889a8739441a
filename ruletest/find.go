package ruletest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/fileerr"
	"github.com/falcorules/falcorules/internal/filename"
	"github.com/falcorules/falcorules/internal/quote"
)

// Find returns the test suites that the arguments name, each file once. An argument is a
// file, a folder, or a pattern with * and ? that matches files and folders. In folders
// and their subfolders, Find looks for files whose names end in _test.yaml or _test.yml,
// and ignores hidden ones. It skips such files if they are not regular, for example named
// pipes, and returns a message about each in skipped. The error is a [diag.List].
func Find(args ...string) (files, skipped []string, err error) {
	if len(args) == 0 {
		return nil, nil, diag.List{{Message: "no test suites given: name a file, a folder or a pattern"}}
	}
	f := finder{seen: map[string]bool{}}
	for _, arg := range args {
		if err := f.find(arg); err != nil {
			return nil, f.skipped, diag.List{{Range: diag.Range{File: arg}, Message: err.Error(), Err: err}}
		}
	}
	return f.files, f.skipped, nil
}

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
		return fmt.Errorf("cannot read: %w", fileerr.Cause(err))
	case !info.IsDir():
		f.add(arg)
		return nil
	}
	return f.folder(arg)
}

func (f *finder) add(path string) {
	if path = filepath.Clean(path); !f.seen[path] {
		f.seen[path] = true
		f.files = append(f.files, path)
	}
}

// addRegular adds a file that was found in a folder, and reports whether it did.
// Reading a file that is not regular, such as a named pipe, could block.
func (f *finder) addRegular(path string) bool {
	info, err := os.Stat(path)
	if err == nil && info.Mode().IsRegular() {
		f.add(path)
		return true
	}
	why := errNotRegular.Error()
	if err != nil {
		why = fileerr.Cause(err).Error()
	}
	f.skipped = append(f.skipped, quote.Name(filepath.Clean(path))+": skipped: "+why)
	return false
}

func (f *finder) folder(dir string) error {
	found := false
	// The separator makes it follow a link to a folder.
	err := filepath.WalkDir(dir+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("cannot read %s: %w", filepath.Clean(path), fileerr.Cause(err))
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

var errNoSuites = errors.New("no test suites in this folder: expected files that end in _test.yaml")

func (f *finder) pattern(pattern string) error {
	if strings.Contains(pattern, "**") {
		return errors.New("** is not supported in patterns: give a folder to include its subfolders")
	}
	matches, err := filepath.Glob(pattern)
	if err != nil {
		return errors.New("invalid pattern")
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
		return errors.New("no test suite matches this pattern")
	}
	return nil
}
