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

// oracle evaluates checks on events.
type oracle struct {
	source     *fixture.Source
	decoder    *fixture.Decoder
	evaluator  eval.Evaluator
	checks     []*ast.Check
	conditions []*eval.Condition // of the checks
	// impossible returns why no event has the given values. It may be nil.
	impossible func(values map[string][]string) map[string]string
	// tolerated is the number of reasons against an event that are tolerated.
	tolerated int
}

// impossible has functions for sources that return why no event has given values.
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

// reasons returns why an event cannot occur: contradictions in it, and values that no event
// has.
func (o *oracle) reasons(e Event) []string {
	if _, err := o.decoder.DecodeNode(e.Fixture(o.source.Name())); err != nil {
		return nil
	}
	return o.against(e)
}

// never reports whether an event has a value that no event has. A contradiction between two
// values does not count.
func (o *oracle) never(e Event) bool {
	if _, err := o.decoder.DecodeNode(e.Fixture(o.source.Name())); err != nil {
		return false
	}
	isNever := func(conflict *diag.Diagnostic) bool { return !fixture.SubjectOf(conflict).Derived }
	return o.impossible != nil && len(o.impossible(e.texts())) > 0 || slices.ContainsFunc(o.decoder.Conflicts(), isNever)
}

// against is reasons for the event that was decoded last.
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

// evaluate returns the results of the checks on an event, or false if it is invalid or
// cannot occur.
func (o *oracle) evaluate(e Event) ([]bool, bool) {
	ev, err := o.decoder.DecodeNode(e.Fixture(o.source.Name()))
	if err != nil || o.tolerated < math.MaxInt && len(o.against(e)) > o.tolerated {
		return nil, false
	}
	ev.Stream.Restart() // each event is the first one
	o.evaluator.SetEvent(ev)
	holds := make([]bool, len(o.conditions))
	for i, c := range o.conditions {
		holds[i] = o.evaluator.Holds(c)
	}
	return holds, true
}
