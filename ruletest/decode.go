package ruletest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/eventfile"
	"github.com/falcorules/falcorules/internal/jsonstream"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// maxYAML is the number of bytes that a YAML file of events may have.
const maxYAML = 64 * k8saudit.DefaultMaxEventSize

// decoder makes the events of tests.
type decoder struct {
	run      *suiteRun
	fixtures *fixture.Decoder
	audit    *k8saudit.Decoder
	files    *eventfile.Decoder
	// number and start are those of the events of a test.
	number uint64
	start  int64
}

func newDecoder(r *suiteRun) *decoder {
	// As with run, where the events of no source are asked for, those that are no
	// fixtures are audit events.
	source, files := r.suite.Source, r.suite.Source
	if source == "" {
		source, files = syscall.SourceName, k8saudit.SourceName
	}
	stream := &fieldsets.Stream{Location: time.UTC}
	d := &decoder{
		run:      r,
		fixtures: fixture.NewDecoder(stream, r.sources.fixtures...),
		audit:    k8saudit.NewDecoder(stream),
		files: eventfile.NewDecoder(eventfile.Options{
			Stream: stream, Fixtures: r.sources.fixtures, Source: files, Default: source,
			MaxEventSize: k8saudit.DefaultMaxEventSize, Strict: r.suite.Strict,
		}),
	}
	d.fixtures.Default = source
	return d
}

// events visits the events of a test. What is no event is an error of the suite; then
// the rest may be left out.
func (d *decoder) events(ctx context.Context, t *Test, visit func(*fieldsets.Event)) {
	d.number, d.start = 0, 0
	each := func(ev *fieldsets.Event) {
		if ctx.Err() != nil {
			return
		}
		d.number++
		if d.number == 1 {
			d.start = ev.Time
		}
		ev.Number, ev.Start = d.number, d.start
		visit(ev)
	}
	for _, e := range t.Events {
		if ctx.Err() != nil {
			return
		}
		at := e.at
		if at.Start.Line == 0 {
			at = t.at.of()
		}
		switch {
		case e.err != nil:
			d.run.fail(at, "", "%v", e.err)
		case e.file != "":
			d.file(ctx, e.file, at, each)
		case len(e.layers) == 0 && d.run.suite.damaged: // by what it extends
		case len(e.layers) == 0:
			d.run.fail(at, "", "the event is empty")
		default:
			d.inline(e.value(), at, each)
		}
	}
}

// inline visits an event that stands in the suite.
func (d *decoder) inline(n *yamlfile.Node, at diag.Range, each func(*fieldsets.Event)) {
	switch {
	case n.Kind == yamlfile.Mapping && len(n.Content) == 0:
		if !d.run.suite.damaged {
			d.run.fail(at, "", "the event is empty")
		}
		return
	case n.Kind == yamlfile.Mapping && isAudit(n):
		d.inlineAudit(n, at, each)
		return
	}
	if msg := eventfile.Alert(n); msg != "" {
		d.run.fail(at, "", "%s", msg)
		return
	}
	ev, err := d.fixtures.DecodeNode(n)
	mistakes := d.fixtures.Mistakes()
	if err == nil && d.run.suite.Strict {
		mistakes = d.fixtures.Conflicts()
	}
	for _, bad := range mistakes {
		d.mistake(bad, at)
	}
	if len(mistakes) == 0 {
		each(ev)
	}
}

// mistake adds what is wrong with a fixture that stands in the suite, at its place or at
// that of the event.
func (d *decoder) mistake(bad *fixture.Error, at diag.Range) {
	place := &yamlfile.Node{Start: diag.Pos{Line: bad.Place.Line, Column: bad.Place.Column}}
	if inFile := d.run.suite.text.place(place); inFile.Start.Line > 0 {
		at = inFile
	}
	e := d.run.suite.text.errorIn(at, bad.Hint, "%s", bad.Msg)
	e.length = e.lengthOf(bad.Field)
	d.run.add(e)
}

// file visits the events of a file. An error about the file as a whole is at the place
// that names it.
func (d *decoder) file(ctx context.Context, name string, at diag.Range, each func(*fieldsets.Event)) {
	path := d.run.path(name)
	found := false
	d.files.Visit = func(ev *fieldsets.Event) {
		found = true
		each(ev)
	}
	d.files.Report = func(p eventfile.Problem) {
		found = true
		d.run.add(&Error{Position: diag.Range{File: path, Start: diag.Pos{Line: p.Line, Column: p.Column}}, Msg: p.Msg})
	}
	err := inRoot(d.run.root, path)
	if err == nil {
		err = d.read(ctx, path)
	}
	var bad *eventfile.SyntaxError
	switch {
	case errors.Is(err, eventfile.ErrRules):
		d.run.fail(at, "rules files stand under rules, or under files of a test", "%s: it is a file of rules, not of events", quote.Name(name))
	case errors.As(err, &bad):
		d.run.add(&Error{Position: diag.Range{File: path, Start: diag.Pos{Line: bad.Line, Column: bad.Column}}, Msg: bad.Msg})
	case err != nil:
		d.run.fail(at, "", "%s: %s", quote.Name(name), cause(err))
	case !found:
		d.run.fail(at, "", "%s: the file has no events", quote.Name(name))
	}
}

// gzipMagic is what gzip files begin with.
const gzipMagic = "\x1f\x8b"

// errNotRegular refuses pipes and devices.
var errNotRegular = errors.New("it is not a regular file")

// read reads a file of events.
func (d *decoder) read(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular(): // a pipe may never end
		return errNotRegular
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	if begin, _ := in.Peek(len(gzipMagic)); string(begin) == gzipMagic {
		return errors.New("it is packed; a suite names files that are not")
	}
	if ext := filepath.Ext(path); ext == ".yaml" || ext == ".yml" {
		text, err := io.ReadAll(io.LimitReader(in, maxYAML+1))
		switch {
		case err != nil:
			return err
		case len(text) > maxYAML:
			return fmt.Errorf("a YAML file of more than %d bytes is not read; JSON lines are", maxYAML)
		}
		return d.files.YAML(text)
	}
	pieces := jsonstream.NewReader(in, k8saudit.DefaultMaxEventSize)
	for {
		piece, err := pieces.Next()
		var bad *jsonstream.Error
		switch {
		case err == nil:
			d.files.JSON(piece)
		case errors.As(err, &bad):
			d.files.Report(eventfile.Problem{Line: bad.Line, Column: bad.Column, Msg: fmt.Sprintf("%s: %q", bad.Msg, bad.Text)})
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
		if len(d.run.errs) >= maxErrors || ctx.Err() != nil {
			return nil
		}
	}
}
