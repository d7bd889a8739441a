package explain

import (
	"fmt"
	"strings"
	"time"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// Escape sequences of terminals.
const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	faint = "\x1b[2m"
	plain = "\x1b[0m"
)

// TextOptions change how [Explanation.Text] writes.
type TextOptions struct {
	// Color asks for the colours of a terminal.
	Color bool
	// ASCII asks for marks that any terminal can show: + for ✓, - for ✗, . for ·
	// and > for →.
	ASCII bool
}

// Text returns the explanation for people: the cause in the first line, which event
// it was, and the tree, a part a line. Each part has a mark, ✓ for true, ✗ for false
// and · for not evaluated; the result follows from the parts with an arrow. Remarks
// follow a #.
func (e *Explanation) Text(options TextOptions) string {
	t := &textWriter{color: options.Color, marks: unicodeMarks}
	if options.ASCII {
		t.marks = asciiMarks
	}
	t.WriteString(t.in(bold, e.Summary()) + "\n")
	t.WriteString(e.EventLine() + "\n")
	if e.Tree != nil {
		t.branch(e.root(), 0)
	}
	return t.String()
}

// EventLine says in one line which event it was: "event 1 of source syscall".
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
	color bool
	marks marks
}

type marks struct{ yes, no, skipped, arrow, more string }

var (
	unicodeMarks = marks{yes: "✓", no: "✗", skipped: "·", arrow: "→", more: "…"}
	asciiMarks   = marks{yes: "+", no: "-", skipped: ".", arrow: ">", more: "..."}
)

func (t *textWriter) in(color, text string) string {
	if !t.color {
		return text
	}
	return color + text + plain
}

// branch writes a part and what is shown below it.
func (t *textWriter) branch(b branch, depth int) {
	text, marked := b.text(), t.mark(b.Node)
	if !b.Evaluated {
		text = t.in(faint, text)
	}
	t.line(b.Decisive, depth, marked+" "+text, b.remarks())
	kids := t.kids(b.Node, depth)
	if len(kids) == 0 && len(b.Kids) > 0 {
		t.line(false, depth+1, t.marks.more+" its parts are left out", nil)
	}
	for _, s := range kids {
		if s.left > 0 {
			t.line(false, depth+1, fmt.Sprintf("%s %d more %s", t.marks.more, s.left, resultText(b.Kids[s.kid])), nil)
			continue
		}
		t.branch(b.kid(s.kid), depth+1)
	}
}

func (t *textWriter) line(decisive bool, depth int, text string, remarks []string) {
	arrow := "  "
	if decisive {
		arrow = t.marks.arrow + " "
	}
	t.WriteString(arrow + strings.Repeat("  ", depth) + text)
	if len(remarks) > 0 {
		t.WriteString("  " + t.in(faint, "# "+strings.Join(remarks, "; ")))
	}
	t.WriteByte('\n')
}

func (t *textWriter) mark(n *eval.Node) string {
	switch {
	case !n.Evaluated:
		return t.marks.skipped
	case n.Result:
		return t.in(green, t.marks.yes)
	}
	return t.in(red, t.marks.no)
}

func resultText(n *eval.Node) string {
	switch {
	case !n.Evaluated:
		return "not looked at"
	case n.Result:
		return "true"
	}
	return "false"
}

// text returns what a part is: of a check and of what was not looked at all of it,
// otherwise the word between the parts.
func (b branch) text() string {
	var names strings.Builder
	if use, ok := b.part.Exception(); ok {
		fmt.Fprintf(&names, "exception %s: ", nameText(use.Name))
	}
	for _, use := range b.part.Macros() {
		fmt.Fprintf(&names, "macro %s: ", nameText(use.Name))
	}
	return names.String() + b.word()
}

func (b branch) word() string {
	switch x := b.Expr.(type) {
	case *ast.Check:
		return checkText(b)
	case *ast.And:
		if b.Evaluated {
			return "and"
		}
	case *ast.Or:
		if b.Evaluated {
			return "or"
		}
	case *ast.Not:
		if b.Evaluated {
			return "not"
		}
		return "not " + branch{&eval.Node{Expr: x.Operand}, b.part.Kid(0)}.text()
	}
	return cut(quote.Line(ast.Display(b.Expr)), longestText)
}

// remarks are what there is to say of a part: what was seen, the lists, a hint, and
// where it stands.
func (b branch) remarks() []string {
	var out []string
	if b.Left != nil {
		out = append(out, sawText(b.Node))
		for _, use := range b.part.Lists() {
			out = append(out, listText(b, use))
		}
		if hint := near(b); hint != "" {
			out = append(out, hint)
		}
	}
	return append(out, place(b.part.Range()))
}

// listText says what a list has in a check.
func listText(b branch, use loader.PartListUse) string {
	const most = 5
	values := b.Expr.(*ast.Check).Constants()[use.From:use.To]
	var items []string
	for i, v := range values {
		if i == most {
			items = append(items, fmt.Sprintf("… %d more", len(values)-i))
			break
		}
		items = append(items, valueText(v.Text))
	}
	return cut(fmt.Sprintf("list %s (%s): %s", nameText(use.Name), place(use.Defined), strings.Join(items, ", ")), 2*longestText)
}
