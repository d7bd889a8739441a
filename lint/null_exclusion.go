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
			if l.Negated || l.Check.Op != ast.OpNe || !isOptional(l) || !slices.Contains(outer, l.Branch) || requiresOther(l) {
				continue
			}
			d := p.ReportLiteral(l, "!= is false if %s has no value, so the rule misses such events", l.Operand)
			fixNotEqual(d, l)
		}
	}
}

// requiresOther reports whether another literal requires a value of the same field.
func requiresOther(l *Literal) bool {
	return l.Branch.Requires(func(other *Literal) bool {
		return other != l && other.Operand == l.Operand && other.RequiresValue() && other.Check.Op != ast.OpNe
	})
}

// always are pointers into audit events that all events have.
var always = []string{
	"jevt.value[/stage]", "jevt.value[/verb]", "jevt.value[/level]", "jevt.value[/auditID]", "jevt.value[/requestURI]", "jevt.value[/user/username]",
}

// isOptional reports whether the left side often has no value: metadata of containers comes
// some time after the container starts, and audit events have objects at some levels only.
func isOptional(l *Literal) bool {
	name := l.fieldName()
	switch {
	case name == "container.id" || slices.Contains(always, l.Operand):
		return false
	case name == "jevt.value" || name == "json.value":
		return true
	case name == "ka.target.name" || name == "ka.target.subresource":
		return true
	}
	for _, prefix := range []string{"container.", "k8s.", "ka.req.", "ka.resp."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
