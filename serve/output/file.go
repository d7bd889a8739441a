package output

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/internal/appendfile"
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
	file *appendfile.File
	buf  []byte
}

// File opens a file for appending, and creates it if necessary.
func File(o FileOptions) (*FileOutput, error) {
	if o.Keep <= 0 {
		o.Keep = defaultKeep
	}
	file, err := appendfile.Open(o.Path)
	if err != nil {
		return nil, err
	}
	return &FileOutput{options: o, file: file}, nil
}

// Write implements [serve.Output]: it returns when the alerts are on the disk.
func (f *FileOutput) Write(_ context.Context, alerts []*serve.Alert) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.options.Rotate > 0 && f.file.Size() >= f.options.Rotate {
		if err := f.rotate(); err != nil {
			return 0, fmt.Errorf("rotating: %w", err)
		}
	}
	f.buf = f.buf[:0]
	for _, a := range alerts {
		f.buf = append(append(f.buf, a.Line(f.options.Format)...), '\n')
	}
	if err := f.file.Append(f.buf); err != nil {
		return 0, err
	}
	return len(alerts), nil
}

// rotate renames the file. The next write begins a new one.
func (f *FileOutput) rotate() error {
	if err := f.file.Close(); err != nil {
		return err
	}
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
	f.mu.Lock() // not while Write renames it
	defer f.mu.Unlock()
	return f.file.Reopen()
}

// Format implements [serve.Output].
func (f *FileOutput) Format() serve.Format { return f.options.Format }

// Close implements [serve.Output].
func (f *FileOutput) Close() error { return f.file.Close() }
