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

// Rule is a rule for an engine.
type Rule struct {
	Name     string
	Source   string
	Priority Priority
	// Tags are sorted and have no duplicates.
	Tags []string
	// Condition is the condition with macros and lists expanded.
	Condition ast.Expr
	Output    *Template
	// Disabled rules must compile too, but never fire.
	Disabled bool
}

// Builder collects rules for an engine.
type Builder struct {
	// AlertFormat is how the alerts of the rules are printed.
	AlertFormat AlertFormat

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

// CompileOutput compiles an output template for rules of a source. Its error is a
// [diag.List].
func (b *Builder) CompileOutput(source, template string) (*Template, error) {
	p, err := b.program(source)
	if err != nil {
		return nil, err
	}
	return p.compileTemplate(template)
}

// Check returns the error that Add would return for a rule with this condition.
func (b *Builder) Check(source string, condition ast.Expr) error {
	p, err := b.program(source)
	if err != nil {
		return err
	}
	_, errs := p.compile(condition)
	return errs.Err()
}

// Add compiles and adds a rule. If an event matches several rules, they fire in the order
// in which they were added. The builder must have compiled the rule's output for the
// rule's source. The error is a [diag.List]; after an error, the rule is not added.
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

// Engine returns an engine for the rules added so far. The builder must not be used
// afterwards.
func (b *Builder) Engine() *Engine {
	e := &Engine{programs: b.programs, rules: b.rules}
	for _, p := range e.programs {
		p.format = b.AlertFormat
		p.rules = slices.DeleteFunc(p.rules, func(r compiledRule) bool { return r.rule.Disabled })
		p.done()
	}
	*b = Builder{}
	return e
}

// Engine is a set of compiled rules. It is immutable and safe for concurrent use. Each
// goroutine needs a Matcher of its own.
type Engine struct {
	programs map[string]*program
	rules    []*Rule
}

// Rules returns all rules in order, including disabled ones.
func (e *Engine) Rules() []*Rule { return e.rules }

// Has reports whether there are enabled rules for the given source.
func (e *Engine) Has(source string) bool {
	p := e.programs[source]
	return p != nil && len(p.rules) > 0
}

// Sequential reports whether conditions or outputs use values that depend on earlier
// events, such as evt.num. If so, one matcher must match all events of a stream in order.
// Otherwise several matchers can split the events between them.
func (e *Engine) Sequential() bool {
	for _, p := range e.programs {
		if len(p.rules) > 0 && p.sequential() {
			return true
		}
	}
	return false
}

// program is the compiled rules, or the compiled conditions, of one source.
type program struct {
	source *fieldsets.Source
	format AlertFormat
	slots  []slot
	nodes  []*node
	rules  []compiledRule

	regexSize int // of all regular expressions

	// The following is for matching. All but indexed and equalities are set when the
	// first matcher is created.
	prepared   sync.Once
	indexed    []int              // slots of the discriminating fields
	equalities map[*node]equality // of the checks that have one
	index      *index
	roots      []*instruction // the code of each rule

	// The following is for compiling, and nil in an engine.
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

// done ends compiling.
func (p *program) done() {
	p.indexed = p.indexedSlots()
	p.slotIDs, p.byKey, p.compiled, p.failed = nil, nil, nil, nil
}

// prepare generates the code and the index, which are not needed to check rules.
func (p *program) prepare() {
	p.share()
	c := coder{}
	for _, r := range p.rules {
		p.roots = append(p.roots, c.entry(r.root))
	}
	p.index = newIndex(p, c)
	p.equalities = nil
}

// nodeKind says how a node is evaluated.
type nodeKind uint8

const (
	andNode nodeKind = iota
	orNode
	notNode
	// checkNode is a check. Most checks are one of two special cases: valueNode compares
	// a single value with constants, and textNode compares it with one text.
	checkNode
	valueNode
	textNode
	// trueNode is always true.
	trueNode
)

// node is a compiled part of a condition. Equal parts share a node, also between rules.
type node struct {
	kind nodeKind
	// shared nodes are part of several others, so their result is kept for the event.
	// cheap nodes are faster to evaluate again.
	shared, cheap bool
	id            int // the index in the program
	children      []*node
	// check evaluates a checkNode. A valueNode applies test to the value of slot, and a
	// textNode compares it with text.
	check func(*frame) bool
	slot  int
	test  testOne
	text  string
}
