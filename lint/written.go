package lint

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// Written is the condition of a rule or a macro as it was written: lists are put in, and
// macros are there by their names. That of a rule includes its exceptions.
type Written struct {
	// Rule is the rule or Macro the macro; the other is nil.
	Rule  *loader.Rule
	Macro *loader.Macro
	// Expr is the condition, Text what it was parsed from. Rules whose conditions have
	// the same text share the nodes.
	Expr ast.Expr
	Text string

	trace *loader.Trace
}

func writtenOf(set *loader.Ruleset) []*Written {
	var out []*Written
	add := func(w *Written, trace *loader.Trace) {
		w.trace, w.Expr, w.Text = trace, trace.Expr(), trace.ExprText()
		out = append(out, w)
	}
	for _, m := range set.Macros {
		add(&Written{Macro: m}, m.Trace())
	}
	for _, r := range set.Rules {
		add(&Written{Rule: r}, r.Trace())
	}
	return out
}

// Origin returns the origin of a node of Expr, or of a part of Text given as a
// [diag.Span].
func (w *Written) Origin(n ast.Node) loader.Origin { return w.trace.At(n) }

// TextOf returns what a node of Expr was parsed from.
func (w *Written) TextOf(n ast.Node) string {
	span := n.Range()
	return w.Text[span.Start.Offset:span.End.Offset]
}

// Item returns what diagnostics call the rule or macro.
func (w *Written) Item() diag.Item { return itemOf(w.Rule, w.Macro) }

// ReportWritten reports a finding about a node of a condition as it was written. The
// finding names the rule, macro, exception or list that the node is in.
func (p *Pass) ReportWritten(w *Written, n ast.Node, format string, args ...any) *diag.Diagnostic {
	o := w.Origin(n)
	d := p.Report(o.Range, format, args...)
	d.Within = []diag.Item{w.Item()}
	withOrigin(d, o)
	return d
}
