package draft

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/solve"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
)

// AlertSuite writes a suite of alerts, a test for each. It is for one goroutine.
type AlertSuite struct {
	names, fields []string // of files
	// What is known of the rules; nil where they are not given.
	rules    map[string]*loader.Rule
	disabled []string
	sources  map[string]*fixture.Source
	solver   *solve.Solver
	decoder  *fixture.Decoder
	matcher  *eval.Matcher
	// tests counts the tests of each rule, taken are their names.
	tests map[string]int
	taken map[string]bool
}

// NewAlertSuite returns a writer of a suite. Without files nothing is known of the
// rules, and the suite names what is to be put in their place. The error is a
// [diag.List] where the rules do not load.
func NewAlertSuite(rules Rules) (*AlertSuite, error) {
	s := &AlertSuite{names: rules.Names, fields: rules.Fields, tests: map[string]int{}, taken: map[string]bool{}}
	if len(rules.Files) == 0 {
		return s, nil
	}
	rules = rules.withDefaults()
	set, disabled, err := rules.load()
	if err != nil {
		return nil, err
	}
	s.rules, s.disabled, s.sources = map[string]*loader.Rule{}, disabled, map[string]*fixture.Source{}
	for _, r := range set.Rules {
		s.rules[r.Name] = r
	}
	for _, source := range rules.Sources {
		s.sources[source.Name()] = source
	}
	s.solver = solve.NewSolver()
	s.decoder = fixture.NewDecoder(&fieldsets.Stream{}, rules.Sources...)
	s.matcher = set.Engine.NewMatcher(eval.AllMatches)
	return s, nil
}

const alertHeader = `# Tests of alerts, written by "falcorules fixture". An alert tells the fields of its
# output and nothing else of its event.`

// Head returns the beginning of the suite.
func (s *AlertSuite) Head() ([]byte, error) {
	head := object()
	if s.rules == nil {
		put(head, "rules", scalar("rules.yaml"))
		head.Content[1].LineComment = "put in the rules that the alerts are of"
	} else {
		put(head, "rules", oneOrMore(s.names))
	}
	if len(s.fields) > 0 {
		put(head, "fields", oneOrMore(s.fields))
	}
	put(head, "matching", scalar("all"))
	header := alertHeader
	if s.rules != nil {
		header += " What is assumed beside them makes the rule fire."
	}
	text, err := encode(head)
	return slices.Concat([]byte(header), []byte("\n"), text, []byte("tests:")), err
}

// SourceOf returns the source of a rule, or an empty text where the rules do not have it.
func (s *AlertSuite) SourceOf(rule string) string {
	if r := s.rules[rule]; r != nil {
		return r.Source
	}
	return ""
}

// Test returns the test of an alert. The error is an [*diag.Diagnostic] where the rules do not
// have the rule of the alert, or the alert has too many values, or that of ctx.
func (s *AlertSuite) Test(ctx context.Context, a *Alert) ([]byte, error) {
	var r *loader.Rule
	if s.rules != nil {
		if r = s.rules[a.Rule]; r == nil || r.Source != a.Source {
			return nil, &diag.Diagnostic{Message: fmt.Sprintf("the rules have no rule %s of source %s", quote.Text(a.Rule), a.Source)}
		}
	}
	event := a.fixture()
	if countOf(event) > maxNodes {
		return nil, &diag.Diagnostic{Message: fmt.Sprintf("the alert has more than %d values, too many for a test of a suite", maxNodes)}
	}
	test := object()
	put(test, "name", scalar(s.name(a.Rule)))
	if a.Source == syscall.SourceName {
		event.Content = event.Content[2:] // as of events that name none
	}
	put(test, "event", event)
	eventKey := test.Content[len(test.Content)-2]
	comments := said(a)
	expect := []string{a.Rule}
	if r != nil {
		comments = append(comments, s.marks(a, r)...)
		found, err := s.complete(ctx, a, r)
		if err != nil {
			return nil, err
		}
		comments = append(comments, found.obstacles...)
		assume(event.Content[len(event.Content)-1], found.assumed)
		if slices.Contains(s.disabled, a.Rule) {
			put(test, "enable", scalar(a.Rule))
		}
		if slices.Contains(found.fires, a.Rule) {
			expect = found.fires
		} else {
			put(test, "skip", scalar(found.skip))
		}
	}
	put(test, "expect", texts(yamlfile.Flow, expect))
	eventKey.HeadComment = strings.Join(comments, "\n")
	tests := object()
	put(tests, "tests", list(0, test))
	text, err := encode(tests)
	return bytes.TrimPrefix(text, []byte("tests:")), err
}

// maxNodes is how many values the event of a test has, the names of its fields with
// them. YAML takes some thousand bytes of memory for each.
const maxNodes = 20_000

func countOf(n *yamlfile.Node) int {
	count := 1
	for _, kid := range n.Content {
		count += countOf(kid)
	}
	return count
}

// said returns comments with what an alert says, and what of it no event can be given.
func said(a *Alert) []string {
	var comments []string
	if text := oneLine(cmp.Or(a.Output, a.Priority)); text != "" {
		comments = append(comments, text)
	}
	for _, why := range a.LeftOut {
		comments = append(comments, "Left out: "+oneLine(why))
	}
	return comments
}

// assume adds values that are assumed to the fields of an event, and marks them.
func assume(fields *yamlfile.Node, assumed solve.Event) {
	for _, name := range assumed.Names() {
		put(fields, name, assumed[name])
		fields.Content[len(fields.Content)-1].LineComment = "assumed"
		fields.Style = 0
	}
}

// name returns a name for the test of a rule, which no other test has.
func (s *AlertSuite) name(rule string) string {
	s.tests[rule]++
	name := rule
	for s.taken[name] {
		name = fmt.Sprintf("%s (%d)", rule, s.tests[rule])
		if s.taken[name] { // by a rule that is called so
			s.tests[rule]++
		}
	}
	s.taken[name] = true
	return name
}

// marks says what the condition of a rule asks for and its alert does not tell.
func (s *AlertSuite) marks(a *Alert, r *loader.Rule) []string {
	ev, err := s.decoder.DecodeNode(a.fixture())
	if err != nil { // which the alert was not read with
		return nil
	}
	var marks []string
	if untold := s.untold(a, r, ev); len(untold) > 0 {
		marks = append(marks, "Not told, and the condition asks for it: "+strings.Join(untold, ", "))
	}
	if changed := transformed(a, r.Template.Tree()); len(changed) > 0 {
		marks = append(marks, "Told only as the output changes it: "+strings.Join(changed, ", "))
	}
	return marks
}

// completion is what was found for an alert.
type completion struct {
	// assumed is what the event has beside what the alert tells, fires are the rules that
	// fire on both together.
	assumed solve.Event
	fires   []string
	// skip says why the test is skipped where the rule is none of them, obstacles are
	// comments with the checks that are not as they should be.
	skip      string
	obstacles []string
}

// Why tests are skipped.
const (
	skipUnfound  = "no event was found that has what the alert tells and fires the rule"
	skipTooLarge = "the alert has too many values, or too long ones, to look for what it does not tell"
)

// complete finds what an event has beside what its alert tells from the condition of the
// rule, which was true of it.
func (s *AlertSuite) complete(ctx context.Context, a *Alert, r *loader.Rule) (completion, error) {
	out := completion{skip: skipUnfound}
	told := solve.Event{}
	for name, v := range a.Fields {
		told[name] = valueOf(v)
	}
	solution, err := s.solver.Complete(ctx, s.sources[r.Source], r.Compiled, told)
	switch {
	case errors.Is(err, solve.ErrTooLarge):
		out.skip = skipTooLarge
		return out, nil
	case err != nil:
		return out, err
	case !solution.Found():
		out.obstacles = append([]string{"What stands in the way:"}, obstacles(solution)...)
		return out, nil
	}
	assumed := solve.Event{}
	for name, v := range solution.Event {
		if _, ok := told[name]; !ok {
			assumed[name] = v
		}
	}
	if t, err := time.Parse(time.RFC3339Nano, a.Time); err == nil && assumed["jevt.rawtime"] != nil {
		assumed["jevt.rawtime"] = scalar(strconv.FormatUint(uint64(t.UnixNano()), 10))
	}
	event := a.fixture()
	fields := event.Content[len(event.Content)-1]
	for name, v := range assumed {
		put(fields, name, v)
	}
	ev, err := s.decoder.DecodeNode(event)
	if err != nil { // which the search would not have let through
		return out, nil
	}
	ev.Stream.Restart() // so that each event is the first
	out.assumed = assumed
	for _, m := range s.matcher.Match(ev) {
		out.fires = append(out.fires, m.Rule.Name)
	}
	return out, nil
}

// untold returns the fields of a condition that an event has no value for, and of which
// its alert does not say so.
func (s *AlertSuite) untold(a *Alert, r *loader.Rule, ev *fieldsets.Event) []string {
	var out []string
	var values fieldsets.Values
	ast.Inspect(r.Compiled, func(n ast.Node) bool {
		ref, ok := n.(*ast.Field)
		if !ok {
			return true
		}
		name := ref.Name
		if ref.Arg != nil {
			name += "[" + ref.Arg.Text + "]"
		}
		f, read, err := s.sources[r.Source].Resolve(ref)
		if _, told := a.Fields[name]; told || err != nil || slices.Contains(out, name) {
			return true
		}
		if f.ConditionValue != nil {
			read = f.ConditionValue
		}
		values.Reset()
		if read(ev, &values); !values.Present() {
			out = append(out, name)
		}
		return true
	})
	slices.Sort(out)
	return out
}

// transformed returns the fields that an alert has the values of as a transformer made
// them, under their plain names.
func transformed(a *Alert, output *ast.Output) []string {
	var out []string
	ast.Inspect(output, func(n ast.Node) bool {
		t, ok := n.(*ast.Transform)
		if !ok {
			return true
		}
		ast.Inspect(t, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok {
				if _, told := a.Fields[ast.String(f)]; told && !slices.Contains(out, ast.String(f)) {
					out = append(out, ast.String(f))
				}
			}
			return true
		})
		return false
	})
	return out
}

// encode returns an object as YAML that may be printed, whatever its texts are.
func encode(n *yamlfile.Node) ([]byte, error) {
	setStyles(n)
	text, err := yamlfile.Encode(n)
	return []byte(quote.Escape(string(text))), err
}

// setStyles puts what must not be printed as it is in double quotes, where it can be
// escaped, and marks what is not UTF-8 as bytes, which YAML writes in base64.
func setStyles(n *yamlfile.Node) {
	switch {
	case n.Kind != yamlfile.Scalar:
	case !utf8.ValidString(n.Value):
		*n = *yamlfile.Text(n.Value)
	case quote.Lines(n.Value) != n.Value:
		n.Style = yamlfile.DoubleQuoted
	}
	for _, kid := range n.Content {
		setStyles(kid)
	}
}
