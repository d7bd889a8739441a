package eval

import (
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// Compiler compiles conditions and output templates of one source for an [Evaluator].
// Equal checks and fields in several of them are evaluated once per event. While it
// compiles, evaluators on other goroutines must not use its conditions and templates.
type Compiler struct {
	program    *program
	conditions map[*node]*Condition
	coder      coder
	shared     int // the number of nodes for which shared has been set
}

// NewCompiler returns a compiler for conditions and templates of a source.
func NewCompiler(source *fieldsets.Source) *Compiler {
	p := newProgram(source)
	return &Compiler{program: p, conditions: map[*node]*Condition{}, coder: coder{}}
}

// Condition compiles a condition, in which macros and lists must be expanded. It returns
// the same [Condition] for equal conditions. The error is a [diag.List].
func (c *Compiler) Condition(x ast.Expr) (*Condition, error) {
	root, errs := c.program.compile(x)
	if len(errs) > 0 {
		return nil, errs
	}
	known := c.conditions[root]
	if known == nil {
		c.share()
		known = &Condition{program: c.program, code: c.coder.entry(root)}
		c.conditions[root] = known
	}
	return known, nil
}

// share marks new nodes as shared, because later conditions may contain them.
func (c *Compiler) share() {
	for _, n := range c.program.nodes[c.shared:] {
		n.shared = !n.cheap
	}
	c.shared = len(c.program.nodes)
}

// Template compiles an output template. The error is a [diag.List].
func (c *Compiler) Template(text string) (*Template, error) { return c.program.compileTemplate(text) }

// Condition is a compiled condition. An [Evaluator] evaluates it.
type Condition struct {
	program *program
	code    *instruction
}

// Source returns the name of the condition's event source.
func (c *Condition) Source() string { return c.program.source.Name() }

// Sequential reports whether the condition, or another one from the same compiler,
// depends on earlier events. If so, one evaluator must evaluate all events of a stream in
// order.
func (c *Condition) Sequential() bool { return c.program.sequential() }

// Evaluator evaluates conditions and templates of any compilers and engines on one event
// after another. The zero Evaluator is ready for use by one goroutine.
type Evaluator struct {
	event  *fieldsets.Event
	number uint64 // of the event
	states map[*program]*evaluation
	last   *evaluation // the most recently used one
}

// maxStates limits the compilers and engines that an Evaluator keeps states of.
const maxStates = 64

// evaluation is the state of a program on the event with the given number.
type evaluation struct {
	*frame
	number uint64
}

// SetEvent sets the event that Holds and Append evaluate.
func (e *Evaluator) SetEvent(ev *fieldsets.Event) {
	e.event = ev
	e.number++
}

// Holds reports whether a condition is true of the event. It returns false if the event
// is from another source.
func (e *Evaluator) Holds(c *Condition) bool {
	f := e.frame(c.program)
	if f == nil {
		return false
	}
	f.growNodes()
	return f.run(c.code)
}

// Append appends a template with the event's values to dst. It appends nothing if the
// event is from another source.
func (e *Evaluator) Append(dst []byte, t *Template) []byte {
	if f := e.frame(t.program); f != nil {
		return f.appendMessage(dst, t)
	}
	return dst
}

// frame returns the state of a program on the event, or nil if the event is from another
// source.
func (e *Evaluator) frame(p *program) *frame {
	if s := e.last; s != nil && s.program == p && s.number == e.number && len(s.slots) == len(p.slots) {
		return s.frame
	}
	if e.event == nil || e.event.Source != p.source.Name() {
		return nil
	}
	s := e.last
	if s == nil || s.program != p {
		s = e.states[p]
	}
	if s == nil {
		s = &evaluation{frame: &frame{program: p, source: p.source.Name()}}
		if e.states == nil || len(e.states) == maxStates {
			e.states = map[*program]*evaluation{}
		}
		e.states[p] = s
	}
	if s.growSlots(); s.number != e.number {
		s.number = e.number
		s.begin(e.event)
	}
	e.last = s
	return s.frame
}

// sequential reports whether a program reads values that depend on earlier events.
func (p *program) sequential() bool {
	return slices.ContainsFunc(p.slots, func(s slot) bool { return s.field != nil && s.field.Sequential })
}
