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
// false and no others, so that nothing of it shows in what fires. Falco's own
// index goes by event codes, which system calls share that have no event of their
// own, and so leaves out more.
type index struct {
	fields []indexedField
	// any is what there is to do where no field is indexed.
	any class
}

// indexedField is what one discriminating field says.
type indexedField struct {
	slot int
	// classes has a class for each value that some check compares the field with.
	classes        map[string]*class
	other, missing *class
}

// class is a value of an indexed field, or all values that no check names, or none.
type class struct {
	// rules can be true of such an event.
	rules ruleSet
	count int // of these rules
	// plan is how they are held against it; nil says as they are.
	plan *plan
}

// equality is what a check says of the text of one slot: that it is, or is not,
// one of some constants.
type equality struct {
	slot      int
	negated   bool
	constants []*ast.Value
}

const (
	// maxIndexed is how many values of a field are told apart.
	maxIndexed = 1024
	// fewRules is how many rules there must be to look at a field that may rule
	// some out: fewer are looked at as soon.
	fewRules = 4
)

// The classes that stand before those of the constants.
const (
	missingClass = iota
	otherClass
)

// indexedSlots returns the slots of the discriminating fields that rules look at.
func (p *program) indexedSlots() []int {
	var slots []int
	for _, name := range p.source.Discriminating() {
		slot, ok := p.slotIDs["f"+strings.TrimSuffix(name, "]")]
		if !ok {
			continue
		}
		if s := p.slots[slot]; !s.list && s.typ == fieldsets.CharBuf && s.field.Match == fieldsets.MatchOne && s.field.ConditionValue == nil {
			slots = append(slots, slot)
		}
	}
	return slots
}

// newIndex makes the index of a program that is complete.
func newIndex(p *program, c *coder) *index {
	x := &index{any: class{rules: newRuleSet(len(p.rules))}}
	for i := range p.rules {
		x.any.rules.add(i)
	}
	pl := newPlanner(p, c)
	if len(p.rules) >= fewRules {
		for _, slot := range p.indexed {
			if f, ok := p.indexField(slot, pl); ok {
				x.fields = append(x.fields, f)
				pl = nil // the plans go by the first field
			}
		}
	}
	if x.any.count = len(p.rules); pl != nil {
		x.any.plan = pl.plan(x.any.rules, nil, 0)
	}
	return x
}

// indexField sorts the rules by the values of a slot; false says that no rule
// compares it with constants.
func (p *program) indexField(slot int, pl *planner) (indexedField, bool) {
	f := indexedField{slot: slot, classes: map[string]*class{}}
	numbers := map[string]int{}
	classes := []*class{missingClass: {}, otherClass: {}}
	for _, n := range p.nodes {
		e, ok := p.equalities[n]
		if !ok || e.slot != slot {
			continue
		}
		for _, c := range e.constants {
			if _, known := numbers[c.Text]; !known && len(numbers) < maxIndexed {
				numbers[c.Text] = len(classes)
				classes = append(classes, &class{})
			}
		}
	}
	if len(numbers) == 0 {
		return f, false
	}
	for _, c := range classes {
		c.rules = newRuleSet(len(p.rules))
	}
	// As many classes at a time as a word has bits, so that many nodes and many
	// values take no memory that grows with both.
	outcomes := make([]outcome, len(p.nodes))
	for first := 0; first < len(classes); first += 64 {
		p.judge(outcomes, slot, numbers, first)
		for i, r := range p.rules {
			for can := outcomes[r.root.id].whenTrue; can != 0; can &= can - 1 {
				if n := first + bits.TrailingZeros64(can); n < len(classes) {
					classes[n].rules.add(i)
				}
			}
		}
		if pl != nil {
			for n := first; n < min(first+64, len(classes)); n++ {
				classes[n].plan = pl.plan(classes[n].rules, outcomes, 1<<(n-first))
			}
		}
	}
	f.missing, f.other = classes[missingClass], classes[otherClass]
	for text, n := range numbers {
		f.classes[text] = classes[n]
	}
	for _, c := range classes {
		c.count = c.rules.len()
	}
	return f, true
}

// outcome has a bit for each of 64 classes of values: whether a node can be true,
// and whether it can be false, of an event with such a value.
type outcome struct{ whenTrue, whenFalse uint64 }

// judge fills the outcomes of all nodes for the 64 classes from first on. The
// operands of a node stand before it.
func (p *program) judge(outcomes []outcome, slot int, numbers map[string]int, first int) {
	const all = ^uint64(0)
	for id := range outcomes {
		n := p.nodes[id]
		var o outcome
		switch n.kind {
		case checkNode, valueNode, textNode:
			o = outcome{all, all}
			if e, ok := p.equalities[n]; ok && e.slot == slot {
				o = e.judge(numbers, first)
			}
		case notNode:
			child := outcomes[n.children[0].id]
			o = outcome{child.whenFalse, child.whenTrue}
		case andNode:
			o.whenTrue = all
			for _, child := range n.children {
				o.whenTrue &= outcomes[child.id].whenTrue
				o.whenFalse |= outcomes[child.id].whenFalse
			}
		case orNode:
			o.whenFalse = all
			for _, child := range n.children {
				o.whenTrue |= outcomes[child.id].whenTrue
				o.whenFalse &= outcomes[child.id].whenFalse
			}
		}
		outcomes[id] = o
	}
}

// judge returns the outcome of the check for the classes from first on.
func (e equality) judge(numbers map[string]int, first int) outcome {
	bit := func(class int) uint64 {
		if class < first || class >= first+64 {
			return 0
		}
		return 1 << (class - first)
	}
	var named uint64
	complete := true
	for _, c := range e.constants {
		if class, ok := numbers[c.Text]; ok {
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

// of returns the class of the frame's event.
func (x *indexedField) of(f *frame) *class {
	values := f.values(x.slot)
	if len(values) == 0 {
		return x.missing
	}
	if c, ok := x.classes[values[0].Text()]; ok {
		return c
	}
	return x.other
}

func newRuleSet(rules int) ruleSet { return make(ruleSet, (rules+63)/64) }

func (s ruleSet) add(rule int)      { s[rule/64] |= 1 << (rule % 64) }
func (s ruleSet) has(rule int) bool { return s[rule/64]&(1<<(rule%64)) != 0 }

func (s ruleSet) empty() bool {
	for _, word := range s {
		if word != 0 {
			return false
		}
	}
	return true
}

// meets reports whether two sets have a rule in common.
func (s ruleSet) meets(t ruleSet) bool {
	for i, word := range s {
		if word&t[i] != 0 {
			return true
		}
	}
	return false
}

func (s ruleSet) len() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// keep removes the rules that are not in t and returns how many are left.
func (s ruleSet) keep(t ruleSet) int {
	left := 0
	for i := range s {
		s[i] &= t[i]
		left += bits.OnesCount64(s[i])
	}
	return left
}

func (s ruleSet) remove(t ruleSet) {
	for i := range s {
		s[i] &^= t[i]
	}
}
