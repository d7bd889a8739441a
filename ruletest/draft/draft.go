package draft

import (
	"context"
	"fmt"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/solve"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
)

// Rules are the rules that a suite is written for.
type Rules struct {
	// Names are the paths of the rules files as the suite should name them.
	Names []string
	Files []loader.File
	// Unwrap is as in [loader.Options].
	Unwrap bool
	// Fields are the paths of files that define sources and fields, as the suite should
	// name them.
	Fields []string
	// Sources are the event sources. If it is nil, all known sources are used.
	Sources []*fixture.Source
}

func (rules Rules) withDefaults() Rules {
	if rules.Sources == nil {
		rules.Sources = fixtures.Sources(all.Sources())
	}
	return rules
}

// load loads the rules and enables all of them. It also returns the names of those that
// were disabled.
func (rules Rules) load() (*loader.Ruleset, []string, error) {
	options := loader.Options{Unwrap: rules.Unwrap}
	for _, s := range rules.Sources {
		options.Sources = append(options.Sources, s.Source)
	}
	set, err := loader.Load(rules.Files, options)
	if err != nil {
		return nil, nil, err
	}
	var disabled []string
	for _, r := range set.Rules {
		if !r.Enabled {
			disabled = append(disabled, r.Name)
		}
	}
	if disabled != nil {
		options.Overrides.Enable = disabled
		if set, err = loader.Load(rules.Files, options); err != nil {
			return nil, nil, err
		}
	}
	return set, disabled, nil
}

// Draft is a generated suite.
type Draft struct {
	// Text is the suite as YAML.
	Text []byte
	// Rules is the number of rules, FiringEvents the number of rules with an event that
	// fires them, and NearMisses the number of rules that also have a near miss.
	Rules, FiringEvents, NearMisses int
	// Impossible are the rules that no event can fire.
	Impossible []Impossible
	// Warnings are the warnings about the rules. Skipped is the number of rules that
	// are left out because their source or one of their fields is unknown.
	Warnings diag.List
	Skipped  int
}

// Impossible is a rule that no event can fire.
type Impossible struct {
	Rule *loader.Rule
	// Reasons are clauses such as "proc.name = a and proc.name = b exclude each other".
	Reasons []string
}

// Write writes a suite with a test for each rule. If the rules do not load, the error is a
// [diag.List]. If ctx is done, the error wraps that of ctx.
func Write(ctx context.Context, rules Rules) (*Draft, error) {
	w, err := newWriter(rules)
	if err != nil {
		return nil, err
	}
	for _, r := range w.set.Rules {
		if err := w.rule(ctx, r); err != nil {
			return nil, err
		}
	}
	if w.draft.Text, err = w.text(rules); err != nil {
		return nil, err
	}
	return &w.draft, nil
}

type writer struct {
	draft   Draft
	set     *loader.Ruleset // with all rules enabled
	enabled []string        // the rules that are disabled in their files
	sources map[string]*fixture.Source
	source  string // of fixtures that do not name one
	solver  *solve.Solver
	decoder *fixture.Decoder
	matcher *eval.Matcher
	names   map[string]bool
	tests   *yamlfile.Node
}

func newWriter(rules Rules) (*writer, error) {
	rules = rules.withDefaults()
	w := &writer{sources: map[string]*fixture.Source{}, names: map[string]bool{}, tests: &yamlfile.Node{Kind: yamlfile.Sequence}}
	for _, s := range rules.Sources {
		w.sources[s.Name()] = s
	}
	set, disabled, err := rules.load()
	if err != nil {
		return nil, err
	}
	w.solver = solve.NewSolver()
	w.enabled = disabled
	w.set = set
	w.draft.Rules, w.draft.Warnings = len(set.Rules), set.Warnings
	for _, d := range set.Warnings {
		if d.Code == loader.WarnUnknownSource || d.Code == loader.WarnUnknownFilter {
			w.draft.Skipped++
		}
	}
	w.source = mainSource(set.Rules)
	w.decoder = fixture.NewDecoder(&fieldsets.Stream{}, rules.Sources...)
	w.matcher = set.Engine.NewMatcher(eval.AllMatches)
	return w, nil
}

// mainSource returns the source of most rules.
func mainSource(rules []*loader.Rule) string {
	counts := map[string]int{}
	most := ""
	for _, r := range rules {
		if counts[r.Source]++; counts[r.Source] > counts[most] {
			most = r.Source
		}
	}
	return most
}

// rule adds the test of a rule.
func (w *writer) rule(ctx context.Context, r *loader.Rule) error {
	solution, err := w.solver.Solve(ctx, w.sources[r.Source], r.Compiled)
	if err != nil {
		return fmt.Errorf("rule %q: %w", r.Name, err)
	}
	found := outcome{solution: solution}
	if solution.Found() {
		found.fires = w.fired(r.Source, solution.Event)
	}
	if solution.Miss != nil {
		found.nearMiss = !slices.Contains(w.fired(r.Source, solution.Miss), r.Name)
	}
	w.tests.Content = append(w.tests.Content, w.test(r, found))
	return nil
}

// outcome is the result of running the solution of a rule.
type outcome struct {
	solution *solve.Solution
	fires    []string // the rules that fire on the event
	nearMiss bool     // the rule does not fire on the near miss
}

// fired returns the rules that fire on an event.
func (w *writer) fired(source string, e solve.Event) []string {
	ev, err := w.decoder.DecodeNode(e.Fixture(source))
	if err != nil { // the solver returns only valid events
		return nil
	}
	ev.Stream.Restart() // as in the suite, each event is the first
	var names []string
	for _, m := range w.matcher.Match(ev) {
		names = append(names, m.Rule.Name)
	}
	return names
}
