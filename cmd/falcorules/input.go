package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/jsonstream"
)

// stdinName is how arguments and messages call standard input.
const stdinName = "-"

// inputFiles returns the files that the arguments stand for: a folder is all
// files in it and below, hidden ones left out, in the order of their names.
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
		before := len(files)
		err := filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case path != arg && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
			case !d.IsDir():
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, callError("%v", err)
		}
		if len(files) == before {
			return nil, callError("%s: the folder has no files", arg)
		}
	}
	return files, nil
}

// maxReported is how many unreadable events of a file are reported one by one.
const maxReported = 100

// eventReader reads the events of inputs.
type eventReader struct {
	flags  *sourceFlags
	stdin  io.Reader
	stderr io.Writer
	// beforeRead is called whenever more input is needed, which may take long.
	beforeRead func() error
	// read counts events, for the progress display too.
	read atomic.Int64
	// bad counts what could not be read.
	bad int
}

// each calls visit for each event of the files with the text that it came in.
// Events that cannot be read are reported and counted; other errors end it.
func (r *eventReader) each(files []string, visit func(ev *fieldsets.Event, raw []byte) error) error {
	dec := k8saudit.NewDecoder(stream())
	dec.MaxEventSize = r.flags.maxEventSize
	for _, name := range files {
		if err := r.file(name, dec, visit); err != nil {
			return err
		}
	}
	if r.bad > 0 {
		fmt.Fprintf(r.stderr, "falcorules: %d of %s could not be read\n", r.bad, count(r.read.Load()+int64(r.bad), "event"))
		if r.flags.strict {
			return &exitError{status: exitCall}
		}
	}
	return nil
}

func (r *eventReader) file(name string, dec *k8saudit.Decoder, visit func(*fieldsets.Event, []byte) error) error {
	in, err := r.open(name)
	if err != nil {
		return callError("%v", err)
	}
	defer in.Close()
	reported := 0
	report := func(place, msg string) {
		r.bad++
		switch reported++; {
		case reported < maxReported:
			fmt.Fprintf(r.stderr, "%s:%s: %s\n", name, place, msg)
		case reported == maxReported:
			fmt.Fprintf(r.stderr, "%s:%s: %s; further ones in this file are counted only\n", name, place, msg)
		}
	}
	values := jsonstream.NewReader(in, r.flags.maxEventSize)
	for {
		piece, err := values.Next()
		var bad *jsonstream.Error
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			report(fmt.Sprintf("%d:%d", bad.Line, bad.Column), fmt.Sprintf("%s: %q", bad.Msg, bad.Text))
			continue
		case err != nil:
			return callError("%s: %v", name, err)
		}
		decode := dec.Decode
		if piece.Item {
			decode = dec.DecodeItem
		}
		var stop error
		err = decode(piece.Raw, func(ev *fieldsets.Event) error {
			r.read.Add(1)
			stop = visit(ev, piece.Raw)
			return stop
		})
		if stop != nil {
			return stop
		}
		if err != nil {
			report(strconv.Itoa(piece.Line), err.Error())
		}
	}
}

// open opens an input, unpacked if it is a gzip file.
func (r *eventReader) open(name string) (io.ReadCloser, error) {
	raw := io.NopCloser(r.stdin)
	if name != stdinName {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		raw = f
	}
	buffered := bufio.NewReaderSize(readerFunc(func(p []byte) (int, error) {
		if err := r.beforeRead(); err != nil {
			return 0, err
		}
		return raw.Read(p)
	}), 64<<10)
	in := io.Reader(buffered)
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			raw.Close()
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		in = unpacked
	}
	return struct {
		io.Reader
		io.Closer
	}{in, raw}, nil
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
