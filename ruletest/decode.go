package ruletest

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/alerttext"
	"github.com/falcorules/falcorules/internal/fileerr"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
)

// decoder decodes the events of tests.
type decoder struct {
	run      *suiteRun
	stream   *fieldsets.Stream
	fixtures *fixture.Decoder
	audit    *k8saudit.Decoder
	files    events.Decoder
	// conditions are those of events of files, by their text and source. A condition that
	// is invalid for the source is nil.
	conditions map[[2]string]*eval.Condition
	evaluator  eval.Evaluator
}

func newDecoder(r *suiteRun) *decoder {
	// As in run without --source, events in files that are not fixtures are audit
	// events.
	source, files := r.suite.Source, r.suite.Source
	if source == "" {
		source, files = syscall.SourceName, k8saudit.SourceName
	}
	stream := &fieldsets.Stream{Location: time.UTC}
	d := &decoder{
		run:      r,
		stream:   stream,
		fixtures: fixture.NewDecoder(stream, r.sources.fixtures...),
		audit:    k8saudit.NewDecoder(stream),
		files: events.NewDecoder(events.DecoderOptions{
			Stream: stream, Fixtures: r.sources.fixtures, Source: files, Default: source, Strict: r.suite.Strict,
		}),
	}
	d.fixtures.Default, d.fixtures.Strict = source, r.suite.Strict
	return d
}

// events visits the events of a test. An invalid event is a mistake in the suite; the
// events after it may be left out.
func (d *decoder) events(ctx context.Context, t *Test, visit func(*fieldsets.Event)) {
	d.stream.Restart()
	each := func(ev *fieldsets.Event) {
		if ctx.Err() == nil {
			visit(ev)
		}
	}
	for _, e := range t.Events {
		if ctx.Err() != nil {
			return
		}
		at := e.at
		if at.Start.Line == 0 {
			at = t.at.whole()
		}
		switch {
		case e.err != nil:
			d.run.fail(at, "", "%v", e.err)
		case e.file != "":
			d.file(ctx, &e, at, each)
		case len(e.layers) == 0 && d.run.suite.incomplete: // what it extends was left out
		case len(e.layers) == 0:
			d.run.fail(at, "", "empty event")
		default:
			d.inline(e.value(), at, each)
		}
	}
}

// inline visits an event that is in the suite itself.
func (d *decoder) inline(n *yamlfile.Node, at diag.Range, each func(*fieldsets.Event)) {
	switch {
	case n.Kind == yamlfile.Mapping && len(n.Content) == 0:
		if !d.run.suite.incomplete {
			d.run.fail(at, "", "empty event")
		}
		return
	case n.Kind == yamlfile.Mapping && isAudit(n):
		d.inlineAudit(n, at, each)
		return
	}
	if msg, ok := alerttext.InYAML(n); ok {
		d.run.fail(at, alerttext.Hint, "%s", msg)
		return
	}
	ev, err := d.fixtures.DecodeNode(n)
	if err == nil {
		each(ev)
		return
	}
	for _, bad := range d.fixtures.Mistakes() {
		d.mistake(bad, at)
	}
}

// mistake reports a mistake in a fixture, at its own range or else at that of the event.
func (d *decoder) mistake(bad *diag.Diagnostic, at diag.Range) {
	if t := d.run.suite.text; t != nil && bad.Range.Start.IsValid() {
		at = bad.Range
		at.File = t.Name
	}
	d.run.fail(at, bad.Hint, "%s", bad.Message)
}

// file visits the events of a file. Errors about the file as a whole are reported where
// the suite names it.
func (d *decoder) file(ctx context.Context, e *Event, at diag.Range, each func(*fieldsets.Event)) {
	name, path := e.file, d.run.path(e.file)
	if err := d.check(path); err != nil {
		d.run.fail(at, "", "%s: %s", quote.Name(name), fileerr.Cause(err))
		return
	}
	found, matching := false, false
	for ev, err := range events.All(ctx, events.Files([]string{path}, events.InputOptions{}), d.files) {
		var bad *diag.Diagnostic
		switch {
		case err == nil && e.where != "":
			c, ok := d.condition(e.where, ev.Source, at)
			if !ok {
				return
			}
			d.evaluator.SetEvent(ev)
			if d.evaluator.Holds(c) {
				matching = true
				each(ev)
			}
		case err == nil:
			each(ev)
		case errors.Is(err, events.ErrRules):
			d.run.fail(at, "list rules files under rules, or under files of a test", "%s contains rules, not events", quote.Name(name))
		case !errors.As(err, &bad): // the context is done
			return
		case bad.Range.Start.IsValid():
			d.run.add(bad)
		default:
			d.run.fail(at, "", "%s: %s", quote.Name(name), bad.Message)
		}
		if found = true; len(d.run.errs) >= maxErrors {
			return
		}
	}
	switch {
	case !found:
		d.run.fail(at, "", "%s contains no events", quote.Name(name))
	case e.where != "" && !matching:
		d.run.fail(at, "", "no event of %s matches the condition", quote.Name(name))
	}
}

// condition compiles a condition for events of a source. If it is invalid, it reports that and
// returns false.
func (d *decoder) condition(text, source string, at diag.Range) (*eval.Condition, bool) {
	key := [2]string{text, source}
	c, ok := d.conditions[key]
	if !ok {
		var err error
		if c, _, err = loader.LoadCondition(text, source, nil, loader.Options{Sources: d.run.sources.rules}); err != nil {
			c = nil
			d.run.fail(at, "", "invalid condition: %s", diag.Of(err)[0].Message)
		}
		if d.conditions == nil {
			d.conditions = map[[2]string]*eval.Condition{}
		}
		d.conditions[key] = c
	}
	return c, c != nil
}

// errNotRegular is about pipes and devices, which may never end.
var errNotRegular = errors.New("not a regular file")

// check returns an error if a file must not be read.
func (d *decoder) check(path string) error {
	if err := inRoot(d.run.root, path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return errNotRegular
	}
	return err
}
