package coverage

import "path/filepath"

// fileNames are the first names of files, by their absolute paths and by all names that
// they had: suites in several folders may name one file differently.
type fileNames map[string]string

// of returns the first name of a file.
func (n fileNames) of(name string) string {
	if first, known := n[name]; known {
		return first
	}
	path := absolute(name)
	first, known := n[path]
	if !known {
		first = name
		n[path] = first
	}
	n[name] = first
	return first
}

// absolute returns the absolute path of a file, or its clean name where the working
// folder is not known.
func absolute(name string) string {
	path, err := filepath.Abs(name)
	if err != nil {
		return filepath.Clean(name)
	}
	return path
}
