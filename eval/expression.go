package eval

import (
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// Compiler compiles conditions and templates of one source that are evaluated by
// themselves, without rules and engines. What several of them have in common, such as
// an equal check or the value of a field, is evaluated once per event. Evaluators on
// other goroutines must not be in use while it compiles.
type Compiler struct {
	program    *program
	conditions map[*node]*Condition
	coder      *coder
	shared     int // the number of nodes that were marked as shared
}

// NewCompiler returns a compiler for conditions and templates of a source.
func NewCompiler(source *fieldsets.Source) *Compiler {
	p := newProgram(source)
	return &Compiler{program: p, conditions: map[*node]*Condition{}, coder: newCoder(p)}
}

// Condition compiles a condition. Macros must be resolved, and lists be replaced by
// their items. Conditions of equal meaning are the same [Condition]. The error is a
// [diag.List].
func (c *Compiler) Condition(x ast.Expr) (*Condition, error) {
	root, errs := c.program.compile(x)
	if len(errs) > 0 {
		return nil, errs
	}
	known := c.conditions[root]
	if known == nil {
		c.share()
		known = &Condition{program: c.program, start: c.coder.entry(root)}
		c.conditions[root] = known
	}
	return known, nil
}

// share marks the new nodes, so that their results are kept for the event. A condition
// that is compiled later may have any of them as a part.
func (c *Compiler) share() {
	for _, n := range c.program.nodes[c.shared:] {
		n.shared = !n.cheap
	}
	c.shared = len(c.program.nodes)
}

// Template compiles an output template. The error is a [diag.List].
func (c *Compiler) Template(text string) (*Template, error) { return c.program.compileTemplate(text) }

// Condition is a compiled condition. It is evaluated with an [Evaluator].
type Condition struct {
	program *program
	start   int32 // of its code
}

// Source returns the name of the source whose events the condition is for.
func (c *Condition) Source() string { return c.program.source.Name() }

// Sequential reports whether the condition, or another one of its compiler, depends on
// earlier events. Then one evaluator has to see all events of a stream in their order.
func (c *Condition) Sequential() bool { return c.program.sequential() }

// Evaluator evaluates conditions and templates, of any compilers and engines, on one
// event after another. It shares values and results between those of one compiler. The
// zero Evaluator is ready for use, by one goroutine.
type Evaluator struct {
	event  *fieldsets.Event
	number uint64 // of the event
	states map[*program]*evaluation
	last   *evaluation // the one that was used last
}

// maxStates is how many compilers and engines an Evaluator keeps the state of.
const maxStates = 64

// evaluation is the state of a program and the number of the event that it is on.
type evaluation struct {
	*frame
	number uint64
}

// SetEvent sets the event that conditions and templates are evaluated on.
func (e *Evaluator) SetEvent(ev *fieldsets.Event) {
	e.event = ev
	e.number++
}

// Holds reports whether a condition is true of the event. It is false of an event of
// another source.
func (e *Evaluator) Holds(c *Condition) bool {
	f := e.frame(c.program)
	if f == nil {
		return false
	}
	f.growNodes()
	return f.run(c.start)
}

// Append appends a template with the event's values to dst. It appends nothing if the
// event is of another source than the template.
func (e *Evaluator) Append(dst []byte, t *Template) []byte {
	if f := e.frame(t.program); f != nil {
		return f.appendMessage(dst, t)
	}
	return dst
}

// frame returns the state of a program on the event, or nil if the event is of another
// source.
func (e *Evaluator) frame(p *program) *frame {
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
