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
	info := ast.LookupTransformer(t.Name)
	switch {
	case info == nil: // val, which the grammar has on the right of an operator only
		return bad("%s stands on the right of an operator", t.Name)
	case t.Arg != nil && !info.Brackets:
		return bad("%s takes no argument in brackets", t.Name)
	case info.Args >= 0 && len(t.Args) != info.Args:
		return bad("%s has %d of %d arguments: %s", t.Name, len(t.Args), info.Args, info.Usage)
	}
	switch t.Name {
	case "concat":
		parts, err := p.textArgs(t, info, t.Args)
		if err != nil {
			return 0, err
		}
		return p.addTransform(t, slot{typ: fieldsets.CharBuf, fill: joined("", parts)}, parts)
	case "join":
		return p.join(t, info)
	case "getopt":
		return bad("getopt is not supported yet")
	}
	arg, ok := t.Args[0].(ast.Operand)
	if !ok {
		return bad("%s takes a field or a transformer", t.Name)
	}
	id, err := p.operand(arg)
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

// join compiles join(separator, list) and join(separator, (a, b, …)).
func (p *program) join(t *ast.Transform, info *ast.TransformerInfo) (int, *CompileError) {
	bad := func(format string, args ...any) (int, *CompileError) {
		return 0, &CompileError{t, fmt.Errorf(format, args...)}
	}
	sep, ok := t.Args[0].(*ast.Value)
	if !ok {
		return bad("the first argument of join is a text: %s", info.Usage)
	}
	var parts []int
	switch list := t.Args[1].(type) {
	case *ast.TransformList:
		ids, err := p.textArgs(t, info, list.Items)
		if err != nil {
			return 0, err
		}
		parts = ids
	case ast.Operand:
		id, err := p.operand(list)
		if err != nil {
			return 0, err
		}
		if in := p.slots[id]; !in.list || !info.Takes(in.typ.Kind(), in.list) {
			return bad("the second argument of join is a list of texts; %s is %s", in.name, in.describe())
		}
		parts = []int{id}
	default:
		return bad("the second argument of join is a list: %s", info.Usage)
	}
	sepID := p.constant(sep.Text)
	return p.addTransform(t, slot{typ: fieldsets.CharBuf, fill: joined(sep.Text, parts)}, append([]int{sepID}, parts...))
}

// textArgs returns the slots of arguments that are single texts.
func (p *program) textArgs(t *ast.Transform, info *ast.TransformerInfo, args []ast.Node) ([]int, *CompileError) {
	ids := make([]int, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case *ast.Value:
			ids[i] = p.constant(a.Text)
		case ast.Operand:
			id, err := p.operand(a)
			if err != nil {
				return nil, err
			}
			if in := p.slots[id]; in.list || !info.Takes(in.typ.Kind(), false) {
				return nil, &CompileError{t, fmt.Errorf("%s takes texts here; %s is %s", t.Name, in.name, in.describe())}
			}
			ids[i] = id
		default:
			return nil, &CompileError{t, fmt.Errorf("%s takes texts, not a list", t.Name)}
		}
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

// joined fills a slot with the texts of others; where one has none, neither
// has the slot.
func joined(sep string, parts []int) func(*frame, *fieldsets.Values) {
	return func(f *frame, out *fieldsets.Values) {
		for _, id := range parts {
			if len(f.values(id)) == 0 {
				return
			}
		}
		out.AddBuilt(func(buf []byte) []byte {
			first := true
			for _, id := range parts {
				for _, v := range f.values(id) {
					if !first {
						buf = append(buf, sep...)
					}
					first = false
					buf = append(buf, v.Text()...)
				}
			}
			return buf
		})
	}
}
