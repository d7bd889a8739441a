// Package appendfile appends lines to files and makes sure that they are on the disk.
//
//	f, err := appendfile.Open("alerts.jsonl")
//	...
//	err = f.Append([]byte("a line\n")) // returns when the line is on the disk
package appendfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/falcorules/falcorules/serve/internal/syncdir"
)

// ErrFull is the error of [File.Append] if the file would exceed its maximum size.
var ErrFull = errors.New("the file is full")

// File is a file that is appended to. Its methods are safe for concurrent use.
type File struct {
	path string
	// maxSize is in bytes; 0 means unlimited.
	maxSize int64

	mu   sync.Mutex
	file *os.File // nil after an error or Close
	size int64
}

// Open opens a file for appending, and creates it if necessary.
func Open(path string) (*File, error) { return OpenLimited(path, 0) }

// OpenLimited is like Open for a file with a maximum size in bytes.
func OpenLimited(path string, maxSize int64) (*File, error) {
	f := &File{path: path, maxSize: maxSize}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) open() error {
	file, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	f.file, f.size = file, info.Size()
	err = f.endLine()
	if f.size == 0 && info.Mode().IsRegular() {
		err = f.syncDir()
	}
	if err != nil {
		f.file = nil
		return errors.Join(err, file.Close())
	}
	return nil
}

// syncDir makes a new file durable. If the process may not read the folder, somebody else has
// created the file.
func (f *File) syncDir() error {
	err := syncdir.Sync(filepath.Dir(f.path))
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// endLine ends the last line if it is not complete, as after a crash.
func (f *File) endLine() error {
	last := make([]byte, 1)
	if f.size == 0 {
		return nil
	}
	switch _, err := f.file.ReadAt(last, f.size-1); {
	case errors.Is(err, io.EOF): // a device, or somebody truncated the file
		return nil
	case err != nil || last[0] == '\n':
		return err
	}
	n, err := f.file.Write([]byte{'\n'})
	f.size += int64(n)
	return err
}

// Append appends lines and returns when they are on the disk. After an error, part of them
// may be in the file. If the file is closed, Append opens it again. If the file is full, it
// also does, because somebody may have moved the file away, and otherwise returns [ErrFull].
func (f *File) Append(lines []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil || f.isFull(len(lines)) {
		if err := errors.Join(f.close(), f.open()); err != nil {
			return err
		}
	}
	if f.isFull(len(lines)) {
		return ErrFull
	}
	n, err := f.file.Write(lines)
	f.size += int64(n)
	if err == nil {
		err = f.sync()
	}
	if err != nil {
		// After an error of fsync, the file may lack what was written before it.
		err = errors.Join(err, f.file.Close())
		f.file = nil
	}
	return err
}

// isFull reports whether there is no room for n bytes.
func (f *File) isFull(n int) bool { return f.maxSize > 0 && f.size+int64(n) > f.maxSize }

// sync makes what was written durable, as far as the file can do that: a pipe cannot.
func (f *File) sync() error {
	err := f.file.Sync()
	if info, statErr := f.file.Stat(); statErr == nil && !info.Mode().IsRegular() {
		return nil
	}
	return err
}

// Size returns the size of the file, or 0 if it is closed.
func (f *File) Size() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return 0
	}
	return f.size
}

// Reopen opens the path again, after the file has been renamed.
func (f *File) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.close(), f.open())
}

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.close()
}

func (f *File) close() error {
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	return file.Close()
}
