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
)

// transform returns the slot of a transformer. Its arguments come first: what is
// wrong with them, Falco finds before it looks at their number.
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
	case !known: // val, which the grammar has on the right of an operator only
		return bad("%s stands on the right of an operator", t.Name)
	case t.Arg != nil && !info.Brackets:
		return bad("%s takes no argument in brackets", t.Name)
	case info.Args >= 0 && len(t.Args) != info.Args:
		return bad("%s has %d of %d arguments: %s", t.Name, len(t.Args), info.Args, info.Usage)
	case info.Args < 0 && len(t.Args) < -info.Args:
		return bad("%s has %d of at least %d arguments: %s", t.Name, len(t.Args), -info.Args, info.Usage)
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
		return bad("no transformer takes %s", in.base.Name)
	case !info.Accepts(in.typ.Kind(), in.list) || t.Name == "b64" && in.typ != fieldsets.CharBuf && in.typ != fieldsets.ByteBuf:
		return bad("%s does not take %s, which is %s", t.Name, in.name, in.describe())
	}
	s := slot{typ: in.typ, list: in.list, base: in.base, origin: in.origin, multi: in.multi}
	if t.Name == "len" {
		s.typ, s.list, s.fill = fieldsets.Uint64, false, length(ids[0], in.list)
		s.silent = in.base == nil || in.base.Print == fieldsets.PrintNone
	} else {
		s.fill = changed(ids[0], textTransformers[t.Name])
	}
	return p.addTransform(t, s, ids)
}

// addTransform gives the slot of transformer t over the slots args. Two
// transformers are equal when their names and their arguments are.
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

// multi returns the slot of a transformer of several arguments, without name. It
// judges its arguments by what stands below other transformers, as Falco does.
func (p *program) multi(t *ast.Transform, args []int) (slot, error) {
	s := slot{typ: fieldsets.CharBuf, origin: kind{typ: fieldsets.CharBuf}, multi: true}
	// want says why argument i is not what it should be.
	want := func(i int, list, text bool) error {
		in := p.slots[args[i]]
		switch {
		case list && !in.origin.list:
			return fmt.Errorf("the %s argument of %s is a list; %s is %s", ordinals[i], t.Name, in.name, in.describe())
		case !list && in.origin.list:
			return fmt.Errorf("the %s argument of %s is one text; %s is %s", ordinals[i], t.Name, in.name, in.describe())
		case text && in.origin.typ != fieldsets.CharBuf:
			return fmt.Errorf("%s takes texts; %s is %s", t.Name, in.name, in.describe())
		}
		return nil
	}
	switch t.Name {
	case "concat":
		for i := range args {
			in := p.slots[args[i]]
			if in.origin.list || in.origin.typ != fieldsets.CharBuf {
				return s, fmt.Errorf("%s takes texts; %s is %s", t.Name, in.name, in.describe())
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
		option := ""
		if t.Arg != nil {
			if option = t.Arg.Text; len(option) != 1 {
				return s, fmt.Errorf("getopt takes one letter in brackets, the option that is asked for, not %q", option)
			}
		}
		s.list = option == ""
		s.fill = options(args[0], args[1], option)
	}
	return s, nil
}

var ordinals = [...]string{"first", "second"}

// textTransformers change one text; false says that there is no value.
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
		if strings.ContainsAny(s, "\r\n") { // which Go's decoder steps over
			return dst, false
		}
		start := len(dst)
		dst, err := base64.RawStdEncoding.Strict().AppendDecode(dst, []byte(s))
		if nul := bytes.IndexByte(dst[start:], 0); nul >= 0 {
			dst = dst[:start+nul] // Falco's texts end there
		}
		return dst, err == nil
	},
	"basename": func(dst []byte, s string) ([]byte, bool) {
		return append(dst, s[strings.LastIndexByte(s, '/')+1:]...), true
	},
}

// changed fills a slot with the texts of another one, each changed. One that
// cannot be changed leaves the slot without a value.
func changed(from int, change func([]byte, string) ([]byte, bool)) func(*frame, *fieldsets.Values) {
	return func(f *frame, out *fieldsets.Values) {
		if !f.has(from) {
			return
		}
		out.MarkPresent()
		for _, v := range f.values(from) {
			ok := true
			out.AddBuilt(func(buf []byte) []byte {
				buf, ok = change(buf, v.Text())
				return buf
			})
			if !ok {
				out.Reset()
				return
			}
		}
	}
}

// length fills a slot with the number of elements or of bytes of another one.
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

// list returns the slot of a list in parentheses.
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

// appendElement appends a value as it stands in a list in parentheses, where Falco
// prints numbers of three types.
func (s *slot) appendElement(dst []byte, v fieldsets.Value) []byte {
	if t := s.origin.typ; t == fieldsets.PID || t == fieldsets.Int64 || t == fieldsets.Uint64 {
		return s.appendValue(dst, v)
	}
	return s.appendMemory(dst, v)
}

// appendMemory appends a value as Falco joins it to others: it takes the memory of
// what is no text for text too, which ends at a zero.
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

// listed fills a slot with the values of others as texts, or with nothing where
// one of them has none.
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

// constant returns the slot of a text that stands in the rule.
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

// joined fills a slot with the values of others as one text, with that of slot
// sep between them, or nothing where sep is negative. Where one of the slots has
// no value, neither has this one; an empty list gives an empty text.
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

// options fills a slot with what getopt(3) finds among the arguments of slot
// args: each option, and behind it its value where letters, an optstring, says
// that it has one; or only the value of the option asked for, the last one there
// is, or its letter if it has no value. A value that is missing is empty, an
// option that is not in letters a question mark. Long options are stepped over.
func options(args, letters int, asked string) func(*frame, *fieldsets.Values) {
	return func(f *frame, out *fieldsets.Values) {
		vs, optstring := f.values(args), f.values(letters)
		if len(optstring) == 0 || !f.has(args) {
			return
		}
		if asked == "" {
			out.MarkPresent() // also if nothing is found
		}
		known := optstring[0].Text()
		add := func(option, value string, hasValue bool) {
			switch {
			case asked == "":
				out.AddText(option)
				if hasValue {
					out.AddText(value)
				}
			case hasValue:
				out.Truncate(0)
				out.AddText(value)
			default:
				out.Truncate(0)
				out.AddText(option)
			}
		}
		for i := 0; i < len(vs); i++ {
			word := vs[i].Text()
			if len(word) < 2 || word[0] != '-' || word == "--" {
				return
			}
			if word[1] == '-' {
				continue
			}
			for j := 1; j < len(word); j++ {
				option := word[j : j+1]
				valid, hasValue := lookupOption(known, option[0])
				switch {
				case !valid && asked == "":
					out.AddText("?")
				case !valid:
				case !hasValue:
					if asked == "" || asked == option {
						add(option, "", false)
					}
				}
				if !hasValue {
					continue
				}
				value, there := word[j+1:], true
				if value == "" {
					if there = i+1 < len(vs); there {
						i++
						value = vs[i].Text()
					}
				}
				if asked == "" || asked == option {
					if there {
						add(option, value, true)
					} else {
						add("", "", false)
					}
				}
				break
			}
		}
	}
}

// lookupOption reports whether an optstring has an option and whether the option
// has a value.
func lookupOption(optstring string, option byte) (valid, hasValue bool) {
	for i := range len(optstring) {
		if optstring[i] == option && option != ':' {
			valid = true
			if i+1 < len(optstring) && optstring[i+1] == ':' {
				return true, true
			}
		}
	}
	return valid, false
}
