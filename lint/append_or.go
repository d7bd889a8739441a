package lint

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/parser"
	"github.com/falcorules/falcorules/rulesfile"
)

var appendOr = &Analyzer{
	ID:       "append-or",
	Category: Exceptions,
	Level:    Warning,
	Summary:  "Text appended to a condition applies to a different part of it than it seems to.",
	Fix:      UnsafeFix,
	Run:      runAppendOr,
}

func runAppendOr(p *Pass) {
	type name struct {
		kind rulesfile.Kind
		text string
	}
	conditions := map[name]rulesfile.Value{} // that nothing is appended to yet
	operators := map[name]operator{}         // of the others
	for item := range p.Items() {
		condition := item.Get("condition")
		if !condition.Exists() || !condition.IsScalar() {
			continue
		}
		key := name{item.Kind, item.Get(item.Kind.String()).Text()}
		if !appends(item, "condition") {
			conditions[key] = condition
			continue
		}
		first, isFirst := conditions[key]
		if isFirst {
			operators[key] = operatorOf(first.Text())
			delete(conditions, key)
		}
		base := operators[key]
		if base == unknown {
			continue
		}
		var d *diag.Diagnostic
		operators[key], d = p.appended(item, condition, base)
		if d != nil && isFirst && base == or {
			edits, err := parenthesize(first)
			fix(d, false, edits, err)
		}
	}
}

// operator is what joins the parts of a condition.
type operator uint8

const (
	unknown operator = iota
	none
	and
	or // without parentheses around all parts
)

func operatorOf(condition string) operator {
	tree, err := parser.Condition(condition)
	if err != nil {
		return unknown
	}
	switch tree.(type) {
	case *ast.And:
		return and
	case *ast.Or:
		if !isParenthesized(condition) {
			return or
		}
	}
	return none
}

// parenthesize returns the edits that put a condition in parentheses.
func parenthesize(condition rulesfile.Value) ([]diag.Edit, error) {
	text := condition.Text()
	start := len(text) - len(strings.TrimLeft(text, " \t\r\n"))
	end := len(strings.TrimRight(text, " \t\r\n"))
	opening, err := condition.Replace(start, start, "(")
	if err != nil {
		return nil, err
	}
	closing, err := condition.Replace(end, end, ")")
	return append(opening, closing...), err
}

// appended reports a text that is appended to a condition and begins with another operator
// than the one that joins the condition. It returns the operator of both together, and the
// finding or nil.
func (p *Pass) appended(item *rulesfile.Item, text rulesfile.Value, base operator) (operator, *diag.Diagnostic) {
	added := strings.TrimSpace(text.Text())
	var d *diag.Diagnostic
	switch {
	case base == or && startsWithWord(added, "and"):
		d = p.ReportItem(item, text.Range(), "this is appended to alternatives, but applies only to the last one")
		d.Hint = "replace the condition, with the alternatives in parentheses"
	case base == and && startsWithWord(added, "or") && item.Kind == rulesfile.Rule:
		d = p.ReportItem(item, text.Range(), "this adds an alternative that ignores the rest of the condition")
		d.Hint = "repeat the checks that it needs, such as evt.type, or replace the condition"
	}
	together := operatorOf("base " + added)
	if base == or && together != unknown {
		return or, d
	}
	return together, d
}

func startsWithWord(text, word string) bool {
	rest, ok := strings.CutPrefix(text, word)
	return ok && rest != "" && strings.ContainsAny(rest[:1], " \t\r\n(")
}

// isParenthesized reports whether one pair of parentheses encloses a condition.
func isParenthesized(condition string) bool {
	condition = strings.TrimSpace(condition)
	if !strings.HasPrefix(condition, "(") || !strings.HasSuffix(condition, ")") {
		return false
	}
	_, err := parser.Condition(condition[1 : len(condition)-1])
	return err == nil
}

// appends reports whether an item appends to a key of an earlier item.
func appends(item *rulesfile.Item, key string) bool {
	if how := item.Get("override").Get(key); how.Exists() {
		return how.Text() == "append"
	}
	more := item.Get("append")
	return more.Exists() && strings.EqualFold(more.Text(), "true")
}
