package eval

import (
	"cmp"
	"maps"
	"slices"
)

// plan is how the rules of a class are held against an event: first the guards,
// each a part that several rules need, which takes all of those away when it is
// false; then what is left of each rule. What the class decides has been worked
// out of the conditions before.
type plan struct {
	guards []guard
	// roots are what is left of the rules, by their place in the program.
	roots []int32
}

// guard is a node that rules need.
type guard struct {
	start int32 // of its code
	rules ruleSet
}

// alwaysTrue and alwaysFalse are what a class decides.
var (
	alwaysTrue  = &node{kind: trueNode}
	alwaysFalse = &node{kind: notNode, children: []*node{alwaysTrue}}
)

const (
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
	*coder
	budget int
	known  map[string]*node // new nodes by what they are made of
	before int              // how many nodes there were

	outcomes []outcome
	class    uint64          // the bit of the class in the outcomes
	simple   map[*node]*node // what became of a node in this class
	made     map[*node]bool  // the new nodes of this class
}

func newPlanner(p *program, c *coder) *planner {
	return &planner{coder: c, budget: maxPlanned, known: map[string]*node{}, before: len(p.nodes)}
}

// plan returns the plan of the class with the given rules and, if there are any,
// outcomes; nil where there have been too many.
func (pl *planner) plan(rules ruleSet, outcomes []outcome, class uint64) *plan {
	pl.outcomes, pl.class, pl.simple, pl.made = outcomes, class, map[*node]*node{}, map[*node]bool{}
	if rules.empty() {
		return nil
	}
	if pl.budget -= len(pl.rules); pl.budget < 0 {
		return nil
	}
	roots := make([]*node, len(pl.rules))
	parts := make([][]*node, len(pl.rules)) // what must all be true of a rule
	for i, r := range pl.rules {
		if !rules.has(i) {
			continue
		}
		root := pl.simplify(r.root)
		if pl.budget < 0 {
			return nil
		}
		roots[i] = root
		switch root.kind {
		case trueNode:
		case andNode:
			parts[i] = root.children
		default:
			parts[i] = []*node{root}
		}
	}
	guards, rulesOf := pl.guards(parts)
	out := &plan{roots: make([]int32, len(pl.rules))}
	for i := range parts {
		left := slices.DeleteFunc(slices.Clone(parts[i]), func(part *node) bool { return slices.Contains(guards, part) })
		if len(left) < len(parts[i]) || roots[i] == nil {
			roots[i] = pl.make(andNode, left)
		}
		out.roots[i] = pl.entry(roots[i])
	}
	for i, n := range guards {
		out.guards = append(out.guards, guard{pl.entry(n), rulesOf[i]})
	}
	return out
}

// guards chooses the parts that several rules begin with, and returns the rules
// that have each among theirs.
func (pl *planner) guards(parts [][]*node) ([]*node, []ruleSet) {
	count := map[*node]int{}
	for _, list := range parts {
		for _, part := range list[:min(len(list), maxEarly)] {
			if part.kind != notNode { // which is mostly true
				count[part]++
			}
		}
	}
	maps.DeleteFunc(count, func(_ *node, n int) bool { return n < 2 })
	nodes := slices.Collect(maps.Keys(count))
	slices.SortFunc(nodes, func(a, b *node) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.id, b.id)) })
	nodes = nodes[:min(len(nodes), maxGuards)]
	rules := make([]ruleSet, len(nodes))
	for k, n := range nodes {
		rules[k] = newRuleSet(len(parts))
		for i, list := range parts {
			if slices.Contains(list, n) {
				rules[k].add(i)
			}
		}
	}
	return nodes, rules
}

// simplify returns what is left of a node in the class.
func (pl *planner) simplify(n *node) *node {
	if pl.outcomes != nil {
		switch o := pl.outcomes[n.id]; {
		case o.whenFalse&pl.class == 0:
			return alwaysTrue
		case o.whenTrue&pl.class == 0:
			return alwaysFalse
		}
	}
	if len(n.children) == 0 {
		return n
	}
	if simple, ok := pl.simple[n]; ok {
		return simple
	}
	if pl.budget -= len(n.children); pl.budget < 0 {
		return n
	}
	children := make([]*node, 0, len(n.children))
	for _, child := range n.children {
		child = pl.simplify(child)
		switch {
		case child == alwaysTrue || child == alwaysFalse:
			// It decides nothing, or the node would be decided too.
		case n.kind != notNode && child.kind == n.kind && !child.shared:
			children = append(children, child.children...)
		default:
			children = append(children, child)
		}
	}
	simple := n
	if !slices.Equal(children, n.children) {
		simple = pl.make(n.kind, children)
		if simple.id >= pl.before && n.shared {
			simple.shared = true
		}
	}
	pl.simple[n] = simple
	return simple
}

// make returns a node of those operands, new or known. Without operands it is an
// and: an or without any has been decided.
func (pl *planner) make(kind nodeKind, children []*node) *node {
	switch {
	case len(children) == 0:
		return alwaysTrue
	case len(children) == 1 && kind != notNode:
		return children[0]
	}
	key := logicKey(kind, children)
	n := pl.known[key]
	if n == nil {
		n = pl.addNode(node{kind: kind, children: children})
		pl.known[key] = n
	}
	n.shared = n.shared || pl.made[n] // never a cheap one: it has operands
	pl.made[n] = true
	return n
}

// share marks the nodes that several others, or several rules, have as a part:
// what they are is remembered for the event.
func (p *program) share() {
	used := make([]bool, len(p.nodes))
	use := func(n *node) {
		n.shared = used[n.id] && !n.cheap
		used[n.id] = true
	}
	for _, n := range p.nodes {
		for _, child := range n.children {
			use(child)
		}
	}
	for _, r := range p.rules {
		use(r.root)
	}
}
