package eval

import (
	"math/bits"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// ruleSet is a set of rules by their place in the program, a bit each.
type ruleSet []uint64

// index knows, for the fields that a source calls discriminating, which rules an
// event with some value can fire at all. It leaves out rules that are surely
// false and no others, so that nothing of it shows in what fires. Falco has an
// index of event types too, by the rules of [syscall.EventsOf], which here would
// let an event of a generic call, say, fire less.
type index struct {
	fields []indexedField
	all    ruleSet
}

// indexedField is what one discriminating field says.
type indexedField struct {
	slot int
	// rules has the rules for each value that some check compares the field with.
	rules          map[string]ruleSet
	other, missing ruleSet
}

// equality is what a check says of the text of one slot: that it is, or is not,
// one of some constants.
type equality struct {
	slot      int
	negated   bool
	constants []*ast.Value
}

// maxIndexed is how many values of a field are told apart.
const maxIndexed = 1024

// The classes of values that stand before those of the constants.
const (
	missingClass = iota
	otherClass
	firstConstant
)

// newIndex makes the index of a program that is complete.
func newIndex(p *program) *index {
	x := &index{all: newRuleSet(len(p.rules))}
	for i := range p.rules {
		x.all.add(i)
	}
	for _, name := range p.source.Discriminating() {
		slot, ok := p.slotIDs["f"+strings.TrimSuffix(name, "]")]
		if !ok {
			continue // no rule looks at it
		}
		if s := p.slots[slot]; s.list || s.typ != fieldsets.CharBuf || s.field.Match != fieldsets.MatchOne || s.field.Compared != nil {
			continue
		}
		if f, ok := p.indexField(slot); ok {
			x.fields = append(x.fields, f)
		}
	}
	return x
}

// indexField sorts the rules by the values of a slot; false says that no rule
// compares it with constants.
func (p *program) indexField(slot int) (indexedField, bool) {
	f := indexedField{slot: slot, rules: map[string]ruleSet{}}
	classes := map[string]int{}
	sets := []*ruleSet{missingClass: &f.missing, otherClass: &f.other}
	for _, e := range p.equalities {
		if e.slot != slot {
			continue
		}
		for _, c := range e.constants {
			if _, known := classes[c.Text]; !known && len(classes) < maxIndexed {
				classes[c.Text] = len(sets)
				sets = append(sets, new(ruleSet))
			}
		}
	}
	if len(classes) == 0 {
		return f, false
	}
	for i := range sets {
		*sets[i] = newRuleSet(len(p.rules))
	}
	// As many classes at a time as a word has bits, so that many nodes and many
	// values take no memory that grows with both.
	outcomes := make([]outcome, len(p.nodes))
	for first := 0; first < len(sets); first += 64 {
		p.judge(outcomes, slot, classes, first)
		for i, r := range p.rules {
			for can := outcomes[r.root].whenTrue; can != 0; can &= can - 1 {
				if class := first + bits.TrailingZeros64(can); class < len(sets) {
					sets[class].add(i)
				}
			}
		}
	}
	for text, class := range classes {
		f.rules[text] = *sets[class]
	}
	return f, true
}

// outcome has a bit for each of 64 classes of values: whether a node can be true,
// and whether it can be false, of an event with such a value.
type outcome struct{ whenTrue, whenFalse uint64 }

// judge fills the outcomes of all nodes for the 64 classes from first on. The
// operands of a node stand before it.
func (p *program) judge(outcomes []outcome, slot int, classes map[string]int, first int) {
	const any = ^uint64(0)
	for id := range p.nodes {
		n := &p.nodes[id]
		var o outcome
		switch n.kind {
		case checkNode:
			o = outcome{any, any}
			if e, ok := p.equalities[id]; ok && e.slot == slot {
				o = e.judge(classes, first)
			}
		case notNode:
			kid := outcomes[n.kids[0]]
			o = outcome{kid.whenFalse, kid.whenTrue}
		case andNode:
			o.whenTrue = any
			for _, kid := range n.kids {
				o.whenTrue &= outcomes[kid].whenTrue
				o.whenFalse |= outcomes[kid].whenFalse
			}
		case orNode:
			o.whenFalse = any
			for _, kid := range n.kids {
				o.whenTrue |= outcomes[kid].whenTrue
				o.whenFalse &= outcomes[kid].whenFalse
			}
		}
		outcomes[id] = o
	}
}

// judge returns the outcome of the check for the classes from first on.
func (e equality) judge(classes map[string]int, first int) outcome {
	bit := func(class int) uint64 {
		if class < first || class >= first+64 {
			return 0
		}
		return 1 << (class - first)
	}
	var named uint64
	complete := true
	for _, c := range e.constants {
		if class, ok := classes[c.Text]; ok {
			named |= bit(class)
		} else {
			complete = false // one of the other values
		}
	}
	o := outcome{named, ^named}
	if e.negated {
		o = outcome{^named, named}
	}
	if !complete {
		o.whenTrue |= bit(otherClass)
		o.whenFalse |= bit(otherClass)
	}
	// Nothing but exists and not is true of what is not there.
	o.whenTrue &^= bit(missingClass)
	o.whenFalse |= bit(missingClass)
	return o
}

// equalityOf returns what a check against constants says of a slot's text.
func equalityOf(x *ast.Check, slot int, constants []*ast.Value) (equality, bool) {
	e := equality{slot: slot, negated: x.Op == ast.OpNe, constants: constants}
	switch x.Op {
	case ast.OpEq, ast.OpEqEq, ast.OpNe, ast.OpIn:
		return e, x.Modifier == ast.NoModifier
	}
	return e, false
}

// of returns the rules that an indexed field lets through for the frame's event.
func (x *indexedField) of(f *frame) ruleSet {
	values := f.values(x.slot)
	if len(values) == 0 {
		return x.missing
	}
	if rules, ok := x.rules[values[0].Text()]; ok {
		return rules
	}
	return x.other
}

func newRuleSet(rules int) ruleSet { return make(ruleSet, (rules+63)/64) }

func (s ruleSet) add(rule int) { s[rule/64] |= 1 << (rule % 64) }
