package lint

import (
	"iter"
	"slices"
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/parallel"
	"github.com/falcorules/falcorules/loader"
)

// Condition is the compiled condition of a rule or a macro: macros, lists and exceptions
// are resolved, and negations are pushed down to the checks.
//
// It is a tree. A [Branch] is a conjunction of literals and choices, and a [Choice] is a
// disjunction of branches. For example,
//
//	evt.type = open and not (fd.name = /a or fd.name = /b) and (proc.name = x or container)
//
// is one branch with the literals evt.type = open, not fd.name = /a and not fd.name = /b,
// and with one choice of two branches. The tree is not a disjunctive normal form, so it
// is no larger than the condition.
type Condition struct {
	// Either Rule or Macro is set; the other is nil.
	Rule  *loader.Rule
	Macro *loader.Macro
	// Source is the event source of the rule, or the first source that has all fields of
	// the macro.
	Source *fieldsets.Source
	// Root is the whole condition.
	Root *Branch

	fields *fieldCache
	values sync.Map // of ValueSet, by valuesKey
}

// Branch is a conjunction. If it is true of an event, so are all its literals, at least
// one branch of each of its choices, and its Parent.
type Branch struct {
	Condition *Condition
	// Parent is the branch that has this branch in one of its choices, or nil for the
	// root.
	Parent   *Branch
	Literals []*Literal
	Choices  []*Choice

	// exprs are the parts of the compiled condition that the branch consists of.
	exprs []ast.Expr

	indexOnce sync.Once
	byOperand map[string][]*Literal // Literals by their operands
	texts     map[string]bool       // canonical texts of Literals
}

// Choice is a disjunction of two or more branches.
type Choice struct {
	Branches []*Branch

	node loader.Node
}

// Literal is a check or a negated check.
type Literal struct {
	Branch *Branch
	Check  *ast.Check
	// Negated means that the check must be false. It is also false if its field has no
	// value.
	Negated bool
	// Operand is the text of the left side, such as proc.aname[2].
	Operand string
	// Field describes the field on the left side. It is nil for a transformer.
	Field *fieldsets.Field

	node loader.Node
	// place is the operand of an and or an or that the literal consists of.
	place place

	textOnce sync.Once
	text     string // see canonical

	valuesOnce sync.Once
	values     ValueSet // see ValueSet
}

// Branches returns the top-level alternatives of the condition: the branches of the
// outermost or, or only the root.
func (c *Condition) Branches() []*Branch {
	if len(c.Root.Literals) == 0 && len(c.Root.Choices) == 1 {
		return c.Root.Choices[0].Branches
	}
	return []*Branch{c.Root}
}

// AllBranches yields the root and all branches below it, outer ones first.
func (c *Condition) AllBranches() iter.Seq[*Branch] {
	return func(yield func(*Branch) bool) { c.Root.all(yield) }
}

func (b *Branch) all(yield func(*Branch) bool) bool {
	if !yield(b) {
		return false
	}
	for _, choice := range b.Choices {
		for _, inner := range choice.Branches {
			if !inner.all(yield) {
				return false
			}
		}
	}
	return true
}

// Literals yields all literals of the condition, outer ones first.
func (c *Condition) Literals() iter.Seq[*Literal] {
	return func(yield func(*Literal) bool) {
		for b := range c.AllBranches() {
			for _, l := range b.Literals {
				if !yield(l) {
					return
				}
			}
		}
	}
}

// Context yields the literals that are true whenever the branch is: its own and those of
// the branches around it.
func (b *Branch) Context() iter.Seq[*Literal] {
	return func(yield func(*Literal) bool) {
		for ; b != nil; b = b.Parent {
			for _, l := range b.Literals {
				if !yield(l) {
					return
				}
			}
		}
	}
}

// contextOf is Context for the literals with an operand.
func (b *Branch) contextOf(operand string) iter.Seq[*Literal] {
	return func(yield func(*Literal) bool) {
		for ; b != nil; b = b.Parent {
			b.index()
			for _, l := range b.byOperand[operand] {
				if !yield(l) {
					return
				}
			}
		}
	}
}

// contextHas reports whether a literal of Context has the given canonical text.
func (b *Branch) contextHas(text string) bool {
	for ; b != nil; b = b.Parent {
		if b.index(); b.texts[text] {
			return true
		}
	}
	return false
}

// index sets byOperand and texts.
func (b *Branch) index() {
	b.indexOnce.Do(func() {
		b.byOperand, b.texts = map[string][]*Literal{}, map[string]bool{}
		for _, l := range b.Literals {
			b.byOperand[l.Operand] = append(b.byOperand[l.Operand], l)
			b.texts[canonical(l)] = true
		}
	})
}

// Requires reports whether the branch can be true only if some literal is true for which
// pred returns true: a literal of its Context, or one in each branch of a choice.
func (b *Branch) Requires(pred func(*Literal) bool) bool {
	for ; b != nil; b = b.Parent {
		if b.requires(pred) {
			return true
		}
	}
	return false
}

// requires is Requires without the branches around b.
func (b *Branch) requires(pred func(*Literal) bool) bool {
	if slices.ContainsFunc(b.Literals, pred) {
		return true
	}
	for _, choice := range b.Choices {
		all := true
		for _, inner := range choice.Branches {
			if all = inner.requires(pred); !all {
				break
			}
		}
		if all {
			return true
		}
	}
	return false
}

// Events returns the event types for which the branch can be true, for a rule of source
// syscall. See [syscall.EventsOf].
func (b *Branch) Events() syscall.EventSet {
	var exprs []ast.Expr
	for ; b != nil; b = b.Parent {
		exprs = append(exprs, b.exprs...)
	}
	events, _ := syscall.EventsOf(&ast.And{Operands: exprs}) // the condition compiles, so there is no error
	return events
}

// Origin returns the origin of the check.
func (l *Literal) Origin() loader.Origin { return l.node.Origin() }

// OriginOf returns the origin of a node of the check, such as one of its values.
func (l *Literal) OriginOf(n ast.Node) loader.Origin { return l.node.At(n) }

// Origin returns the origin of the or, or of the negated and.
func (c *Choice) Origin() loader.Origin { return c.node.Origin() }

// SingleValued reports whether the left side is a field that has at most one value. Only
// then do two checks of the field compare the same value.
func (l *Literal) SingleValued() bool {
	return l.Field != nil && !l.Field.List && l.Field.Match == fieldsets.MatchOne
}

// RequiresValue reports whether the literal is false if the left side has no value.
func (l *Literal) RequiresValue() bool { return !l.Negated }

// IsSwitch reports whether the literal has the same result for all events. Falco's rules
// use such literals, for example evt.num >= 0, in macros that users override.
func (l *Literal) IsSwitch() bool {
	_, constant := syscall.EventNumber(l.Check)
	return constant
}

// Limits of the conditions that are analyzed. Those of Falco's own rules have fewer than
// 1000 literals.
const (
	maxLiterals    = 5_000   // of a condition
	maxAllLiterals = 500_000 // of all conditions
)

// budget is how many more comparisons an analyzer makes whose work is not linear. What it has
// not looked at then has no finding.
type budget int

// maxWork is the budget of an analyzer, far more than real rules need.
const maxWork budget = 20_000_000

// spend takes work out of the budget. It returns false if the budget is spent.
func (b *budget) spend(work int) bool {
	*b -= budget(work)
	return *b >= 0
}

// conditionsOf returns the conditions of all rules, and of all macros that nothing uses,
// if they are within the limits.
func conditionsOf(set *loader.Ruleset) []*Condition {
	fields := &fieldCache{set: set, sources: map[string]*fieldsets.Source{}}
	var out []*Condition
	total := 0
	add := func(x ast.Expr, c *Condition) {
		if n := size(x); c.Source != nil && n <= maxLiterals && total+n <= maxAllLiterals {
			out = append(out, c)
			total += n
		}
	}
	for _, r := range set.Rules {
		add(r.Compiled, &Condition{Rule: r, Source: fields.source(r.Source), fields: fields})
	}
	for _, m := range set.Macros {
		if !m.Used {
			add(m.Compiled, &Condition{Macro: m, Source: fields.sourceOf(m.Compiled), fields: fields})
		}
	}
	parallel.Each(len(out), func(i int) { out[i].build() })
	return out
}

// build makes the tree.
func (c *Condition) build() {
	c.Root = &Branch{Condition: c}
	if c.Macro != nil {
		c.Root.add(c.Macro.Compiled, false, c.Macro.Trace().Root(), place{})
		return
	}
	c.Root.add(c.Rule.Compiled, false, c.Rule.Trace().Root(), place{})
}

// Item returns the rule or macro as an item of [diag.Diagnostic.Within].
func (c *Condition) Item() diag.Item {
	if c.Macro != nil {
		return diag.Item{Kind: "macro", Name: c.Macro.Name}
	}
	return diag.Item{Kind: "rule", Name: c.Rule.Name}
}

func (c *Condition) definition() loader.Definition {
	if c.Macro != nil {
		return c.Macro.Definition
	}
	return c.Rule.Definition
}

// size returns the number of checks in x.
func size(x ast.Expr) int {
	n := 0
	ast.Inspect(x, func(x ast.Node) bool {
		_, check := x.(*ast.Check)
		if check {
			n++
		}
		return !check
	})
	return n
}

// fieldCache resolves the fields of conditions, each once.
type fieldCache struct {
	set     *loader.Ruleset
	sources map[string]*fieldsets.Source // see source
	known   sync.Map                     // of *fieldsets.Field, by [2]string{source, operand}
}

// source returns the source with a name, or nil. Its fields are those of fixtures, which have the
// properties of Falco's: proc.aname, for example, has several values.
func (f *fieldCache) source(name string) *fieldsets.Source {
	s, known := f.sources[name]
	if !known {
		if own := f.set.Source(name); own != nil {
			s = fixtures.Sources([]*fieldsets.Source{own})[0].Source
		}
		f.sources[name] = s
	}
	return s
}

func (f *fieldCache) resolve(source *fieldsets.Source, ref *ast.Field, operand string) *fieldsets.Field {
	key := [2]string{source.Name(), operand}
	if field, ok := f.known.Load(key); ok {
		return field.(*fieldsets.Field)
	}
	field, _, _ := source.Resolve(ref)
	f.known.Store(key, field)
	return field
}

// sourceOf returns the first source that has all fields of a condition, or nil.
func (f *fieldCache) sourceOf(x ast.Expr) *fieldsets.Source {
	for _, s := range f.set.Sources {
		known := true
		ast.Inspect(x, func(n ast.Node) bool {
			if ref, ok := n.(*ast.Field); ok {
				known = known && s.Has(ref.Name)
			}
			return known
		})
		if known {
			return f.source(s.Name())
		}
	}
	return nil
}

// add adds x, or its negation, to the branch.
func (b *Branch) add(x ast.Expr, negated bool, n loader.Node, at place) {
	switch x := x.(type) {
	case *ast.Not:
		b.add(x.Operand, !negated, n.Child(0), at)
	case *ast.Check:
		b.exprs = append(b.exprs, negation(x, negated))
		b.Literals = append(b.Literals, b.newLiteral(x, negated, n, at))
	default:
		operands, conjunction := operandsOf(x, negated)
		if conjunction {
			for i, o := range operands {
				b.add(o, negated, n.Child(i), place{n, i, negated, true})
			}
			return
		}
		b.exprs = append(b.exprs, negation(x, negated))
		choice := &Choice{node: n}
		choice.add(b, x, negated, n, at)
		b.Choices = append(b.Choices, choice)
	}
}

// add adds x, or its negation, as branches.
func (c *Choice) add(parent *Branch, x ast.Expr, negated bool, n loader.Node, at place) {
	if not, ok := x.(*ast.Not); ok {
		c.add(parent, not.Operand, !negated, n.Child(0), at)
		return
	}
	if operands, conjunction := operandsOf(x, negated); operands != nil && !conjunction {
		for i, o := range operands {
			c.add(parent, o, negated, n.Child(i), place{n, i, negated, false})
		}
		return
	}
	b := &Branch{Condition: parent.Condition, Parent: parent}
	b.add(x, negated, n, at)
	c.Branches = append(c.Branches, b)
}

// operandsOf returns the operands of an and or an or, and whether it is a conjunction
// once the not before it is pushed down to them.
func operandsOf(x ast.Expr, negated bool) (operands []ast.Expr, conjunction bool) {
	switch x := x.(type) {
	case *ast.And:
		return x.Operands, !negated
	case *ast.Or:
		return x.Operands, negated
	}
	return nil, false
}

func negation(x ast.Expr, negated bool) ast.Expr {
	if negated {
		return &ast.Not{Operand: x}
	}
	return x
}

func (b *Branch) newLiteral(check *ast.Check, negated bool, n loader.Node, at place) *Literal {
	l := &Literal{Branch: b, Check: check, Negated: negated, Operand: ast.String(check.Left), node: n, place: at}
	if ref, ok := check.Left.(*ast.Field); ok {
		l.Field = b.Condition.fields.resolve(b.Condition.Source, ref, l.Operand)
	}
	return l
}
