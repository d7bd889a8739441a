package eval

// step is a node as it is looked at: all that is needed lies together, and the
// operands of a step lie side by side.
type step struct {
	kind nodeKind
	// shared steps are remembered for the event, under their id.
	shared bool
	id     int32
	// slot is the slot of a valueNode or a textNode, or the number of a
	// checkNode among the program's checks.
	slot int32
	test testOne
	text string
	kids []step
}

// steps makes steps of nodes.
type steps struct {
	*program
	known map[*node]step
}

func (p *program) newSteps() *steps { return &steps{p, map[*node]step{}} }

// of returns the step that a node is looked at as.
func (s *steps) of(n *node) step {
	if known, ok := s.known[n]; ok {
		return known
	}
	out := step{kind: n.kind, shared: n.shared, id: int32(n.id), slot: int32(n.slot), test: n.test, text: n.text}
	if n.kind == checkNode {
		out.slot = int32(len(s.checks))
		s.checks = append(s.checks, n.check)
	}
	if len(n.kids) > 0 {
		out.kids = s.all(n.kids)
	}
	s.known[n] = out
	return out
}

func (s *steps) all(nodes []*node) []step {
	out := make([]step, len(nodes))
	for i, n := range nodes {
		out[i] = s.of(n)
	}
	return out
}
