package loader

import (
	"fmt"
	"iter"
	"slices"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/suggest"
)

// collector holds the items of all files, those of the same name merged.
type collector struct {
	options Options
	sources map[string]*source // by file name
	noRules bool
	errs    Diagnostics
	warns   Diagnostics

	lists  table[*listDef]
	macros table[*macroDef]
	rules  table[*ruleDef]
	// next numbers the definitions of lists, macros and rules together.
	next int
}

// table is a sequence of items with names. An item that is defined again
// keeps its place.
type table[T any] struct {
	items []T
	order []string
	index map[string]int
}

func (t *table[T]) get(name string) (T, bool) {
	i, ok := t.index[name]
	if !ok {
		var none T
		return none, false
	}
	return t.items[i], true
}

// names gives the names of the items in order.
func (t *table[T]) names(yield func(string) bool) {
	for _, name := range t.order {
		if !yield(name) {
			return
		}
	}
}

func (t *table[T]) put(name string, item T) {
	if i, ok := t.index[name]; ok {
		t.items[i] = item
		return
	}
	if t.index == nil {
		t.index = map[string]int{}
	}
	t.index[name] = len(t.items)
	t.items = append(t.items, item)
	t.order = append(t.order, name)
}

// order says when an item was defined first and last. An item sees those whose
// first definition comes before its own last one.
type order struct {
	first, last int
}

func (o order) sees(other order) bool { return other.first < o.last }

type listDef struct {
	order
	name    string
	items   []scalar
	at      Position
	context []Location
}

type macroDef struct {
	order
	name      string
	condition text
	context   []Location
}

// ruleDef is a rule as its items made it, one after the other.
type ruleDef struct {
	order
	name             string
	source           string
	defaultSource    bool // the rule does not name it
	priority         eval.Priority
	tags             []string
	enabled          bool
	skipUnknown      bool
	unknownSource    bool
	condition        text
	output           text
	exceptions       []*exception
	position         Position
	context          []Location
	conditionContext []Location
	outputContext    []Location
}

// ordered gives define the order that each definition embeds.
func (o *order) ordered() *order { return o }

// define puts a definition into its table, in the place of an earlier one of the
// same name.
func define[T interface{ ordered() *order }](c *collector, t *table[T], name string, d T) {
	now := order{c.next, c.next}
	c.next++
	if prev, again := t.get(name); again {
		now.first = prev.ordered().first
	}
	*d.ordered() = now
	t.put(name, d)
}

// appendList appends to an earlier list.
func (c *collector) appendList(d *listDef, it *item) {
	prev, ok := c.lists.get(d.name)
	if !ok {
		c.noEarlier(it, "list", d.name, c.lists.names)
		return
	}
	d.items = append(slices.Clip(prev.items), d.items...)
	d.at, d.context = prev.at, prev.context
	define(c, &c.lists, d.name, d)
}

// appendMacro appends to the condition of an earlier macro.
func (c *collector) appendMacro(d *macroDef, it *item) {
	prev, ok := c.macros.get(d.name)
	if !ok {
		c.noEarlier(it, "macro", d.name, c.macros.names)
		return
	}
	d.condition = join(prev.condition, d.condition)
	d.context = prev.context
	define(c, &c.macros, d.name, d)
}

// noEarlier reports an item that changes one that there is not.
func (c *collector) noEarlier(it *item, kind, name string, names iter.Seq[string]) {
	c.fail(ErrValidate, it.src.at(it.node), 0, it.context, fmt.Sprintf("there is no %s %q yet that this could change", kind, name), suggest.Hint(name, names))
}

// defineRule defines a rule. One of a source that is not known stays there to be
// changed, and is not compiled.
func (c *collector) defineRule(d *ruleDef) {
	if prev, again := c.rules.get(d.name); again && prev.source != d.source {
		c.fail(ErrValidate, d.position, 0, d.context, otherSource(d.name, d.source, prev), "")
		return
	}
	if c.source(d.source) == nil {
		d.unknownSource = true
		c.warn(WarnUnknownSource, d.position, d.context, fmt.Sprintf("the rule is skipped: no events of source %s are known here", d.source))
		c.warns[len(c.warns)-1].Hint = c.sourceHint(d)
	}
	define(c, &c.rules, d.name, d)
}

func otherSource(name, source string, prev *ruleDef) string {
	return fmt.Sprintf("rule %q has source %s, and %s where it was defined before", name, source, prev.source)
}

// sourceHint helps with a source that there is not.
func (c *collector) sourceHint(d *ruleDef) string {
	if d.defaultSource {
		return "a rule that names no source is of source " + d.source
	}
	return suggest.Hint(d.source, func(yield func(string) bool) {
		for _, s := range c.options.Sources {
			if !yield(s.Name()) {
				return
			}
		}
	})
}

// enable switches an earlier rule.
func (c *collector) enable(name string, enabled bool, it *item) {
	d, ok := c.rules.get(name)
	if !ok {
		c.noEarlier(it, "rule", name, c.rules.names)
		return
	}
	d.enabled = enabled
}

func (c *collector) fail(code Code, at Position, length int, context []Location, msg, hint string) {
	c.errs = append(c.errs, c.diagnostic(&Diagnostic{Code: code, Message: msg, Hint: hint, Position: at, Length: length, Context: context}))
}

func (c *collector) warn(code Code, at Position, context []Location, msg string) {
	c.warns = append(c.warns, c.diagnostic(&Diagnostic{Code: code, Severity: SeverityWarning, Message: msg, Position: at, Context: context}))
}

// diagnostic adds the source line to d.
func (c *collector) diagnostic(d *Diagnostic) *Diagnostic {
	if src := c.sources[d.Position.File]; src != nil {
		d.Source = src.line(d.Position.Line)
	}
	return d
}
