package explain

import (
	"fmt"
	"strings"
	"time"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/color"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// TextOptions are options of [Explanation.Text].
type TextOptions struct {
	// Color adds escape sequences for the colours of a terminal.
	Color bool
	// ASCII uses marks that every terminal can show: + for ✓, - for ✗, . for ·
	// and > for →.
	ASCII bool
}

// Text returns the explanation as text: the Summary on the first line, the event on the
// second, and then the tree, one node per line. Each node has a mark (✓ for true, ✗ for
// false, · for not evaluated) and an arrow if it is decisive. Remarks follow a #. The routes
// come last.
func (e *Explanation) Text(options TextOptions) string {
	t := &textWriter{Enabled: color.Enabled(options.Color), marks: unicodeMarks}
	if options.ASCII {
		t.marks = asciiMarks
	}
	t.WriteString(t.In(color.Bold, e.Summary()) + "\n")
	t.WriteString(e.EventLine() + "\n")
	if e.Tree != nil {
		t.node(e.root(), 0)
	}
	for _, r := range e.Routes {
		t.WriteString(r.String() + "\n")
	}
	return t.String()
}

// EventLine returns the number, source and time of the event in one line: "event 1 of
// source syscall, 2026-03-01T10:20:32Z".
func (e *Explanation) EventLine() string {
	line := fmt.Sprintf("event %d of source %s", e.Event.Number, nameText(e.Event.Source))
	if e.Event.Time != 0 {
		line += ", " + e.Event.Timestamp().Format(time.RFC3339Nano)
	}
	return line
}

// textWriter writes a tree.
type textWriter struct {
	strings.Builder
	viewer
	color.Enabled
	marks marks
}

type marks struct{ yes, no, skipped, arrow, more string }

var (
	unicodeMarks = marks{yes: "✓", no: "✗", skipped: "·", arrow: "→", more: "…"}
	asciiMarks   = marks{yes: "+", no: "-", skipped: ".", arrow: ">", more: "..."}
)

// node writes a node and those of its descendants that are shown.
func (t *textWriter) node(n node, depth int) {
	text, marked := n.text(), t.mark(n.Node)
	if !n.Evaluated {
		text = t.In(color.Faint, text)
	}
	t.line(n.Decisive, depth, marked+" "+text, n.remarks())
	children := t.children(n.Node, depth)
	if len(children) == 0 && len(n.Children) > 0 {
		t.line(false, depth+1, t.marks.more+" its operands are not shown", nil)
	}
	for _, s := range children {
		if s.omitted > 0 {
			t.line(false, depth+1, fmt.Sprintf("%s %d more %s", t.marks.more, s.omitted, resultText(n.Children[s.child])), nil)
			continue
		}
		t.node(n.child(s.child), depth+1)
	}
}

func (t *textWriter) line(decisive bool, depth int, text string, remarks []string) {
	arrow := "  "
	if decisive {
		arrow = t.marks.arrow + " "
	}
	t.WriteString(arrow + strings.Repeat("  ", depth) + text)
	if len(remarks) > 0 {
		t.WriteString("  " + t.In(color.Faint, "# "+strings.Join(remarks, "; ")))
	}
	t.WriteByte('\n')
}

func (t *textWriter) mark(n *eval.Node) string {
	switch {
	case !n.Evaluated:
		return t.marks.skipped
	case n.Result:
		return t.In(color.Green, t.marks.yes)
	}
	return t.In(color.Red, t.marks.no)
}

func resultText(n *eval.Node) string {
	switch {
	case !n.Evaluated:
		return "not evaluated"
	case n.Result:
		return "true"
	}
	return "false"
}

// text returns the node in words: all of it if it is a check or was not evaluated, and
// otherwise its operator. The names of an exception and of macros come first.
func (n node) text() string {
	var names strings.Builder
	if ex := n.from.Exception(); ex != nil {
		fmt.Fprintf(&names, "exception %s: ", nameText(ex.Name))
	}
	for _, use := range n.from.Expanded() {
		fmt.Fprintf(&names, "macro %s: ", nameText(use.Macro.Name))
	}
	return names.String() + n.words()
}

func (n node) words() string {
	switch x := n.Expr.(type) {
	case *ast.Check:
		return checkText(n)
	case *ast.And:
		if n.Evaluated {
			return "and"
		}
	case *ast.Or:
		if n.Evaluated {
			return "or"
		}
	case *ast.Not:
		if n.Evaluated {
			return "not"
		}
		return "not " + node{&eval.Node{Expr: x.Operand}, n.from.Child(0)}.text()
	}
	return cut(quote.Line(ast.Display(n.Expr)), longestText)
}

// remarks returns what a check saw, its lists, a hint, and the position of the node.
func (n node) remarks() []string {
	var out []string
	if n.Left != nil {
		out = append(out, sawText(n.Node))
		for _, use := range n.from.Lists() {
			out = append(out, listText(n, use))
		}
		if hint := near(n); hint != "" {
			out = append(out, hint)
		}
	}
	return append(out, position(n.from.Origin().Range))
}

// listText describes a list in a check: "list shells (rules.yaml:3): bash, zsh".
func listText(n node, use loader.ListUse) string {
	const most = 5
	values := n.Expr.(*ast.Check).Values()[use.From:use.To]
	var items []string
	for i, v := range values {
		if i == most {
			items = append(items, fmt.Sprintf("… %d more", len(values)-i))
			break
		}
		items = append(items, valueText(v.Text))
	}
	return cut(fmt.Sprintf("list %s (%s): %s", nameText(use.List.Name), position(use.List.NameAt), strings.Join(items, ", ")), 2*longestText)
}
