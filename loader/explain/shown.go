package explain

import "github.com/falcorules/falcorules/eval"

// A condition can have 200,000 parts, of which these are shown.
const (
	mostKids  = 20  // of one and or or
	mostParts = 500 // of the whole
	deepest   = 60  // levels below the whole
	mostAside = 40  // of a part that decided nothing
)

// shown is what is shown below a part: a kid, or how many are left out that all
// have the same result.
type shown struct {
	kid  int
	left int // if it is not 0, so many from kid on
}

// viewer decides what is shown of a tree.
type viewer struct{ parts int }

// kids returns what is shown below a node at a depth; nothing if all of it is left
// out.
func (v *viewer) kids(n *eval.Node, depth int) []shown {
	if depth >= deepest || v.parts >= mostParts || !n.Decisive && larger(n, mostAside) {
		return nil
	}
	var out []shown
	for i, kid := range n.Kids {
		ends := kid.Decisive && (i+1 == len(n.Kids) || !n.Kids[i+1].Evaluated) // the one that is asked for
		switch last := len(out) - 1; {
		case i < mostKids || ends:
			v.parts++
			out = append(out, shown{kid: i})
		case out[last].left > 0 && alike(kid, n.Kids[i-1]):
			out[last].left++
		default:
			out = append(out, shown{i, 1})
		}
	}
	return out
}

func alike(a, b *eval.Node) bool { return a.Evaluated == b.Evaluated && a.Result == b.Result }

// larger reports whether more than some nodes hang below n.
func larger(n *eval.Node, limit int) bool { return count(n, limit) > limit }

// count counts the nodes below n up to a bit more than a limit.
func count(n *eval.Node, limit int) int {
	total := len(n.Kids)
	for _, kid := range n.Kids {
		if total > limit {
			break
		}
		total += count(kid, limit-total)
	}
	return total
}
