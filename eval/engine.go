package eval

import (
	"fmt"
	"slices"
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
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
// [diag.List]. It panics if the builder does not have the source.
func (b *Builder) CompileOutput(source, template string) (*Template, error) {
	return b.program(source).compileTemplate(template)
}

// Check compiles a condition and drops it: what Add would say of a rule that
// has no output to go with it. It panics where Add does.
func (b *Builder) Check(source string, condition ast.Expr) error {
	if _, errs := b.program(source).compile(condition); len(errs) > 0 {
		return errs
	}
	return nil
}

// Add compiles a rule, after those added before it: of several rules that an
// event matches, the first one added fires first. A rule with an error, which
// is a [diag.List], is not added. Add panics if the builder does not have
// the rule's source, or if it did not compile the rule's output for that source.
func (b *Builder) Add(r *Rule) error {
	p := b.program(r.Source)
	if r.Output == nil || r.Output.program != p {
		panic(fmt.Sprintf("eval: the output of rule %q was not compiled for source %q by this builder", r.Name, r.Source))
	}
	root, errs := p.compile(r.Condition)
	if len(errs) > 0 {
		return errs
	}
	b.rules = append(b.rules, r)
	p.rules = append(p.rules, compiledRule{r, root})
	return nil
}

func (b *Builder) program(source string) *program {
	p := b.programs[source]
	if p == nil {
		panic(fmt.Sprintf("eval: no source %q", source))
	}
	return p
}

// Engine returns the engine of the rules added so far. The builder must not be
// used after that.
func (b *Builder) Engine() *Engine {
	for _, p := range b.programs {
		p.rules = slices.DeleteFunc(p.rules, func(r compiledRule) bool { return r.rule.Disabled })
		p.done()
	}
	return &Engine{programs: b.programs, rules: b.rules}
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
	kids          []*node
	// check answers a checkNode, test a valueNode of the value in slot; text is
	// what a textNode compares that with.
	check func(*frame) bool
	slot  int
	test  testOne
	text  string
}
