package events

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events/internal/jsonstream"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture"
	"github.com/falcorules/falcorules/internal/fileerr"
)

// Stdin is the name for standard input.
const Stdin = "-"

// InputOptions are the options of [Files] and [Reader]. The zero value is usable.
type InputOptions struct {
	// MaxEventSize is the maximum size of a JSON value in bytes, without white space
	// outside strings. If it is 0 or less, the limit is that of Falco's plugin,
	// [k8saudit.DefaultMaxEventSize]. A YAML file can be 64 times as large.
	MaxEventSize int
	// Wrapped is for audit events in the records of a cloud provider's log; see
	// DecoderOptions.Wrapper. It reads lists of records element by element, and allows for
	// the record and for escapes in the text of an event: JSON values can be 6 times as
	// large as MaxEventSize, plus 64 KiB.
	Wrapped bool
	// OnlyJSON reads all files as JSON, regardless of their names.
	OnlyJSON bool
	// Stdin is the input for the name [Stdin]. If it is nil, that name is an ordinary
	// file name.
	Stdin io.Reader
	// BytesRead, if not nil, counts the bytes read, before decompression.
	BytesRead *atomic.Int64
}

// maxEventSize returns the limit for a value of the option MaxEventSize.
func maxEventSize(option int) int {
	if option > 0 {
		return option
	}
	return k8saudit.DefaultMaxEventSize
}

// maxValueSize returns the limit for a JSON value of the input.
func (o *InputOptions) maxValueSize() int {
	const escapes, record = 6, 64 << 10
	if !o.Wrapped || o.MaxEventSize > (math.MaxInt-record)/escapes {
		return o.MaxEventSize
	}
	return escapes*o.MaxEventSize + record
}

// Files returns an input of the given files, one after the other. It decompresses gzip, and
// recognizes captures by their content. It reads other files whose names end in .yaml or .yml
// as YAML and the rest as JSON.
func Files(names []string, o InputOptions) Input {
	return newFiles(names, o, func(name string) (io.ReadCloser, error) {
		if name == Stdin && o.Stdin != nil {
			return io.NopCloser(o.Stdin), nil
		}
		return os.Open(name)
	})
}

// Reader returns an input that reads r like a file with the given name. Closing the
// input closes r if it is an io.Closer.
func Reader(name string, r io.Reader, o InputOptions) Input {
	return newFiles([]string{name}, o, func(string) (io.ReadCloser, error) {
		if c, ok := r.(io.ReadCloser); ok {
			return c, nil
		}
		return io.NopCloser(r), nil
	})
}

func newFiles(names []string, o InputOptions, open func(name string) (io.ReadCloser, error)) *files {
	o.MaxEventSize = maxEventSize(o.MaxEventSize)
	return &files{names: names, options: o, beforeWait: func() {}, open: open}
}

// files is an Input of several files.
type files struct {
	names      []string
	options    InputOptions
	open       func(name string) (io.ReadCloser, error)
	beforeWait func()

	// The current file. Its name is in rec; file is nil if none is open.
	rec     Record
	file    io.Closer
	in      io.Reader
	gzip    bool
	capture bool
	// waits makes reads call beforeWait. It is false while a decoder reads a capture.
	waits  *bool
	values *jsonstream.Reader // nil for YAML
}

// BeforeWait implements [Waiter]. The input calls do before each read, because any
// read may wait.
func (f *files) BeforeWait(do func()) { f.beforeWait = do }

// Next implements [Input].
func (f *files) Next(ctx context.Context) (*Record, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if f.file == nil {
			if len(f.names) == 0 {
				return nil, io.EOF
			}
			f.rec.Name, f.names = f.names[0], f.names[1:]
			if err := f.begin(); err != nil {
				return nil, f.end(err)
			}
		}
		if f.capture {
			f.takeCapture(ctx)
			return &f.rec, nil
		}
		if f.values == nil {
			err := f.yaml()
			if err = f.end(err); err != nil {
				return nil, err
			}
			return &f.rec, nil
		}
		piece, err := f.values.Next()
		if err == nil {
			f.rec.Raw, f.rec.Pos, f.rec.Format, f.rec.Body = piece.Raw, piece.Pos, JSON, nil
			if piece.Item {
				f.rec.Format = JSONItem
			}
			return &f.rec, nil
		}
		var bad *jsonstream.Error
		if errors.As(err, &bad) {
			return nil, f.bad(bad)
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if err = f.end(err); err != nil {
			return nil, err
		}
	}
}

// Close implements [Input].
func (f *files) Close() error {
	f.names = nil
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	return file.Close()
}

// begin opens the current file and decompresses it if it is a gzip file.
func (f *files) begin() error {
	raw, err := f.open(f.rec.Name)
	if err != nil {
		return err
	}
	f.file = raw
	waits := true
	f.waits = &waits
	buffered := bufio.NewReaderSize(readerFunc(func(p []byte) (int, error) {
		if waits {
			f.beforeWait()
		}
		n, err := raw.Read(p)
		if f.options.BytesRead != nil {
			f.options.BytesRead.Add(int64(n))
		}
		return n, err
	}), 64<<10)
	f.in = buffered
	magic, _ := buffered.Peek(2)
	f.gzip = bytes.Equal(magic, []byte{0x1f, 0x8b})
	if f.gzip {
		if f.in, err = gzip.NewReader(buffered); err != nil {
			return err
		}
		buffered = bufio.NewReaderSize(f.in, 64<<10)
		f.in = buffered
	}
	f.values = nil
	start, _ := buffered.Peek(4)
	if f.capture = !f.options.OnlyJSON && capture.IsCapture(start); f.capture {
		return nil
	}
	if f.options.OnlyJSON || !isYAML(f.rec.Name) {
		f.values = jsonstream.NewReader(f.in, f.options.maxValueSize())
		if f.options.Wrapped {
			f.values.SplitRecords()
		}
	}
	return nil
}

// takeCapture makes the current file, a capture, the body of the record.
func (f *files) takeCapture(ctx context.Context) {
	*f.waits = false
	f.rec = Record{Name: f.rec.Name, Format: Capture, Body: &body{ctx, f.in, f.file}}
	f.file = nil
}

// body is the content of a capture.
type body struct {
	ctx  context.Context
	in   io.Reader
	file io.Closer
}

func (b *body) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.in.Read(p)
}

func (b *body) Close() error { return b.file.Close() }

// end closes the current file and converts err, which is nil at the end of the file, to
// a diagnostic.
func (f *files) end(err error) error {
	if f.file != nil {
		f.file.Close()
		f.file = nil
	}
	switch {
	case err == nil:
		return nil
	case f.gzip && errors.Is(err, io.ErrUnexpectedEOF):
		err = errTruncated
	}
	return inputError(f.rec.Name, err)
}

var errTruncated = errors.New("truncated gzip data")

// inputError returns a diagnostic for a file that cannot be read.
func inputError(name string, err error) *diag.Diagnostic {
	return &diag.Diagnostic{Code: BadInput, Message: fileerr.Cause(err).Error(), Range: diag.Range{File: name}, Err: err}
}

// bad returns a diagnostic for broken or too large text.
func (f *files) bad(err *jsonstream.Error) *diag.Diagnostic {
	d := &diag.Diagnostic{
		Code: BadEvent, Message: fmt.Sprintf("%s: %q", err.Msg, err.Text), Err: err,
		Range: diag.Range{File: f.rec.Name, Start: err.Pos},
	}
	if f.options.Wrapped {
		if truncated := k8saudit.Truncated(err.Head, err.Text); truncated != nil {
			d.Message, d.Err = truncated.Error(), truncated
		}
	}
	if !f.options.OnlyJSON && err.Pos.Line == 1 && err.Pos.Column == 1 && err.Kind == jsonstream.Malformed {
		d.Hint = "for YAML, use a file name that ends in .yaml or .yml"
	}
	return d
}

// maxYAML is the ratio of the maximum sizes of a YAML file and an event.
const maxYAML = 64

// yaml reads the whole file into the record.
func (f *files) yaml() error {
	limit := int64(math.MaxInt64 - 1)
	if int64(f.options.MaxEventSize) < limit/maxYAML {
		limit = int64(f.options.MaxEventSize) * maxYAML
	}
	text, err := io.ReadAll(io.LimitReader(f.in, limit+1))
	switch {
	case err != nil:
		return err
	case int64(len(text)) > limit:
		return fmt.Errorf("YAML file of more than %d bytes: use JSON lines instead", limit)
	}
	f.rec.Raw, f.rec.Pos, f.rec.Format, f.rec.Body = text, diag.Pos{Line: 1, Column: 1}, YAML, nil
	return nil
}

// isYAML reports whether a file contains YAML according to its name.
func isYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(strings.TrimSuffix(name, ".gz")))
	return ext == ".yaml" || ext == ".yml"
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// FindFiles replaces each folder in names with the regular files in it and its
// subfolders, except hidden ones, sorted by name. The error is a [*diag.Diagnostic].
func FindFiles(names []string) ([]string, error) {
	var found []string
	for _, name := range names {
		if name == Stdin {
			found = append(found, name)
			continue
		}
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return nil, inputError(name, err)
		case !info.IsDir():
			found = append(found, name)
			continue
		}
		in, err := filesIn(name)
		var pathErr *fs.PathError
		switch {
		case errors.As(err, &pathErr):
			return nil, inputError(pathErr.Path, err)
		case err != nil:
			return nil, inputError(name, err)
		case len(in) == 0:
			return nil, inputError(name, errors.New("the folder has no files"))
		}
		found = append(found, in...)
	}
	return found, nil
}

// FilesByTime returns the regular files in a folder, without those in its subfolders, in
// the order in which they were last modified. Falco's k8saudit plugin reads a folder in
// this order. The error is a [*diag.Diagnostic].
func FilesByTime(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, inputError(dir, err)
	}
	type file struct {
		path     string
		modified time.Time
	}
	var found []file
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		switch info, err := os.Stat(path); {
		case err != nil:
			found = append(found, file{path: path}) // opening it reports the error
		case info.Mode().IsRegular():
			found = append(found, file{path, info.ModTime()})
		}
	}
	slices.SortStableFunc(found, func(a, b file) int { return a.modified.Compare(b.modified) })
	paths := make([]string, len(found))
	for i, f := range found {
		paths[i] = f.path
	}
	return paths, nil
}

func filesIn(dir string) ([]string, error) {
	const separator = string(filepath.Separator)
	var found []string
	// The separator makes WalkDir follow dir if it is a link.
	err := filepath.WalkDir(dir+separator, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.TrimRight(path, separator) != strings.TrimRight(dir, separator) && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && isFile(path):
			found = append(found, filepath.Clean(path))
		}
		return nil
	})
	return found, err
}

// isFile reports whether path is a regular file or a link to one. It accepts broken
// links, so that opening them reports the error.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}
