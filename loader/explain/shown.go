package explain

import "github.com/falcorules/falcorules/eval"

// Limits of the tree. A condition can have 200,000 nodes.
const (
	mostChildren = 20  // operands of one and or or
	mostNodes    = 500 // nodes of the tree
	deepest      = 60  // levels below the root
	mostAside    = 40  // nodes below one that is not decisive
)

// shown is a child that is shown, or represents adjacent children that are not shown and
// have the same result.
type shown struct {
	child   int
	omitted int // if not 0, the number of children omitted from child on
}

// viewer chooses which nodes of a tree are shown.
type viewer struct{ nodes int }

// children returns which children of a node at a depth are shown. It returns nothing if
// none are.
func (v *viewer) children(n *eval.Node, depth int) []shown {
	if depth >= deepest || v.nodes >= mostNodes || !n.Decisive && larger(n, mostAside) {
		return nil
	}
	var out []shown
	for i, child := range n.Children {
		// The last operand that was evaluated is always shown if it decided.
		decided := child.Decisive && (i+1 == len(n.Children) || !n.Children[i+1].Evaluated)
		switch last := len(out) - 1; {
		case i < mostChildren || decided:
			v.nodes++
			out = append(out, shown{child: i})
		case out[last].omitted > 0 && sameResult(child, n.Children[i-1]):
			out[last].omitted++
		default:
			out = append(out, shown{i, 1})
		}
	}
	return out
}

func sameResult(a, b *eval.Node) bool { return a.Evaluated == b.Evaluated && a.Result == b.Result }

// larger reports whether there are more than limit nodes below n.
func larger(n *eval.Node, limit int) bool { return count(n, limit) > limit }

// count counts the nodes below n. It stops soon after the limit.
func count(n *eval.Node, limit int) int {
	total := len(n.Children)
	for _, child := range n.Children {
		if total > limit {
			break
		}
		total += count(child, limit-total)
	}
	return total
}
