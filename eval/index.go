package eval

import (
	"math/bits"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// ruleSet is a set of rules, a bit for each rule of the program.
type ruleSet []uint64

// index finds the rules that an event can fire, by the values of the fields that the
// source calls discriminating. It leaves out a rule only if its condition is false, so it
// does not change which rules fire. Falco's index leaves out more, because it uses event
// codes, which some system calls share.
type index struct {
	fields []indexedField
	// any is the class of all events if no field is indexed.
	any class
}

// indexedField is a discriminating field.
type indexedField struct {
	slot int
	// classes are the classes of the values in conditions. Events with another value
	// are in class other, and events without a value in class missing.
	classes        map[string]*class
	other, missing *class
}

// class is a set of events that the index does not tell apart.
type class struct {
	// rules are those that such an event can fire, and count is their number.
	rules ruleSet
	count int
	// plan may be nil.
	plan *plan
}

// equality describes a check that the text of a slot is, or is not, one of some values.
type equality struct {
	slot      int
	negated   bool
	constants []*ast.Value
}

const (
	// maxIndexed limits the values of a field that have a class.
	maxIndexed = 1024
	// fewRules is the number of rules from which on the index is used. Fewer rules are
	// faster to evaluate.
	fewRules = 4
)

// The numbers of the classes without a value of their own.
const (
	missingClass = iota
	otherClass
)

// indexedSlots returns the slots of the discriminating fields in rules.
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

// newIndex returns the index of a program.
func newIndex(p *program, c coder) *index {
	x := &index{any: class{rules: newRuleSet(len(p.rules))}}
	for i := range p.rules {
		x.any.rules.add(i)
	}
	pl := newPlanner(p, c)
	if len(p.rules) >= fewRules {
		for _, slot := range p.indexed {
			if f, ok := p.indexField(slot, pl); ok {
				x.fields = append(x.fields, f)
				pl = nil // only the classes of the first field have plans
			}
		}
	}
	if x.any.count = len(p.rules); pl != nil {
		x.any.plan = pl.plan(x.any.rules, nil, 0)
	}
	return x
}

// indexField groups the rules by the values of a slot. It returns false if no rule
// compares the slot with values.
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
	// Evaluating 64 classes at a time, one for each bit of an outcome, avoids a table of
	// nodes times classes.
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

// outcome says for each of 64 classes if a node can be true, and if it can be false.
type outcome struct{ whenTrue, whenFalse uint64 }

// judge sets the outcomes of all nodes for the 64 classes that start with first.
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

// judge returns the outcome of the check for the 64 classes that start with first.
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
			complete = false // it is in class other
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
	// A check of a missing value is false.
	o.whenTrue &^= bit(missingClass)
	o.whenFalse |= bit(missingClass)
	return o
}

// equalityOf returns the equality that a check of a slot is, or false.
func equalityOf(x *ast.Check, slot int, constants []*ast.Value) (equality, bool) {
	e := equality{slot: slot, negated: x.Op == ast.OpNe, constants: constants}
	switch x.Op {
	case ast.OpEq, ast.OpEqEq, ast.OpNe, ast.OpIn:
		return e, x.Modifier == ast.NoModifier
	}
	return e, false
}

// class returns the class of an event.
func (x *indexedField) class(f *frame) *class {
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
