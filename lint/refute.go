package lint

import (
	"maps"
	"slices"
)

// refutation is a proof that no event makes a condition true.
type refutation struct {
	// checks are literals of the condition, in its order. Without any one of them, the
	// others could be true together.
	checks []*Literal
	// clashes are the literals that exclude each other, one clash for each combination of
	// alternatives.
	clashes []clash
}

// clash is literals that together allow no value of a variable.
type clash struct {
	variable *variable
	uses     []use
}

// The limits of the search. They count operations, not time, so that the result does not
// depend on the machine.
const (
	maxSteps  = 100_000 // for one condition
	maxChecks = 40      // of a refutation that is made as small as possible
)

// refute returns a proof that no event makes the condition true, or nil if there is none
// or it takes too many steps.
func refute(c *Condition, types *eventTypes) *refutation {
	r := attempt(c, types, func(*Literal) bool { return true })
	if r != nil && slices.ContainsFunc(r.checks, negatesRequirement) {
		r = attempt(c, types, func(l *Literal) bool { return !negatesRequirement(l) })
	}
	if r == nil || len(r.checks) > maxChecks {
		return r
	}
	for i := 0; i < len(r.checks); {
		rest := slices.Delete(slices.Clone(r.checks), i, i+1)
		if smaller := attempt(c, types, func(l *Literal) bool { return slices.Contains(rest, l) }); smaller != nil {
			r = smaller // it still has the checks before i, because none of them can be left out
		} else {
			i++
		}
	}
	return r
}

// attempt is refute for those literals for which keep returns true, as if the others were true.
func attempt(c *Condition, types *eventTypes, keep func(*Literal) bool) *refutation {
	m := newModel(c, types, keep)
	if len(m.constraints) == 0 {
		return nil
	}
	s := &search{model: m, left: maxSteps}
	found := s.refute(m.goal(c.Root))
	if found == nil {
		return nil
	}
	r := &refutation{clashes: found.clashes}
	involved := map[*Literal]bool{}
	for _, clash := range r.clashes {
		for _, u := range clash.uses {
			involved[u.literal] = true
		}
	}
	for l := range c.Literals() {
		if involved[l] {
			r.checks = append(r.checks, l)
		}
	}
	return r
}

// goal is a conjunction of literals and choices.
type goal struct {
	literals []*Literal
	choices  [][]*goal
}

// goal returns what is left of a branch without literals that have no constraints.
func (m *model) goal(b *Branch) *goal {
	g := &goal{}
	for _, l := range b.Literals {
		if m.constraints[l] != nil {
			g.literals = append(g.literals, l)
		}
	}
	for _, choice := range b.Choices {
		if alternatives := m.alternatives(choice); alternatives != nil {
			g.choices = append(g.choices, alternatives)
		}
	}
	return g
}

// alternatives returns the goals of a choice, or nil if one of them has no constraints.
func (m *model) alternatives(choice *Choice) []*goal {
	goals := make([]*goal, 0, len(choice.Branches))
	for _, b := range choice.Branches {
		g := m.goal(b)
		if len(g.literals) == 0 && len(g.choices) == 0 {
			return nil
		}
		goals = append(goals, g)
	}
	return goals
}

// search looks for alternatives that do not exclude each other. It decides one choice after
// another, and each decision has a level.
type search struct {
	model *model
	left  int // of the steps
	trail []change
}

// change is the state of a variable before a literal narrowed it.
type change struct {
	variable *variable
	region   region
	narrowed int
}

// conflict says why the goals of a search cannot be met: the levels of the decisions that
// it depends on, and the clashes.
type conflict struct {
	levels  map[int]bool
	clashes []clash
}

// pending is a list of choices that are not decided. Level is that of the decision that
// they are a part of.
type pending struct {
	choice []*goal
	level  int
	next   *pending
}

func (p *pending) with(choices [][]*goal, level int) *pending {
	for _, choice := range slices.Backward(choices) {
		p = &pending{choice, level, p}
	}
	return p
}

// refute returns why a goal cannot be met, or nil if it can be or the steps are used up.
func (s *search) refute(root *goal) *conflict {
	if c := s.assert(root, 0); c != nil {
		return c
	}
	return s.decide((*pending)(nil).with(root.choices, 0), 1)
}

// decide returns why the choices in a list cannot be decided, or nil.
func (s *search) decide(list *pending, level int) *conflict {
	if list == nil {
		return nil
	}
	all := &conflict{levels: map[int]bool{list.level: true}}
	for _, g := range list.choice {
		if s.left <= 0 {
			return nil
		}
		mark := len(s.trail)
		c := s.assert(g, level)
		if c == nil {
			c = s.decide(list.next.with(g.choices, level), level+1)
		}
		if c == nil {
			return nil
		}
		s.undo(mark)
		if !c.levels[level] { // no alternative of this choice would help
			return c
		}
		maps.Copy(all.levels, c.levels)
		all.clashes = append(all.clashes, c.clashes...)
		s.left -= len(c.levels) + len(c.clashes)
	}
	delete(all.levels, level)
	return all
}

// assert narrows the variables to what the literals of a goal allow, and returns a conflict
// if nothing is left of one.
func (s *search) assert(g *goal, level int) *conflict {
	for _, l := range g.literals {
		for _, c := range s.model.constraints[l] {
			v := c.variable
			s.trail = append(s.trail, change{v, v.region, len(v.narrowed)})
			n := narrowing{use{l, c.cells}, level}
			v.region = s.model.narrow(v, v.region, n.use)
			v.narrowed = append(v.narrowed, n)
			s.left -= 1 + len(c.cells) + len(v.region.parts)
			if v.region.cells.isEmpty() {
				return s.explain(v)
			}
		}
	}
	return nil
}

// undo restores the variables.
func (s *search) undo(mark int) {
	for _, c := range slices.Backward(s.trail[mark:]) {
		c.variable.region, c.variable.narrowed = c.region, c.variable.narrowed[:c.narrowed]
	}
	s.trail = s.trail[:mark]
}

// explain returns the conflict of a variable without values. Of the literals that narrow it,
// it selects as few as are enough: the last one, then the first one that, with those selected
// before, is too much, and so on.
func (s *search) explain(v *variable) *conflict {
	out := &conflict{levels: map[int]bool{}}
	selected := clash{variable: v}
	needed := region{cells: v.domain}
	candidates := v.narrowed
	for len(candidates) > 0 && !needed.cells.isEmpty() {
		last := candidates[len(candidates)-1]
		needed = s.model.narrow(v, needed, last.use)
		selected.uses = append(selected.uses, last.use)
		out.levels[last.level] = true
		candidates = candidates[:len(candidates)-1]
		r := needed
		for i, n := range candidates {
			s.left -= len(n.cells)
			if r = s.model.narrow(v, r, n.use); r.cells.isEmpty() {
				candidates = candidates[:i+1]
				break
			}
		}
	}
	slices.Reverse(selected.uses)
	out.clashes = []clash{selected}
	return out
}
