package lint

import (
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
)

var shadowed = &Analyzer{
	ID:       "shadowed",
	Category: Shadow,
	Level:    Warning,
	Summary:  "A rule never fires by default, because an earlier rule fires on all of its events.",
	Run:      runShadowed,
}

// maxShadowed is how many rules are compared with one rule.
const maxShadowed = 1000

// candidate is an enabled rule and what it requires of an event.
type candidate struct {
	*Condition
	// types are the event types that the rule is for, and requirements its other
	// conjuncts in canonical form, sorted.
	types        ValueSet
	requirements []string
	shadowed     bool
}

func runShadowed(p *Pass) {
	if p.Config != nil && p.Config.Matching.Value == eval.AllMatches {
		return
	}
	var rules []*candidate
	for _, c := range p.Rules() {
		if p.runs(c.Rule) {
			rules = append(rules, newCandidate(c))
		}
	}
	p.shadowing(rules, func(i, j int) {
		if later := rules[j]; j > i && !later.shadowed {
			later.shadowed = true
			p.shadowed(rules[i].Condition, later.Condition)
		}
	})
}

// shadowing calls visit for each rule i that is true of all events of another rule j.
func (p *Pass) shadowing(rules []*candidate, visit func(i, j int)) {
	having := map[string][]int{} // the rules that have a requirement
	for i, r := range rules {
		for _, text := range r.requirements {
			having[text] = append(having[text], i)
		}
	}
	for i, r := range rules {
		if len(r.requirements) == 0 || p.Context().Err() != nil {
			continue
		}
		// Rules that this one shadows have all of its requirements.
		rarest := having[r.requirements[0]]
		for _, text := range r.requirements {
			if len(having[text]) < len(rarest) {
				rarest = having[text]
			}
		}
		if len(rarest) > maxShadowed {
			continue
		}
		for _, j := range rarest {
			if j != i && r.shadows(rules[j]) {
				visit(i, j)
			}
		}
	}
}

func (p *Pass) shadowed(earlier, c *Condition) {
	if earlier.Root.canonical() == c.Root.canonical() {
		return // see runSameCondition
	}
	d := p.ReportRule(c.Rule, "rule %q comes first and fires on all events of this rule", earlier.Rule.Name)
	d.Hint = "put this rule before the other one, or set rule_matching to all in falco.yaml"
	d.Related = append(d.Related, diag.Related{Range: earlier.Rule.NameAt, Message: "the rule that fires"})
}

func newCandidate(c *Condition) *candidate {
	r := &candidate{Condition: c, types: c.Root.ValueSet(typeField)}
	others := &Branch{Choices: c.Root.Choices}
	for _, l := range c.Root.Literals {
		if l.Operand != typeField || !r.types.IsFinite() {
			others.Literals = append(others.Literals, l)
		}
	}
	r.requirements = others.requirements()
	return r
}

// shadows reports whether a rule is true of all events of which a later one is.
func (r *candidate) shadows(later *candidate) bool {
	if r.Source != later.Source {
		return false
	}
	if r.types.IsFinite() && !later.types.subsetOf(r.types.Texts()...) {
		return false
	}
	return !slices.ContainsFunc(r.requirements, func(text string) bool {
		_, found := slices.BinarySearch(later.requirements, text)
		return !found
	})
}
