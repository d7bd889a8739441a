package eval

import (
	"errors"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/parser"
)

// missing is printed for a field that the event has no value for.
const missing = "<NA>"

// longestList is the number of bytes that Falco prints of a list.
const longestList = 1023

// Template is a compiled output template: text with placeholders for the values of
// fields.
type Template struct {
	program  *program // whose slots the parts are
	template *ast.Output
	parts    []outputPart
	// fields are the fields that an alert lists, sorted by name, each once.
	fields []outputField
}

// Tree returns the tree that the template was compiled from.
func (t *Template) Tree() *ast.Output { return t.template }

type outputPart struct {
	text  string
	slot  int // -1 for text
	width int
}

type outputField struct {
	name string
	slot int
}

// errUnknownBeginning is the error about the beginning of an unknown field, which
// is not reported: that about the whole name is.
var errUnknownBeginning = errors.New("unknown")

func (p *program) compileTemplate(template string) (*Template, error) {
	unknown := -1 // where a field begins that is unknown: what else begins there are its beginnings
	tree, err := parser.Output(template, p.source.LongestName(), func(op ast.Operand) error {
		if f, ok := op.(*ast.Field); ok && f.Start.Offset == unknown {
			if known, _ := p.source.IsReference(f.Name); !known {
				return errUnknownBeginning
			}
		}
		if _, err := p.operand(op); err != nil {
			unknown = op.Range().Start.Offset
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	o := &Template{program: p, template: tree}
	for _, part := range tree.Parts {
		switch part := part.(type) {
		case *ast.Text:
			o.parts = append(o.parts, outputPart{text: part.Text, slot: -1})
		case *ast.Placeholder:
			id, _ := p.operand(part.Operand) // compiled above
			o.parts = append(o.parts, outputPart{slot: id, width: part.Width})
			p.listFields(part.Operand, o)
		}
	}
	slices.SortFunc(o.fields, func(a, b outputField) int { return strings.Compare(a.name, b.name) })
	o.fields = slices.CompactFunc(o.fields, func(a, b outputField) bool { return a.name == b.name })
	return o, nil
}

// listFields adds the fields of n to those that an alert lists. Of a
// transformer it is the fields that it is made of.
func (p *program) listFields(n ast.Node, o *Template) {
	switch n := n.(type) {
	case *ast.Field:
		id, _ := p.operand(n)
		o.fields = append(o.fields, outputField{ast.String(n), id})
	case *ast.Transform:
		for _, a := range n.Args {
			p.listFields(a, o)
		}
	case *ast.TransformList:
		for _, a := range n.Items {
			p.listFields(a, o)
		}
	}
}

// appendMessage appends the output as text, not escaped.
func (f *frame) appendMessage(dst []byte, o *Template) []byte {
	for _, part := range o.parts {
		if part.slot < 0 {
			dst = append(dst, part.text...)
			continue
		}
		start := len(dst)
		dst = f.appendSlot(dst, part.slot)
		if part.width > 0 {
			for len(dst)-start < part.width {
				dst = append(dst, ' ')
			}
			dst = dst[:start+part.width]
		}
	}
	return dst
}

// appendSlot appends the values of a slot as text.
func (f *frame) appendSlot(dst []byte, id int) []byte {
	s, values := &f.program.slots[id], f.values(id)
	switch {
	case !f.has(id) || s.isSilent():
		return append(dst, missing...)
	case !s.list:
		return s.appendValue(dst, values[0])
	}
	start := len(dst)
	dst = append(dst, '(')
	for _, v := range values {
		if len(dst)-start > 1 { // so that empty elements at the start leave no comma
			dst = append(dst, ',')
		}
		dst = s.appendValue(dst, v)
	}
	dst = append(dst, ')')
	return dst[:min(len(dst), start+longestList)]
}

// isSilent reports whether Falco cannot print what the slot has.
func (s *slot) isSilent() bool {
	return s.silent || s.field != nil && s.field.Print == fieldsets.PrintNone && s.typ.Bits() > 0
}

func (s *slot) appendValue(dst []byte, v fieldsets.Value) []byte {
	f := s.field
	if f == nil {
		f = &fieldsets.Field{Type: s.typ}
	}
	return f.AppendText(dst, v)
}
