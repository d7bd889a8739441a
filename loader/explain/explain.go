// Package explain says in words why a rule fired on an event or did not.
//
// [eval.Explainer] says what became of each part of a condition, [loader.Part]
// where the part comes from. Here the two are put side by side: a sentence that
// names the cause, for people in a hurry and for reports of tests, and the tree, as
// text or as JSON.
package explain

import (
	"fmt"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/loader"
)

// Outcome says why a rule fired on an event or did not.
type Outcome string

// The outcomes.
const (
	Fired Outcome = "fired"
	// Condition means that the rule's condition is false, Exception that it would
	// hold but for an exception.
	Condition Outcome = "condition"
	Exception Outcome = "exception"
	// Shadowed means that an earlier rule fired, after which no other does.
	Shadowed Outcome = "shadowed"
	Disabled Outcome = "disabled"
	// Source means that the event is not of the rule's source.
	Source Outcome = "source"
	// Skipped means that the rule was not loaded: its source is not known, or it
	// asks to be skipped where a field of it is not.
	Skipped Outcome = "skipped"
)

// Explainer explains what becomes of one rule of a ruleset. It is for one
// goroutine; a ruleset can have any number of them.
type Explainer struct {
	set       *loader.Ruleset
	name      string
	rule      *loader.Rule // nil if it was skipped
	skipped   *diag.Diagnostic
	explainer *eval.Explainer
}

// New returns an explainer of the rule of a name, in the given mode. The error
// says that there is no such rule, and what was perhaps meant. The ruleset is one
// that loaded.
func New(set *loader.Ruleset, name string, mode eval.Mode) (*Explainer, error) {
	x := &Explainer{set: set, name: name}
	if x.rule = set.Rule(name); x.rule == nil {
		if x.skipped = skippedRule(set, name); x.skipped != nil {
			return x, nil
		}
		return nil, unknownRule(set, name)
	}
	rules := set.Engine.Rules()
	i := slices.IndexFunc(rules, func(r *eval.Rule) bool { return r.Name == name })
	var err error
	if x.explainer, err = set.Engine.NewExplainer(rules[i], mode); err != nil {
		return nil, err
	}
	return x, nil
}

// skippedRule returns the warning that a rule was skipped, or nil.
func skippedRule(set *loader.Ruleset, name string) *diag.Diagnostic {
	for _, d := range set.Warnings {
		if d.Code == loader.WarnUnknownSource || d.Code == loader.WarnUnknownFilter {
			if rule, ok := ruleOf(d); ok && rule == name {
				return d
			}
		}
	}
	return nil
}

// ruleOf returns the name of the rule that Falco blames.
func ruleOf(d *diag.Diagnostic) (string, bool) {
	locations := loader.FalcoContextOf(d).Locations
	i := slices.IndexFunc(locations, func(l loader.Location) bool { return l.Type == "rule" })
	if i < 0 {
		return "", false
	}
	return locations[i].Name, true
}

func unknownRule(set *loader.Ruleset, name string) error {
	hint := suggest.Hint(name, func(yield func(string) bool) {
		for _, r := range set.Rules {
			if !yield(r.Name) {
				return
			}
		}
	})
	switch {
	case hint != "":
		return fmt.Errorf("there is no rule %s; %s", quote.Text(name), hint)
	case len(set.Rules) == 0:
		return fmt.Errorf("there is no rule %s; the files have no rules", quote.Text(name))
	}
	return fmt.Errorf("there is no rule %s", quote.Text(name))
}

// Explanation is why a rule fired on an event or did not.
type Explanation struct {
	// Name is the rule's name, Rule the rule, nil if it was skipped.
	Name    string
	Rule    *loader.Rule
	Outcome Outcome
	// By is the rule that fired instead, where the outcome is Shadowed.
	By *loader.Rule
	// Event says which event it was: its source, its number in the stream and
	// its time.
	Event fieldsets.Event
	// Tree is what became of the condition; nil where the event is of another
	// source, and where the rule was skipped.
	Tree *eval.Node
	// Part is the condition, for the places of its parts; it goes with Tree.
	Part loader.Part

	skipped *diag.Diagnostic
	// unidentified says that the event is an audit event without an auditID.
	unidentified bool
}

// Explain says what becomes of the rule on an event. The explanation keeps
// nothing of what the event's source reads.
func (x *Explainer) Explain(ev *fieldsets.Event) *Explanation {
	e := &Explanation{
		Name: x.name, Rule: x.rule, skipped: x.skipped, unidentified: k8saudit.MissingAuditID(ev),
		Event: fieldsets.Event{Stream: ev.Stream, Source: ev.Source, Number: ev.Number, Time: ev.Time, Start: ev.Start},
	}
	if x.rule == nil {
		e.Outcome = Skipped
		return e
	}
	what := x.explainer.Explain(ev)
	if e.Tree = what.Condition; e.Tree != nil {
		e.Part = x.set.Part(x.rule)
	}
	switch what.Outcome {
	case eval.Fired:
		e.Outcome = Fired
	case eval.Shadowed:
		e.Outcome, e.By = Shadowed, x.set.Rule(what.By.Name)
	case eval.Disabled:
		e.Outcome = Disabled
	case eval.OtherSource:
		e.Outcome = Source
	case eval.NotHeld:
		e.Outcome = Condition
		if _, ok := e.exception(); ok {
			e.Outcome = Exception
		}
	}
	return e
}

// branch is a node of the tree and the part of the condition that it is.
type branch struct {
	*eval.Node
	part loader.Part
}

func (e *Explanation) root() branch { return branch{e.Tree, e.Part} }

func (b branch) kid(i int) branch { return branch{b.Kids[i], b.part.Kid(i)} }

// exception returns the exception that makes the condition false.
func (e *Explanation) exception() (branch, bool) {
	if e.Tree == nil || e.Tree.Result {
		return branch{}, false
	}
	i := slices.IndexFunc(e.Tree.Kids, func(n *eval.Node) bool { return n.Decisive })
	if i < 0 {
		return branch{}, false
	}
	b := e.root().kid(i)
	_, ok := b.part.Exception()
	return b, ok
}
