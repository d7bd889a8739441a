package coverage

import "path/filepath"

// fileNames has the first name of each file, by its absolute path and by all of its names:
// suites in several folders may name one file differently.
type fileNames map[string]string

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

// absolute returns the absolute path of a file, or its clean name if the working folder is
// unknown.
func absolute(name string) string {
	path, err := filepath.Abs(name)
	if err != nil {
		return filepath.Clean(name)
	}
	return path
}
