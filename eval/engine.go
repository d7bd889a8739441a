package eval

import (
	"fmt"
	"slices"
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
)

// Rule is a rule that is ready to run: macros and lists are resolved.
type Rule struct {
	Name     string
	Source   string
	Priority Priority
	// Tags are sorted and each stands once.
	Tags      []string
	Condition ast.Expr
	Output    *Template
	// Disabled rules are checked like others and never fire.
	Disabled bool
}

// Builder collects rules for an engine.
type Builder struct {
	programs map[string]*program
	rules    []*Rule
}

// NewBuilder returns a builder for rules of the given sources.
func NewBuilder(sources ...*fieldsets.Source) *Builder {
	b := &Builder{programs: map[string]*program{}}
	for _, s := range sources {
		b.programs[s.Name()] = newProgram(s)
	}
	return b
}

// CompileOutput compiles an output template for rules of a source. The error is a
// [diag.List].
func (b *Builder) CompileOutput(source, template string) (*Template, error) {
	p, err := b.program(source)
	if err != nil {
		return nil, err
	}
	return p.compileTemplate(template)
}

// Check compiles a condition and drops it: the error is what Add would return for a
// rule with this condition.
func (b *Builder) Check(source string, condition ast.Expr) error {
	p, err := b.program(source)
	if err != nil {
		return err
	}
	_, errs := p.compile(condition)
	return errs.Err()
}

// Add compiles a rule, after those added before it: of several rules that an
// event matches, the first one added fires first. A rule with an error, which
// is a [diag.List], is not added. The builder must have compiled the rule's output
// for its source.
func (b *Builder) Add(r *Rule) error {
	p, err := b.program(r.Source)
	if err != nil {
		return err
	}
	if r.Output == nil || r.Output.program != p {
		return diag.List{{Message: fmt.Sprintf("the output of rule %s was not compiled for source %s by this builder", quote.Text(r.Name), quote.Name(r.Source))}}
	}
	root, errs := p.compile(r.Condition)
	if len(errs) > 0 {
		return errs
	}
	b.rules = append(b.rules, r)
	p.rules = append(p.rules, compiledRule{r, root})
	return nil
}

func (b *Builder) program(source string) (*program, error) {
	p := b.programs[source]
	if p == nil {
		return nil, diag.List{{Message: fmt.Sprintf("the builder has no source %s", quote.Name(source))}}
	}
	return p, nil
}

// Engine returns the engine of the rules added so far. After that, the builder has
// no sources and no rules.
func (b *Builder) Engine() *Engine {
	e := &Engine{programs: b.programs, rules: b.rules}
	for _, p := range e.programs {
		p.rules = slices.DeleteFunc(p.rules, func(r compiledRule) bool { return r.rule.Disabled })
		p.done()
	}
	*b = Builder{}
	return e
}

// Engine is a set of compiled rules. It does not change and is safe for
// concurrent use; matching needs a Matcher for each goroutine.
type Engine struct {
	programs map[string]*program
	rules    []*Rule
}

// Rules returns all rules in order, the disabled ones included.
func (e *Engine) Rules() []*Rule { return e.rules }

// Has reports whether some enabled rule is of the given source.
func (e *Engine) Has(source string) bool {
	p := e.programs[source]
	return p != nil && len(p.rules) > 0
}

// Sequential reports whether conditions or outputs look at values that depend on
// earlier events. Then one matcher has to see all events of a stream in their
// order; otherwise they can be shared out among several.
func (e *Engine) Sequential() bool {
	for _, p := range e.programs {
		if len(p.rules) > 0 && p.sequential() {
			return true
		}
	}
	return false
}

// program is what the rules of one source were compiled to.
type program struct {
	source *fieldsets.Source
	slots  []slot
	nodes  []*node
	rules  []compiledRule

	// What matching needs, made when the first matcher is.
	prepared   sync.Once
	indexed    []int              // the slots of the discriminating fields
	equalities map[*node]equality // what checks say of a slot's text
	index      *index
	roots      []int32 // where the code of each rule starts
	code       []instruction

	regexSize int // of all regular expressions

	// What compiling shares; nil once the engine is made.
	slotIDs  map[string]int
	byKey    map[string]*node
	compiled map[ast.Expr]*node
	failed   map[ast.Expr]diag.List
}

type compiledRule struct {
	rule *Rule
	root *node
}

func newProgram(s *fieldsets.Source) *program {
	return &program{
		source: s, slotIDs: map[string]int{}, byKey: map[string]*node{},
		compiled: map[ast.Expr]*node{}, failed: map[ast.Expr]diag.List{}, equalities: map[*node]equality{},
	}
}

// done ends the compiling.
func (p *program) done() {
	p.indexed = p.indexedSlots()
	p.slotIDs, p.byKey, p.compiled, p.failed = nil, nil, nil, nil
}

// prepare makes what matching needs and checking does not.
func (p *program) prepare() {
	p.share()
	c := newCoder(p)
	for _, r := range p.rules {
		p.roots = append(p.roots, c.entry(r.root))
	}
	p.index = newIndex(p, c)
	p.equalities = nil
}

// nodeKind says how a node becomes true.
type nodeKind uint8

const (
	andNode nodeKind = iota
	orNode
	notNode
	// checkNode is a check, valueNode one of a single value with constants, as
	// most are, and textNode one that a single text is a constant, as many are.
	checkNode
	valueNode
	textNode
	// trueNode needs no looking at. There is one.
	trueNode
)

// node is a part of a condition, compiled. Equal parts are the same node, whatever
// rule they stand in.
type node struct {
	kind nodeKind
	// shared nodes are, as far as is known, parts of several others, and cheap ones
	// not worth to be remembered all the same.
	shared, cheap bool
	id            int // its place in the program
	children      []*node
	// check answers a checkNode, test a valueNode of the value in slot; text is
	// what a textNode compares that with.
	check func(*frame) bool
	slot  int
	test  testOne
	text  string
}
