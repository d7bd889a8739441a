package lint

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

var reuseMacro = &Analyzer{
	ID:          "reuse-macro",
	Category:    Style,
	Level:       Off,
	Summary:     "A rule repeats the condition of a macro.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runReuseMacro,
}

func runReuseMacro(p *Pass) {
	macros := map[string]*loader.Macro{}
	for _, m := range p.Set.Macros {
		if !isShared(m.Compiled) {
			continue
		}
		if key := ast.String(m.Compiled); macros[key] == nil {
			macros[key] = m
		}
	}
	for _, c := range p.Rules() {
		p.reuseMacro(c, c.Rule.Trace().Root(), macros)
	}
}

// reuseMacro reports the nodes of a rule's own condition that are equal to that of a macro.
func (p *Pass) reuseMacro(c *Condition, n loader.Node, macros map[string]*loader.Macro) {
	if n.Macro() != nil || n.Exception() != nil {
		return
	}
	if m := macros[ast.String(n.Expr)]; m != nil {
		d := p.Report(n.Origin().Range, "this is the condition of the macro %s", m.Name)
		d.Within = []diag.Item{c.Item()}
		d.Related = []diag.Related{{Range: m.NameAt, Message: "the macro"}}
		edits, err := n.Replace(n.Expr, m.Name)
		fix(d, true, edits, err)
		return
	}
	for child := range n.Children() {
		p.reuseMacro(c, child, macros)
	}
}

// isShared reports whether a condition is one that rules share: it is about event types or
// containers.
func isShared(x ast.Expr) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		ref, ok := n.(*ast.Field)
		found = found || ok && (ref.Name == typeField || ref.Name == "container.id")
		return !found
	})
	return found
}
