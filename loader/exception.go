package loader

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/parser"
)

// exception is one exception of a rule: where its values match, the rule does
// not fire.
type exception struct {
	name    string
	fields  entry
	comps   entry
	values  []entry
	item    *item
	context []Location
	at      Position
}

// entry is a text or a list of entries.
type entry struct {
	list  bool
	text  scalar // the zero scalar where there is none
	items []entry
}

func (e entry) valid() bool { return e.list || e.text.node != nil }

// exceptions reads the exceptions of a rule; appended says that they may lack
// fields. False says that a mistake was reported.
func (it *item) exceptions(appended bool) ([]*exception, bool) {
	list := value(it.node, "exceptions")
	if list == nil || isNull(list) {
		return nil, true
	}
	if list.Kind != yaml.SequenceNode {
		it.bad(list, "exceptions is a sequence, and this is %s", kindName(list))
		return nil, false
	}
	var out []*exception
	for _, n := range list.Content {
		n = deref(n)
		e := &item{it.reader, n, append(slices.Clip(it.context), Location{Type: "exception", Position: it.src.at(n)})}
		if n.Kind != yaml.MappingNode {
			it.bad(n, "an exception is a mapping, and this is %s", kindName(n))
			return nil, false
		}
		name, ok := e.scalar("name")
		if !ok {
			return nil, false
		}
		e.context[len(e.context)-1].Name = name.text()
		ex := &exception{name: name.text(), item: it, context: e.context, at: it.src.at(n)}
		fields, comps, values := value(n, "fields"), value(n, "comps"), value(n, "values")
		if fields == nil && !appended {
			e.missing("fields")
			return nil, false
		}
		if ex.fields, ok = e.entry(fields); !ok {
			return nil, false
		}
		if ex.comps, ok = e.entry(comps); !ok {
			return nil, false
		}
		if values != nil {
			if values.Kind != yaml.SequenceNode {
				e.bad(values, "values is a sequence, and this is %s", kindName(values))
				return nil, false
			}
			for _, v := range values.Content {
				entry, ok := e.entry(deref(v))
				if !ok {
					return nil, false
				}
				ex.values = append(ex.values, entry)
			}
		}
		out = append(out, ex)
	}
	return out, true
}

// entry reads a text or a sequence of entries; anything else is none.
func (it *item) entry(n *yaml.Node) (entry, bool) {
	switch {
	case n == nil || isNull(n):
		return entry{}, true
	case n.Kind == yaml.ScalarNode && n.Value == "":
		it.bad(n, "this is empty")
		return entry{}, false
	case n.Kind == yaml.ScalarNode:
		return entry{text: scalar{it.src, n}}, true
	case n.Kind != yaml.SequenceNode:
		return entry{}, true
	}
	e := entry{list: true}
	for _, c := range n.Content {
		x, ok := it.entry(deref(c))
		if !ok {
			return entry{}, false
		}
		e.items = append(e.items, x)
	}
	return e, true
}

func (it *item) failException(e *exception, format string, args ...any) {
	it.fail(ErrValidate, e.at, 0, e.context, fmt.Sprintf(format, args...), "")
}

// checkException holds an exception's fields and comps against each other and
// against the source of the rule, and reports what does not fit.
func (it *item) checkException(e *exception, source string) bool {
	bad := func(format string, args ...any) bool {
		it.failException(e, format, args...)
		return false
	}
	switch {
	case !e.fields.valid():
		return bad("an exception has fields")
	case e.fields.list && e.comps.valid() && len(e.fields.items) != len(e.comps.items):
		return bad("fields and comps are of different length: %d and %d", len(e.fields.items), len(e.comps.items))
	case !e.fields.list && e.comps.list:
		return bad("comps is one operator where fields is one field")
	}
	fields, comps := e.fields.items, e.comps.items
	if !e.fields.list {
		fields, comps = []entry{e.fields}, []entry{e.comps}
	}
	if !e.comps.valid() {
		comps = nil // = for each of several fields, in for one
	}
	for _, comp := range comps {
		op, mod := comparison(comp)
		info, known := ast.LookupOperator(op)
		switch {
		case !known || mod != "" && (info.Class != ast.Textual || !isModifier(mod)):
			return bad("there is no operator %q", strings.TrimSpace(string(op)+" "+mod))
		case !e.fields.list && info.Class != ast.Membership && mod == "":
			return bad("with one field the operator takes a list: in, pmatch, intersects, or an operator with a modifier, not %s", op)
		}
	}
	if it.source(source) == nil {
		return true // the rule is skipped
	}
	for _, f := range fields {
		if !it.isField(f, source) {
			return bad("there is no field %q", f.textValue())
		}
	}
	return true
}

func (e entry) textValue() string {
	if e.text.node == nil {
		return ""
	}
	return e.text.text()
}

// comparison returns an entry of comps as an operator and a modifier.
func comparison(e entry) (ast.Operator, string) {
	op, mod, _ := strings.Cut(strings.Trim(e.textValue(), " \t\r\n"), " ")
	return ast.Operator(op), strings.TrimSpace(mod)
}

func isModifier(word string) bool {
	switch ast.Modifier(word) {
	case ast.OneOf, ast.AnyOf, ast.AllOf:
		return true
	}
	return false
}

// isField reports whether an entry of fields can stand on the left of an
// operator.
func (it *item) isField(e entry, source string) bool {
	x, err := parser.Condition(e.textValue() + " exists")
	if err != nil {
		return false
	}
	check, ok := x.(*ast.Check)
	return ok && eval.NewBuilder(it.source(source)).Check(source, check) == nil
}

// withExceptions returns the condition of a rule with its exceptions: for each
// that has values "and not" the rows of its values, joined by or, the cells of a
// row joined by and.
func withExceptions(def *ruleDef) text {
	if len(def.exceptions) == 0 {
		return def.condition
	}
	var b textBuilder
	b.glue("(")
	b.slice(def.condition, 0, len(def.condition.value))
	b.glue(")")
	for _, e := range def.exceptions {
		switch {
		case len(e.values) == 0:
		case e.fields.list:
			b.glue(" and not (")
			e.writeRows(&b)
			b.glue(")")
		default:
			b.glue(" and not (")
			b.scalar(e.fields.text)
			b.glue(" " + e.comp(e.comps, "in") + " (")
			for i, v := range e.values {
				if i > 0 {
					b.glue(", ")
				}
				writeItem(&b, v)
			}
			b.glue("))")
		}
	}
	return b.text()
}

// comp returns the operator of an entry of comps, or otherwise where there is
// none.
func (e *exception) comp(x entry, otherwise string) string {
	if !e.comps.valid() {
		return otherwise
	}
	return strings.Trim(x.textValue(), " \t\r\n")
}

func (e *exception) writeRows(b *textBuilder) {
	for i, row := range e.values {
		if i > 0 {
			b.glue(" or ")
		}
		b.glue("(")
		for k, f := range e.fields.items {
			if k > 0 {
				b.glue(" and ")
			}
			comp := "="
			if e.comps.valid() {
				comp = e.comp(e.comps.items[k], "=")
			}
			b.glue(" ")
			b.scalar(f.text)
			b.glue(" " + comp + " ")
			writeCell(b, comp, row.items[k])
		}
		b.glue(")")
	}
}

// writeCell writes a value for a field: a list in parentheses, a text after a
// list operator too unless it has them, any other text quoted where it has a
// blank.
func writeCell(b *textBuilder, comp string, v entry) {
	if v.list {
		b.glue("(")
		for i, x := range v.items {
			if i > 0 {
				b.glue(", ")
			}
			writeItem(b, x)
		}
		b.glue(")")
		return
	}
	op, mod, _ := strings.Cut(comp, " ")
	if info, _ := ast.LookupOperator(ast.Operator(op)); mod != "" || info.Class == ast.Membership {
		if strings.HasPrefix(v.textValue(), "(") {
			b.scalar(v.text)
			return
		}
		b.glue("(")
		if v.text.node != nil {
			b.scalar(v.text)
		}
		b.glue(")")
		return
	}
	writeItem(b, v)
}

// writeItem writes a text, in double quotes where it has a blank and does not
// begin with a quote.
func writeItem(b *textBuilder, v entry) {
	if v.text.node == nil {
		return
	}
	s := v.text.text()
	quote := strings.Contains(s, " ") && !strings.HasPrefix(s, `"`) && !strings.HasPrefix(s, "'")
	if quote {
		b.glue(`"`)
	}
	b.scalar(v.text)
	if quote {
		b.glue(`"`)
	}
}

// checkRows reports rows of values that do not fit the fields, which Falco
// finds only when it compiles the rule.
func (r *resolver) checkRows(def *ruleDef) bool {
	for _, e := range def.exceptions {
		for _, row := range e.values {
			switch {
			case !e.fields.list && row.list:
				e.item.failException(e, "with one field the values are texts, not lists")
				return false
			case e.fields.list && len(row.items) != len(e.fields.items):
				e.item.failException(e, "a row of values has %d cells for %d fields", len(row.items), len(e.fields.items))
				return false
			}
		}
	}
	return true
}
