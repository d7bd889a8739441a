package eval

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// plan is how the rules of a class are held against an event: first the guards,
// each a part that several rules need, which takes all of those away when it is
// false; then what is left of each rule. What the class decides has been worked
// out of the conditions before.
type plan struct {
	guards []guard
	// roots are the nodes that are left of the rules, by their place in the
	// program; alwaysTrue where nothing is.
	roots []int
}

// guard is a node that rules need.
type guard struct {
	node  int
	rules ruleSet
}

const (
	// alwaysTrue and alwaysFalse stand for nodes that need no looking at.
	alwaysTrue  = -1
	alwaysFalse = -2

	// maxGuards is how many guards a class has, and maxEarly how far at the
	// front of a condition a part must stand to be one: what stands behind is
	// often not looked at.
	maxGuards = 16
	maxEarly  = 3
	// maxPlanned bounds the nodes and rules that are looked at for plans. Classes
	// beyond have none.
	maxPlanned = 1 << 20
)

// planner makes the plans of a program. New nodes join those of the program.
type planner struct {
	*program
	budget int
	known  map[string]int // new nodes by what they are made of
	before int            // how many nodes there were

	outcomes []outcome
	class    uint64      // the bit of the class in the outcomes
	simple   map[int]int // what became of a node in this class
}

func newPlanner(p *program) *planner {
	return &planner{program: p, budget: maxPlanned, known: map[string]int{}, before: len(p.nodes)}
}

// plan returns the plan of the class with the given rules and, if there are any,
// outcomes; nil where there have been too many.
func (pl *planner) plan(rules ruleSet, outcomes []outcome, class uint64) *plan {
	pl.outcomes, pl.class, pl.simple = outcomes, class, map[int]int{}
	if rules.empty() {
		return nil
	}
	if pl.budget -= len(pl.rules); pl.budget < 0 {
		return nil
	}
	parts := make([][]int, len(pl.rules)) // what must all be true of a rule
	for i, r := range pl.rules {
		if !rules.has(i) {
			continue
		}
		root := pl.simplify(r.root)
		if pl.budget < 0 {
			return nil
		}
		switch {
		case root == alwaysTrue:
		case pl.nodes[root].kind == andNode:
			parts[i] = pl.nodes[root].kids
		default:
			parts[i] = []int{root}
		}
	}
	out := &plan{guards: pl.guards(parts), roots: make([]int, len(pl.rules))}
	for i := range parts {
		left := slices.DeleteFunc(slices.Clone(parts[i]), func(node int) bool {
			return slices.ContainsFunc(out.guards, func(g guard) bool { return g.node == node && g.rules.has(i) })
		})
		out.roots[i] = pl.make(andNode, left)
	}
	return out
}

// guards chooses the parts that several rules begin with.
func (pl *planner) guards(parts [][]int) []guard {
	count := map[int]int{}
	for _, list := range parts {
		for _, node := range list[:min(len(list), maxEarly)] {
			if pl.nodes[node].kind != notNode { // which is mostly true
				count[node]++
			}
		}
	}
	maps.DeleteFunc(count, func(_, n int) bool { return n < 2 })
	nodes := slices.Collect(maps.Keys(count))
	slices.SortFunc(nodes, func(a, b int) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	var out []guard
	for _, node := range nodes[:min(len(nodes), maxGuards)] {
		g := guard{node, newRuleSet(len(parts))}
		for i, list := range parts {
			if slices.Contains(list, node) {
				g.rules.add(i)
			}
		}
		out = append(out, g)
	}
	return out
}

// simplify returns what is left of a node in the class.
func (pl *planner) simplify(id int) int {
	if pl.outcomes != nil {
		switch o := pl.outcomes[id]; {
		case o.whenFalse&pl.class == 0:
			return alwaysTrue
		case o.whenTrue&pl.class == 0:
			return alwaysFalse
		}
	}
	n := pl.nodes[id]
	if len(n.kids) == 0 {
		return id
	}
	if simple, ok := pl.simple[id]; ok {
		return simple
	}
	if pl.budget -= len(n.kids); pl.budget < 0 {
		return id
	}
	kids := make([]int, 0, len(n.kids))
	for _, kid := range n.kids {
		kid = pl.simplify(kid)
		switch {
		case kid < 0 && n.kind != notNode:
			// One that would decide has decided already.
		case n.kind != notNode && pl.nodes[kid].kind == n.kind && !pl.nodes[kid].shared:
			kids = append(kids, pl.nodes[kid].kids...)
		default:
			kids = append(kids, kid)
		}
	}
	simple := id
	if !slices.Equal(kids, n.kids) {
		simple = pl.make(n.kind, kids)
		if simple >= pl.before && n.shared {
			pl.nodes[simple].shared = true
		}
	}
	pl.simple[id] = simple
	return simple
}

// make returns a node of those operands, new or known.
func (pl *planner) make(kind nodeKind, kids []int) int {
	switch {
	case len(kids) == 0:
		return alwaysTrue // of an and: an or without operands has been decided
	case len(kids) == 1 && kind != notNode:
		return kids[0]
	}
	var key strings.Builder
	fmt.Fprint(&key, kind, kids)
	id, ok := pl.known[key.String()]
	if !ok {
		id = len(pl.nodes)
		pl.nodes = append(pl.nodes, node{kind: kind, kids: kids})
		pl.known[key.String()] = id
		return id
	}
	pl.nodes[id].shared = true
	return id
}

// share marks the nodes that several others, or several rules, have as a part:
// what they are is remembered for the event.
func (p *program) share() {
	uses := make([]uint8, len(p.nodes))
	use := func(id int) {
		if uses[id] < 2 {
			uses[id]++
		}
	}
	for _, n := range p.nodes {
		for _, kid := range n.kids {
			use(kid)
		}
	}
	for _, r := range p.rules {
		use(r.root)
	}
	for id := range p.nodes {
		p.nodes[id].shared = uses[id] > 1
	}
}
