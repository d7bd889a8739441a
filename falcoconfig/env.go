package falcoconfig

import (
	"strings"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Limits on the values of environment variables.
const (
	maxExpansions = 100     // variables in one value
	maxExpanded   = 1 << 16 // bytes of one value
)

// expander replaces environment variables in values.
type expander struct {
	lookup func(string) (string, bool)
	seen   map[*yamlfile.Node]bool
	// unknown has the values with a variable that is not known.
	unknown map[*yamlfile.Node]bool
	// fail reports a value that cannot be expanded.
	fail func(n *yamlfile.Node, message string)
}

// expand replaces the variables in all scalars that are not keys.
func (e *expander) expand(n *yamlfile.Node) {
	n = n.Deref()
	if e.seen[n] {
		return
	}
	e.seen[n] = true
	switch {
	case n.Kind == yamlfile.Scalar:
		if !n.IsNull() && strings.Contains(n.Value, "$") {
			e.scalar(n)
		}
	case n.Kind == yamlfile.Mapping:
		for i := 1; i < len(n.Content); i += 2 {
			e.expand(n.Content[i])
		}
	default:
		for _, item := range n.Content {
			e.expand(item)
		}
	}
}

// scalar expands a value as Falco does: ${NAME} is replaced by the value of the variable,
// which is expanded too, and $${NAME} by ${NAME}. After any other dollar sign, the rest is
// left as it is.
func (e *expander) scalar(n *yamlfile.Node) {
	text := n.Value
	count := 0
	for at := strings.IndexByte(text, '$'); at >= 0; {
		rest := text[at:]
		end := strings.IndexByte(rest, '}')
		switch {
		case strings.HasPrefix(rest, "$${") && end >= 0:
			text = text[:at] + rest[1:]
			at++
		case strings.HasPrefix(rest, "${") && end >= 0:
			value, known := "", false
			if name := rest[2:end]; e.lookup != nil {
				value, known = e.lookup(name)
			}
			if !known {
				e.unknown[n] = true
				at += end
				break
			}
			if count++; count > maxExpansions || len(text)+len(value) > maxExpanded {
				e.fail(n, "the environment variables in this value refer to each other or are too long")
				return
			}
			text = text[:at] + value + rest[end+1:]
		default:
			at = len(text)
		}
		next := strings.IndexByte(text[at:], '$')
		if next < 0 {
			break
		}
		at += next
	}
	// An empty value is text, not null.
	n.Value, n.Tag = text, "!!str"
}
