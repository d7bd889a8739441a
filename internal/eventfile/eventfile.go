// Package eventfile makes events of the text of files: audit events and fixtures,
// written as JSON or as YAML.
package eventfile

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/jsonstream"
	"github.com/falcorules/falcorules/internal/quote"
)

// Options say what events there are.
type Options struct {
	Stream *fieldsets.Stream
	// Fixtures are the sources of fixtures.
	Fixtures []*fixture.Source
	// Source is that of what is no fixture; where it is not k8s_audit, all events
	// are fixtures.
	Source string
	// Default is the source of fixtures that name none.
	Default string
	// MaxEventSize is how many bytes an audit event, or one in YAML, may have, white
	// space not counted. Fixtures in JSON are limited by who reads them.
	MaxEventSize int
	// Strict refuses fixtures that contradict themselves.
	Strict bool
}

// Problem says why something in a file is no event.
type Problem struct {
	// Line and Column are its place, from 1, the column in bytes.
	Line, Column int
	Msg          string
}

// Decoder makes events. It is for one goroutine. An event is good until Visit
// returns.
type Decoder struct {
	// Visit gets the events, Report what is none.
	Visit  func(*fieldsets.Event)
	Report func(Problem)

	options  Options
	audit    *k8saudit.Decoder
	fixtures *fixture.Decoder
	document jsonfields.Document
	each     func(*fieldsets.Event) error // event, for the decoder of audit events
	// number and start are those of all events, to which both kinds belong.
	number uint64
	start  int64
}

// NewDecoder returns a decoder without Visit and Report.
func NewDecoder(options Options) *Decoder {
	d := &Decoder{
		options:  options,
		audit:    k8saudit.NewDecoder(options.Stream),
		fixtures: fixture.NewDecoder(options.Stream, options.Fixtures...),
	}
	d.audit.MaxEventSize = options.MaxEventSize
	d.fixtures.Default = options.Default
	d.each = func(ev *fieldsets.Event) error {
		d.event(ev)
		return nil
	}
	return d
}

// event numbers an event and hands it out.
func (d *Decoder) event(ev *fieldsets.Event) {
	d.number++
	if d.number == 1 {
		d.start = ev.Time
	}
	ev.Number, ev.Start = d.number, d.start
	d.Visit(ev)
}

// JSON makes the events of a JSON value.
func (d *Decoder) JSON(piece jsonstream.Piece) {
	err := d.document.Parse(piece.Raw)
	root := d.document.JSON()
	switch {
	case err != nil:
	case d.isFixture(piece.Raw, root):
		if isAlert(root) {
			d.alert(piece, root)
			return
		}
		ev, err := d.fixtures.Decode(piece.Raw, root)
		d.fixture(piece, ev, err)
		return
	case piece.Item:
		err = d.audit.DecodeItemNode(root, d.each)
	default:
		err = d.audit.DecodeNode(root, d.each)
	}
	if err != nil {
		if errors.Is(err, k8saudit.ErrNotAuditEvent) && isAlert(root) {
			d.alert(piece, root)
			return
		}
		line, column, msg := placeInPiece(piece, err)
		if errors.Is(err, k8saudit.ErrNotAuditEvent) {
			msg += "; nor a fixture, which has source, fields, or a group of them such as evt or proc"
		}
		d.Report(Problem{Line: line, Column: column, Msg: msg})
	}
}

// isAlert reports whether a JSON value is an alert of Falco, which has fields that no
// event has.
func isAlert(root jsonfields.Node) bool {
	return root.Get("rule").Kind() == jsonfields.String &&
		(root.Get("output_fields").Kind() == jsonfields.Object || root.Get("priority").Kind() == jsonfields.String)
}

// alert reports an alert.
func (d *Decoder) alert(piece jsonstream.Piece, root jsonfields.Node) {
	d.Report(Problem{Line: piece.Line, Column: piece.Column, Msg: anAlert(root.Get("rule").Text())})
}

// anAlert says what an alert is.
func anAlert(rule string) string {
	return fmt.Sprintf("this is an alert of rule %s and no event; falcorules fixture makes an event of what it says", quote.Text(rule))
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

// isFixture reports whether a piece of JSON is a fixture. Where only fixtures are
// read, all is taken for one. What begins as audit logs do is not looked at any
// further.
func (d *Decoder) isFixture(raw []byte, root jsonfields.Node) bool {
	if d.options.Source != k8saudit.SourceName {
		return true
	}
	return !bytes.HasPrefix(raw, []byte(`{"kind":"Event`)) && fixture.IsEvent(root)
}

// fixture hands out a fixture, unless something is wrong with it.
func (d *Decoder) fixture(piece jsonstream.Piece, ev *fieldsets.Event, err error) {
	var bad *fixture.Error
	switch {
	case errors.As(err, &bad):
		d.mistake(piece, bad)
		return
	case err != nil:
		d.Report(Problem{Line: piece.Line, Column: piece.Column, Msg: err.Error()})
		return
	}
	if d.options.Strict {
		if conflicts := d.fixtures.Conflicts(); len(conflicts) > 0 {
			d.mistake(piece, conflicts[0])
			return
		}
	}
	d.event(ev)
}

// mistake reports what is wrong with a fixture, at its place in the file.
func (d *Decoder) mistake(piece jsonstream.Piece, bad *fixture.Error) {
	line, column := piece.Line+bad.Place.Line-1, bad.Place.Column
	if bad.Place.Line <= 1 {
		line, column = piece.Line, piece.Column+max(bad.Place.Column-1, 0)
	}
	msg := bad.Msg
	if bad.Hint != "" {
		msg += "; " + bad.Hint
	}
	d.Report(Problem{line, column, msg})
}
