package main

import (
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/eventfile"
	"github.com/falcorules/falcorules/internal/jsonstream"
)

// batch is a part of an input: what the feed's workers get. A text of YAML is the
// whole of its file.
type batch struct {
	text   []byte
	pieces []piece
	yaml   bool
	// failure says why the file ends here, where that is not its end.
	failure error
	file    *inputFile
}

// piece is a JSON value in the text of a batch.
type piece struct {
	start, end   int
	line, column int
	item         bool
	// bad says what is wrong with a value that is none.
	bad *jsonstream.Error
}

// largeBatch is how many bytes a batch has before it is handed on, and manyPieces
// how many values: those that are none have no bytes.
const (
	largeBatch = 128 << 10
	manyPieces = 4096
)

func (b *batch) add(p jsonstream.Piece) {
	start := len(b.text)
	b.text = append(b.text, p.Raw...)
	b.pieces = append(b.pieces, piece{start: start, end: len(b.text), line: p.Line, column: p.Column, item: p.Item})
}

func (b *batch) addBad(err *jsonstream.Error) { b.pieces = append(b.pieces, piece{bad: err}) }

// piece returns a value as it stood in the stream.
func (b *batch) piece(i int) jsonstream.Piece {
	p := b.pieces[i]
	return jsonstream.Piece{Raw: b.text[p.start:p.end:p.end], Line: p.line, Column: p.column, Item: p.item}
}

func (b *batch) reset(file *inputFile) {
	clear(b.pieces)
	*b = batch{text: b.text[:0], pieces: b.pieces[:0], file: file}
}

// inputFile is a file that is read. What was reported of it is counted by who
// writes the reports.
type inputFile struct {
	name     string
	reported int
}

// outcome is what came of events: of a batch or of a part of it.
type outcome struct {
	file *inputFile
	// out is what is to be written.
	out []byte
	// events is how many were read, unidentified how many of them are audit events
	// without an auditID, problems what could not be read.
	events       int64
	unidentified int64
	problems     []eventfile.Problem
	// fired has a rule for each alert in out, idle the number of events by the
	// sources that no rule is of.
	fired []*eval.Rule
	idle  map[string]int64
	// explained counts explanations; last says that no more is wanted.
	explained int64
	last      bool
	// failure says why the file could not be read to its end.
	failure error
}

// largeOutcome is how many bytes are gathered before they are handed on.
const largeOutcome = 256 << 10

// identify counts an event if it is an audit event without an auditID.
func (o *outcome) identify(ev *fieldsets.Event) {
	if k8saudit.MissingAuditID(ev) {
		o.unidentified++
	}
}

func (o *outcome) reset(file *inputFile) {
	clear(o.idle)
	clear(o.fired)
	clear(o.problems)
	*o = outcome{file: file, out: o.out[:0], problems: o.problems[:0], fired: o.fired[:0], idle: o.idle}
}
