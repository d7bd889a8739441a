package ruletest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/lint"
)

const (
	maxFailures = 50 // of a test
	maxShown    = 5  // alerts and events in a failure
)

// comparison compares the alerts of a test with its expectations.
type comparison struct {
	run      *suiteRun
	set      *ruleset
	test     *Test
	alerts   []alert
	byRule   map[string][]int // indexes of alerts
	expected map[string]bool  // rules
	events   uint64           // how many
	// matched says which alerts meet an expectation. reported has the rules that need
	// no further failure.
	matched   []bool
	reported  map[string]bool
	failures  []*Failure
	questions []*question // still to be answered
}

func (r *suiteRun) compare(ctx context.Context, set *ruleset, t *Test, alerts []alert) []*Failure {
	c := &comparison{
		run: r, set: set, test: t, alerts: alerts, events: r.decoder.stream.Len(),
		byRule: map[string][]int{}, expected: map[string]bool{},
		matched: make([]bool, len(alerts)), reported: map[string]bool{},
	}
	for i, a := range alerts {
		c.byRule[a.rule.Name] = append(c.byRule[a.rule.Name], i)
	}
	for i := range t.Expect {
		c.expected[t.Expect[i].Rule] = true
	}
	for i := range t.Expect {
		if ctx.Err() != nil {
			return nil
		}
		c.expectation(&t.Expect[i])
	}
	c.rejected()
	if t.closed() {
		c.unexpected()
	}
	if len(c.questions) > 0 {
		r.answer(ctx, set, t, c.questions)
	}
	return c.failures
}

// fail adds a failure, unless the test has enough of them.
func (c *comparison) fail(f *Failure) bool {
	if len(c.failures) == maxFailures {
		return false
	}
	c.failures = append(c.failures, f)
	return true
}

// expectation compares the alerts of a rule with an expectation.
func (c *comparison) expectation(e *Expectation) {
	fired := c.byRule[e.Rule]
	var best []Detail
	matching := 0
	for _, i := range fired {
		a := &c.alerts[i]
		differences := c.run.differences(e, a)
		if differences == nil {
			matching++
			c.matched[i] = true
		} else if best == nil || len(differences) < len(best) {
			best = differences
			if c.events > 1 {
				best = append([]Detail{{"on", fmt.Sprintf("event %d", a.event)}}, best...)
			}
		}
	}
	f := &Failure{Rule: e.Rule, Position: e.at.whole()}
	if matching > 0 && (e.Times == 0 || matching == e.Times) || !c.fail(f) {
		return
	}
	c.reported[e.Rule] = true
	name := quote.Text(e.Rule)
	switch {
	case len(fired) == 0:
		f.Kind, f.Message = NotFired, fmt.Sprintf("rule %s did not fire", name)
		if c.events > 1 {
			f.Message = fmt.Sprintf("rule %s did not fire on any of %d events", name, c.events)
		}
		c.ask(f, e.Rule, 0)
		c.instead(f)
	case matching == 0:
		f.Kind, f.Message, f.Details = Differs, fmt.Sprintf("rule %s fired, but not as expected", name), best
	default:
		f.Kind, f.Message = WrongTimes, fmt.Sprintf("rule %s fired %s, expected %s", name, times(matching), times(e.Times))
		c.list(f, "fired", fired)
		if matching < e.Times {
			c.ask(f, e.Rule, 0)
		}
	}
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// instead lists the alerts of rules that are not expected.
func (c *comparison) instead(f *Failure) {
	var others []int
	for i, a := range c.alerts {
		if !c.expected[a.rule.Name] {
			others = append(others, i)
			c.reported[a.rule.Name] = c.reported[a.rule.Name] || !slices.Contains(c.test.Reject, a.rule.Name)
		}
	}
	if len(others) == 0 && len(c.alerts) == 0 {
		f.add("instead", "no rule fired")
		return
	}
	c.list(f, "instead", others)
}

// list adds the first few of some alerts.
func (c *comparison) list(f *Failure, label string, alerts []int) {
	for i, n := range alerts {
		a := c.alerts[n]
		if i == maxShown {
			f.add("", "and %d more", len(alerts)-i)
			return
		}
		on := ""
		if c.events > 1 {
			on = fmt.Sprintf("event %d: ", a.event)
		}
		f.add(label, "%s%s, %s: %s", on, quote.Name(a.rule.Name), a.rule.Priority, short(a.message))
		label = ""
	}
}

// maxOutput limits how many bytes of an output a failure shows.
const maxOutput = 2000

func short(text string) string {
	if len(text) <= maxOutput {
		return text
	}
	return strings.ToValidUTF8(text[:maxOutput], "") + "…"
}

// rejected reports rules that fired although they must not.
func (c *comparison) rejected() {
	for i, name := range c.test.Reject {
		c.unwanted(name, Rejected, c.test.at.ofItem("reject", i), "fired, but must not")
		c.reported[name] = true
	}
}

// unexpected reports rules that fired without being expected.
func (c *comparison) unexpected() {
	for i, a := range c.alerts {
		if c.matched[i] || c.reported[a.rule.Name] {
			continue
		}
		c.reported[a.rule.Name] = true
		near := slices.IndexFunc(c.test.Expect, func(e Expectation) bool { return e.Rule == a.rule.Name })
		if near < 0 {
			c.unwanted(a.rule.Name, Unexpected, c.test.at.of("expect"), "fired, but is not expected")
			continue
		}
		e := &c.test.Expect[near]
		f := c.unwanted(a.rule.Name, Unexpected, e.at.whole(), "fired as expected, but also with another alert")
		if f != nil {
			f.Details = append(f.Details, c.run.differences(e, &a)...)
		}
	}
}

// unwanted adds a failure about unwanted alerts of a rule. It returns nil if there are
// none, or if the test has enough failures.
func (c *comparison) unwanted(name string, kind FailureKind, at diag.Range, what string) *Failure {
	var fired []int
	for _, i := range c.byRule[name] {
		if kind == Rejected || !c.matched[i] {
			fired = append(fired, i)
		}
	}
	if len(fired) == 0 {
		return nil
	}
	f := &Failure{Kind: kind, Rule: name, Position: at, Message: fmt.Sprintf("rule %s %s", quote.Text(name), what)}
	if !c.fail(f) {
		return nil
	}
	c.list(f, "alert", fired)
	c.ask(f, name, c.alerts[fired[0]].event)
	return f
}

// ask asks why a rule fired on an event or, for event 0, did not fire on any. Failures
// share equal questions.
func (c *comparison) ask(f *Failure, rule string, event uint64) {
	i := slices.IndexFunc(c.questions, func(q *question) bool { return q.rule == rule && q.event == event })
	if i < 0 {
		i = len(c.questions)
		c.questions = append(c.questions, &question{rule: rule, event: event, numbered: c.events > 1})
	}
	c.questions[i].failures = append(c.questions[i].failures, f)
}

// compareLoading compares what loading the rules reported with what a test expects.
func (r *suiteRun) compareLoading(ctx context.Context, t *Test, set *ruleset) []*Failure {
	fails := t.Load.fails()
	if !fails && set.errors != nil {
		return []*Failure{set.notLoaded(t)}
	}
	var failures []*Failure
	for _, want := range t.Load.Messages {
		var reported diag.List
		switch lint.SeverityOf(want.Code) {
		case diag.Error:
			reported = set.errors
		case diag.Warning:
			reported = set.set.Warnings
		default:
			reported = append(slices.Clone(set.set.Notices), lint.Notices(ctx, set.set)...)
		}
		if slices.ContainsFunc(reported, want.matches) {
			continue
		}
		f := &Failure{Kind: WrongLoad, Position: t.at.of("load"), Message: fmt.Sprintf("loading the rules did not report %s", want)}
		if lint.SeverityOf(want.Code) == diag.Error && set.errors == nil {
			f.Message = fmt.Sprintf("the rules loaded, expected %s", want)
		}
		f.diagnostics("reported", reported)
		if len(reported) == 0 {
			f.add("reported", "no %s", lint.SeverityOf(want.Code))
		}
		failures = append(failures, f)
	}
	return failures
}

func (d LoadMessage) matches(reported *diag.Diagnostic) bool {
	return reported.Code == d.Code && (d.Line == 0 || reported.Range.Start.Line == d.Line) &&
		isEndOfPath(reported.Range.File, d.File) && strings.Contains(reported.Message, d.Message)
}

// isEndOfPath reports whether a path ends with the given folders and file.
func isEndOfPath(path, end string) bool {
	path, end = strings.ReplaceAll(path, `\`, "/"), strings.ReplaceAll(end, `\`, "/")
	rest, ok := strings.CutSuffix(path, end)
	return end == "" || ok && (rest == "" || strings.HasSuffix(rest, "/"))
}

// diagnostics adds the first few diagnostics.
func (f *Failure) diagnostics(label string, list diag.List) {
	for i, d := range list {
		if i == maxShown {
			f.add("", "and %d more", len(list)-i)
			return
		}
		f.add(label, "%s", diag.Text(diag.List{d}, diag.TextOptions{}))
		label = ""
	}
}

// notLoaded returns the failure of a test whose rules do not load. Of the tests with the
// same rules, only the first one lists the errors.
func (set *ruleset) notLoaded(t *Test) *Failure {
	f := &Failure{Kind: NotLoaded, Position: t.at.whole(), Message: "the rules do not load"}
	if set.reportedBy != "" {
		f.Message += ", see test " + quote.Text(set.reportedBy)
		return f
	}
	set.reportedBy = t.Name
	f.diagnostics("error", set.errors)
	return f
}
