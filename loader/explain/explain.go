// Package explain explains in words why a rule fired on an event or did not.
//
// An [Explainer], or an [AllExplainer] for all rules, explains each event. An
// [Explanation] is a sentence that names the cause, for people in a hurry and for
// test reports, and the tree of the condition, as text or as JSON. It combines the
// results of the nodes of the condition, from [eval.Explainer], with where the nodes
// come from, from [loader.Trace].
package explain

import (
	"errors"
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

// Outcome is whether a rule fired on an event and, if not, the sort of reason.
type Outcome string

// The outcomes.
const (
	Fired Outcome = "fired"
	// Condition means that the condition of the rule is false. Exception means that it
	// would be true without one of the rule's exceptions.
	Condition Outcome = "condition"
	Exception Outcome = "exception"
	// Shadowed means that an earlier rule fired instead.
	Shadowed Outcome = "shadowed"
	Disabled Outcome = "disabled"
	// Source means that the event is not from the rule's event source.
	Source Outcome = "source"
	// Skipped means that the rule was not loaded: its event source is unknown, or it
	// has an unknown field and skip-if-unknown-filter.
	Skipped Outcome = "skipped"
)

// Explainer explains one rule of a ruleset. It is for one goroutine; a ruleset can have
// any number of them.
type Explainer struct {
	set       *loader.Ruleset
	name      string
	rule      *loader.Rule // nil if it was skipped
	skipped   *diag.Diagnostic
	explainer *eval.Explainer
}

var errNotLoaded = errors.New("the rules did not load")

// New returns an explainer of the rule with the given name in the given mode. It returns
// an error if there is no such rule, with a suggestion if a name is similar, or if the
// ruleset did not load.
func New(set *loader.Ruleset, name string, mode eval.Mode) (*Explainer, error) {
	if set.Engine == nil {
		return nil, errNotLoaded
	}
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
		if rule, ok := skippedBy(d); ok && rule == name {
			return d
		}
	}
	return nil
}

// skippedBy returns the name of the rule that a warning says was skipped. It returns
// false if the warning is about something else.
func skippedBy(d *diag.Diagnostic) (rule string, ok bool) {
	if d.Code != loader.WarnUnknownSource && d.Code != loader.WarnUnknownFilter {
		return "", false
	}
	locations := loader.FalcoContextOf(d).Locations
	i := slices.IndexFunc(locations, func(l loader.Location) bool { return l.Type == "rule" })
	if i < 0 {
		return "", false
	}
	return locations[i].Name, true
}

func unknownRule(set *loader.Ruleset, name string) error {
	hint := suggest.HintOf(name, set.Rules, func(r *loader.Rule) string { return r.Name })
	switch {
	case hint != "":
		return fmt.Errorf("unknown rule %s; %s", quote.Text(name), hint)
	case len(set.Rules) == 0:
		return fmt.Errorf("unknown rule %s; the files have no rules", quote.Text(name))
	}
	return fmt.Errorf("unknown rule %s", quote.Text(name))
}

// Explanation is why a rule fired on an event or did not.
type Explanation struct {
	// Name is the name of the rule. Rule is nil if the rule was skipped.
	Name    string
	Rule    *loader.Rule
	Outcome Outcome
	// By is the rule that fired instead if the outcome is Shadowed.
	By *loader.Rule
	// Event identifies the event by its source, its number in the stream and its time.
	Event fieldsets.Event
	// Tree is the condition with its results. It has the shape of Rule.Trace().Root(). It
	// is nil if the event is from another source or the rule was skipped.
	Tree *eval.Node
	// Routes says which routes take the alert. It is up to the caller to set it.
	Routes []Route

	skipped *diag.Diagnostic
	// unidentified says that the event is an audit event without an auditID.
	unidentified bool
}

// Route says whether an alert takes a route.
type Route struct {
	Name  string `json:"name"`
	Taken bool   `json:"taken"`
	// Cause is why, as in [Explanation.Cause].
	Cause string `json:"cause"`
}

// String returns the route in one line: "route sensitive takes the alert: …".
func (r Route) String() string {
	verb := "does not take"
	if r.Taken {
		verb = "takes"
	}
	return fmt.Sprintf("route %s %s the alert: %s", nameText(r.Name), verb, r.Cause)
}

// Explain explains the rule on an event. The explanation does not refer to the event's
// data and stays valid.
func (x *Explainer) Explain(ev *fieldsets.Event) *Explanation {
	e := &Explanation{
		Name: x.name, Rule: x.rule, skipped: x.skipped, unidentified: k8saudit.MissingAuditID(ev),
		Event: fieldsets.Event{Stream: ev.Stream, Source: ev.Source, Number: ev.Number, Time: ev.Time, Start: ev.Start},
	}
	if x.rule == nil {
		e.Outcome = Skipped
		return e
	}
	result := x.explainer.Explain(ev)
	e.Tree = result.Condition
	switch {
	case e.Tree == nil:
		e.Outcome = Source
	case !x.rule.Enabled:
		e.Outcome = Disabled
	case result.By != nil:
		e.Outcome, e.By = Shadowed, x.set.Rule(result.By.Name)
	case e.Tree.Result:
		e.Outcome = Fired
	default:
		e.Outcome = Condition
		if _, ok := e.exception(); ok {
			e.Outcome = Exception
		}
	}
	return e
}

// node is a node of a condition with its result and where it comes from.
type node struct {
	*eval.Node
	from loader.Node
}

func (e *Explanation) root() node { return node{e.Tree, e.Rule.Trace().Root()} }

func (n node) child(i int) node { return node{n.Children[i], n.from.Child(i)} }

// exception returns the exception that makes the condition false.
func (e *Explanation) exception() (node, bool) {
	if e.Tree == nil || e.Tree.Result {
		return node{}, false
	}
	i := slices.IndexFunc(e.Tree.Children, func(n *eval.Node) bool { return n.Decisive })
	if i < 0 {
		return node{}, false
	}
	n := e.root().child(i)
	return n, n.from.Exception() != nil
}
