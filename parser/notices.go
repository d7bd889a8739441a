package parser

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// Notices returns what in a valid condition Falco reads in another way than it
// looks, without a warning. The text is what x was parsed from.
func Notices(text string, x ast.Expr) diag.List {
	var out diag.List
	add := func(n ast.Node, format string, args ...any) {
		span := n.Range()
		out = append(out, &diag.Diagnostic{
			Severity: diag.Notice, Message: fmt.Sprintf(format, args...), Range: span.In(""), Line: diag.LineAt(text, span.Start.Offset),
		})
	}
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Value:
			if n.Quote == ast.Bare && isSmartQuoted(n.Text) {
				add(n, "the quotes in %s are part of the value; the language knows \" and '", n.Text)
			}
		case *ast.List:
			if span := n.Range(); len(n.Items) == 0 && strings.ContainsAny(text[span.Start.Offset:span.End.Offset], `"'`) {
				add(n, "this list is read as empty, because its first item has an escape that there is not")
			}
		case *ast.MacroRef:
			switch strings.ToLower(n.Name) {
			case "and", "or", "not":
				add(n, "%s is read as the name of a macro here", n.Name)
			}
		case *ast.Check:
			end := n.OpSpan.End
			if n.Right != nil && isWordOperator(n.Op) && end.Offset == n.Right.Range().Start.Offset && isWord(text[end.Offset]) {
				add(n.Right, "%s%s is read as the operator %s and %s", n.Op, text[end.Offset:n.Right.Range().End.Offset], n.Op, ast.String(n.Right))
			}
			if v, ok := n.Right.(*ast.Value); ok && v.Quote == ast.Bare {
				switch v.Text { // as whole words: not-cat and or.txt are ordinary values
				case "and", "or", "not":
					add(v, "%s is read as the value of %s here", v.Text, ast.String(n.Left))
				}
			}
		}
		return true
	})
	return out
}

// isSmartQuoted reports whether a value begins or ends with a typographic quote;
// inside a word the same character is an apostrophe.
func isSmartQuoted(value string) bool {
	first, _ := utf8.DecodeRuneInString(value)
	last, _ := utf8.DecodeLastRuneInString(value)
	return strings.ContainsRune(smartQuotes, first) || strings.ContainsRune(smartQuotes, last)
}

func isWordOperator(op ast.Operator) bool { return isLetter(op[0]) }
