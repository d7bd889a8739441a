package loader

import (
	"fmt"
	"iter"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/rulesfile"
)

// collection has the items of all files read so far. Items with the same name are merged.
type collection struct {
	lists  table[*listDef]
	macros table[*macroDef]
	rules  table[*ruleDef]
	// engine is the newest engine version that a file requires.
	engine Version
	// plugins are the required plugins, each with its alternatives.
	plugins [][]Plugin
	// defined counts the items that were read.
	defined int
	// next numbers the definitions of lists, macros and rules together.
	next int
	// broken has the items that could not be read. References to them are not errors.
	broken map[itemKey]bool
}

// itemKey identifies an item of the given kind, such as a rule.
type itemKey struct{ kind, name string }

// table is a sequence of items with names. An item that is defined again stays where it is.
type table[T any] struct {
	items []T
	order []string
	index map[string]int
	// changed says that an earlier item was replaced.
	changed bool
}

func (t *table[T]) get(name string) (T, bool) {
	i, ok := t.index[name]
	if !ok {
		var none T
		return none, false
	}
	return t.items[i], true
}

// names yields the names of the items in order.
func (t *table[T]) names(yield func(string) bool) {
	for _, name := range t.order {
		if !yield(name) {
			return
		}
	}
}

func (t *table[T]) put(name string, item T) {
	if i, ok := t.index[name]; ok {
		t.items[i], t.changed = item, true
		return
	}
	if t.index == nil {
		t.index = map[string]int{}
	}
	t.index[name] = len(t.items)
	t.items = append(t.items, item)
	t.order = append(t.order, name)
}

// order has the numbers of the first and the last definition of an item. An item sees those
// whose first definition comes before its own last one.
type order struct {
	first, last int
}

func (o order) sees(other order) bool { return other.first < o.last }

// definition is what lists, macros and rules have in common.
type definition struct {
	order
	name string
	// at is the range of the item, nameAt the range of its name.
	at, nameAt diag.Range
	// context are Falco's locations of the item.
	context []Location
	// changes are the ranges of the items that appended to it or overrode it.
	changes []diag.Range
	// from has the item that defined it and those that changed it.
	from []*rulesfile.Item
}

// defined returns the definition itself; define reaches it through this in
// whatever embeds it.
func (d *definition) defined() *definition { return d }

type listDef struct {
	definition
	items []rulesfile.Value
	// built is the text of the items so far, or nil.
	built *builtList
}

type macroDef struct {
	definition
	condition longText
	// conditionContext has Falco's locations of the first condition.
	conditionContext []Location
}

// ruleDef is a rule as the items so far define it.
type ruleDef struct {
	definition
	source           string
	priority         eval.Priority
	desc             []string // joined by spaces
	tags             []string // in any order
	enabled          enabled
	capture          bool
	captureDuration  uint32
	warnEventTypes   bool
	skipUnknown      bool
	unknownSource    bool
	condition        longText
	output           longText
	exceptions       []*exception
	conditionContext []Location
	outputContext    []Location
}

// enabled says whether a rule is enabled, and where the value that says so is.
type enabled struct {
	is bool
	at diag.Range
}

// describe returns what messages call the rule. A condition that is not from a rule has no
// name.
func (d *ruleDef) describe() string {
	if d.name == "" {
		return "the condition"
	}
	return fmt.Sprintf("rule %q", d.name)
}

// define puts a definition into its table. It replaces an earlier one with the same name.
func define[T interface{ defined() *definition }](c *collection, t *table[T], item T) {
	d := item.defined()
	now := order{c.next, c.next}
	c.next++
	if prev, again := t.get(d.name); again {
		now.first = prev.defined().first
	}
	d.order = now
	t.put(d.name, item)
}

// changed notes what changed a definition: a range and, if it is in a file, the item. The
// definition that this one is a copy of is not used any more.
func (d *definition) changed(at diag.Range, by *rulesfile.Item) {
	d.changes = append(d.changes, at)
	if by != nil {
		d.from = append(d.from, by)
	}
}

// change replaces an earlier definition by a changed copy.
func change[T interface{ defined() *definition }](c *collection, t *table[T], item T, at diag.Range, by *rulesfile.Item) {
	d := item.defined()
	d.changed(at, by)
	d.last = c.next
	c.next++
	t.put(d.name, item)
}

// definedIn returns the range of the name of an item in the first file that defines it.
func (l *loading) definedIn(kind, name string) (diag.Range, bool) {
	if l.definitions == nil {
		l.definitions = map[itemKey]rulesfile.Value{}
		for _, f := range l.inputs {
			l.addDefinitions(f)
		}
	}
	v, ok := l.definitions[itemKey{kind, name}]
	if !ok {
		return diag.Range{}, false
	}
	return v.Range(), true
}

// addDefinitions adds the items of a file that no earlier file defines.
func (l *loading) addDefinitions(f *input) {
	for _, doc := range f.docs {
		for _, item := range doc.Items {
			if item.Kind == rulesfile.Unknown || item.Has("append") || item.Has("override") {
				continue
			}
			if !item.Has("condition") && !item.Has("items") {
				continue // it changes a rule, such as whether it is enabled
			}
			kind := item.Kind.String()
			name := item.Get(kind)
			key := itemKey{kind, name.Text()}
			if _, known := l.definitions[key]; !known {
				l.definitions[key] = name
			}
		}
	}
}

// laterFile is a hint about an item that is used before it is defined.
const laterFile = "it is defined in a later file; load that file first"

// noEarlier reports an item that changes an item which is not defined before it.
func (it *item) noEarlier(kind, name string, names iter.Seq[string]) {
	if it.broken[itemKey{kind, name}] {
		return
	}
	d := it.fail(ErrValidate, nameOf(it.Value, kind), it.context, fmt.Sprintf("this item changes %s %q, which no earlier item defines", kind, name), "")
	if at, ok := it.definedIn(kind, name); ok {
		d.Hint = "it is defined later; move this item after the definition"
		if at.File != d.Range.File {
			d.Hint = laterFile
		}
		d.Related = []diag.Related{{Range: at, Message: "defined here"}}
		return
	}
	if d.Hint = suggest.Hint(name, names); d.Hint == "" {
		d.Hint = "if another file defines it, load that file first"
	}
}

// differentSource reports an item that changes the source of a rule.
func (it *item) differentSource(name, source string, prev *ruleDef) {
	n := nameOf(it.Value, "rule")
	if v := it.Get("source"); v.Exists() {
		n = v
	}
	d := it.fail(ErrValidate, n, it.context, fmt.Sprintf("rule %q has source %s here, but source %s where it is defined", name, source, prev.source), "")
	d.Related = []diag.Related{{Range: prev.nameAt, Message: "defined here"}}
}

// warnUnknownSource reports a rule that is skipped because its source is unknown.
func (it *item) warnUnknownSource(def *ruleDef) {
	n, hint := nameOf(it.Value, "rule"), "a rule without a source has source "+def.source
	if v := it.Get("source"); v.Exists() {
		n = v
		hint = suggest.HintOf(def.source, it.options.Sources, (*fieldsets.Source).Name)
	}
	it.fail(WarnUnknownSource, n, it.context, fmt.Sprintf("the rule is skipped: unknown source %q", def.source), hint)
}
