package lint

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
)

var value = &Analyzer{
	ID:       "value",
	Category: Style,
	Level:    Info,
	Summary:  "Falco reads a value, or the word before it, differently from how it looks.",
	Run:      runValue,
}

func runValue(p *Pass) {
	for _, w := range p.Written() {
		misread(w.Text, w.Expr, func(n ast.Node, msg string) { p.ReportWritten(w, n, "%s", msg) })
		if !strings.Contains(w.Text, "%") {
			continue
		}
		ast.Inspect(w.Expr, func(n ast.Node) bool {
			if v, ok := n.(*ast.Value); ok && isInsert(p.Set.Sources, v.Text) {
				d := p.ReportWritten(w, v, "%q is compared as text: fields have a %% only in outputs", v.Text)
				d.Hint = "write val(field) to compare with another field"
			}
			return true
		})
	}
	for item := range p.Items() {
		if over := item.Get("override"); over.Exists() && over.IsScalar() {
			p.ReportItem(item, over.Range(), "%s under override has no effect", over.Describe()).Hint = "name an operation for each key, as in {condition: append}"
		}
	}
}

// CheckCondition returns findings about a single condition that is not part of a ruleset:
// text that Falco reads differently from how it looks. x was parsed from text.
func CheckCondition(text string, x ast.Expr) diag.List {
	var out diag.List
	misread(text, x, func(n ast.Node, msg string) {
		at := n.Range()
		out = append(out, &diag.Diagnostic{
			Code: value.ID, Severity: value.Level.Severity(), Message: msg, Range: at.In(""), Line: diag.LineAt(text, at.Start.Offset),
		})
	})
	return out
}

// isInsert reports whether a value is written as fields are in outputs.
func isInsert(sources []*fieldsets.Source, text string) bool {
	name, ok := strings.CutPrefix(text, "%")
	return ok && slices.ContainsFunc(sources, func(s *fieldsets.Source) bool {
		known, _ := s.IsReference(name)
		return known
	})
}

// misread calls report for each part of a condition that is read differently from how it
// looks. The text is what x was parsed from.
func misread(text string, x ast.Expr, report func(n ast.Node, msg string)) {
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Value:
			if n.Quote == ast.Bare && isSmartQuoted(n.Text) {
				report(n, fmt.Sprintf(`the quotes in %s are part of the value: use " or '`, n.Text))
			}
		case *ast.List:
			if at := n.Range(); len(n.Items) == 0 && strings.ContainsAny(text[at.Start.Offset:at.End.Offset], `"'`) {
				report(n, "Falco reads this list as empty, because its first item has an unknown escape sequence")
			}
		case *ast.MacroRef:
			if isConnective(strings.ToLower(n.Name)) {
				report(n, n.Name+" is read as the name of a macro here")
			}
		case *ast.Check:
			misreadCheck(text, n, report)
		}
		return true
	})
}

func misreadCheck(text string, check *ast.Check, report func(n ast.Node, msg string)) {
	if check.Right == nil {
		return
	}
	if start, end := check.OpSpan.End.Offset, check.Right.Range(); start == end.Start.Offset && isWord(check.Op[0]) && isWord(text[start]) {
		report(check.Right, fmt.Sprintf("%s%s is read as the operator %s and %s", check.Op, text[start:end.End.Offset], check.Op, ast.String(check.Right)))
	}
	if v, ok := check.Right.(*ast.Value); ok && v.Quote == ast.Bare && isConnective(v.Text) {
		report(v, fmt.Sprintf("%s is read as the value of %s here", v.Text, ast.String(check.Left)))
	}
}

// isConnective reports whether a whole word is and, or or not.
func isConnective(word string) bool { return word == "and" || word == "or" || word == "not" }

func isWord(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_'
}

// isSmartQuoted reports whether a value begins or ends with a typographic quote; inside a
// word the same character is an apostrophe.
func isSmartQuoted(text string) bool {
	const smartQuotes = "“”„‟‘’‚‛«»"
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(smartQuotes, first) || strings.ContainsRune(smartQuotes, last)
}
