package loader

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/parser"
)

// condition is the condition of a rule or a macro.
type condition struct {
	// given is the text in the file, text that with the lists expanded.
	given, text text
	// expr is text parsed, or nil after an error.
	expr ast.Expr
	// partial is what could be parsed of a text with an error.
	partial ast.Expr
	// item has Falco's locations of the macro or rule, context those of the condition.
	item, context []Location
}

// parse puts the lists into a condition and parses it. The condition has no expr after
// an error.
func (r *resolver) parse(t text, item, context []Location) *condition {
	c := &condition{given: t, text: t, item: item, context: context}
	r.learn(t.value)
	given := keyOf(item, t)
	ahead := r.ahead[given]
	if ahead == nil || !ahead.given.equal(t) {
		ahead = &parsedAhead{withLists: r.putLists(t)}
	}
	t = ahead.text
	for _, l := range ahead.lists {
		l.used = true
	}
	if ahead.problem != "" {
		r.failIn(c, ErrValidate, diag.Span{}, ahead.problem)
		return c
	}
	key := keyOf(item, t)
	p, known := r.parses[key]
	if !known {
		words := wordsIn(t.value)
		switch r.words += words; {
		case words > maxNodes:
			r.failIn(c, ErrValidate, diag.Span{}, fmt.Sprintf("with its lists, the condition has more than %d words", maxNodes))
			return c
		case r.words > r.maxWords:
			r.failIn(c, ErrValidate, diag.Span{}, fmt.Sprintf("with their lists, the conditions so far have more than %d words in total", r.maxWords))
			return c
		}
		if job := ahead.job; job != nil {
			<-job.ready
			p = job.parsed
		} else {
			parse := parser.Condition
			if r.names {
				parse = parser.ConditionWithNames
			}
			p.expr, p.err = parse(t.value)
		}
		p.text = t.value
		r.parses[key] = p
	}
	t.value = p.text // so that equal texts share memory
	c.text = t
	if p.err != nil {
		r.parseErrors(c, diag.Of(p.err))
		c.partial = p.expr
		return c
	}
	c.expr = p.expr
	r.parsed = append(r.parsed, c)
	return c
}

// keyOf returns the key of the text of a condition. Rules with equal texts share a tree, but
// each macro has its own, so that each node of it is in one macro.
func keyOf(item []Location, t text) parseKey {
	of := item[len(item)-1]
	if of.Type == "rule" {
		return parseKey{kind: of.Type, text: t.value}
	}
	return parseKey{of.Type, of.Name, t.value}
}

// wordsIn returns about how many words a condition has, which determines how much memory
// its tree takes.
func wordsIn(text string) int { return strings.Count(text, ",") + strings.Count(text, " ") }

// parseErrors reports the errors in the text of a condition, first the one at which Falco
// stops.
func (r *resolver) parseErrors(c *condition, list diag.List) {
	first := parser.StopOf(list)
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *diag.Diagnostic) int {
		isFirst := func(d *diag.Diagnostic) int {
			if stop, ok := d.Extra.(parser.FalcoStop); ok && diag.Pos(stop) == first {
				return 0
			}
			return 1
		}
		return isFirst(a) - isFirst(b)
	})
	for _, e := range list {
		d := r.failIn(c, ErrCompileCondition, spanOf(e), e.Message)
		d.Hint, d.Err = e.Hint, e
		if use := c.text.useAt(e.Range.Start.Offset); use != nil && !use.inList {
			d.Related = []diag.Related{{Range: d.Range, Message: fmt.Sprintf("%s in list %q", e.Message, use.list)}}
			d.Message, d.Range, d.Within = fmt.Sprintf("list %q cannot be used here", use.list), use.at, itemsOf(c.item)
			d.Hint = fmt.Sprintf("the items of a list replace its name; write field in (%s)", use.list)
		}
		if stop, ok := e.Extra.(parser.FalcoStop); ok {
			falco(d).locate(c.context, c.text.value, diag.Pos(stop))
		}
	}
}

// spanOf returns the range of a diagnostic about a condition as a span of its text.
func spanOf(d *diag.Diagnostic) diag.Span { return diag.Span{Start: d.Range.Start, End: d.Range.End} }

// failIn reports an error at a span of a condition's text and returns it.
func (r *resolver) failIn(c *condition, code diag.Code, span diag.Span, msg string) *diag.Diagnostic {
	d := r.inText(c, code, span, msg)
	r.add(d)
	return d
}

// inText returns a diagnostic about a span of a condition's text.
func (l *loading) inText(c *condition, code diag.Code, span diag.Span, msg string) *diag.Diagnostic {
	d := newDiagnostic(code, c.text.span(span.Start.Offset, span.End.Offset), nil, msg)
	d.Within = itemsOf(c.item)
	if use := c.text.useAt(span.Start.Offset); use != nil && span != (diag.Span{}) {
		s, _ := c.text.valueAt(span.Start.Offset)
		d.Within = []diag.Item{{Kind: "list", Name: l.listOf(s, use.list)}}
		d.Related = []diag.Related{{Range: use.at, Message: "used by " + c.describe()}}
	}
	falco(d).locate(c.context, c.given.value, span.Start)
	return d
}

// describe returns what messages call the condition.
func (c *condition) describe() string {
	of := c.item[len(c.item)-1]
	if of.Name == "" {
		return "the condition"
	}
	return fmt.Sprintf("%s %q", of.Type, of.Name)
}

// rangeOf returns the range of a node that was parsed from the text.
func (t text) rangeOf(n ast.Node) diag.Range {
	return t.span(n.Range().Start.Offset, n.Range().End.Offset)
}

// conditionOf returns the condition that has a node of the compiled condition of a rule: the
// condition of a macro, or else that of the rule.
func (r *resolver) conditionOf(n ast.Node, rule *condition) *condition {
	for ; r.indexed < len(r.all); r.indexed++ {
		c := r.all[r.indexed].condition
		ast.Inspect(c.expr, func(x ast.Node) bool {
			r.macroNodes[x] = c
			return true
		})
	}
	if c := r.macroNodes[n]; c != nil {
		return c
	}
	return rule
}
