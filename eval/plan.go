package eval

import (
	"cmp"
	"maps"
	"slices"
)

// plan says how to match the rules of a class with an event: guards first, and then what
// is left of each rule. The conditions are simplified by what is known about the class.
type plan struct {
	guards []guard
	// roots are the code that is left of each rule.
	roots []*instruction
}

// guard is a node that several rules require. If it is false, none of them can fire.
type guard struct {
	code  *instruction
	rules ruleSet
}

// alwaysTrue and alwaysFalse take the place of nodes that the class decides.
var (
	alwaysTrue  = &node{kind: trueNode}
	alwaysFalse = &node{kind: notNode, children: []*node{alwaysTrue}}
)

const (
	// maxGuards limits the guards of a class. Only the first maxEarly operands of a
	// condition can be guards, because the others are often not evaluated.
	maxGuards = 16
	maxEarly  = 3
	// maxPlanned limits the nodes and rules that plans are made of. Classes beyond the
	// limit have no plan.
	maxPlanned = 1 << 20
)

// planner makes the plans of a program, to which it adds nodes.
type planner struct {
	*program
	coder  coder
	budget int
	known  map[string]*node // new nodes by their keys
	before int              // the number of nodes that are not new

	outcomes []outcome
	class    uint64          // the bit of the class in the outcomes
	simple   map[*node]*node // results of simplify for the class
	made     map[*node]bool  // new nodes for the class
}

func newPlanner(p *program, c coder) *planner {
	return &planner{program: p, coder: c, budget: maxPlanned, known: map[string]*node{}, before: len(p.nodes)}
}

// plan returns the plan of the class whose events can fire the given rules. It returns
// nil if the limit is reached. The outcomes of nodes may be nil; class is the bit of the
// class in them.
func (pl *planner) plan(rules ruleSet, outcomes []outcome, class uint64) *plan {
	pl.outcomes, pl.class, pl.simple, pl.made = outcomes, class, map[*node]*node{}, map[*node]bool{}
	if rules.empty() {
		return nil
	}
	if pl.budget -= len(pl.rules); pl.budget < 0 {
		return nil
	}
	roots := make([]*node, len(pl.rules))
	parts := make([][]*node, len(pl.rules)) // the operands of each root that is an and
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
	out := &plan{roots: make([]*instruction, len(pl.rules))}
	for i := range parts {
		left := slices.DeleteFunc(slices.Clone(parts[i]), func(part *node) bool { return slices.Contains(guards, part) })
		if len(left) < len(parts[i]) || roots[i] == nil {
			roots[i] = pl.make(andNode, left)
		}
		out.roots[i] = pl.coder.entry(roots[i])
	}
	for i, n := range guards {
		out.guards = append(out.guards, guard{pl.coder.entry(n), rulesOf[i]})
	}
	return out
}

// guards selects nodes that several rules start with, and returns for each of them the
// rules that have it as an operand.
func (pl *planner) guards(parts [][]*node) ([]*node, []ruleSet) {
	count := map[*node]int{}
	for _, list := range parts {
		for _, part := range list[:min(len(list), maxEarly)] {
			if part.kind != notNode { // most of those are true
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

// simplify returns what is left of a node for the class.
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
			// It has no influence; otherwise, it would decide the node too.
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

// make returns the node with the given children, and creates it if it does not exist. A
// node without children is an and, because an or without children is decided.
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
	n.shared = n.shared || pl.made[n]
	pl.made[n] = true
	return n
}

// share marks the nodes that are children of several others, or roots of several rules.
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
