package loader

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/parser"
	"github.com/falcorules/falcorules/rulesfile"
)

// exception is an exception of a rule: if its values match, the rule does not fire.
type exception struct {
	name   string
	fields entry
	comps  entry
	values []entry
	item   *item
	// unchecked says that override: replace added the exception. Falco then does not
	// check it, and does not add the operators that are missing.
	unchecked bool
}

// entry is a text or a list of entries.
type entry struct {
	value rulesfile.Value
	list  bool
	text  rulesfile.Value // does not exist if it is not in the file
	items []entry
}

// valid reports whether the entry is not empty.
func (e entry) valid() bool { return e.list && len(e.items) > 0 || e.text.Exists() }

// exceptions reads the exceptions of a rule. If they are appended, they need no fields. It
// returns false after an error.
func (it *item) exceptions(appended bool) ([]*exception, bool) {
	list := it.Get("exceptions")
	if !list.Exists() || list.IsNull() {
		return nil, true
	}
	all := it.under("exceptions", "", list)
	if !list.IsList() {
		it.bad(list, all.context, "exceptions must be a list, not %s", list.Describe())
		return nil, false
	}
	var out []*exception
	ok := true
	for n := range list.Entries() {
		e, good := it.exception(all, n, out, appended)
		if ok = ok && good; !ok && it.asFalco {
			break
		}
		if good {
			out = append(out, e)
		}
	}
	return out, ok
}

// exception reads an exception. The earlier ones are those before it.
func (it *item) exception(all *item, n rulesfile.Value, earlier []*exception, appended bool) (*exception, bool) {
	part := all.under("exception", "", n)
	if !n.IsMapping() {
		it.bad(n, part.context, "an exception must be a mapping, not %s", n.Describe())
		return nil, false
	}
	name, ok := part.required("name")
	if !ok {
		return nil, false
	}
	part = it.under("exception", name.Text(), n)
	ex := &exception{name: name.Text(), item: part}
	for _, e := range earlier {
		if e.name == ex.name && !it.full() { // once for each, as in Falco
			d := it.fail(WarnExceptionName, name, part.context, fmt.Sprintf("duplicate exception %q", ex.name), "")
			d.Related = []diag.Related{{Range: e.item.Range(), Message: "the other exception"}}
		}
	}
	fields, values := n.Get("fields"), n.Get("values")
	if !fields.Exists() && !appended {
		part.missing("fields")
		ok = false
	}
	var good bool
	if ex.fields, good = part.entry("fields", fields); !good {
		ok = false
	}
	if ex.comps, good = part.entry("comps", n.Get("comps")); !good {
		ok = false
	}
	if !values.Exists() {
		if appended && ok {
			it.fail(WarnAppendNoValues, name, part.context, fmt.Sprintf("exception %q adds no values", ex.name), "")
		}
		return ex, ok
	}
	within := part.under("exception values", "", values)
	if !values.IsList() {
		it.bad(values, within.context, "values must be a list, not %s", values.Describe())
		return nil, false
	}
	for v := range values.Entries() {
		x, good := within.part("exception value", v)
		ok = ok && good
		ex.values = append(ex.values, x)
	}
	return ex, ok
}

// entry reads a text or a list of entries. Anything else is an empty entry. The key is the
// one that has the value, or empty.
func (it *item) entry(key string, n rulesfile.Value) (entry, bool) {
	if e, ok := it.single(n); ok {
		return e, true
	}
	if n.IsScalar() {
		it.bad(n, it.valueOf(key, n), "empty value")
		return entry{}, false
	}
	e := entry{value: n, list: true, items: make([]entry, 0, n.Len())}
	within := it.under("value for", key, n)
	for c := range n.Entries() {
		x, ok := within.part("exception", c)
		if !ok {
			return entry{}, false
		}
		e.items = append(e.items, x)
	}
	return e, true
}

// part reads an entry in a list. There can be very many, so Falco's locations are made only
// for lists in lists.
func (it *item) part(kind string, n rulesfile.Value) (entry, bool) {
	if e, ok := it.single(n); ok {
		return e, true
	}
	return it.under(kind, "", n).entry("", n)
}

// single reads an entry that is a text or nothing. It returns false for a list and for an
// empty text.
func (it *item) single(n rulesfile.Value) (entry, bool) {
	switch {
	case !n.Exists() || n.IsNull():
		return entry{value: n}, true
	case n.IsScalar():
		return entry{value: n, text: n}, n.Text() != ""
	}
	return entry{value: n}, !n.IsList()
}

// fail reports an error in the exception.
func (e *exception) fail(format string, args ...any) *diag.Diagnostic {
	return e.item.fail(ErrValidate, nameOf(e.item.Value, "name"), e.item.context, fmt.Sprintf(format, args...), "")
}

// failAt reports an error in a part of the exception, which can be in another file.
func (e *exception) failAt(part entry, format string, args ...any) *diag.Diagnostic {
	d := e.fail(format, args...)
	if part.value.Exists() {
		d.Range = part.value.Range()
	}
	return d
}

// checkException checks the fields and comps of an exception against each other and against
// the source of the rule. It returns false after an error.
func (it *item) checkException(e *exception, source string) bool {
	switch {
	case !e.fields.valid():
		e.fail("the exception has no fields")
		return false
	case e.fields.list && e.comps.valid() && len(e.fields.items) != len(e.comps.items):
		e.failAt(e.comps, "fields and comps have different lengths: %d and %d", len(e.fields.items), len(e.comps.items))
		return false
	case !e.fields.list && e.comps.list && e.comps.valid():
		e.failAt(e.comps, "comps must be one operator if fields is one field, not a list")
		return false
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
			e.failAt(comp, "unknown operator %q", strings.TrimSpace(string(op)+" "+mod)).Hint = suggest.Hint(string(op), operatorNames)
			return false
		case !e.fields.list && info.Class != ast.Membership && mod == "":
			e.failAt(comp, "one field needs an operator that takes a list, not %s: in, pmatch, intersects, or an operator with a modifier", op)
			return false
		}
	}
	if it.source(source) == nil {
		return true // the rule is skipped
	}
	for _, f := range fields {
		if !it.checkLeft(e, f, source) {
			return false
		}
	}
	return true
}

// checkLeft reports whether an entry of fields can be on the left of an operator. As in
// Falco, a text with a parenthesis is compiled, and any other must be the name of a field.
func (it *item) checkLeft(e *exception, f entry, source string) bool {
	text := f.textValue()
	if !strings.Contains(text, "(") {
		known, err := it.source(source).IsReference(text)
		switch {
		case err != nil: // Falco reports it about the file
			falco(e.failAt(f, "%v", err)).Locations = e.item.context[:1]
		case !known:
			e.failAt(f, "source %s has no field %s", source, text).Hint = it.source(source).Hint(text)
		}
		return err == nil && known
	}
	x, err := parser.Condition(text + " exists")
	if err == nil {
		err = it.builder.Check(source, x)
	}
	if err == nil {
		return true
	}
	d := e.failAt(f, "%q cannot be on the left of an operator", text)
	if field, ok := fieldError(err); ok {
		d.Message, d.Hint = field.Msg, field.Hint
	}
	return false
}

// operatorNames yields the names of all operators.
func operatorNames(yield func(string) bool) {
	for _, op := range ast.Operators() {
		if !yield(string(op.Op)) {
			return
		}
	}
}

func (e entry) textValue() string {
	if !e.text.Exists() {
		return ""
	}
	return e.text.Text()
}

// comparison returns the operator and the modifier of an entry of comps.
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

// withExceptions returns the condition of a rule with its exceptions. Each one that has values
// adds "and not" and the rows of its values, which are joined by or. The cells of a row are
// joined by and.
func withExceptions(def *ruleDef) text {
	if len(def.exceptions) == 0 {
		return def.condition.text()
	}
	var b textBuilder
	b.glue("(")
	condition := def.condition.text()
	b.slice(condition, 0, len(condition.value))
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
				if len(b.buf) > maxCondition {
					break
				}
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

// comp returns the operator of an entry of comps, or otherwise if the exception has none.
func (e *exception) comp(x entry, otherwise string) string {
	if !e.comps.valid() {
		if e.unchecked {
			return ""
		}
		return otherwise
	}
	return strings.Trim(x.textValue(), " \t\r\n")
}

func (e *exception) writeRows(b *textBuilder) {
	for i, row := range e.values {
		if len(b.buf) > maxCondition {
			return // it is too long, whatever follows
		}
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

// writeCell writes the value for a field: a list in parentheses, text after a list operator
// in parentheses unless it has some, and any other text in quotes if it has a blank.
func writeCell(b *textBuilder, comp string, v entry) {
	if v.list {
		b.glue("(")
		some := false // as in Falco, empty texts at the beginning have no commas
		for _, x := range v.items {
			if some {
				b.glue(", ")
			}
			writeItem(b, x)
			some = some || x.textValue() != ""
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
		if v.text.Exists() {
			b.scalar(v.text)
		}
		b.glue(")")
		return
	}
	writeItem(b, v)
}

// texts returns the texts of an entry, or of its items.
func (e entry) texts() []string {
	if !e.list {
		return []string{e.textValue()}
	}
	var out []string
	for _, x := range e.items {
		out = append(out, x.textValue())
	}
	return out
}

// operators returns the operators of the exception, or the default ones if it has none.
func (e *exception) operators() []string {
	if !e.comps.valid() {
		if !e.fields.list {
			return []string{"in"}
		}
		out := make([]string, len(e.fields.items))
		for i := range out {
			out[i] = "="
		}
		return out
	}
	out := e.comps.texts()
	for i := range out {
		out[i] = strings.Trim(out[i], " \t\r\n")
	}
	return out
}

// writeItem writes a text. It is in double quotes if it has a blank and does not begin with a
// quote.
func writeItem(b *textBuilder, v entry) {
	if !v.text.Exists() {
		return
	}
	s := v.text.Text()
	quote := strings.Contains(s, " ") && !strings.HasPrefix(s, `"`) && !strings.HasPrefix(s, "'")
	if quote {
		b.glue(`"`)
	}
	b.scalar(v.text)
	if quote {
		b.glue(`"`)
	}
}

// checkRows reports rows of values that do not fit the fields. Falco finds them only when it
// compiles the rule.
func (r *resolver) checkRows(def *ruleDef) bool {
	for _, e := range def.exceptions {
		for _, row := range e.values {
			switch {
			case !e.fields.list && row.list:
				e.failAt(row, "the exception has one field, so its values must be text, not lists")
				return false
			case e.fields.list && len(row.items) != len(e.fields.items):
				e.failAt(row, "the row has %s for %s", quote.Count(int64(len(row.items)), "value"), quote.Count(int64(len(e.fields.items)), "field"))
				return false
			}
		}
	}
	return true
}
