package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/falcorules/falcorules/serve"
)

// FileOptions are the options of [File].
type FileOptions struct {
	Path   string
	Format serve.Format
	// Rotate is the size in bytes at which the file is renamed and a new one is begun; 0
	// means never. Keep is how many renamed files are kept, as Path.1 (the newest),
	// Path.2, and so on; by default 5.
	Rotate int64
	Keep   int
}

const defaultKeep = 5

// FileOutput is an output that appends lines to a file.
type FileOutput struct {
	options FileOptions

	mu   sync.Mutex
	file *os.File
	size int64
	buf  []byte
}

// File opens a file for appending, and creates it if necessary.
func File(o FileOptions) (*FileOutput, error) {
	if o.Keep <= 0 {
		o.Keep = defaultKeep
	}
	f := &FileOutput{options: o}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *FileOutput) open() error {
	file, err := os.OpenFile(f.options.Path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	f.file, f.size = file, info.Size()
	if err := f.endLine(); err != nil {
		return errors.Join(err, file.Close())
	}
	return nil
}

// endLine ends the last line if it is not complete, as after a crash.
func (f *FileOutput) endLine() error {
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

// Write implements [serve.Output]: it returns when the alerts are on the disk.
func (f *FileOutput) Write(_ context.Context, alerts []*serve.Alert) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.prepare(); err != nil {
		return 0, err
	}
	f.buf = f.buf[:0]
	for _, a := range alerts {
		f.buf = append(append(f.buf, a.Line(f.options.Format)...), '\n')
	}
	n, err := f.file.Write(f.buf)
	f.size += int64(n)
	if err == nil {
		err = f.sync()
	}
	if err != nil {
		// After an error of fsync, the file may lack what was written before it.
		err = errors.Join(err, f.file.Close())
		f.file = nil
		return 0, err
	}
	return len(alerts), nil
}

// sync makes what was written durable, as far as the file can do that: a pipe cannot.
func (f *FileOutput) sync() error {
	err := f.file.Sync()
	if info, statErr := f.file.Stat(); statErr == nil && !info.Mode().IsRegular() {
		return nil
	}
	return err
}

// prepare opens the file if an error has closed it, and rotates it.
func (f *FileOutput) prepare() error {
	if f.file != nil && f.options.Rotate > 0 && f.size >= f.options.Rotate {
		if err := f.rotate(); err != nil {
			return fmt.Errorf("rotating: %w", err)
		}
	}
	if f.file == nil {
		return f.open()
	}
	return nil
}

func (f *FileOutput) rotate() error {
	if err := f.file.Close(); err != nil {
		return err
	}
	f.file = nil
	name := func(i int) string {
		if i == 0 {
			return f.options.Path
		}
		return fmt.Sprintf("%s.%d", f.options.Path, i)
	}
	for i := f.options.Keep; i > 0; i-- {
		if err := os.Rename(name(i-1), name(i)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Reopen opens the file again, for programs that have renamed it.
func (f *FileOutput) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if f.file != nil {
		err = f.file.Close()
		f.file = nil
	}
	return errors.Join(err, f.open())
}

// Format implements [serve.Output].
func (f *FileOutput) Format() serve.Format { return f.options.Format }

// Close implements [serve.Output].
func (f *FileOutput) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
