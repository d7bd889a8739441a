package yamlfile

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
)

// maxAliased is the maximum number of nodes that the aliases of a file expand to,
// where each kilobyte of text counts as a node. It also limits how deep aliases nest.
const maxAliased = 200_000

// CheckAliases returns the number of leading documents whose aliases are safe to
// follow, and an error about the first document with an alias inside its own
// target, or with aliases that expand to too many values.
func CheckAliases(docs []*Node) (int, *diag.Diagnostic) {
	c := aliasCounter{sizes: map[*Node]int{}}
	for i, doc := range docs {
		if c.count(doc); c.err != nil {
			return i, c.err
		}
	}
	return len(docs), nil
}

type aliasCounter struct {
	// sizes are the sizes of sequences, mappings and aliases. The size is 0 while
	// the node is being counted.
	sizes   map[*Node]int
	aliased int
	err     *diag.Diagnostic
}

// count returns the number of nodes in n with aliases expanded, or 0 if n is being
// counted. The target of an alias comes first in the file, so its size is known.
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
			c.fail(n, "alias of a value that contains it")
		}
		size += target
		if c.aliased += size; c.aliased > maxAliased {
			c.fail(n, fmt.Sprintf("aliases expand to more than %d values", maxAliased))
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
