package eval

import (
	"errors"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/parser"
)

// missing takes the place of a field without a value.
const missing = "<NA>"

// maxListText is the number of bytes to which Falco cuts a list.
const maxListText = 1023

// Template is a compiled output template: text with placeholders for the values of
// fields.
type Template struct {
	program  *program
	template *ast.Output
	parts    []outputPart
	// fields are the output fields of an alert, sorted by name and without duplicates.
	fields []outputField
}

// Tree returns the tree that the template was compiled from.
func (t *Template) Tree() *ast.Output { return t.template }

type outputPart struct {
	text  string
	slot  int // -1 for text
	width int
}

// outputField is a member of the output_fields of an alert. Its value is the formatted
// text if there is one, else the value of a slot, or null if slot is negative.
type outputField struct {
	name string
	slot int
	text *Template
	// added says that AddField added it.
	added bool
}

// AddField adds a field to the output fields of alerts, or replaces the one with this
// name. Its value is the text of format. If raw is true, it is instead the value of the
// field in format that has the name, in its own type, or null if format does not have it.
// The same builder must have compiled both templates for the same source.
func (t *Template) AddField(name string, format *Template, raw bool) {
	field := outputField{name: name, slot: -1, text: format, added: true}
	if raw {
		field.text = nil
		if i, ok := format.field(name); ok {
			field.slot = format.fields[i].slot
		}
	}
	i, ok := t.field(name)
	if ok {
		t.fields[i] = field
	} else {
		t.fields = slices.Insert(t.fields, i, field)
	}
}

// field returns the index of the output field with a name, or where it belongs.
func (t *Template) field(name string) (int, bool) {
	return slices.BinarySearchFunc(t.fields, name, func(f outputField, name string) int { return strings.Compare(f.name, name) })
}

// errUnknownPrefix rejects a prefix of an unknown field. It is never reported, because
// there is an error about the whole name.
var errUnknownPrefix = errors.New("unknown field")

func (p *program) compileTemplate(template string) (*Template, error) {
	unknown := -1 // the offset of an unknown field, for which the parser tries prefixes
	tree, err := parser.Output(template, p.source.LongestName(), func(op ast.Operand) error {
		if f, ok := op.(*ast.Field); ok && f.Start.Offset == unknown {
			if known, _ := p.source.IsReference(f.Name); !known {
				return errUnknownPrefix
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

// listFields adds the fields in n to the output fields of an alert.
func (p *program) listFields(n ast.Node, o *Template) {
	switch n := n.(type) {
	case *ast.Field:
		id, _ := p.operand(n)
		o.fields = append(o.fields, outputField{name: ast.String(n), slot: id})
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

// appendMessage appends a template with the event's values.
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
		if len(dst)-start > 1 { // Falco writes no comma after empty elements at the start
			dst = append(dst, ',')
		}
		dst = s.appendValue(dst, v)
	}
	dst = append(dst, ')')
	return dst[:min(len(dst), start+maxListText)]
}

// isSilent reports whether Falco cannot print the value of the slot.
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

// Redacted returns a copy of the template that has a text instead of the value of each
// field for which redact returns true, and of everything that is computed from it. It
// returns t itself if there are no such fields. The names are those of output_fields, such
// as proc.aname[2].
func (t *Template) Redacted(redact func(name string) bool, text string) *Template {
	hides := func(n ast.Node) bool {
		found := false
		ast.Inspect(n, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok {
				found = found || redact(ast.String(f))
			}
			return !found
		})
		return found
	}
	out, changed := *t, false
	out.parts, out.fields = slices.Clone(t.parts), slices.Clone(t.fields)
	for i, n := range t.template.Parts {
		if p, ok := n.(*ast.Placeholder); ok && hides(p.Operand) {
			out.parts[i], changed = outputPart{text: text, slot: -1}, true
		}
	}
	for i := range out.fields {
		switch f := &out.fields[i]; {
		case f.text != nil:
			inner := f.text.Redacted(redact, text)
			changed = changed || inner != f.text
			f.text = inner
		case f.slot >= 0 && redact(t.program.slots[f.slot].name):
			f.text, changed = &Template{program: t.program, template: &ast.Output{}, parts: []outputPart{{text: text, slot: -1}}}, true
		}
	}
	if !changed {
		return t
	}
	return &out
}
