package loader

import (
	"fmt"
	"iter"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/parser"
	"github.com/falcorules/falcorules/rulesfile"
)

// collection holds the items of all files read so far, those of the same name
// merged.
type collection struct {
	lists  table[*listDef]
	macros table[*macroDef]
	rules  table[*ruleDef]
	// engine is the newest engine version that a file requires.
	engine parser.Version
	// plugins are the required plugins, each with its alternatives.
	plugins [][]Plugin
	// defined counts the items.
	defined int
	// next numbers the definitions of lists, macros and rules together.
	next int
	// broken are the items that could not be read: what refers to them is no
	// mistake of its own.
	broken map[brokenItem]bool
}

type brokenItem struct{ kind, name string }

// table is a sequence of items with names. An item that is defined again
// keeps its place.
type table[T any] struct {
	items []T
	order []string
	index map[string]int
	// changed says that an item has taken the place of an earlier one.
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

// order says when an item was defined first and last. An item sees those whose
// first definition comes before its own last one.
type order struct {
	first, last int
}

func (o order) sees(other order) bool { return other.first < o.last }

// definition is what lists, macros and rules have in common.
type definition struct {
	order
	name string
	// at is the range of the item, nameAt that of its name.
	at, nameAt diag.Range
	// context are Falco's locations of the item.
	context []Location
	// changes are the ranges of the items that appended to it or overrode it.
	changes []diag.Range
	// from are the item that defined it and those that changed it.
	from []*rulesfile.Item
}

// defined returns the definition itself; define reaches it through this in
// whatever embeds it.
func (d *definition) defined() *definition { return d }

type listDef struct {
	definition
	items []rulesfile.Value
	// built is what came of the items so far, or nil.
	built *builtList
}

type macroDef struct {
	definition
	condition longText
	// conditionContext is Falco's way to the condition first given.
	conditionContext []Location
}

// ruleDef is a rule as its items made it, one after the other.
type ruleDef struct {
	definition
	source           string
	priority         eval.Priority
	desc             []string // parts, with blanks between them
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

// describe returns what diagnostics call the rule. A condition that is no rule's has no
// name.
func (d *ruleDef) describe() string {
	if d.name == "" {
		return "the condition"
	}
	return fmt.Sprintf("rule %q", d.name)
}

// define puts a definition into its table, in the place of an earlier one of the
// same name.
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

// change puts a changed copy of an earlier definition in its place.
func change[T interface{ defined() *definition }](c *collection, t *table[T], item T, at diag.Range, by *rulesfile.Item) {
	d := item.defined()
	d.changed(at, by)
	d.last = c.next
	c.next++
	t.put(d.name, item)
}

// definedIn returns the range of the name of an item in the file that defines it,
// whichever that is.
func (l *loading) definedIn(kind, name string) (diag.Range, bool) {
	if l.places == nil {
		l.places = map[brokenItem]rulesfile.Value{}
		for _, f := range l.inputs {
			l.addPlaces(f)
		}
	}
	v, ok := l.places[brokenItem{kind, name}]
	if !ok {
		return diag.Range{}, false
	}
	return v.Range(), true
}

// addPlaces adds where a file defines items that no file before it defines.
func (l *loading) addPlaces(f *input) {
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
			key := brokenItem{kind, name.Text()}
			if _, known := l.places[key]; !known {
				l.places[key] = name
			}
		}
	}
}

// noEarlier reports an item that changes one that there is not.
func (it *item) noEarlier(kind, name string, names iter.Seq[string]) {
	if it.broken[brokenItem{kind, name}] {
		return
	}
	d := it.fail(ErrValidate, nameOf(it.Value, kind), it.context, fmt.Sprintf("there is no %s %q yet that this could change", kind, name), "")
	if at, ok := it.definedIn(kind, name); ok {
		d.Hint = "it is defined later; what changes it comes after"
		d.Related = []diag.Related{{Range: at, Message: "defined here"}}
		return
	}
	if d.Hint = suggest.Hint(name, names); d.Hint == "" {
		d.Hint = "if another file defines it, load that file first"
	}
}

// differentSource reports an item that gives a rule another source than it has.
func (it *item) differentSource(name, source string, prev *ruleDef) {
	n := nameOf(it.Value, "rule")
	if v := it.Get("source"); v.Exists() {
		n = v
	}
	d := it.fail(ErrValidate, n, it.context, fmt.Sprintf("rule %q has source %s, and %s where it was defined before", name, source, prev.source), "")
	d.Related = []diag.Related{{Range: prev.nameAt, Message: "defined here before"}}
}

// warnUnknownSource says that a rule is skipped.
func (it *item) warnUnknownSource(def *ruleDef) {
	n, hint := nameOf(it.Value, "rule"), "a rule that names no source is of source "+def.source
	if v := it.Get("source"); v.Exists() {
		n = v
		hint = suggest.Hint(def.source, func(yield func(string) bool) {
			for _, s := range it.options.Sources {
				if !yield(s.Name()) {
					return
				}
			}
		})
	}
	it.fail(WarnUnknownSource, n, it.context, fmt.Sprintf("the rule is skipped: no events of source %s are known here", def.source), hint)
}
