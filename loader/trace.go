package loader

import (
	"errors"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

// Trace has the origins of the nodes of a condition: the condition of a rule or a macro.
// It offers two views: the condition as written, with lists expanded and macros as
// references ([Trace.Expr] and [Trace.At]), and the compiled condition, with macros
// expanded too ([Trace.Root]).
//
// Positions are computed on demand. A Trace is safe for concurrent use. It keeps the
// contents of the files in memory, so a program that only runs rules should keep the
// Engine and drop the Ruleset.
type Trace struct {
	condition *condition
	compiled  ast.Expr
	// exceptions are those of the rule that have values, and operands what they are in
	// the condition; empty if that is not known.
	exceptions []*Exception
	operands   []ast.Expr
	index      *index
}

// Trace returns the origins of the condition of the rule, including its exceptions.
func (r *Rule) Trace() *Trace { return r.trace }

// Trace returns the origins of the macro's condition.
func (m *Macro) Trace() *Trace { return m.trace }

// Origin is where a node of a condition comes from.
type Origin struct {
	// Range is where the node is written. For an exception it is the name of the
	// exception. For a node inside an exception it spans the node's values, because the
	// file does not have the operators between them. A range has no end if the end is in
	// another file or before the start.
	Range diag.Range
	// Macros are the macros from whose conditions the node comes, outermost first. It is
	// empty if the node is in the text of the rule or macro itself.
	Macros []MacroUse
	// List is the list that has the node as an item, or nil. ListAt is where the
	// condition names that list, or a list that includes it.
	List   *List
	ListAt diag.Range
	// Exception is the exception of the rule that the node belongs to, or nil.
	Exception *Exception
}

// MacroUse is a use of a macro in a condition.
type MacroUse struct {
	Macro *Macro
	At    diag.Range
}

// ListUse is a use of a list in a check.
type ListUse struct {
	List *List
	At   diag.Range
	// The list is expanded to the check's Values()[From:To].
	From, To int
}

// Expr returns the condition as written, with lists expanded and macros as references.
// Rules whose conditions have the same text share the nodes.
func (t *Trace) Expr() ast.Expr { return t.condition.expr }

// ExprText returns the text that Expr was parsed from. The positions of its nodes are
// in this text.
func (t *Trace) ExprText() string { return t.condition.text.value }

// Exceptions returns the operands of Expr that come from exceptions of the rule. They are
// the last operands.
func (t *Trace) Exceptions() []ast.Expr { return t.operands }

// exceptionOf returns the exception that a node of Expr belongs to, or nil, and whether
// the node is the whole exception.
func (t *Trace) exceptionOf(n ast.Node) (e *Exception, all bool) {
	start := n.Range().Start.Offset
	i := sort.Search(len(t.operands), func(i int) bool { return t.operands[i].Range().Start.Offset > start }) - 1
	if i < 0 {
		return nil, false
	}
	_, isNot := n.(*ast.Not)
	return t.exceptions[i], isNot && t.operands[i].Range().Start.Offset == start
}

// At returns the origin of a node of Expr, or of a copy that has its position.
func (t *Trace) At(n ast.Node) Origin {
	var o Origin
	start, end := n.Range().Start.Offset, n.Range().End.Offset
	if e, all := t.exceptionOf(n); e != nil {
		if o.Exception = e; all {
			o.Range = e.NameAt
			return o
		}
		first, last := valuesOf(n)
		start, end = first.Range().Start.Offset, last.Range().End.Offset
	}
	text := t.condition.text
	start = text.written(start)
	o.Range = text.span(start, max(start, end))
	if use := text.useAt(start); use != nil {
		o.List, o.ListAt = t.index.lists[use.list], use.at
		if s, _ := text.valueAt(start); s.Exists() {
			if name, ok := t.index.listOfItem()[s]; ok { // one that the list includes
				o.List = t.index.lists[name]
			}
		}
	}
	return o
}

// written returns offset, or the end of what was added there that is in no file, such as
// the quote before a value.
func (t text) written(offset int) int {
	for i := t.partAt(offset); i < len(t.parts); i++ {
		p := t.parts[i]
		offset = max(offset, p.at)
		switch {
		case p.list != nil:
			return p.at + p.list.written(p.from+offset-p.at) - p.from
		case p.in.Exists():
			return offset
		}
	}
	return offset
}

// valuesOf returns the first and the last value in a node, or the node itself if it has
// no values.
func valuesOf(n ast.Node) (first, last ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if v, ok := n.(*ast.Value); ok {
			if last = v; first == nil {
				first = v
			}
		}
		return true
	})
	if first == nil {
		return n, n
	}
	return first, last
}

// Replace returns the edits that replace a node of Expr with text. If the node comes from
// a list, the edits change the list. Replace returns an error if the node is not in one
// piece in a file; an exception, for example, is not.
func (t *Trace) Replace(n ast.Node, text string) ([]diag.Edit, error) {
	span := n.Range()
	return t.condition.text.replace(span.Start.Offset, span.End.Offset, text)
}

// replaceValue returns the edits that change the text of a value of Expr.
func (t *Trace) replaceValue(v *ast.Value, text string) ([]diag.Edit, error) {
	written := t.condition.text
	if start, end := v.Start.Offset, v.End.Offset; !written.isGlue(start) || start+2 > end {
		text = ast.Format(&ast.Value{Text: text, Quote: v.Quote})
	} else if written.value[start+1:end-1] != v.Text || strings.ContainsAny(text, `"\\`) {
		return nil, errors.New("the value cannot be written in the quotes that Falco adds")
	}
	return t.Replace(v, text)
}

// Lists returns the lists whose names a check of Expr uses, in the order of its values.
func (t *Trace) Lists(check *ast.Check) []ListUse {
	var out []ListUse
	var last *listUse
	for i, v := range check.Values() {
		switch use := t.condition.text.useAt(v.Start.Offset); {
		case use == nil:
			last = nil
		case use == last:
			out[len(out)-1].To = i + 1
		default:
			last = use
			out = append(out, ListUse{t.index.lists[use.list], use.at, i, i + 1})
		}
	}
	return out
}

// Text returns a subexpression of Expr, or an edited copy of one, as text. The text has
// the names of lists, not their items.
func (t *Trace) Text(x ast.Expr) string { return ast.Format(t.withListNames(x)) }

func (t *Trace) withListNames(x ast.Expr) ast.Expr {
	all := func(operands []ast.Expr) []ast.Expr {
		out := make([]ast.Expr, len(operands))
		for i, o := range operands {
			out[i] = t.withListNames(o)
		}
		return out
	}
	switch x := x.(type) {
	case *ast.And:
		return &ast.And{Operands: all(x.Operands)}
	case *ast.Or:
		return &ast.Or{Operands: all(x.Operands)}
	case *ast.Not:
		return &ast.Not{Operand: t.withListNames(x.Operand)}
	case *ast.Check:
		list, ok := x.Right.(*ast.List)
		if !ok {
			return x
		}
		check, short, from := *x, &ast.List{}, 0
		for _, use := range t.Lists(x) {
			short.Items = append(short.Items, list.Items[from:use.From]...)
			short.Items = append(short.Items, &ast.Value{Text: use.List.Name})
			from = use.To
		}
		short.Items = append(short.Items, list.Items[from:]...)
		check.Right = short
		return &check
	}
	return x
}

// Root returns the root of the condition with macros expanded. A macro that is used twice
// occurs twice, so each node has one origin. The tree is not stored; nodes are made as
// they are visited.
//
// If the files did not load, the macros are not expanded.
func (t *Trace) Root() Node {
	root := Node{Expr: t.compiled, written: t.condition.expr, trace: t}
	if root.Expr == nil {
		root.Expr = root.written
	}
	return root.open()
}

// Node is a node of a condition with macros expanded.
type Node struct {
	// Expr is an And, an Or, a Not or a Check of [Rule.Compiled] or [Macro.Compiled]. If
	// the files did not load, it is a node of [Trace.Expr].
	Expr ast.Expr
	// written is what Expr was compiled from, in the condition of trace.
	written ast.Expr
	trace   *Trace
	// uses are the macros that were expanded, and outer those expanded for the parent.
	uses, outer *expandedMacro
}

// expandedMacro is a macro that was expanded.
type expandedMacro struct {
	macro *Macro
	ref   *ast.MacroRef
	in    *Trace
	outer *expandedMacro
}

// open replaces a reference to a macro by the macro's condition.
func (n Node) open() Node {
	for {
		ref, ok := n.written.(*ast.MacroRef)
		if !ok {
			return n
		}
		m := n.trace.index.macros[ref.Name]
		if m == nil { // the files did not load
			return n
		}
		n.uses = &expandedMacro{m, ref, n.trace, n.uses}
		n.trace, n.written = m.trace, m.trace.condition.expr
	}
}

// Child returns the i-th operand of an And, an Or or a Not.
func (n Node) Child(i int) Node {
	child := Node{trace: n.trace, uses: n.uses, outer: n.uses}
	switch x := n.Expr.(type) {
	case *ast.And:
		child.Expr, child.written = x.Operands[i], n.written.(*ast.And).Operands[i]
	case *ast.Or:
		child.Expr, child.written = x.Operands[i], n.written.(*ast.Or).Operands[i]
	case *ast.Not:
		child.Expr, child.written = x.Operand, n.written.(*ast.Not).Operand
	}
	return child.open()
}

// Children returns the operands of an And, an Or or a Not.
func (n Node) Children() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		count := 0
		switch x := n.Expr.(type) {
		case *ast.And:
			count = len(x.Operands)
		case *ast.Or:
			count = len(x.Operands)
		case *ast.Not:
			count = 1
		}
		for i := range count {
			if !yield(n.Child(i)) {
				return
			}
		}
	}
}

// Checks returns the checks at or below the node, in the order of the condition.
func (n Node) Checks() iter.Seq2[Node, *ast.Check] {
	return func(yield func(Node, *ast.Check) bool) { n.eachCheck(yield) }
}

func (n Node) eachCheck(yield func(Node, *ast.Check) bool) bool {
	if check, ok := n.Expr.(*ast.Check); ok {
		return yield(n, check)
	}
	for child := range n.Children() {
		if !child.eachCheck(yield) {
			return false
		}
	}
	return true
}

// Origin returns the origin of the node.
func (n Node) Origin() Origin { return n.At(n.Expr) }

// At returns the origin of the node's Expr or, if that is a check, of a node in it.
func (n Node) At(x ast.Node) Origin {
	o := n.trace.At(x)
	o.Macros = uses(n.uses, nil)
	return o
}

// Replace returns the edits that replace the node's Expr, a node in it, or a part of it
// given as a [diag.Span], with text. It inserts text at an empty span. It returns an error
// if the part is not in one piece in a file; an exception, for example, is not.
func (n Node) Replace(x ast.Node, text string) ([]diag.Edit, error) { return n.trace.Replace(x, text) }

// ReplaceValue returns the edits that change the text of a value of the node's check. The
// value keeps its quotes, or gets quotes if it needs them.
func (n Node) ReplaceValue(v *ast.Value, text string) ([]diag.Edit, error) {
	return n.trace.replaceValue(v, text)
}

// Operand returns the span of the i-th operand of an And or an Or, for [Node.Replace] and
// [Node.Source]. It includes parentheses around the operand and a not before it.
func (n Node) Operand(i int) diag.Span {
	text := n.trace.condition.text.value
	chain, operands := n.written.Range(), ast.Operands(n.written)
	start, end := chain.Start.Offset, chain.End.Offset
	if i > 0 {
		_, start = joinAfter(text, operands[i-1])
	}
	if i+1 < len(operands) {
		end, _ = joinAfter(text, operands[i])
	}
	return diag.Span{Start: diag.Pos{Offset: start}, End: diag.Pos{Offset: end}}
}

// joinAfter returns the end of an operand with the parentheses around it, and the start of
// the next operand, after the and or the or.
func joinAfter(text string, operand ast.Expr) (end, next int) {
	const blanks = " \t\b\r\n"
	end = operand.Range().End.Offset
	rest := strings.TrimLeft(text[end:], blanks+")")
	gap := text[end : len(text)-len(rest)]
	end += len(strings.TrimRight(gap, blanks))
	rest = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(rest, "and"), "or"), blanks)
	return end, len(text) - len(rest)
}

// Source returns the text in the file of a part of the node's Expr, with the names of
// lists and macros. The errors are those of Replace.
func (n Node) Source(x ast.Node) (string, error) {
	span := x.Range()
	v, from, to, err := n.trace.condition.text.source(span.Start.Offset, span.End.Offset)
	if err != nil {
		return "", err
	}
	return v.Text()[from:to], nil
}

// Expanded returns the macros whose whole condition is this node, outermost first: those
// that were expanded between the node and its parent.
func (n Node) Expanded() []MacroUse { return uses(n.uses, n.outer) }

// Exception returns the exception of the rule if the node is one, and otherwise nil, also
// for a node inside an exception.
func (n Node) Exception() *Exception {
	if e, all := n.trace.exceptionOf(n.Expr); all {
		return e
	}
	return nil
}

// Macro returns the macro in whose condition the node is written, or nil if it is written
// in the rule itself.
func (n Node) Macro() *Macro {
	if n.uses == nil {
		return nil
	}
	return n.uses.macro
}

// Lists returns the lists whose names a check uses.
func (n Node) Lists() []ListUse {
	check, ok := n.Expr.(*ast.Check)
	if !ok {
		return nil
	}
	return n.trace.Lists(check)
}

// Text returns the node as it is written, with the names of macros and lists.
func (n Node) Text() string { return n.trace.Text(n.written) }

// uses returns the uses of the macros from last outwards, up to but without outer.
func uses(last, outer *expandedMacro) []MacroUse {
	var out []MacroUse
	for m := last; m != outer; m = m.outer {
		out = append(out, MacroUse{m.macro, m.in.At(m.ref).Range})
	}
	slices.Reverse(out)
	return out
}

// index has the items of a ruleset by name, including those that a caller has removed
// from its slices.
type index struct {
	rules  map[string]*Rule
	macros map[string]*Macro
	lists  map[string]*List
	// listOfItem returns the name of the list of each item.
	listOfItem func() map[rulesfile.Value]string
}

func newIndex(lists []*listDef) *index {
	return &index{
		rules: map[string]*Rule{}, macros: map[string]*Macro{}, lists: map[string]*List{},
		listOfItem: sync.OnceValue(func() map[rulesfile.Value]string { return listsByItem(lists) }),
	}
}

// newTrace returns the origins of a condition that was compiled to x and ends with the
// given exceptions, except for those without values. The caller sets the index.
func newTrace(c *condition, x ast.Expr, exceptions []Exception) *Trace {
	t := &Trace{condition: c, compiled: x}
	for i := range exceptions {
		if exceptions[i].HasValues {
			t.exceptions = append(t.exceptions, &exceptions[i])
		}
	}
	// Unbalanced parentheses in the condition or in values can give another shape.
	if and, ok := c.expr.(*ast.And); ok && len(t.exceptions) < len(and.Operands) {
		last := and.Operands[len(and.Operands)-len(t.exceptions):]
		if !slices.ContainsFunc(last, func(x ast.Expr) bool { _, isNot := x.(*ast.Not); return !isNot }) {
			t.operands = last
		}
	}
	return t
}
