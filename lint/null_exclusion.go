package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var nullExclusion = &Analyzer{
	ID:       "null-exclusion",
	Category: MissingValue,
	Level:    Warning,
	Summary:  "An exclusion with != keeps a rule from firing when the field has no value.",
	Fix:      UnsafeFix,
	Run:      runNullExclusion,
}

func runNullExclusion(p *Pass) {
	for _, c := range p.Rules() {
		outer := append(slices.Clone(c.Branches()), c.Root)
		for l := range c.Literals() {
			if l.Negated || l.Check.Op != ast.OpNe || !isOptional(l) || !slices.Contains(outer, l.Branch) || requiresOther(l) || meansExists(l) {
				continue
			}
			d := p.ReportLiteral(l, "!= is false if %s has no value, so the rule misses such events", l.Operand)
			fixNotEqual(d, l)
		}
	}
}

// requiresOther reports whether another literal requires a value of the same field, or of one
// that has a value at the same time.
func requiresOther(l *Literal) bool {
	return l.Branch.Requires(func(other *Literal) bool {
		return other != l && other.RequiresValue() && other.Check.Op != ast.OpNe && (other.Operand == l.Operand || arrivesWith(l, other))
	})
}

// arrivesWith reports whether the field of a literal has a value if that of another one has:
// Falco gets the metadata of a container all at once, and that of a pod from its container.
func arrivesWith(l, other *Literal) bool {
	ofContainer, ofPod := isContainerMetadata(other), strings.HasPrefix(other.fieldName(), "k8s.")
	return ofPod || ofContainer && isContainerMetadata(l)
}

func isContainerMetadata(l *Literal) bool {
	name := l.fieldName()
	return strings.HasPrefix(name, "container.") && name != "container.id"
}

// meansExists reports whether a literal only excludes texts that mean no value. Releases of
// Falco before the container plugin had the image "incomplete" instead of none.
func meansExists(l *Literal) bool {
	return slices.ContainsFunc(l.Check.Values(), func(v *ast.Value) bool {
		return slices.Contains([]string{"", noValue, "N/A", "incomplete"}, v.Text)
	})
}

// optional are the starts of fields that often have no value.
var optional = []string{
	"container.", "k8s.", "ka.req.", "ka.resp.",
	"jevt.value[/annotations", "jevt.value[/objectRef", "jevt.value[/requestObject", "jevt.value[/responseObject",
}

// isOptional reports whether the left side often has no value: metadata of containers comes
// some time after the container starts, and audit events have objects at some levels only.
func isOptional(l *Literal) bool {
	switch l.Operand {
	case "container.id":
		return false
	case "ka.target.name", "ka.target.subresource":
		return true
	}
	return l.Field != nil && slices.ContainsFunc(optional, func(prefix string) bool { return strings.HasPrefix(l.Operand, prefix) })
}
