package ruletest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// Limits of what failures tell.
const (
	maxFailures = 50 // of a test
	maxTold     = 5  // alerts and events of a failure
)

// comparison holds the alerts of a test against what it expects.
type comparison struct {
	run    *suiteRun
	set    *ruleset
	test   *Test
	alerts []alert
	// byRule are the numbers of the alerts of each rule, expected the rules of
	// expectations.
	byRule   map[string][]int
	expected map[string]bool
	// events is how many events there were.
	events uint64
	// claimed says which alerts an expectation allows, told of which rules a failure
	// tells all that there is to say.
	claimed []bool
	told    map[string]bool
	// failures are those so far, asks what is still to be asked about them.
	failures []*Failure
	asks     []*ask
}

// compare returns what is wrong with the alerts.
func (r *suiteRun) compare(ctx context.Context, set *ruleset, t *Test, alerts []alert) []*Failure {
	c := &comparison{
		run: r, set: set, test: t, alerts: alerts, events: r.decoder.stream.Len(),
		byRule: map[string][]int{}, expected: map[string]bool{},
		claimed: make([]bool, len(alerts)), told: map[string]bool{},
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
	if len(c.asks) > 0 {
		r.answer(ctx, set, t, c.asks)
	}
	return c.failures
}

// fail adds a failure, unless there are enough of them.
func (c *comparison) fail(f *Failure) bool {
	if len(c.failures) == maxFailures {
		return false
	}
	c.failures = append(c.failures, f)
	return true
}

// expectation looks for the alerts that an expectation speaks of.
func (c *comparison) expectation(e *Expectation) {
	fired := c.byRule[e.Rule]
	var best []Detail
	matching := 0
	for _, i := range fired {
		a := &c.alerts[i]
		differences := c.run.differences(e, a)
		if differences == nil {
			matching++
			c.claimed[i] = true
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
	c.told[e.Rule] = true
	name := quote.Text(e.Rule)
	switch {
	case len(fired) == 0:
		f.Kind, f.Message = NotFired, fmt.Sprintf("rule %s did not fire", name)
		if c.events > 1 {
			f.Message = fmt.Sprintf("rule %s fired on none of %d events", name, c.events)
		}
		c.ask(f, e.Rule, 0)
		c.instead(f)
	case matching == 0:
		f.Kind, f.Message, f.Details = Differs, fmt.Sprintf("rule %s fired, but not as expected", name), best
	default:
		f.Kind, f.Message = OtherTimes, fmt.Sprintf("rule %s fired %s, not %s", name, times(matching), times(e.Times))
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

// instead tells which rules fired that nothing expects.
func (c *comparison) instead(f *Failure) {
	var others []int
	for i, a := range c.alerts {
		if !c.expected[a.rule.Name] {
			others = append(others, i)
			c.told[a.rule.Name] = c.told[a.rule.Name] || !slices.Contains(c.test.Reject, a.rule.Name)
		}
	}
	if len(others) == 0 && len(c.alerts) == 0 {
		f.add("instead", "no rule fired")
		return
	}
	c.list(f, "instead", others)
}

// list adds alerts, the first few.
func (c *comparison) list(f *Failure, label string, alerts []int) {
	for i, n := range alerts {
		a := c.alerts[n]
		if i == maxTold {
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

// longest is the number of bytes of an output that a failure shows.
const longest = 2000

func short(text string) string {
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}

// rejected reports the rules that must not fire, and do.
func (c *comparison) rejected() {
	for i, name := range c.test.Reject {
		c.surprise(name, Rejected, c.test.at.ofItem("reject", i), "fired, and must not")
		c.told[name] = true
	}
}

// unexpected reports the rules that nothing expects.
func (c *comparison) unexpected() {
	for i, a := range c.alerts {
		if c.claimed[i] || c.told[a.rule.Name] {
			continue
		}
		c.told[a.rule.Name] = true
		near := slices.IndexFunc(c.test.Expect, func(e Expectation) bool { return e.Rule == a.rule.Name })
		if near < 0 {
			c.surprise(a.rule.Name, Unexpected, c.test.at.of("expect"), "fired, and nothing expects it")
			continue
		}
		e := &c.test.Expect[near]
		f := c.surprise(a.rule.Name, Unexpected, e.at.whole(), "fired as expected, and once more otherwise")
		if f != nil {
			f.Details = append(f.Details, c.run.differences(e, &a)...)
		}
	}
}

// surprise reports a rule that fired. It returns nil if it did not, or there are failures
// enough.
func (c *comparison) surprise(name string, kind FailureKind, at diag.Range, what string) *Failure {
	var fired []int
	for _, i := range c.byRule[name] {
		if kind == Rejected || !c.claimed[i] {
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

// ask remembers to ask why a rule fired on an event, or, for event 0, did not fire on
// any. What several failures ask is asked once.
func (c *comparison) ask(f *Failure, rule string, event uint64) {
	i := slices.IndexFunc(c.asks, func(a *ask) bool { return a.rule == rule && a.event == event })
	if i < 0 {
		i = len(c.asks)
		c.asks = append(c.asks, &ask{rule: rule, event: event, numbered: c.events > 1})
	}
	c.asks[i].failures = append(c.asks[i].failures, f)
}

// compareLoading holds what loading says against what a test expects of it.
func (r *suiteRun) compareLoading(t *Test, set *ruleset) []*Failure {
	fails := t.Load.fails()
	if !fails && set.errors != nil {
		return []*Failure{set.notLoaded(t)}
	}
	var failures []*Failure
	for _, want := range t.Load.Says {
		said := map[diag.Severity]diag.List{
			diag.Error: set.errors, diag.Warning: set.set.Warnings, diag.Notice: set.set.Notices,
		}[loader.SeverityOf(want.Code)]
		if slices.ContainsFunc(said, want.matches) {
			continue
		}
		f := &Failure{Kind: OtherLoading, Position: t.at.of("load"), Message: fmt.Sprintf("loading does not say %s", want)}
		if loader.SeverityOf(want.Code) == diag.Error && set.errors == nil {
			f.Message = fmt.Sprintf("the rules load, and %s is expected", want)
		}
		f.diagnostics("it says", said)
		if len(said) == 0 {
			f.add("it says", "no %s", loader.SeverityOf(want.Code))
		}
		failures = append(failures, f)
	}
	return failures
}

// matches reports whether a diagnostic is the one that is meant.
func (d Diagnostic) matches(said *diag.Diagnostic) bool {
	return said.Code == d.Code && (d.Line == 0 || said.Range.Start.Line == d.Line) && isEndOfPath(said.Range.File, d.File) && strings.Contains(said.Message, d.Message)
}

// isEndOfPath reports whether a path ends with the given names of folders and files.
func isEndOfPath(path, end string) bool {
	path, end = strings.ReplaceAll(path, `\`, "/"), strings.ReplaceAll(end, `\`, "/")
	rest, ok := strings.CutSuffix(path, end)
	return end == "" || ok && (rest == "" || strings.HasSuffix(rest, "/"))
}

// diagnostics adds the first few diagnostics.
func (f *Failure) diagnostics(label string, list diag.List) {
	for i, d := range list {
		if i == maxTold {
			f.add("", "and %d more", len(list)-i)
			return
		}
		f.add(label, "%s", diag.Text(diag.List{d}, diag.TextOptions{}))
		label = ""
	}
}

// notLoaded says that the rules do not load, and why, once for all tests that have the
// same rules.
func (set *ruleset) notLoaded(t *Test) *Failure {
	f := &Failure{Kind: NotLoaded, Position: t.at.whole(), Message: "the rules do not load"}
	if set.told != "" {
		f.Message += ", as in test " + quote.Text(set.told)
		return f
	}
	set.told = t.Name
	f.diagnostics("error", set.errors)
	return f
}
