package loader

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxFile is the number of bytes that a rules file may have.
const maxFile = 16 << 20

// File is a rules file in memory.
type File struct {
	// Name is what diagnostics call the file.
	Name string
	Data []byte
	// Context says that the file is needed and not judged: others use what is
	// in it, and there is no result for it.
	Context bool
}

// ReadFiles reads rules files. A path may be a folder: then it stands for the
// files in it whose names end in .yaml or .yml, sorted by name; folders in it
// are left alone, as Falco does. An error is a [*Diagnostic] of code
// ErrFileRead.
func ReadFiles(paths ...string) ([]File, error) {
	var files []File
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, unreadable(path, err)
		}
		if !info.IsDir() {
			f, err := readFile(path)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
			continue
		}
		before := len(files)
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, unreadable(path, err)
		}
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
		for _, e := range entries {
			if ext := strings.ToLower(filepath.Ext(e.Name())); e.IsDir() || ext != ".yaml" && ext != ".yml" {
				continue
			}
			f, err := readFile(filepath.Join(path, e.Name()))
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		if len(files) == before {
			return nil, unreadable(path, fmt.Errorf("the folder has no files that end in .yaml or .yml"))
		}
	}
	return files, nil
}

func readFile(path string) (File, error) {
	in, err := os.Open(path)
	if err != nil {
		return File{}, unreadable(path, err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("the file has more than %d bytes", maxFile)
	}
	if err != nil {
		return File{}, unreadable(path, err)
	}
	return File{Name: path, Data: data}, nil
}

func unreadable(path string, err error) *Diagnostic {
	msg := err.Error()
	if pathErr, ok := err.(*fs.PathError); ok {
		msg = pathErr.Err.Error()
	}
	return &Diagnostic{Code: ErrFileRead, Message: "cannot read: " + msg, Position: Position{File: path}, Err: err}
}
