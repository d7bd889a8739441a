package yamlfile

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
)

// maxAliased is how many nodes the aliases of a file can stand for together, each
// kilobyte of text counted as one, so that no small file can take all time. It also
// bounds how deep aliases can nest.
const maxAliased = 200_000

// CheckAliases returns how many documents, from the first, can be read with their
// aliases followed, and what is wrong with the next one: an alias for something
// that it is a part of, or aliases that stand for too much.
func CheckAliases(docs []*Node) (int, *diag.Diagnostic) {
	c := aliasCounter{sizes: map[*Node]int{}}
	for i, doc := range docs {
		if c.count(doc); c.err != nil {
			return i, c.err
		}
	}
	return len(docs), nil
}

// aliasCounter counts what aliases stand for.
type aliasCounter struct {
	// sizes are the sizes of sequences, mappings and aliases, 0 while one is counted.
	sizes   map[*Node]int
	aliased int
	err     *diag.Diagnostic
}

// count returns the number of nodes in n, aliases followed, or 0 if n is being
// counted. What an alias stands for comes before it, and is counted by then.
func (c *aliasCounter) count(n *Node) int {
	if n.Kind == Scalar {
		return 1 + len(n.Value)>>10
	}
	if size, known := c.sizes[n]; known {
		return size
	}
	c.sizes[n] = 0
	size := 1
	if n.Kind == Alias {
		target := c.count(n.Alias)
		if target == 0 {
			c.fail(n, "an alias for something that it is a part of")
		}
		size += target
		if c.aliased += size; c.aliased > maxAliased {
			c.fail(n, fmt.Sprintf("aliases stand for more than %d values", maxAliased))
		}
	}
	for _, child := range n.Content {
		if c.err != nil {
			break
		}
		size += c.count(child)
	}
	c.sizes[n] = size
	return size
}

func (c *aliasCounter) fail(n *Node, msg string) {
	if c.err == nil {
		c.err = &diag.Diagnostic{Message: msg, Range: n.Range().In("")}
	}
}
