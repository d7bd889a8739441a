package solve

import (
	"maps"
	"math"
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
)

// oracle says which checks hold on an event.
type oracle struct {
	source     *fixture.Source
	decoder    *fixture.Decoder
	evaluator  eval.Evaluator
	checks     []*ast.Check
	conditions []*eval.Condition // of the checks
	// impossible says why no event has given values; nil where nothing is known.
	impossible func(values map[string][]string) map[string]string
	// doubts is how many reasons there may be against an event.
	doubts int
}

// impossible says of sources why no event has given values.
var impossible = map[string]func(values map[string][]string) map[string]string{
	syscall.SourceName:  fixtures.ImpossibleValues,
	k8saudit.SourceName: k8saudit.ImpossibleValues,
}

// newOracle returns an oracle for the checks of a condition.
func newOracle(source *fixture.Source, checks []*ast.Check) (*oracle, error) {
	o := &oracle{
		source:     source,
		decoder:    fixture.NewDecoder(&fieldsets.Stream{}, source),
		checks:     checks,
		impossible: impossible[source.Name()],
	}
	compiler := eval.NewCompiler(source.Source)
	for _, check := range checks {
		c, err := compiler.Condition(check)
		if err != nil {
			return nil, err
		}
		o.conditions = append(o.conditions, c)
	}
	return o, nil
}

// reasons returns why an event cannot happen: what contradicts what in it, and what no
// event has.
func (o *oracle) reasons(e Event) []string {
	if _, err := o.decoder.DecodeNode(e.Fixture(o.source.Name())); err != nil {
		return nil
	}
	return o.against(e)
}

// never reports whether an event has a value that no event has. That a value is not
// the one that follows from others says nothing of events with other values.
func (o *oracle) never(e Event) bool {
	if _, err := o.decoder.DecodeNode(e.Fixture(o.source.Name())); err != nil {
		return false
	}
	isNever := func(conflict *diag.Diagnostic) bool { return !fixture.SubjectOf(conflict).Derived }
	return o.impossible != nil && len(o.impossible(e.texts())) > 0 || slices.ContainsFunc(o.decoder.Conflicts(), isNever)
}

// against is reasons for an event that was decoded.
func (o *oracle) against(e Event) []string {
	var reasons map[string]string
	if o.impossible != nil {
		reasons = o.impossible(e.texts())
	}
	var out []string
	for _, field := range slices.Sorted(maps.Keys(reasons)) {
		out = append(out, reasons[field])
	}
	for _, conflict := range o.decoder.Conflicts() {
		if reasons[fixture.SubjectOf(conflict).Field] == "" {
			out = append(out, conflict.Message)
		}
	}
	return out
}

// ask returns which checks hold on an event; false says that it is none, or one that
// cannot happen.
func (o *oracle) ask(e Event) ([]bool, bool) {
	ev, err := o.decoder.DecodeNode(e.Fixture(o.source.Name()))
	if err != nil || o.doubts < math.MaxInt && len(o.against(e)) > o.doubts {
		return nil, false
	}
	ev.Stream.Restart() // so that each event is the first
	o.evaluator.SetEvent(ev)
	holds := make([]bool, len(o.conditions))
	for i, c := range o.conditions {
		holds[i] = o.evaluator.Holds(c)
	}
	return holds, true
}
