package serve

import (
	"context"
	"errors"
	"io"

	"github.com/falcorules/falcorules/rulesfile"
)

// Output writes alerts to where they are needed. One goroutine at a time calls it.
type Output interface {
	// Write writes alerts in order, at least the first one, and returns how many it has
	// written. An alert counts as written when the output is as sure of it as it can be: a
	// file after fsync, an HTTP server after a 2xx answer. Senders may be waiting for that,
	// so an output that needs time for each alert writes only one.
	//
	// Write is called again with alerts that it has not counted. If the error is a
	// [RejectError], the first of these cannot be written at all.
	Write(ctx context.Context, alerts []*Alert) (int, error)
	// Format returns the format in which it writes alerts.
	Format() Format
	// Close releases the output.
	Close() error
}

// Templated is an [Output] that writes texts which depend on the alert, such as the names of
// topics.
type Templated interface {
	Output
	// Templates returns output templates over alerts and their events. Their texts are in
	// [Alert.Filled].
	Templates() []rulesfile.Value
}

// DeadLetterer is an [Output] that has a place of its own for alerts that it rejects.
type DeadLetterer interface {
	Output
	// WriteDeadLetter writes an alert for which Write returned a [RejectError]. If it
	// returns a RejectError, too, the alert goes to [Config.DeadLetters].
	WriteDeadLetter(ctx context.Context, a *Alert, cause error) error
}

// RejectError is the error of an [Output] that will never take an alert.
type RejectError struct{ Err error }

func (e *RejectError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *RejectError) Unwrap() error { return e.Err }

// Format is the format in which an output writes alerts.
type Format uint8

// The formats: Falco's line of text and its JSON object.
const (
	Text Format = iota
	JSON
)

// Line returns the alert in a format, without a line feed.
func (a *Alert) Line(f Format) []byte {
	if f == JSON {
		return a.JSON
	}
	return a.Text
}

// Writer returns an output that writes a line for each alert to w. Alerts count as
// written as soon as w.Write returns. Closing the output does not close w.
func Writer(w io.Writer, f Format) Output { return &writer{w: w, format: f} }

type writer struct {
	w      io.Writer
	format Format
	buf    []byte
}

// Write implements [Output].
func (w *writer) Write(_ context.Context, alerts []*Alert) (int, error) {
	w.buf = w.buf[:0]
	for _, a := range alerts {
		w.buf = append(append(w.buf, a.Line(w.format)...), '\n')
	}
	n, err := w.w.Write(w.buf)
	if err == nil {
		return len(alerts), nil
	}
	// Do not write lines again that were written whole.
	written := 0
	for _, a := range alerts {
		n -= len(a.Line(w.format)) + 1
		if n < 0 {
			break
		}
		written++
	}
	return written, err
}

// Format implements [Output].
func (w *writer) Format() Format { return w.format }

// Close implements [Output].
func (w *writer) Close() error { return nil }

var errFull = errors.New("the queue of alerts is full")
