package eval

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
)

// transform returns the slot of a transformer. It checks the arguments before their
// number, as Falco does.
func (p *program) transform(t *ast.Transform) (int, *diag.Diagnostic) {
	bad := func(format string, args ...any) (int, *diag.Diagnostic) {
		return 0, compileError(t, fmt.Errorf(format, args...))
	}
	ids := make([]int, len(t.Args))
	for i, a := range t.Args {
		id, err := p.argument(a)
		if err != nil {
			return 0, err
		}
		ids[i] = id
	}
	info, known := ast.LookupTransformer(t.Name)
	switch {
	case !known: // val, which the parser accepts only on the right side
		return bad("%s is valid only on the right side of an operator", t.Name)
	case t.Arg != nil && !info.Brackets:
		return bad("%s accepts no argument in brackets", t.Name)
	case info.Args >= 0 && len(t.Args) != info.Args:
		return bad("%s has %s, want %d: %s", t.Name, quote.Count(len(t.Args), "argument"), info.Args, info.Usage)
	case info.Args < 0 && len(t.Args) < -info.Args:
		return bad("%s has %s, want at least %d: %s", t.Name, quote.Count(len(t.Args), "argument"), -info.Args, info.Usage)
	case info.Args != 1:
		s, err := p.multi(t, ids)
		if err != nil {
			return bad("%w", err)
		}
		return p.addTransform(t, s, ids)
	}
	in := p.slots[ids[0]]
	switch {
	case in.base != nil && in.base.NoTransformer:
		return bad("%s cannot be used in a transformer", in.base.Name)
	case !info.Accepts(in.typ.Kind(), in.list) || t.Name == "b64" && in.typ != fieldsets.CharBuf && in.typ != fieldsets.ByteBuf:
		return bad("%s does not accept %s, which is %s", t.Name, in.name, in.describe())
	}
	s := slot{typ: in.typ, list: in.list, base: in.base, origin: in.origin, multi: in.multi}
	if t.Name == "len" {
		s.typ, s.list, s.fill = fieldsets.Uint64, false, length(ids[0], in.list)
		s.silent = in.base == nil || in.base.Print == fieldsets.PrintNone
	} else {
		s.fill = mapped(ids[0], textTransformers[t.Name])
	}
	return p.addTransform(t, s, ids)
}

// addTransform returns the id of slot s, which transformer t makes of the slots args.
// Calls with equal names and arguments share a slot.
func (p *program) addTransform(t *ast.Transform, s slot, args []int) (int, *diag.Diagnostic) {
	key := "t" + t.Name + fmt.Sprint(args)
	if t.Arg != nil {
		key += "[" + t.Arg.Text
	}
	if id, ok := p.slotIDs[key]; ok {
		return id, nil
	}
	s.name = ast.Display(t)
	return p.addSlot(key, s), nil
}

// multi returns the slot of a transformer with several arguments. Like Falco, it checks
// the types of its arguments as they are without other transformers.
func (p *program) multi(t *ast.Transform, args []int) (slot, error) {
	s := slot{typ: fieldsets.CharBuf, origin: kind{typ: fieldsets.CharBuf}, multi: true}
	// want returns an error unless argument i is a list or a single value, and text.
	want := func(i int, list, text bool) error {
		in := p.slots[args[i]]
		switch {
		case list && !in.origin.list:
			return fmt.Errorf("the %s argument of %s must be a list; %s is %s", ordinals[i], t.Name, in.name, in.describe())
		case !list && in.origin.list:
			return fmt.Errorf("the %s argument of %s must be a single value, not a list; %s is %s", ordinals[i], t.Name, in.name, in.describe())
		case text && in.origin.typ != fieldsets.CharBuf:
			return fmt.Errorf("the arguments of %s must have type CHARBUF; %s is %s", t.Name, in.name, in.describeType())
		}
		return nil
	}
	switch t.Name {
	case "concat":
		for i := range args {
			in := p.slots[args[i]]
			if in.origin.list || in.origin.typ != fieldsets.CharBuf {
				return s, fmt.Errorf("the arguments of %s must have type CHARBUF; %s is %s", t.Name, in.name, in.describeType())
			}
		}
		s.fill = joined(-1, args)
	case "join":
		if err := errors.Join(want(0, false, false), want(1, true, false)); err != nil {
			return s, err
		}
		s.fill = joined(args[0], args[1:])
	case "getopt":
		if err := errors.Join(want(0, true, true), want(1, false, true)); err != nil {
			return s, err
		}
		switch {
		case t.Arg == nil:
			s.list, s.fill = true, allOptions(args[0], args[1])
		case len(t.Arg.Text) != 1:
			return s, fmt.Errorf("invalid option %q of getopt: want one letter in brackets", t.Arg.Text)
		default:
			s.fill = optionValue(args[0], args[1], t.Arg.Text)
		}
	}
	return s, nil
}

var ordinals = [...]string{"first", "second"}

// textTransformers map a text to another one, which they append to dst. They return
// false if there is no value.
var textTransformers = map[string]func(dst []byte, s string) ([]byte, bool){
	"tolower": func(dst []byte, s string) ([]byte, bool) {
		for i := range len(s) {
			dst = append(dst, lower(s[i]))
		}
		return dst, true
	},
	"toupper": func(dst []byte, s string) ([]byte, bool) {
		for i := range len(s) {
			dst = append(dst, upper(s[i]))
		}
		return dst, true
	},
	"b64": func(dst []byte, s string) ([]byte, bool) {
		s = strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
		if strings.ContainsAny(s, "\r\n") { // Go's decoder ignores them
			return dst, false
		}
		start := len(dst)
		dst, err := base64.RawStdEncoding.Strict().AppendDecode(dst, []byte(s))
		if nul := bytes.IndexByte(dst[start:], 0); nul >= 0 {
			dst = dst[:start+nul] // as C strings do
		}
		return dst, err == nil
	},
	"basename": func(dst []byte, s string) ([]byte, bool) {
		return append(dst, s[strings.LastIndexByte(s, '/')+1:]...), true
	},
}

// mapped fills a slot by mapping the texts of another slot. If one of them maps to no
// value, the slot has none.
func mapped(from int, transform func([]byte, string) ([]byte, bool)) func(*frame, *fieldsets.Values) {
	return func(f *frame, out *fieldsets.Values) {
		if !f.has(from) {
			return
		}
		out.MarkPresent()
		for _, v := range f.values(from) {
			ok := true
			out.AddBuilt(func(buf []byte) []byte {
				buf, ok = transform(buf, v.Text())
				return buf
			})
			if !ok {
				out.Reset()
				return
			}
		}
	}
}

// length fills a slot with the number of elements or bytes in another slot.
func length(of int, list bool) func(*frame, *fieldsets.Values) {
	return func(f *frame, out *fieldsets.Values) {
		vs := f.values(of)
		switch {
		case !f.has(of):
		case list:
			out.Add(fieldsets.NumberValue(uint64(len(vs))))
		default:
			out.Add(fieldsets.NumberValue(uint64(len(vs[0].Text()))))
		}
	}
}

// argument returns the slot of an argument.
func (p *program) argument(arg ast.Node) (int, *diag.Diagnostic) {
	switch arg := arg.(type) {
	case *ast.Value:
		return p.constant(arg.Text), nil
	case *ast.TransformList:
		return p.list(arg)
	}
	return p.operand(arg.(ast.Operand))
}

// list returns the slot of a list of arguments.
func (p *program) list(l *ast.TransformList) (int, *diag.Diagnostic) {
	ids := make([]int, len(l.Items))
	for i, item := range l.Items {
		id, err := p.argument(item)
		if err != nil {
			return 0, err
		}
		ids[i] = id
	}
	key := "l" + fmt.Sprint(ids)
	if id, ok := p.slotIDs[key]; ok {
		return id, nil
	}
	return p.addSlot(key, slot{
		name: ast.Display(l), typ: fieldsets.CharBuf, list: true, origin: kind{fieldsets.CharBuf, true},
		fill: listed(ids),
	}), nil
}

// appendElement appends a value in a list of arguments. There, Falco prints the numbers
// of three types only.
func (s *slot) appendElement(dst []byte, v fieldsets.Value) []byte {
	if t := s.origin.typ; t == fieldsets.PID || t == fieldsets.Int64 || t == fieldsets.Uint64 {
		return s.appendValue(dst, v)
	}
	return s.appendMemory(dst, v)
}

// appendMemory appends a value as Falco concatenates it with others: it treats the
// memory of any value as a text that ends at a zero byte.
func (s *slot) appendMemory(dst []byte, v fieldsets.Value) []byte {
	if s.typ.Kind() == ast.KindText || s.typ == fieldsets.ByteBuf {
		return s.appendValue(dst, v)
	}
	var memory [8]byte
	raw := memory[:]
	switch {
	case s.typ.Kind() == ast.KindAddress:
		raw = append(memory[:0], v.Text()...)
	case s.typ == fieldsets.Bool:
		binary.LittleEndian.PutUint32(raw, uint32(v.Number()))
	default:
		size := max(s.typ.Bits(), 8) / 8
		if s.typ == fieldsets.Double {
			size = 8
		}
		binary.LittleEndian.PutUint64(raw, v.Number())
		raw = raw[:size]
	}
	if end := bytes.IndexByte(raw, 0); end >= 0 {
		raw = raw[:end]
	}
	return append(dst, raw...)
}

// listed fills a slot with the values of other slots as texts. If one of them has no
// value, the slot has none.
func listed(parts []int) func(*frame, *fieldsets.Values) {
	return func(f *frame, out *fieldsets.Values) {
		out.MarkPresent()
		for _, id := range parts {
			vs := f.values(id)
			if len(vs) == 0 {
				out.Reset()
				return
			}
			s := &f.program.slots[id]
			for _, v := range vs {
				out.AddBuilt(func(buf []byte) []byte { return s.appendElement(buf, v) })
			}
		}
	}
}

// constant returns the slot of a text in the rule.
func (p *program) constant(text string) int {
	key := "v" + text
	if id, ok := p.slotIDs[key]; ok {
		return id
	}
	return p.addSlot(key, slot{
		name: ast.Display(&ast.Value{Text: text}), typ: fieldsets.CharBuf,
		fill: func(_ *frame, out *fieldsets.Values) { out.AddText(text) },
	})
}

// joined fills a slot with the values of other slots as one text, separated by the value
// of slot sep, or by nothing if sep is negative. If one of the slots has no value, the
// slot has none; an empty list adds nothing.
func joined(sep int, parts []int) func(*frame, *fieldsets.Values) {
	return func(f *frame, out *fieldsets.Values) {
		if sep >= 0 && len(f.values(sep)) == 0 {
			return
		}
		for _, id := range parts {
			if !f.has(id) {
				return
			}
		}
		out.AddBuilt(func(buf []byte) []byte {
			first := true
			for _, id := range parts {
				s := &f.program.slots[id]
				for _, v := range f.values(id) {
					if !first && sep >= 0 {
						buf = f.program.slots[sep].appendMemory(buf, f.values(sep)[0])
					}
					first = false
					buf = s.appendMemory(buf, v)
				}
			}
			return buf
		})
	}
}
