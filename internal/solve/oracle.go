package solve

import (
	"strconv"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
)

// oracle says which checks hold on an event.
type oracle struct {
	source  *fixture.Source
	decoder *fixture.Decoder
	matcher *eval.Matcher
	checks  []*ast.Check
	numbers map[*eval.Rule]int
	// contradictions is how many values of an event may contradict others.
	contradictions int
}

// newOracle returns an oracle for the checks of a condition. Each is a rule of its own.
func newOracle(source *fixture.Source, checks []*ast.Check) (*oracle, error) {
	o := &oracle{
		source:  source,
		decoder: fixture.NewDecoder(&fieldsets.Stream{}, source),
		checks:  checks,
		numbers: map[*eval.Rule]int{},
	}
	b := eval.NewBuilder(source.Source)
	output, err := b.CompileOutput(source.Name(), "x")
	if err != nil {
		return nil, err
	}
	for i, c := range checks {
		rule := &eval.Rule{Name: strconv.Itoa(i), Source: source.Name(), Condition: c, Output: output}
		if err := b.Add(rule); err != nil {
			return nil, err
		}
		o.numbers[rule] = i
	}
	o.matcher = b.Engine().NewMatcher(eval.AllMatches)
	return o, nil
}

// contradictionsIn returns how many values of an event contradict others.
func (o *oracle) contradictionsIn(e Event) int {
	if _, err := o.decoder.DecodeYAML(e.Fixture(o.source.Name())); err != nil {
		return 0
	}
	return len(o.decoder.Conflicts())
}

// ask returns which checks hold on an event; false says that it is none, or one that
// contradicts itself.
func (o *oracle) ask(e Event) ([]bool, bool) {
	ev, err := o.decoder.DecodeYAML(e.Fixture(o.source.Name()))
	if err != nil || len(o.decoder.Conflicts()) > o.contradictions {
		return nil, false
	}
	ev.Number, ev.Start = 1, ev.Time
	holds := make([]bool, len(o.checks))
	for _, m := range o.matcher.Match(ev) {
		holds[o.numbers[m.Rule]] = true
	}
	return holds, true
}
