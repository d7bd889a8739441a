package route

import (
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// Router decides where the alerts of a ruleset go. It is immutable and safe for concurrent
// use. Each goroutine needs a Matcher of its own.
type Router struct {
	routes     []*Route
	plans      map[*eval.Rule]*plan
	sequential bool
	// used has the names of the macros and lists in the conditions.
	used map[diag.Range]bool
}

// plan has the routes that alerts of a rule can take, in order.
type plan struct {
	steps []step
}

// step is a route that alerts of a rule can take.
type step struct {
	route *Route
	// condition is what is left of the route's condition. Nil is true.
	condition *eval.Condition
	// by is the template of Route.Deduplicate, or nil.
	by *eval.Template
	// texts are the templates of New, redacted.
	texts []*eval.Template
	// rule is the rule with the redacted output.
	rule *eval.Rule
}

// Routes returns the routes in order.
func (r *Router) Routes() []*Route { return r.routes }

// Warnings returns warnings of the ruleset, except for those that nothing uses a macro or a
// list which the routes use.
func (r *Router) Warnings(warnings diag.List) diag.List {
	return slices.DeleteFunc(slices.Clone(warnings), func(d *diag.Diagnostic) bool {
		return (d.Code == loader.WarnUnusedMacro || d.Code == loader.WarnUnusedList) && r.used[d.Range]
	})
}

// Sequential reports whether the routes use values that depend on earlier events, such as
// evt.num; see [eval.Engine.Sequential].
func (r *Router) Sequential() bool { return r.sequential }

// Matcher finds the routes of one alert after another. It is for one goroutine.
type Matcher struct {
	router    *Router
	evaluator eval.Evaluator
	alert     Alert
	event     fieldsets.Event // an event whose data is the alert
	taken     []Taken
	text      []byte
}

// NewMatcher returns a matcher.
func (r *Router) NewMatcher() *Matcher {
	m := &Matcher{router: r}
	m.event.Data = &m.alert
	return m
}

// Route returns the routes that take an alert, in order. The rule of the alert is one of
// the ruleset or [HotRestartFailure], and its match is not a clone. The slice is valid
// until the next call.
func (m *Matcher) Route(a Alert) []Taken {
	m.taken = m.taken[:0]
	p := m.router.plans[a.Match.Rule]
	if p == nil {
		return nil
	}
	m.alert = a
	m.event.Source = a.Match.Rule.Source
	m.evaluator.SetEvent(&m.event)
	for i := range p.steps {
		s := &p.steps[i]
		if s.condition != nil && !m.evaluator.Holds(s.condition) {
			continue
		}
		t := Taken{Route: s.route, Match: a.Match}
		t.Match.Rule = s.rule
		if s.by != nil {
			m.text = m.evaluator.Append(m.text[:0], s.by)
			t.key = keyOf(m.text)
		}
		for _, text := range s.texts {
			m.text = m.evaluator.Append(m.text[:0], text)
			t.Texts = append(t.Texts, string(m.text))
		}
		m.taken = append(m.taken, t)
		if !s.route.Continue {
			break
		}
	}
	m.alert = Alert{}
	return m.taken
}
