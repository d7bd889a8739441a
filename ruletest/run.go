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
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

// Options select tests and how to run them. The zero value runs all tests.
type Options struct {
	// Run, if not nil, selects the tests whose names it matches.
	Run *regexp.Regexp
	// FailFast ends the run after the first failed test or invalid suite.
	FailFast bool
	// Jobs is how many suites are run at a time. 0 means one for each processor; with
	// FailFast it is always one.
	Jobs int
	// Sources are the event sources. If it is nil, all known sources are used.
	Sources []*fieldsets.Source
	// Root, if not empty, is a folder. Suites outside it, and suites that name files
	// outside it, are invalid, also if a symbolic link leads outside.
	Root string
	// Coverage measures which outcomes of the rules' checks the tests cover.
	Coverage bool
	// Mutate makes small changes to the rules and finds out which of them make a test
	// fail. Budget, if not 0, is how long after the start of the run changes are tried.
	Mutate bool
	Budget time.Duration
}

// RunFiles runs the suites in files. When ctx is done, it returns the results of the
// tests that have been run.
func RunFiles(ctx context.Context, paths []string, options Options) *Results {
	read := func(i int) ([]*Suite, mistakes) {
		if err := inRoot(options.Root, paths[i]); err != nil {
			return nil, mistakes{unreadable(paths[i], err)}
		}
		return readUntilDone(ctx, paths[i])
	}
	return runAll(ctx, len(paths), options, read, func(i int) string { return paths[i] })
}

// readUntilDone reads a file but does not wait for it after ctx is done: the file may be
// a named pipe that nobody writes to.
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

// RunSuites is like [RunFiles] for suites that are Go values.
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
			for _, s := range suites {
				for _, e := range r.mistakes(ctx, s) {
					errs.add(e)
				}
			}
			groups[i] = []*SuiteResult{r.invalid(name(i), errs)}
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
	defer r.measure(results)
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

// runner is shared by the suites of a run.
type runner struct {
	options  Options
	deadline time.Time // of mutation; zero means none
	base     []*fieldsets.Source
	// sources returns the sources of a suite that does not change them.
	sources func() *sources

	// failed ends the run with FailFast. stopped and interrupted are set if tests were
	// left out for this reason, or because the context was done.
	failed, stopped, interrupted atomic.Bool
}

func newRunner(options Options) *runner {
	r := &runner{options: options, base: options.Sources}
	if r.base == nil {
		r.base = all.Sources()
	}
	if options.Budget != 0 {
		r.deadline = time.Now().Add(options.Budget)
	}
	r.sources = sync.OnceValue(func() *sources { return newSources(r.base) })
	return r
}

// ends reports whether to leave out all that follows.
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

func (r *runner) invalid(name string, errs mistakes) *SuiteResult {
	r.failed.Store(r.options.FailFast)
	return &SuiteResult{Name: name, Errors: errs.sorted()}
}

// mistakes checks a suite without running its tests.
func (r *runner) mistakes(ctx context.Context, s *Suite) mistakes {
	run := r.begin(s)
	for i := range s.Tests {
		if len(run.errs) >= maxErrors || ctx.Err() != nil {
			break
		}
		run.check(ctx, &s.Tests[i])
	}
	return run.errs
}

// suite runs a suite. After the first mistake in it, further tests are not run, only
// checked.
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
			run.check(ctx, t)
			continue
		}
		before := run.errs
		got := run.test(ctx, t)
		if ctx.Err() != nil { // the test may be incomplete
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
		return r.invalid(s.Name, run.errs)
	}
	run.evaluateCoverage(ctx)
	result.collector = run.collector
	return result
}

func (r *runner) newCollector() *coverage.Collector {
	return coverage.NewCollector(coverage.Options{Mutate: r.options.Mutate, Deadline: r.deadline, Virtual: isVirtual})
}

func (r *suiteRun) evaluateCoverage(ctx context.Context) {
	if r.collector != nil {
		r.collector.Evaluate(ctx)
	}
}

// measure merges the coverage of all suites into the results.
func (r *runner) measure(results *Results) {
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

// suiteRun is the run of a suite.
type suiteRun struct {
	suite   *Suite
	sources *sources
	files   []loader.File
	routes  []*route.Route
	loading loader.Options
	sets    map[string]*ruleset // a cache
	decoder *decoder
	// fields prints the fields that tests expect. evaluator has the current event.
	fields    fieldTemplates
	evaluator eval.Evaluator

	root    string
	regexes map[string]*regexp.Regexp // a cache
	only    *Test                     // the first test that has only, or nil
	current *Test                     // or nil
	errs    mistakes
	// noRules and noEvents are set if mistakes in the suite make it pointless to check
	// rules or events.
	noRules, noEvents bool
	collector         *coverage.Collector // nil unless coverage is measured
}

// begin prepares the run of a suite.
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
	run.sources = run.sourcesOf(r.base, r.sources)
	var names []string
	for _, source := range run.sources.rules {
		names = append(names, source.Name())
	}
	if s.Source != "" && !slices.Contains(names, s.Source) {
		run.fail(s.at.of("source"), suggest.Hint(s.Source, slices.Values(names)), "unknown source %s", quote.Text(s.Source))
	}
	run.noEvents = len(run.errs) > before
	run.loading = run.options()
	run.files = run.read(s.Rules, s.at, "rules")
	run.noRules = len(run.errs) > before || len(s.Rules) == 0
	run.readRoutes()
	run.decoder = newDecoder(run)
	return run
}

// check finds mistakes in a test without running it: in names of rules and fields, and
// in its events.
func (r *suiteRun) check(ctx context.Context, t *Test) {
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

func (r *suiteRun) fail(at diag.Range, hint, format string, args ...any) {
	r.add(r.suite.text.errorIn(at, hint, format, args...))
}

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

// leftOut reports whether a test is not run because others have only.
func (r *suiteRun) leftOut(t *Test) bool { return r.only != nil && t.Only == "" && t.Skip == "" }

// failures runs a test and returns its failures.
func (r *suiteRun) failures(ctx context.Context, t *Test) []*Failure {
	set := r.rulesOf(ctx, t)
	switch {
	case set == nil:
		r.check(ctx, t)
		return nil
	case t.Load != nil:
		if failures := r.compareLoading(ctx, t, set); failures != nil || set.errors != nil {
			return failures
		}
	case set.errors != nil:
		return []*Failure{set.notLoaded(t)}
	}
	if !r.namesAreKnown(set, t) {
		r.check(ctx, t)
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

// namesAreKnown reports whether all rules that a test names exist and can fire.
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

// rulesExist checks that the rules exist which a skipped test names. It does not check
// tests with rules of their own, which may be as unfinished as the test.
func (r *suiteRun) rulesExist(ctx context.Context, t *Test) {
	if len(t.Files) > 0 || t.Content != "" {
		return
	}
	set := r.rulesOf(ctx, &Test{})
	if set == nil || set.errors != nil {
		return
	}
	check := func(name string, at diag.Range) {
		if set.rules[name] == nil && !set.skipped(name) {
			r.unknownRule(set, name, at)
		}
	}
	for i := range t.Expect {
		check(t.Expect[i].Rule, t.Expect[i].at.whole())
	}
	for i, name := range t.Reject {
		check(name, t.at.ofItem("reject", i))
	}
}

const maxAlerts = 100_000 // of a test

// alert is a rule that fired on an event.
type alert struct {
	event   uint64
	rule    *eval.Rule
	message string
	fields  map[string]string // those that the test expects of the rule
	routes  []string
}

// alerts returns the alerts on the events of a test.
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
				routes: set.routesOf(m),
			})
		}
	})
	if tooMany {
		r.fail(t.at.whole(), "", "the events of the test raise more than %d alerts", maxAlerts)
	}
	return alerts
}
