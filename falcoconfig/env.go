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
	var done strings.Builder
	rest := n.Value
	last := strings.LastIndexByte(rest, '}') - len(rest) // before the end of rest
	for count := 0; ; {
		at := strings.IndexByte(rest, '$')
		if at < 0 || len(rest)+last < at {
			break
		}
		done.WriteString(rest[:at])
		rest = rest[at:]
		if strings.HasPrefix(rest, "$${") {
			done.WriteByte('$')
			rest = rest[2:]
			continue
		}
		if !strings.HasPrefix(rest, "${") {
			break
		}
		end := strings.IndexByte(rest, '}')
		value, known := "", false
		if e.lookup != nil {
			value, known = e.lookup(rest[2:end])
		}
		if !known {
			e.unknown[n] = true
			done.WriteString(rest[:end])
			rest = rest[end:]
			continue
		}
		if count++; count > maxExpansions || done.Len()+len(rest)+len(value) > maxExpanded {
			e.fail(n, "the environment variables in this value refer to each other or are too long")
			return
		}
		rest = value + rest[end+1:]
		last = strings.LastIndexByte(rest, '}') - len(rest)
	}
	done.WriteString(rest)
	// An empty value is text, not null.
	n.Value, n.Tag = done.String(), "!!str"
}
