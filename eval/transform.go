package eval

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// transform returns the slot of a transformer.
func (p *program) transform(t *ast.Transform) (int, *CompileError) {
	bad := func(format string, args ...any) (int, *CompileError) {
		return 0, &CompileError{t, fmt.Errorf(format, args...)}
	}
	info, known := ast.LookupTransformer(t.Name)
	switch {
	case t.Name == "getopt":
		return bad("getopt is not supported yet")
	case !known: // val, which the grammar has on the right of an operator only
		return bad("%s stands on the right of an operator", t.Name)
	case t.Arg != nil && !info.Brackets:
		return bad("%s takes no argument in brackets", t.Name)
	case info.Args >= 0 && len(t.Args) != info.Args:
		return bad("%s has %d of %d arguments: %s", t.Name, len(t.Args), info.Args, info.Usage)
	case info.Args < 0 && len(t.Args) < -info.Args:
		return bad("%s has %d of at least %d arguments: %s", t.Name, len(t.Args), -info.Args, info.Usage)
	}
	switch t.Name {
	case "concat":
		parts, err := p.textArgs(t, info, t.Args)
		if err != nil {
			return 0, err
		}
		return p.addTransform(t, slot{typ: fieldsets.CharBuf, fill: joined(-1, parts)}, parts)
	case "join":
		return p.join(t)
	}
	id, err := p.argument(t, t.Args[0])
	if err != nil {
		return 0, err
	}
	in := p.slots[id]
	if !info.Takes(in.typ.Kind(), in.list) {
		return bad("%s does not take %s, which is %s", t.Name, in.name, in.describe())
	}
	if t.Name == "len" {
		return p.addTransform(t, slot{typ: fieldsets.Uint64, fill: length(id, in.list)}, []int{id})
	}
	return p.addTransform(t, slot{typ: in.typ, list: in.list, fill: changed(id, textTransformers[t.Name])}, []int{id})
}

// addTransform gives the slot of transformer t over the slots args. Two
// transformers are equal when their names and their arguments are.
func (p *program) addTransform(t *ast.Transform, s slot, args []int) (int, *CompileError) {
	key := "t" + t.Name + fmt.Sprint(args)
	if id, ok := p.slotIDs[key]; ok {
		return id, nil
	}
	s.name = ast.String(t)
	return p.addSlot(key, s), nil
}

// textTransformers change one text; false says that there is no value.
var textTransformers = map[string]func(dst []byte, s string) ([]byte, bool){
	"tolower": func(dst []byte, s string) ([]byte, bool) {
		for i := 0; i < len(s); i++ {
			dst = append(dst, lower(s[i]))
		}
		return dst, true
	},
	"toupper": func(dst []byte, s string) ([]byte, bool) {
		for i := 0; i < len(s); i++ {
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
		for _, v := range f.values(from) {
			ok := true
			out.AddBuilt(func(buf []byte) []byte {
				buf, ok = change(buf, v.Text())
				return buf
			})
			if !ok {
				out.Truncate(0)
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
		case len(vs) == 0:
		case list:
			out.Add(fieldsets.NumberValue(uint64(len(vs))))
		default:
			out.Add(fieldsets.NumberValue(uint64(len(vs[0].Text()))))
		}
	}
}

// argument returns the slot of an argument that is no list in parentheses.
func (p *program) argument(t *ast.Transform, arg ast.Node) (int, *CompileError) {
	switch arg := arg.(type) {
	case *ast.Value:
		return p.constant(arg.Text), nil
	case ast.Operand:
		return p.operand(arg)
	}
	return 0, &CompileError{t, fmt.Errorf("%s takes a list in parentheses only where its usage shows one", t.Name)}
}

// join compiles join(separator, list) and join(separator, (a, b, …)).
func (p *program) join(t *ast.Transform) (int, *CompileError) {
	sep, err := p.argument(t, t.Args[0])
	if err != nil {
		return 0, err
	}
	if in := p.slots[sep]; in.list {
		return 0, &CompileError{t, fmt.Errorf("the first argument of join is one text; %s is %s", in.name, in.describe())}
	}
	var parts []int
	if list, ok := t.Args[1].(*ast.TransformList); ok {
		for _, item := range list.Items {
			id, err := p.argument(t, item)
			if err != nil {
				return 0, err
			}
			parts = append(parts, id)
		}
	} else {
		id, err := p.argument(t, t.Args[1])
		if err != nil {
			return 0, err
		}
		if in := p.slots[id]; !in.list {
			return 0, &CompileError{t, fmt.Errorf("the second argument of join is a list; %s is %s", in.name, in.describe())}
		}
		parts = []int{id}
	}
	return p.addTransform(t, slot{typ: fieldsets.CharBuf, fill: joined(sep, parts)}, append([]int{sep}, parts...))
}

// textArgs returns the slots of arguments that are single texts.
func (p *program) textArgs(t *ast.Transform, info ast.TransformerInfo, args []ast.Node) ([]int, *CompileError) {
	ids := make([]int, len(args))
	for i, a := range args {
		id, err := p.argument(t, a)
		if err != nil {
			return nil, err
		}
		if in := p.slots[id]; in.list || !info.Takes(in.typ.Kind(), false) {
			return nil, &CompileError{t, fmt.Errorf("%s takes texts; %s is %s", t.Name, in.name, in.describe())}
		}
		ids[i] = id
	}
	return ids, nil
}

// constant returns the slot of a text that stands in the rule.
func (p *program) constant(text string) int {
	key := "v" + text
	if id, ok := p.slotIDs[key]; ok {
		return id
	}
	return p.addSlot(key, slot{
		name: ast.String(&ast.Value{Text: text}), typ: fieldsets.CharBuf,
		fill: func(_ *frame, out *fieldsets.Values) { out.AddText(text) },
	})
}

// joined fills a slot with the values of others as one text, with that of slot
// sep between them, or nothing where sep is negative. Where one of the slots has
// no value, neither has this one.
func joined(sep int, parts []int) func(*frame, *fieldsets.Values) {
	return func(f *frame, out *fieldsets.Values) {
		if sep >= 0 && len(f.values(sep)) == 0 {
			return
		}
		for _, id := range parts {
			if len(f.values(id)) == 0 {
				return
			}
		}
		out.AddBuilt(func(buf []byte) []byte {
			first := true
			for _, id := range parts {
				s := &f.program.slots[id]
				for _, v := range f.values(id) {
					if !first && sep >= 0 {
						buf = f.program.slots[sep].appendValue(buf, f.values(sep)[0])
					}
					first = false
					buf = s.appendValue(buf, v)
				}
			}
			return buf
		})
	}
}
