package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/falcorules/falcorules/internal/jsonstream"
)

// stdinName is how arguments and messages call standard input.
const stdinName = "-"

// inputFiles returns the files that the arguments stand for: a folder is all
// regular files in it and below, hidden ones left out, in the order of their
// names.
func inputFiles(args []string, stdin io.Reader) ([]string, error) {
	if len(args) == 0 {
		if isTerminal(stdin) {
			return nil, callError("no input: name files or folders with events, or pipe events in")
		}
		return []string{stdinName}, nil
	}
	var files []string
	for _, arg := range args {
		if arg == stdinName {
			files = append(files, arg)
			continue
		}
		info, err := os.Stat(arg)
		if err != nil {
			return nil, callError("%s", fileError(arg, err))
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		before := len(files)
		// The separator makes it follow a link to a folder.
		err = filepath.WalkDir(arg+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case strings.TrimRight(path, string(filepath.Separator)) != strings.TrimRight(arg, string(filepath.Separator)) && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
			case !d.IsDir() && isFile(path):
				files = append(files, filepath.Clean(path))
			}
			return nil
		})
		if err != nil {
			return nil, callError("%s", fileError(arg, err))
		}
		if len(files) == before {
			return nil, callError("%s: the folder has no files", arg)
		}
	}
	return files, nil
}

// isFile reports whether path is a regular file, a link to one, or a link that
// leads nowhere, which is then reported when it is opened.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}

// fileError returns what is wrong with a file, without the name of the system
// call.
func fileError(name string, err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return fmt.Sprintf("%s: %v", pathErr.Path, pathErr.Err)
	}
	return fmt.Sprintf("%s: %v", name, err)
}

// splitter cuts inputs into batches for the workers.
type splitter struct {
	limit   int // of the bytes of an event
	stdin   io.Reader
	bytes   *atomic.Int64 // how many have been read
	work    *pool
	batches *sync.Pool
	file    *inputFile
	b       *batch
}

// files submits the events of all files. After one that cannot be read the others
// are.
func (s *splitter) files(names []string) {
	defer s.work.Done()
	for _, name := range names {
		s.file = &inputFile{name: name}
		s.begin()
		err := s.read(name)
		if errors.Is(err, errStopped) {
			return
		}
		s.b.failure = err
		if !s.submit() {
			return
		}
	}
}

func (s *splitter) begin() {
	s.b = s.batches.Get().(*batch)
	s.b.reset(s.file)
}

// submit hands on what has been read; false says that nobody wants it.
func (s *splitter) submit() bool {
	if len(s.b.pieces) == 0 && !s.b.yaml && s.b.failure == nil {
		return true
	}
	if !s.work.Submit(s.b) {
		return false
	}
	s.begin()
	return true
}

// read submits the events of a file, all but the last batch. The error says why
// the file could not be read to its end.
func (s *splitter) read(name string) error {
	in, err := s.open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if isYAML(name) {
		return s.readYAML(in)
	}
	values := jsonstream.NewReader(in, s.limit)
	for {
		piece, err := values.Next()
		if err == nil {
			s.b.add(piece)
		} else if err = s.bad(err); err != nil {
			return notEOF(err)
		}
		if (len(s.b.text) >= largeBatch || len(s.b.pieces) >= manyPieces) && !s.submit() {
			return errStopped
		}
	}
}

// bad adds what is no value to the batch. Another error ends the file, and is
// returned.
func (s *splitter) bad(err error) error {
	var bad *jsonstream.Error
	if errors.As(err, &bad) {
		s.b.addBad(bad)
		return nil
	}
	return cutOff(err)
}

// cutOff returns err in plain words where packed data ends early.
func cutOff(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the gzip data is cut off")
	}
	return err
}

// notEOF returns err, or nil if it is the end of a file.
func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// maxYAML is how many times as large as an event a YAML file may be.
const maxYAML = 16

// readYAML makes a YAML file a batch.
func (s *splitter) readYAML(in io.Reader) error {
	limit := int64(math.MaxInt64 - 1)
	if int64(s.limit) < limit/maxYAML {
		limit = int64(s.limit) * maxYAML
	}
	text, err := io.ReadAll(io.LimitReader(in, limit+1))
	switch {
	case err != nil:
		return cutOff(err)
	case int64(len(text)) > limit:
		return fmt.Errorf("a YAML file of more than %d bytes is not read; JSON lines are", limit)
	}
	s.b.text, s.b.yaml = append(s.b.text, text...), true
	return nil
}

// isYAML reports whether a file is read as YAML.
func isYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(strings.TrimSuffix(name, ".gz")))
	return ext == ".yaml" || ext == ".yml"
}

// errStopped ends the reading of a file when nobody wants the events any more;
// nobody sees it.
var errStopped = errors.New("stopped")

// input is an open file.
type input struct {
	io.Reader
	io.Closer
}

// open opens an input, unpacked if it is a gzip file.
func (s *splitter) open(name string) (*input, error) {
	in := &input{Closer: io.NopCloser(nil)}
	raw := s.stdin
	if name != stdinName {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		in.Closer, raw = f, f
	}
	buffered := bufio.NewReaderSize(readerFunc(func(p []byte) (int, error) {
		// This may take long, so that what there is goes on its way.
		if !s.submit() {
			return 0, errStopped
		}
		n, err := raw.Read(p)
		s.bytes.Add(int64(n))
		return n, err
	}), 64<<10)
	in.Reader = buffered
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			in.Close()
			return nil, cutOff(err)
		}
		in.Reader = unpacked
	}
	return in, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// count returns "1 event", "2 events".
func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// refuseOwnOutput refuses to read the file that the results go to: it would
// grow for ever.
func refuseOwnOutput(stdout io.Writer, inputs []string) error {
	out := asFile(stdout)
	if out == nil {
		return nil
	}
	info, err := out.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	for _, name := range inputs {
		if in, err := os.Stat(name); err == nil && os.SameFile(info, in) {
			return callError("%s is the file that the results go to", name)
		}
	}
	return nil
}
