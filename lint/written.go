package lint

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// Written is the condition of a rule or a macro as written, with lists expanded and
// macros as references. The condition of a rule includes its exceptions.
type Written struct {
	// Item is the rule or macro, as in [diag.Diagnostic.Within].
	Item diag.Item
	// Expr is the condition, and Text the text that it was parsed from. Rules whose
	// conditions have the same text share the nodes.
	Expr ast.Expr
	Text string

	trace *loader.Trace
}

func writtenOf(set *loader.Ruleset) []*Written {
	var out []*Written
	for _, p := range set.Parsed() {
		out = append(out, &Written{p.Item, p.Expr(), p.ExprText(), p.Trace})
	}
	return out
}

// IsRule reports whether the condition belongs to a rule.
func (w *Written) IsRule() bool { return w.Item.Kind == "rule" }

// Origin returns the origin of a node of Expr, or of a part of Text given as a
// [diag.Span].
func (w *Written) Origin(n ast.Node) loader.Origin { return w.trace.At(n) }

// TextOf returns the text that a node of Expr was parsed from.
func (w *Written) TextOf(n ast.Node) string {
	span := n.Range()
	return w.Text[span.Start.Offset:span.End.Offset]
}

// ReportWritten reports a finding about a node of a condition as written. The finding
// names the rule, macro, exception or list that the node is in.
func (p *Pass) ReportWritten(w *Written, n ast.Node, format string, args ...any) *diag.Diagnostic {
	o := w.Origin(n)
	d := p.Report(o.Range, format, args...)
	d.Within = []diag.Item{w.Item}
	withOrigin(d, o)
	return d
}
