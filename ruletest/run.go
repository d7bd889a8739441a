package ruletest

import (
	"context"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

// Options say which tests are run and how. The zero Options runs all.
type Options struct {
	// Run, if it is not nil, matches a part of the names of the tests that are run.
	Run *regexp.Regexp
	// FailFast ends the run behind the first test that fails, or the first suite
	// that is wrong.
	FailFast bool
	// Jobs is how many suites are run at a time; 0 is one for each processor. With
	// FailFast it is one.
	Jobs int
	// Sources are the event sources; nil are all that this module knows.
	Sources []*fieldsets.Source
	// Root, if it is not empty, is a folder that the suites and the files which they
	// name must be in, links followed.
	Root string
	// Coverage asks for what the tests show of the rules.
	Coverage bool
	// Mutate asks for what the tests notice of changes to the rules. Budget, unless it
	// is 0, is how long after the start of the run changes are tried.
	Mutate bool
	Budget time.Duration
}

// RunFiles runs the suites of files. When ctx is done, the run ends with the results of
// the tests before.
func RunFiles(ctx context.Context, paths []string, options Options) *Results {
	read := func(i int) ([]*Suite, mistakes) {
		if err := inRoot(options.Root, paths[i]); err != nil {
			return nil, mistakes{unreadable(paths[i], err)}
		}
		return readUntilDone(ctx, paths[i])
	}
	return runAll(ctx, len(paths), options, read, func(i int) string { return paths[i] })
}

// readUntilDone reads a file, but returns no suites as soon as ctx is done: the file may
// be a FIFO that nobody writes to.
func readUntilDone(ctx context.Context, path string) ([]*Suite, mistakes) {
	type result struct {
		suites []*Suite
		errs   mistakes
	}
	read := make(chan result, 1)
	go func() {
		suites, errs := readFile(path)
		read <- result{suites, errs}
	}()
	select {
	case r := <-read:
		return r.suites, r.errs
	case <-ctx.Done():
		return nil, nil
	}
}

// RunSuites runs suites, as [RunFiles] does.
func RunSuites(ctx context.Context, suites []*Suite, options Options) *Results {
	return runAll(ctx, len(suites), options, func(i int) ([]*Suite, mistakes) { return suites[i : i+1], nil }, func(i int) string { return suites[i].Name })
}

// runAll runs n groups of suites.
func runAll(ctx context.Context, n int, options Options, read func(int) ([]*Suite, mistakes), name func(int) string) *Results {
	r := newRunner(options)
	groups := make([][]*SuiteResult, n)
	one := func(i int) {
		suites, errs := read(i)
		if r.ends(ctx) {
			return
		}
		if len(errs) > 0 {
			for _, s := range suites { // which may have more mistakes
				for _, e := range r.mistakes(ctx, s) {
					errs.add(e)
				}
			}
			groups[i] = []*SuiteResult{r.wrong(name(i), errs)}
			return
		}
		for _, s := range suites {
			if r.ends(ctx) {
				break
			}
			groups[i] = append(groups[i], r.suite(ctx, s))
		}
	}
	results := &Results{}
	defer r.conclude(results)
	var wg sync.WaitGroup
	work := make(chan int)
	jobs := options.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	if options.FailFast {
		jobs = 1
	}
	for range min(n, jobs) {
		wg.Go(func() {
			for i := range work {
				if !r.ends(ctx) {
					one(i)
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
	results.Suites = slices.Concat(groups...)
	results.Stopped, results.Interrupted = r.stopped.Load(), r.interrupted.Load()
	return results
}

// runner is what suites that are run have in common.
type runner struct {
	options Options
	// deadline is when no further mutant is tried; zero is never.
	deadline time.Time
	base     []*fieldsets.Source
	usual    func() *sources

	// failed says that a failure ends the run; stopped and interrupted, that for this
	// reason, or since the context is done, something was left out.
	failed, stopped, interrupted atomic.Bool
}

func newRunner(options Options) *runner {
	r := &runner{options: options, base: options.Sources}
	if r.base == nil {
		r.base = all.Sources()
	}
	if options.Budget > 0 {
		r.deadline = time.Now().Add(options.Budget)
	}
	r.usual = sync.OnceValue(func() *sources { return newSources(r.base) })
	return r
}

// ends reports whether what comes next is left out.
func (r *runner) ends(ctx context.Context) bool {
	switch {
	case ctx.Err() != nil:
		r.interrupted.Store(true)
	case r.failed.Load():
		r.stopped.Store(true)
	default:
		return false
	}
	return true
}

// wrong is the result of a suite that is wrong.
func (r *runner) wrong(name string, errs mistakes) *SuiteResult {
	r.failed.Store(r.options.FailFast)
	return &SuiteResult{Name: name, Errors: errs.sorted()}
}

// mistakes returns what is wrong with a suite, whose tests are not run.
func (r *runner) mistakes(ctx context.Context, s *Suite) mistakes {
	run := r.begin(s)
	for i := range s.Tests {
		if len(run.errs) >= maxErrors || ctx.Err() != nil {
			break
		}
		run.look(ctx, &s.Tests[i])
	}
	return run.errs
}

// suite runs a suite. Behind the first mistake in it the tests are only looked at for
// others.
func (r *runner) suite(ctx context.Context, s *Suite) *SuiteResult {
	result := &SuiteResult{Name: s.Name}
	run := r.begin(s)
	for i := range s.Tests {
		t := &s.Tests[i]
		if r.options.Run != nil && !r.options.Run.MatchString(t.Name) {
			continue
		}
		if len(run.errs) >= maxErrors || r.ends(ctx) {
			break
		}
		if len(run.errs) > 0 {
			run.look(ctx, t)
			continue
		}
		before := run.errs
		got := run.test(ctx, t)
		if ctx.Err() != nil { // a part of a test says nothing
			run.errs = before
			r.interrupted.Store(true)
			break
		}
		if run.leftOut(t) {
			result.LeftOut++
		}
		result.Tests = append(result.Tests, got)
		if got.Status == Failed {
			r.failed.Store(r.options.FailFast)
		}
	}
	if len(run.errs) > 0 {
		return r.wrong(s.Name, run.errs)
	}
	run.settle(ctx)
	result.collector = run.collector
	return result
}

// newCollector returns what collects what tests show of rules.
func (r *runner) newCollector() *coverage.Collector {
	return coverage.NewCollector(coverage.Options{Mutate: r.options.Mutate, Deadline: r.deadline, Virtual: isVirtual})
}

// settle judges all events that were recorded.
func (r *suiteRun) settle(ctx context.Context) {
	if r.collector != nil {
		r.collector.Settle(ctx)
	}
}

// conclude puts together what all suites show.
func (r *runner) conclude(results *Results) {
	if !r.options.Coverage && !r.options.Mutate {
		return
	}
	all := r.newCollector()
	for _, s := range results.Suites {
		if s.collector != nil {
			all.Merge(s.collector)
			s.collector = nil
		}
	}
	if r.options.Coverage {
		results.Coverage = all.Coverage()
	}
	if r.options.Mutate {
		results.Mutation = all.Mutation()
	}
}

// suiteRun is a suite that is run.
type suiteRun struct {
	suite   *Suite
	sources *sources
	files   []loader.File
	loading loader.Options
	// sets are the rulesets that are kept.
	sets    map[string]*ruleset
	decoder *decoder
	// fields prints what tests expect of fields, evaluator is on the event in hand.
	fields    fieldTemplates
	evaluator eval.Evaluator

	root string
	// regexes are the regular expressions so far, by their texts.
	regexes map[string]*regexp.Regexp
	// only is the first test that has only, or nil.
	only *Test
	// current is the test that is run, or nil.
	current *Test
	errs    mistakes
	// noRules and noEvents say that something is wrong with the suite without which
	// nothing can be said of rules, or of events.
	noRules, noEvents bool
	// collector has what the tests show of the rules; nil if nobody asks.
	collector *coverage.Collector
}

// begin makes what the tests of a suite need.
func (r *runner) begin(s *Suite) *suiteRun {
	run := &suiteRun{suite: s, sets: map[string]*ruleset{}, regexes: map[string]*regexp.Regexp{}, root: r.options.Root}
	run.fields = fieldTemplates{compilers: map[*fieldsets.Source]*eval.Compiler{}, known: map[fieldKey]*eval.Template{}}
	run.errs = validate(s)
	if r.options.Coverage || r.options.Mutate {
		run.collector = r.newCollector()
	}
	if i := slices.IndexFunc(s.Tests, func(t Test) bool { return t.Only != "" }); i >= 0 {
		run.only = &s.Tests[i]
	}
	before := len(run.errs)
	run.sources = run.sourcesOf(r.base, r.usual)
	var names []string
	for _, source := range run.sources.rules {
		names = append(names, source.Name())
	}
	if s.Source != "" && !slices.Contains(names, s.Source) {
		run.fail(s.at.of("source"), suggest.Hint(s.Source, slices.Values(names)), "there is no source %s", quote.Text(s.Source))
	}
	run.noEvents = len(run.errs) > before
	run.loading = run.options()
	run.files = run.read(s.Rules, s.at, "rules")
	run.noRules = len(run.errs) > before || len(s.Rules) == 0
	run.decoder = newDecoder(run)
	return run
}

// look finds mistakes of a test without running it: in the names of rules and fields,
// and in its events.
func (r *suiteRun) look(ctx context.Context, t *Test) {
	r.current = t
	defer func() { r.current = nil }()
	if t.Skip != "" || r.leftOut(t) {
		if !r.noRules {
			r.rulesExist(ctx, t)
		}
		return
	}
	if !r.noRules {
		if set := r.rulesOf(ctx, t); set != nil && set.errors == nil {
			r.namesAreKnown(set, t)
			r.printedOf(set, t)
		} else {
			r.rulesExist(ctx, t)
		}
	}
	if !r.noEvents {
		r.decoder.events(ctx, t, func(*fieldsets.Event) {})
	}
}

// fail adds an error about a place of the suite.
func (r *suiteRun) fail(at diag.Range, hint, format string, args ...any) {
	r.add(r.suite.text.errorIn(at, hint, format, args...))
}

// add adds an error, once.
func (r *suiteRun) add(e *diag.Diagnostic) {
	r.errs.add(in(r.current, e))
}

// test runs a test, unless it is skipped.
func (r *suiteRun) test(ctx context.Context, t *Test) *TestResult {
	result := &TestResult{Name: t.Name, Position: t.at.whole(), Status: Passed}
	r.current = t
	defer func() { r.current = nil }()
	if t.Skip != "" || r.leftOut(t) {
		r.rulesExist(ctx, t)
	}
	switch {
	case t.Skip != "":
		result.Status, result.Reason = Skipped, t.Skip
		return result
	case r.leftOut(t):
		result.Status, result.Reason = Skipped, "test "+quote.Text(r.only.Name)+" has only"
		if r.only.Only != onlyTrue {
			result.Reason += ": " + r.only.Only
		}
		return result
	}
	if result.Failures = r.failures(ctx, t); len(result.Failures) > 0 {
		result.Status = Failed
	}
	return result
}

// leftOut reports whether a test is not run since others have only.
func (r *suiteRun) leftOut(t *Test) bool { return r.only != nil && t.Only == "" && t.Skip == "" }

// failures runs a test and returns what is wrong.
func (r *suiteRun) failures(ctx context.Context, t *Test) []*Failure {
	set := r.rulesOf(ctx, t)
	switch {
	case set == nil:
		r.look(ctx, t)
		return nil
	case t.Load != nil:
		if failures := r.compareLoading(t, set); failures != nil || set.errors != nil {
			return failures
		}
	case set.errors != nil:
		return []*Failure{set.notLoaded(t)}
	}
	if !r.namesAreKnown(set, t) {
		r.look(ctx, t)
		return nil
	}
	before := len(r.errs)
	if set.group != nil {
		set.group.Begin(ctx, t.forCoverage())
	}
	alerts := r.alerts(ctx, set, t)
	if len(r.errs) > before {
		return nil
	}
	failures := r.compare(ctx, set, t, alerts)
	if set.group != nil {
		set.group.End(len(failures) == 0)
	}
	return failures
}

// namesAreKnown looks whether there are the rules that a test names, and can fire.
func (r *suiteRun) namesAreKnown(set *ruleset, t *Test) bool {
	all := true
	for i := range t.Expect {
		all = r.canFire(set, t.Expect[i].Rule, t.Expect[i].at.whole()) && all
	}
	for i, name := range t.Reject {
		all = r.canFire(set, name, t.at.ofItem("reject", i)) && all
	}
	return all
}

// rulesExist looks whether there are the rules that a test names which is not run, if it
// has no rules of its own: those may be as unfinished as the test.
func (r *suiteRun) rulesExist(ctx context.Context, t *Test) {
	if len(t.Files) > 0 || t.Content != "" {
		return
	}
	set := r.rulesOf(ctx, &Test{})
	if set == nil || set.errors != nil {
		return
	}
	look := func(name string, at diag.Range) {
		if set.rules[name] == nil && !set.skipped(name) {
			r.unknownRule(set, name, at)
		}
	}
	for i := range t.Expect {
		look(t.Expect[i].Rule, t.Expect[i].at.whole())
	}
	for i, name := range t.Reject {
		look(name, t.at.ofItem("reject", i))
	}
}

// maxAlerts is how many alerts a test may have.
const maxAlerts = 100_000

// alert is a rule that fired on an event.
type alert struct {
	event   uint64
	rule    *eval.Rule
	message string
	// fields are those that are expected of the rule.
	fields map[string]string
}

// alerts returns what fires on the events of a test.
func (r *suiteRun) alerts(ctx context.Context, set *ruleset, t *Test) []alert {
	var alerts []alert
	fields := r.printedOf(set, t)
	tooMany := false
	r.decoder.events(ctx, t, func(ev *fieldsets.Event) {
		r.evaluator.SetEvent(ev)
		if set.group != nil {
			set.group.Record(ctx, ev, func(i int) bool { return r.meets(set, &t.Expect[i], ev, fields) })
		}
		for _, m := range set.matcher.Match(ev) {
			if len(alerts) == maxAlerts {
				tooMany = true
				return
			}
			alerts = append(alerts, alert{
				event: ev.Number, rule: m.Rule, message: string(m.AppendMessage(nil)), fields: fields[m.Rule.Name].on(&r.evaluator),
			})
		}
	})
	if tooMany {
		r.fail(t.at.whole(), "", "the events of a test fire no more than %d alerts", maxAlerts)
	}
	return alerts
}
