package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/internal/jsonstream"
)

// isYAML reports whether a file is read as YAML.
func isYAML(name string) bool {
	ext := filepath.Ext(name)
	return ext == ".yaml" || ext == ".yml"
}

// fixture reports whether a piece of JSON is a fixture, and returns it parsed.
// Where only fixtures are read, all is taken for one. What begins as audit logs do
// is not looked at any further.
func (d *decoders) fixture(raw []byte, audit bool) (jsonfields.Node, bool) {
	if audit && bytes.HasPrefix(raw, []byte(`{"kind":"Event`)) {
		return jsonfields.Node{}, false
	}
	if err := d.document.Parse(raw); err != nil {
		return jsonfields.Node{}, false // the other decoder says so too
	}
	root := d.document.JSON()
	return root, !audit || fixture.IsEvent(root)
}

// fixture reads one fixture. The error is one to stop at.
func (r *reporter) fixture(dec *decoders, piece jsonstream.Piece, decode func() (*fieldsets.Event, error)) error {
	ev, err := decode()
	var bad *fixture.Error
	switch {
	case errors.As(err, &bad):
		r.mistake(piece, bad)
		return nil
	case err != nil:
		r.report(piece.Line, piece.Column, err.Error())
		return nil
	}
	if r.flags.strictGiven {
		if conflicts := dec.fixtures.Conflicts(); len(conflicts) > 0 {
			r.mistake(piece, conflicts[0])
			r.conflicts++
			return nil
		}
	}
	r.read.Add(1)
	return dec.count(ev)
}

// mistake reports what is wrong with a fixture, at its place in the file.
func (r *reporter) mistake(piece jsonstream.Piece, bad *fixture.Error) {
	line, column := piece.Line+bad.Place.Line-1, bad.Place.Column
	if bad.Place.Line <= 1 {
		line, column = piece.Line, piece.Column+max(bad.Place.Column-1, 0)
	}
	msg := bad.Msg
	if bad.Hint != "" {
		msg += "; " + bad.Hint
	}
	r.report(line, column, msg)
}

// maxYAML is how many times as large as an event a YAML file may be.
const maxYAML = 64

// yaml reads a YAML file of fixtures: each document is one, or a sequence of them.
func (r *reporter) yaml(in *input, dec *decoders) (stop, unreadable error) {
	limit := int64(r.flags.maxEventSize) * maxYAML
	text, err := io.ReadAll(io.LimitReader(in, limit+1))
	switch {
	case in.stop != nil:
		return in.stop, nil
	case err != nil:
		return nil, err
	case int64(len(text)) > limit:
		return nil, fmt.Errorf("a YAML file of more than %d bytes is not read; JSON lines are", limit)
	}
	documents := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		switch err := documents.Decode(&document); {
		case errors.Is(err, io.EOF):
			return nil, nil
		case err != nil:
			return nil, err
		}
		for _, content := range document.Content {
			if isRules(content) {
				return nil, errors.New("no file of events; each rules file is named with a flag of its own: -r FILE")
			}
			events := []*yaml.Node{content}
			switch {
			case content.ShortTag() == "!!null":
				continue
			case content.Kind == yaml.SequenceNode:
				events = content.Content
			}
			for _, event := range events {
				decode := func() (*fieldsets.Event, error) { return dec.fixtures.DecodeYAML(event) }
				if stop := r.fixture(dec, jsonstream.Piece{Line: 1, Column: 1}, decode); stop != nil {
					return stop, nil
				}
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
