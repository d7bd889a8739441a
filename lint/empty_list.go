package lint

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var emptyList = &Analyzer{
	ID:       "empty-list",
	Category: Dead,
	Level:    Warning,
	Summary:  "A check compares a field with an empty list, so it is never true.",
	Run:      runEmptyList,
}

func runEmptyList(p *Pass) {
	for _, c := range p.Conditions() {
		for l := range c.Literals() {
			// The brackets can have the name of a list that is meant to be filled.
			if name, ok := p.emptyList(l); !ok || name != "" {
				continue
			}
			result := "never"
			if l.Negated {
				result = "always"
			}
			p.ReportLiteral(l, "the list has no values, so this is %s true", result).Hint = "add values, or remove the check"
		}
		if c.Rule != nil && c.Rule.Enabled {
			p.waitsForList(c)
		}
	}
}

// waitsForList reports a rule that cannot fire before somebody fills a list.
func (p *Pass) waitsForList(c *Condition) {
	var first *Literal
	var list string
	waits := c.Root.Requires(func(l *Literal) bool {
		if l.Negated {
			return false
		}
		name, ok := p.emptyList(l)
		if ok && first == nil {
			first, list = l, name
		}
		return ok && name != ""
	})
	if waits && list != "" {
		d := asInfo(p.ReportLiteral(first, "the list %s is empty, so rule %q never fires", list, c.Rule.Name))
		d.Hint = "add items to the list, or disable the rule"
	}
}

// emptyList reports whether a literal compares its field with a list without values, and what
// is between the brackets: the name of a list, or nothing.
func (p *Pass) emptyList(l *Literal) (name string, ok bool) {
	list, isList := l.Check.Right.(*ast.List)
	if !isList || len(list.Items) > 0 {
		return "", false
	}
	text, ok := p.textAt(l.OriginOf(list).Range)
	return strings.Trim(text, "() \t\r\n,"), ok
}

// textAt returns the text at a range of a file.
func (p *Pass) textAt(r diag.Range) (text string, ok bool) {
	for _, f := range p.Set.Files() {
		root := f.Root()
		mark := root.Range(0, 0).Start.Offset // of a byte order mark
		start, end := r.Start.Offset-mark, r.End.Offset-mark
		if root.Name() == r.File && 0 <= start && start <= end && end <= len(root.Text()) {
			return root.Text()[start:end], true
		}
	}
	return "", false
}
