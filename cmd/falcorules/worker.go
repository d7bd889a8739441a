package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/jsonstream"
)

// worker makes events of batches and visits them, on one goroutine.
type worker struct {
	flags    *sourceFlags
	visit    visitor
	outcomes *sync.Pool

	audit    *k8saudit.Decoder
	fixtures *fixture.Decoder
	document jsonfields.Document
	// number and start are those of all events that the worker has seen, to
	// which both kinds belong: of the whole run where there is one worker.
	number uint64
	start  int64

	o    *outcome // of the batch in hand
	emit func(*outcome)
	each func(*fieldsets.Event) error // event, for the decoder
}

func newWorker(flags *sourceFlags, sources *eventSources, visit visitor, outcomes *sync.Pool) *worker {
	in := stream()
	w := &worker{flags: flags, visit: visit, outcomes: outcomes, audit: k8saudit.NewDecoder(in), fixtures: fixture.NewDecoder(in, sources.fixtures...)}
	w.audit.MaxEventSize = flags.maxEventSize
	w.fixtures.Default = flags.fixtureSource()
	w.each = func(ev *fieldsets.Event) error {
		w.event(ev)
		return nil
	}
	return w
}

// do visits the events of a batch.
func (w *worker) do(b *batch, emit func(*outcome)) {
	w.emit = emit
	w.begin(b.file)
	if b.yaml {
		w.o.failure = w.yaml(b.text)
	}
	for i := range b.pieces {
		if bad := b.pieces[i].bad; bad != nil {
			w.o.report(bad.Line, bad.Column, fmt.Sprintf("%s: %q", bad.Msg, bad.Text))
			continue
		}
		w.piece(b.piece(i))
	}
	if b.failure != nil {
		w.o.failure = b.failure
	}
	emit(w.o)
	w.o = nil
}

func (w *worker) begin(file *inputFile) {
	w.o = w.outcomes.Get().(*outcome)
	w.o.reset(file)
}

// event numbers an event and visits it.
func (w *worker) event(ev *fieldsets.Event) {
	w.number++
	if w.number == 1 {
		w.start = ev.Time
	}
	ev.Number, ev.Start = w.number, w.start
	w.o.events++
	w.visit(ev, w.o)
	if len(w.o.out) >= largeOutcome {
		w.emit(w.o)
		w.begin(w.o.file)
	}
}

// piece visits the events of a JSON value.
func (w *worker) piece(piece jsonstream.Piece) {
	if node, ok := w.isFixture(piece.Raw); ok {
		ev, err := w.fixtures.Decode(piece.Raw, node)
		w.fixture(piece, ev, err)
		return
	}
	decode := w.audit.Decode
	if piece.Item {
		decode = w.audit.DecodeItem
	}
	if err := decode(piece.Raw, w.each); err != nil {
		w.o.report(placeInPiece(piece, err))
	}
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

// isFixture reports whether a piece of JSON is a fixture, and returns it parsed.
// Where only fixtures are read, all is taken for one. What begins as audit logs do
// is not looked at any further.
func (w *worker) isFixture(raw []byte) (jsonfields.Node, bool) {
	audit := w.flags.source == k8saudit.SourceName
	if audit && bytes.HasPrefix(raw, []byte(`{"kind":"Event`)) {
		return jsonfields.Node{}, false
	}
	if err := w.document.Parse(raw); err != nil {
		return jsonfields.Node{}, false // the other decoder says so too
	}
	root := w.document.JSON()
	return root, !audit || fixture.IsEvent(root)
}

// fixture visits a fixture, unless something is wrong with it.
func (w *worker) fixture(piece jsonstream.Piece, ev *fieldsets.Event, err error) {
	var bad *fixture.Error
	switch {
	case errors.As(err, &bad):
		w.mistake(piece, bad)
		return
	case err != nil:
		w.o.report(piece.Line, piece.Column, err.Error())
		return
	}
	if w.flags.strictGiven {
		if conflicts := w.fixtures.Conflicts(); len(conflicts) > 0 {
			w.mistake(piece, conflicts[0])
			w.o.conflicts++
			return
		}
	}
	w.event(ev)
}

// mistake reports what is wrong with a fixture, at its place in the file.
func (w *worker) mistake(piece jsonstream.Piece, bad *fixture.Error) {
	line, column := piece.Line+bad.Place.Line-1, bad.Place.Column
	if bad.Place.Line <= 1 {
		line, column = piece.Line, piece.Column+max(bad.Place.Column-1, 0)
	}
	msg := bad.Msg
	if bad.Hint != "" {
		msg += "; " + bad.Hint
	}
	w.o.report(line, column, msg)
}

// yaml visits the fixtures of a YAML file: each document is one, or a sequence of
// them. The error says why it is not read to its end.
func (w *worker) yaml(text []byte) error {
	documents := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		switch err := documents.Decode(&document); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		for _, content := range document.Content {
			if isRules(content) {
				return errors.New("no file of events; each rules file is named with a flag of its own: -r FILE")
			}
			events := []*yaml.Node{content}
			switch {
			case content.ShortTag() == "!!null":
				continue
			case content.Kind == yaml.SequenceNode:
				events = content.Content
			}
			for _, event := range events {
				ev, err := w.fixtures.DecodeYAML(event)
				w.fixture(jsonstream.Piece{Line: 1, Column: 1}, ev, err)
			}
		}
	}
}

// isRules reports whether a document is one of a rules file.
func isRules(n *yaml.Node) bool {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || n.Content[0].Kind != yaml.MappingNode {
		return false
	}
	return slices.ContainsFunc(n.Content[0].Content, func(key *yaml.Node) bool {
		return slices.Contains([]string{"rule", "macro", "list", "required_engine_version", "required_plugin_versions"}, key.Value)
	})
}
