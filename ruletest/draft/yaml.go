package draft

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/solve"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
)

const header = `First tests, written by "falcorules test init": of each rule an event that fires it,
found from its condition, and a near miss. The values are made up. Put in what your
systems do, and add what a rule must catch and what it must leave alone.`

// text returns the suite.
func (w *writer) text(rules Rules) ([]byte, error) {
	suite := object()
	put(suite, "rules", oneOrMore(rules.Names))
	if len(rules.Fields) > 0 {
		put(suite, "fields", oneOrMore(rules.Fields))
	}
	if w.source != "" && w.source != syscall.SourceName {
		put(suite, "source", scalar(w.source))
	}
	put(suite, "matching", scalar("all"))
	put(suite, "strict", &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!bool", Value: "true"})
	if w.enabled != nil {
		put(suite, "enable", texts(0, w.enabled))
	}
	put(suite, "tests", w.tests)
	suite.HeadComment = header
	encoded, err := encode(suite)
	if err != nil {
		return nil, err
	}
	// A blank line before each test but the first; nothing else is indented so.
	const test = "\n  - name: "
	head, tests, _ := strings.Cut(string(encoded), test)
	return []byte(head + test + strings.ReplaceAll(tests, test, "\n"+test)), nil
}

// test returns the test of a rule.
func (w *writer) test(r *loader.Rule, found verdict) *yamlfile.Node {
	test := object()
	fires := slices.Contains(found.fires, r.Name)
	missed := fires && found.missed
	put(test, "name", scalar(w.unique(r.Name, missed)))
	switch {
	case missed:
		w.draft.Fired++
		w.draft.Missed++
		put(test, "event", w.event(r.Source, found.solution.Event))
		put(test, "cases", list(0, w.fires(found), nearMiss(r.Name, found.solution)))
	case fires:
		w.draft.Fired++
		put(test, "event", w.event(r.Source, found.solution.Event))
		test.Content[len(test.Content)-2].HeadComment = "No near miss was found."
		put(test, "expect", texts(yamlfile.Flow, found.fires))
	default:
		if found.solution.Proven {
			w.draft.Impossible = append(w.draft.Impossible, Impossible{Rule: r, Reasons: found.solution.Reasons})
		}
		put(test, "skip", scalar(notFound(found.solution)+" that fires the rule"))
		put(test, "event", w.event(r.Source, found.solution.Event))
		test.Content[len(test.Content)-2].HeadComment = unmet(found.solution)
		put(test, "expect", texts(yamlfile.Flow, []string{r.Name}))
	}
	return test
}

// unique returns a name for the test of a rule, which those of other tests and of their
// cases differ from.
func (w *writer) unique(name string, cases bool) string {
	if name == "" {
		name = "(a rule without name)"
	}
	full := func() []string {
		if cases {
			return []string{name + "/" + firesName, name + "/" + missName}
		}
		return []string{name}
	}
	for slices.ContainsFunc(full(), func(n string) bool { return w.names[n] }) {
		name += " again"
	}
	for _, n := range full() {
		w.names[n] = true
	}
	return name
}

// Names of the cases of a test.
const (
	firesName = "fires"
	missName  = "near miss"
)

// fires returns the case in which a rule fires, perhaps with others.
func (w *writer) fires(found verdict) *yamlfile.Node {
	c := object()
	put(c, "name", scalar(firesName))
	put(c, "expect", texts(yamlfile.Flow, found.fires))
	return c
}

// nearMiss returns the case in which a rule does not fire.
func nearMiss(rule string, solution *solve.Solution) *yamlfile.Node {
	value := solution.Miss[solution.Missed]
	if value == nil {
		value = &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!null", Value: "null"}
	}
	fields := object()
	put(fields, solution.Missed, value)
	event := object()
	put(event, "fields", fields)
	c := object()
	put(c, "name", scalar(missName))
	put(c, "event", event)
	c.Content[len(c.Content)-2].HeadComment = "Here is " + opposite(solution.Flipped)
	put(c, "reject", texts(yamlfile.Flow, []string{rule}))
	return c
}

// event returns an event as an object.
func (w *writer) event(source string, e solve.Event) *yamlfile.Node {
	out := object()
	if source != w.source {
		put(out, "source", scalar(source))
	}
	fields := object()
	for _, name := range e.Names() {
		put(fields, name, e[name])
	}
	if len(fields.Content) == 0 {
		fields.Style = yamlfile.Flow
	}
	put(out, "fields", fields)
	return out
}

// maxUnmet is how many checks are named that no event was found for.
const maxUnmet = 5

// notFound says whether there is no event, or none was found.
func notFound(solution *solve.Solution) string {
	if solution.Proven {
		return "there is no event"
	}
	return "no event was found"
}

// unmet says why an event does not fire a rule.
func unmet(solution *solve.Solution) string {
	if len(solution.Reasons) > 0 {
		lines := []string{"No event can fire the rule:"}
		if !solution.Proven {
			lines[0] = "What stands in the way of events that would fire the rule:"
		}
		for _, reason := range solution.Reasons {
			lines = append(lines, "  "+oneLine(reason))
		}
		return strings.Join(append(lines, "The nearest event:"), "\n")
	}
	return strings.Join(append([]string{"The nearest event that was found. What stands in the way:"}, obstacles(solution)...), "\n")
}

// obstacles returns lines with the checks that are not as they should be.
func obstacles(solution *solve.Solution) []string {
	var lines []string
	for i, x := range solution.Unmet {
		if i == maxUnmet {
			lines = append(lines, fmt.Sprintf("  and %d more", len(solution.Unmet)-i))
			break
		}
		lines = append(lines, "  "+opposite(x))
	}
	return lines
}

// maxWords is how many characters of a check, or of an output, a comment has.
const maxWords = 200

// opposite says that a check is not as it should be.
func opposite(x ast.Expr) string {
	if not, ok := x.(*ast.Not); ok {
		return "true: " + words(not.Operand)
	}
	return "false: " + words(x)
}

// words returns a part of a condition for a comment.
func words(x ast.Expr) string { return oneLine(ast.String(x)) }

// oneLine returns a text for a comment: in one line, and not too long.
func oneLine(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(r rune) bool { return !strconv.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > maxWords {
		text = string(runes[:maxWords]) + "…"
	}
	return quote.Line(text)
}

func object() *yamlfile.Node { return &yamlfile.Node{Kind: yamlfile.Mapping} }

func put(o *yamlfile.Node, key string, value *yamlfile.Node) {
	o.Content = append(o.Content, scalar(key), value)
}

func scalar(text string) *yamlfile.Node {
	return yamlfile.Text(text)
}

func list(style yamlfile.Style, items ...*yamlfile.Node) *yamlfile.Node {
	return &yamlfile.Node{Kind: yamlfile.Sequence, Style: style, Content: items}
}

func texts(style yamlfile.Style, items []string) *yamlfile.Node {
	l := list(style)
	for _, item := range items {
		l.Content = append(l.Content, scalar(item))
	}
	return l
}

func oneOrMore(items []string) *yamlfile.Node {
	if len(items) == 1 {
		return scalar(items[0])
	}
	return texts(0, items)
}
