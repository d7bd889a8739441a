package explain

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// Limits of the text.
const (
	longestText  = 160 // bytes of a node of the condition
	longestValue = 100 // bytes of a value
	mostValues   = 8   // values of a list
)

// checkText returns a check as it is written, with the names of lists.
func checkText(n node) string {
	check := n.Expr.(*ast.Check)
	lists := n.from.Lists()
	right, ok := check.Right.(*ast.List)
	if !ok || len(lists) == 0 && len(right.Items) <= mostValues {
		return cut(quote.Line(ast.Display(check)), longestText)
	}
	head := *check
	head.Right = nil
	return cut(quote.Line(ast.Display(&head)+" ("+strings.Join(itemTexts(right, lists), ", ")+")"), longestText)
}

// itemTexts returns the items of a list as they are written, with the names of the lists
// that brought them in.
func itemTexts(list *ast.List, lists []loader.ListUse) []string {
	var items []string
	at := 0
	add := func(to int) {
		for ; at < to; at++ {
			if len(items) >= mostValues {
				items = append(items, fmt.Sprintf("… %d more", to-at))
				at = to
				return
			}
			items = append(items, ast.Display(list.Items[at]))
		}
	}
	for _, use := range lists {
		add(use.From)
		items = append(items, nameText(use.List.Name))
		at = use.To
	}
	add(len(list.Items))
	return items
}

// sawText returns what a check saw: "proc.name is nginx".
func sawText(n *eval.Node) string {
	text := seenText(n.Left)
	if n.Right != nil {
		text += " and " + seenText(n.Right)
	}
	return text
}

func seenText(s *eval.Operand) string {
	name := cut(quote.Line(s.Name), longestText)
	switch {
	case !s.Present:
		return name + " has no value"
	case len(s.Values) == 0:
		return name + " is an empty list"
	case s.Several && len(s.Values) > 1:
		return name + " is any of " + valueTexts(s.Values)
	case s.List:
		return name + " is (" + valueTexts(s.Values) + ")"
	}
	return name + " is " + valueText(s.Values[0])
}

func valueTexts(values []string) string {
	var out []string
	for i, v := range values {
		if i == mostValues {
			out = append(out, fmt.Sprintf("… %d more", len(values)-i))
			break
		}
		out = append(out, valueText(v))
	}
	return strings.Join(out, ", ")
}

// valueText returns a value for a message, in quotes if its ends would not be visible or
// if it has characters that cannot be printed.
func valueText(v string) string {
	v = cut(v, longestValue)
	odd := func(r rune) bool {
		return r == utf8.RuneError || r == '"' || r == ',' || r == '(' || r == ')' || !unicode.IsGraphic(r) || unicode.IsSpace(r)
	}
	if v == "" || strings.ContainsFunc(v, odd) {
		v = strconv.Quote(v)
	}
	return quote.Line(v)
}

// cut shortens a text to a number of bytes, with … at the end if it was longer.
func cut(s string, longest int) string {
	if len(s) <= longest {
		return s
	}
	for longest > 0 && !utf8.RuneStart(s[longest]) {
		longest--
	}
	return s[:longest] + "…"
}
