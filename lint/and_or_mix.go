package lint

import (
	"errors"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var andOrMix = &Analyzer{
	ID:          "and-or-mix",
	Category:    Style,
	Level:       Info,
	Summary:     `A condition mixes "and" and "or" without parentheses, so it is easy to misread.`,
	Fix:         UnsafeFix,
	SameMatches: true,
	Run:         runAndOrMix,
}

func runAndOrMix(p *Pass) {
	appended := map[diag.Item]bool{}
	for item := range p.Items() {
		if item.Has("condition") && appends(item, "condition") {
			kind := item.Kind.String()
			appended[diag.Item{Kind: kind, Name: item.Get(kind).Text()}] = true
		}
	}
	for _, w := range p.Written() {
		ast.Inspect(w.Expr, func(n ast.Node) bool {
			if or, ok := n.(*ast.Or); ok && (!appended[w.Item] || w.isJoined(or)) {
				p.andOrMix(w, or)
			}
			_, isCheck := n.(*ast.Check)
			return !isCheck
		})
	}
}

// andOrMix reports the operands of an or that are an and without parentheses.
func (p *Pass) andOrMix(w *Written, or *ast.Or) {
	var mixed []ast.Node
	for _, o := range or.Operands {
		if and, ok := o.(*ast.And); ok && !w.isEnclosed(and, or) {
			mixed = append(mixed, and)
		}
	}
	if len(mixed) == 0 {
		return
	}
	d := p.ReportWritten(w, mixed[0], `"and" binds more tightly than "or", so all of this is one alternative`)
	d.Hint = "put parentheses around it, or around the alternatives if they belong together"
	if len(mixed) <= maxParentheses {
		edits, err := w.parenthesize(mixed)
		fix(d, false, edits, err)
	}
}

// isEnclosed reports whether there are parentheses around an operand of an or.
func (w *Written) isEnclosed(operand *ast.And, or *ast.Or) bool {
	const blanks = " \t\b\r\n"
	before := strings.TrimRight(w.Text[or.Start.Offset:operand.Start.Offset], blanks)
	after := strings.TrimLeft(w.Text[operand.End.Offset:or.End.Offset], blanks)
	return strings.HasSuffix(before, "(") && strings.HasPrefix(after, ")")
}

// maxParentheses is how many pairs of parentheses a fix adds.
const maxParentheses = 20

// isJoined reports whether the words that join the operands of an or, and those of these
// operands, are written in one text. If not, a part was appended to the condition; see
// runAppendOr.
func (w *Written) isJoined(x ast.Expr) bool {
	last := x
	for i, o := range ast.Operands(x) {
		if i > 0 {
			between := diag.Span{Start: last.Range().End, End: o.Range().Start}
			if _, err := w.trace.Replace(between, ""); err != nil {
				return false
			}
		}
		if _, isAnd := o.(*ast.And); isAnd && !w.isJoined(o) {
			return false
		}
		last = o
	}
	return true
}

// errInList means that a change of a condition would change a list.
var errInList = errors.New("the text comes from a list")

// parenthesize returns the edits that put parentheses around nodes. They leave the text in
// between alone, in which there can be names of lists.
func (w *Written) parenthesize(nodes []ast.Node) ([]diag.Edit, error) {
	var edits []diag.Edit
	for _, n := range nodes {
		first, last := n.Range(), n.Range()
		first.End.Offset = first.Start.Offset + 1
		last.Start.Offset = last.End.Offset - 1
		if w.Origin(first).List != nil || w.Origin(last).List != nil {
			return nil, errInList
		}
		opening, err := w.trace.Replace(first, "("+w.Text[first.Start.Offset:first.End.Offset])
		if err != nil {
			return nil, err
		}
		closing, err := w.trace.Replace(last, w.Text[last.Start.Offset:last.End.Offset]+")")
		if err != nil {
			return nil, err
		}
		edits = append(edits, append(opening, closing...)...)
	}
	return edits, nil
}
