package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/jsonstream"
)

// stdinName is how arguments and messages call standard input.
const stdinName = "-"

// inputFiles returns the files that the arguments stand for: a folder is all
// regular files in it and below, hidden ones left out, in the order of their
// names.
func inputFiles(args []string, stdin io.Reader) ([]string, error) {
	if len(args) == 0 {
		if f, ok := stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
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

// maxReported is how many unreadable events of a file are reported one by one.
const maxReported = 100

// eventReader reads the events of inputs.
type eventReader struct {
	flags   *sourceFlags
	sources *eventSources
	stdin   io.Reader
	stderr  io.Writer
	// beforeRead is called whenever more input is needed, which may take
	// long. Its error ends the reading.
	beforeRead func() error
	// read counts events, for the progress display too.
	read atomic.Int64
	// mu guards what can be looked at before the reading has ended:
	// badEvents and badFiles count what could not be read.
	mu                  sync.Locker
	badEvents, badFiles int
	// conflicts counts fixtures that contradict themselves.
	conflicts int
}

// decoders make the events of a run.
type decoders struct {
	audit    *k8saudit.Decoder
	fixtures *fixture.Decoder
	document jsonfields.Document
	visit    func(*fieldsets.Event) error
	// number and start are those of the whole run, to which both kinds of events
	// belong.
	number uint64
	start  int64
}

// count numbers an event and visits it.
func (d *decoders) count(ev *fieldsets.Event) error {
	d.number++
	if d.number == 1 {
		d.start = ev.Time
	}
	ev.Number, ev.Start = d.number, d.start
	return d.visit(ev)
}

// each calls visit for each event of the files. What cannot be read is reported,
// counted and passed over; an error of visit ends it.
func (r *eventReader) each(files []string, visit func(*fieldsets.Event) error) error {
	in := stream()
	dec := &decoders{audit: k8saudit.NewDecoder(in), fixtures: fixture.NewDecoder(in, r.sources.fixtures...), visit: visit}
	dec.audit.MaxEventSize = r.flags.maxEventSize
	dec.fixtures.Default = r.flags.fixtureSource()
	for _, name := range files {
		stop, err := r.file(name, dec)
		if stop != nil {
			return stop
		}
		if err != nil {
			r.mu.Lock()
			r.badFiles++
			fmt.Fprintf(r.stderr, "falcorules: %s\n", fileError(name, err))
			r.mu.Unlock()
		}
	}
	return nil
}

// result reports how much could not be read and returns the error to exit with.
// The caller holds mu.
func (r *eventReader) result() error {
	if r.badEvents > 0 {
		fmt.Fprintf(r.stderr, "falcorules: %d of %s could not be read\n", r.badEvents, count(r.read.Load()+int64(r.badEvents), "event"))
	}
	if r.badFiles > 0 || r.badEvents > 0 && r.flags.strict || r.conflicts > 0 {
		return &exitError{status: exitCall}
	}
	return nil
}

// reporter reports events of one file that cannot be read.
type reporter struct {
	*eventReader
	name     string
	reported int
}

func (r *reporter) report(line, column int, msg string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.badEvents++
	if r.reported++; r.reported <= maxReported {
		fmt.Fprintf(r.stderr, "%s:%d:%d: %s\n", r.name, line, column, msg)
	}
	if r.reported == maxReported {
		fmt.Fprintf(r.stderr, "%s: what else cannot be read in this file is only counted\n", r.name)
	}
}

// file reads the events of one file. The first error is one to stop at, the
// second says why the file could not be read to its end.
func (r *eventReader) file(name string, dec *decoders) (stop, unreadable error) {
	in, err := r.open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	out := &reporter{eventReader: r, name: name}
	if isYAML(name) {
		return out.yaml(in, dec)
	}
	values := jsonstream.NewReader(in, r.flags.maxEventSize)
	for {
		piece, err := values.Next()
		var bad *jsonstream.Error
		switch {
		case errors.Is(err, io.EOF):
			return nil, nil
		case errors.As(err, &bad):
			out.report(bad.Line, bad.Column, fmt.Sprintf("%s: %q", bad.Msg, bad.Text))
			continue
		case in.stop != nil:
			return in.stop, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errors.New("the gzip data is cut off")
		case err != nil:
			return nil, err
		}
		if stop := out.piece(piece, dec); stop != nil {
			return stop, nil
		}
	}
}

// piece reads the events of a piece of JSON. The error is one to stop at.
func (r *reporter) piece(piece jsonstream.Piece, dec *decoders) error {
	if node, ok := dec.fixture(piece.Raw, r.flags.source == k8saudit.SourceName); ok {
		return r.fixture(dec, piece, func() (*fieldsets.Event, error) { return dec.fixtures.Decode(piece.Raw, node) })
	}
	decode := dec.audit.Decode
	if piece.Item {
		decode = dec.audit.DecodeItem
	}
	var stop error
	err := decode(piece.Raw, func(ev *fieldsets.Event) error {
		r.read.Add(1)
		stop = dec.count(ev)
		return stop
	})
	if stop != nil {
		return stop
	}
	if err != nil {
		line, column, msg := placeInPiece(piece, err)
		r.report(line, column, msg)
	}
	return nil
}

// placeInPiece returns the place of a decoder's error and its message.
func placeInPiece(piece jsonstream.Piece, err error) (line, column int, msg string) {
	var syntax *jsonfields.SyntaxError
	if !errors.As(err, &syntax) {
		return piece.Line, piece.Column, err.Error()
	}
	before := piece.Raw[:min(syntax.Offset, len(piece.Raw))]
	msg = "not JSON: " + syntax.Msg
	if last := bytes.LastIndexByte(before, '\n'); last >= 0 {
		return piece.Line + bytes.Count(before, []byte{'\n'}), len(before) - last, msg
	}
	return piece.Line, piece.Column + len(before), msg
}

// input is an open file.
type input struct {
	io.Reader
	io.Closer
	// stop is the error of beforeRead that ended the reading, or nil.
	stop error
}

// open opens an input, unpacked if it is a gzip file.
func (r *eventReader) open(name string) (*input, error) {
	in := &input{Closer: io.NopCloser(nil)}
	raw := r.stdin
	if name != stdinName {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		in.Closer, raw = f, f
	}
	buffered := bufio.NewReaderSize(readerFunc(func(p []byte) (int, error) {
		if err := r.beforeRead(); err != nil {
			in.stop = err
			return 0, err
		}
		return raw.Read(p)
	}), 64<<10)
	in.Reader = buffered
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			in.Close()
			return nil, err
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
	out, ok := stdout.(*os.File)
	if !ok {
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
