package explain

import (
	"fmt"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// AllExplainer explains every rule of a ruleset. It is for one goroutine.
type AllExplainer struct {
	mode eval.Mode
	each []*Explainer
}

// NewAll returns an explainer of all rules in the given mode: first the loaded ones, in
// the order in which the engine tries them, then the skipped ones. It returns an error
// if the ruleset did not load.
func NewAll(set *loader.Ruleset, mode eval.Mode) (*AllExplainer, error) {
	if set.Engine == nil {
		return nil, errNotLoaded
	}
	x := &AllExplainer{mode: mode}
	for _, r := range set.Engine.Rules() {
		explainer, err := set.Engine.NewExplainer(r, eval.AllMatches)
		if err != nil {
			return nil, err
		}
		// Explain finds the rule that fires first from all of them together.
		x.each = append(x.each, &Explainer{set: set, name: r.Name, rule: set.Rule(r.Name), explainer: explainer})
	}
	for _, d := range set.Warnings {
		if name, ok := skippedBy(d); ok && set.Rule(name) == nil {
			x.each = append(x.each, &Explainer{set: set, name: name, skipped: d})
		}
	}
	return x, nil
}

// Len returns the number of rules.
func (x *AllExplainer) Len() int { return len(x.each) }

// Explain explains each rule on an event.
func (x *AllExplainer) Explain(ev *fieldsets.Event) []*Explanation {
	var first *loader.Rule
	out := make([]*Explanation, len(x.each))
	for i, one := range x.each {
		e := one.Explain(ev)
		switch {
		case e.Outcome != Fired || x.mode != eval.FirstMatch:
		case first != nil:
			e.Outcome, e.By = Shadowed, first
		default:
			first = e.Rule
		}
		out[i] = e
	}
	return out
}

// Line returns the outcome and the name of the rule in one line and, if the rule did not
// fire, the first part of the cause: "condition  Shell in a container: proc.tty has no
// value, so proc.tty != 0 is false (rules.yaml:12)".
func (e *Explanation) Line() string {
	line := fmt.Sprintf("%-9s  %s", e.Outcome, nameText(e.Name))
	switch e.Outcome {
	case Fired:
		return line
	case Shadowed:
		return fmt.Sprintf("%s: %s (%s) fired first", line, nameText(e.By.Name), position(e.By.NameAt))
	}
	return line + ": " + e.Causes()[0]
}
