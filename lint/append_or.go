package lint

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/parser"
	"github.com/falcorules/falcorules/rulesfile"
)

var appendOr = &Analyzer{
	ID:       "append-or",
	Category: Exceptions,
	Level:    Warning,
	Summary:  "Text that is appended to a condition applies to another part of it than it seems to.",
	Run:      runAppendOr,
}

func runAppendOr(p *Pass) {
	type name struct {
		kind rulesfile.Kind
		text string
	}
	conditions := map[name]string{} // as far as they are known
	for item := range p.Items() {
		condition := item.Get("condition")
		if !condition.Exists() || !condition.IsScalar() {
			continue
		}
		key := name{item.Kind, item.Get(item.Kind.String()).Text()}
		if !appends(item, "condition") {
			conditions[key] = condition.Text()
			continue
		}
		if base := conditions[key]; base != "" && len(base) <= maxAppended {
			p.appended(item, condition, base)
			conditions[key] = base + " " + condition.Text()
		}
	}
}

// maxAppended is the length in bytes of the longest condition that is parsed here.
const maxAppended = 64 << 10

// appended reports a text that is appended to a condition and begins with another operator
// than the one that the condition consists of.
func (p *Pass) appended(item *rulesfile.Item, text rulesfile.Value, base string) {
	tree, err := parser.Condition(base)
	if err != nil {
		return
	}
	added := strings.TrimSpace(text.Text())
	_, isOr := tree.(*ast.Or)
	_, isAnd := tree.(*ast.And)
	switch {
	case isOr && startsWithWord(added, "and") && !isParenthesized(base):
		p.ReportItem(item, text.Range(), "this is appended to alternatives, and applies to the last one only").
			Hint = "replace the condition, with the alternatives in parentheses"
	case isAnd && startsWithWord(added, "or") && item.Kind == rulesfile.Rule:
		p.ReportItem(item, text.Range(), "this adds an alternative that needs nothing of the rest of the condition").
			Hint = "repeat what it needs, such as evt.type, or replace the condition"
	}
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
