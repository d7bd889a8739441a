package loader

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// maxFile is the number of bytes that a rules file may have. Falco's own have
// less than 100,000.
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
	system := files{
		open:    func(name string) (fs.File, error) { return os.Open(name) },
		stat:    os.Stat,
		readDir: os.ReadDir,
		join:    filepath.Join,
	}
	return system.read(paths)
}

// ReadFS is ReadFiles for the files of fsys.
func ReadFS(fsys fs.FS, paths ...string) ([]File, error) {
	for i, name := range paths {
		paths = slices.Clone(paths)
		paths[i] = path.Clean(name)
	}
	in := files{
		open:    fsys.Open,
		stat:    func(name string) (fs.FileInfo, error) { return fs.Stat(fsys, name) },
		readDir: func(name string) ([]fs.DirEntry, error) { return fs.ReadDir(fsys, name) },
		join:    path.Join,
	}
	return in.read(paths)
}

// ReadFile reads one rules file from r and gives it a name. An error is a
// [*Diagnostic] of code ErrFileRead.
func ReadFile(r io.Reader, name string) (File, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("the file has more than %d bytes", maxFile)
	}
	if err != nil {
		return File{}, unreadable(name, err)
	}
	return File{Name: name, Data: data}, nil
}

// files is a file system.
type files struct {
	open    func(string) (fs.File, error)
	stat    func(string) (fs.FileInfo, error)
	readDir func(string) ([]fs.DirEntry, error) // sorted by name
	join    func(...string) string
}

func (f files) read(paths []string) ([]File, error) {
	var out []File
	for _, name := range paths {
		names, err := f.rulesFiles(name)
		if err != nil {
			return nil, unreadable(name, err)
		}
		for _, name := range names {
			in, err := f.open(name)
			if err != nil {
				return nil, unreadable(name, err)
			}
			file, err := ReadFile(in, name)
			in.Close()
			if err != nil {
				return nil, err
			}
			out = append(out, file)
		}
	}
	return out, nil
}

// rulesFiles returns the files that a path stands for.
func (f files) rulesFiles(name string) ([]string, error) {
	info, err := f.stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	entries, err := f.readDir(name)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && isRulesFile(e.Name()) {
			names = append(names, f.join(name, e.Name()))
		}
	}
	if len(names) == 0 {
		return nil, errors.New("the folder has no files that end in .yaml or .yml")
	}
	return names, nil
}

func unreadable(name string, err error) *Diagnostic {
	msg := err.Error()
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		msg = pathErr.Err.Error()
	}
	return &Diagnostic{Code: ErrFileRead, Message: "cannot read: " + msg, Position: Position{File: name}, Err: err}
}
