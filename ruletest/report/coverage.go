package report

import (
	"bufio"
	"fmt"
	"io"
	"math"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/color"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

// CoverageText writes the coverage as text: the figures of each file, and everything that
// is not covered with its position. Verbose lists all rules.
func CoverageText(w io.Writer, c *coverage.Report, options TextOptions) error {
	t := &textWriter{Writer: bufio.NewWriter(w), TextOptions: options}
	ratio := coverage.OutcomesOf(c.Checks)
	if ratio.Total == 0 {
		t.WriteString("coverage: nothing to measure: no test has events for a rule with checks\n")
		return t.Flush()
	}
	fmt.Fprintf(t, "%s, %s\n", t.in(colorOf(ratio), "coverage "+percent(ratio)), outcomes(ratio))
	for _, f := range coveredFiles(c) {
		fmt.Fprintf(t, "%s: %s, %s, %s\n", quote.Line(f.name), percent(f.ratio()), outcomes(f.ratio()), firedOf(f.rules))
		for _, r := range f.rules {
			if missing := missingOf(r); missing != "" || options.Verbose {
				t.uncovered(r.Position, missing, ruleLine(r))
			}
		}
		for _, check := range f.checks {
			if missing := missingOfCheck(check); missing != "" {
				t.uncovered(check.Position, missing, quote.Name(check.Text)+ownerOf(check.Rule, check.Macro, check.Exception))
			}
		}
	}
	return t.Flush()
}

// uncovered writes a line about a rule or a check.
func (t *textWriter) uncovered(at diag.Range, missing, what string) {
	if missing != "" {
		what += ": " + t.in(color.Yellow, missing)
	}
	fmt.Fprintf(t, "    %s: %s\n", quote.Line(at.String()), what)
}

func ruleLine(r *coverage.Rule) string {
	line := "rule " + quote.Text(r.Name)
	if ratio := coverage.OutcomesOf(r.Checks); r.Enabled && ratio.Total > 0 {
		line += ", " + percent(ratio)
	}
	return line
}

// missingOf says what the tests do not cover of a rule. It is empty if they cover all.
func missingOf(r *coverage.Rule) string {
	switch {
	case !r.Enabled:
		return "disabled, not counted"
	case !r.Fired && !r.NotFired:
		return "not tested"
	case !r.Fired:
		return "never fired"
	case !r.NotFired:
		return "always fired"
	}
	return ""
}

// missingOfCheck says what the tests do not cover of a check. It is empty if they cover
// all.
func missingOfCheck(c *coverage.Check) string {
	switch {
	case !c.True && !c.False:
		return "not covered"
	case !c.True:
		return "true not covered"
	case !c.False:
		return "false not covered"
	}
	return ""
}

// ownerOf names the rule, macro or exception that contains a check or a mutant.
func ownerOf(rule, macro, exception string) string {
	switch {
	case rule == "" && macro == "":
		return ""
	case macro != "":
		return " in macro " + quote.Name(macro)
	case exception != "":
		return " in exception " + quote.Name(exception) + " of rule " + quote.Text(rule)
	}
	return " in rule " + quote.Text(rule)
}

// percent prints a ratio, rounded down so that 100 % means everything.
func percent(s coverage.Ratio) string {
	if s.Total == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", math.Floor(s.Percent()*10)/10)
}

func outcomes(s coverage.Ratio) string {
	return fmt.Sprintf("%d of %d outcomes of %s", s.Covered, s.Total, quote.Count(s.Total/2, "check"))
}

func colorOf(s coverage.Ratio) color.Style {
	switch p := s.Percent(); {
	case p >= 90:
		return color.Green
	case p >= 60:
		return color.Yellow
	}
	return color.Red
}

// firedOf says how many of the enabled rules fired.
func firedOf(rules []*coverage.Rule) string {
	enabled, fired := 0, 0
	for _, r := range rules {
		if r.Enabled {
			enabled++
		}
		if r.Fired {
			fired++
		}
	}
	return fmt.Sprintf("%d of %s fired", fired, quote.Count(enabled, "rule"))
}

// coveredFile is a file with its rules and checks.
type coveredFile struct {
	name, text string
	rules      []*coverage.Rule
	checks     []*coverage.Check
}

func (f *coveredFile) ratio() coverage.Ratio { return coverage.OutcomesOf(f.checks) }

// coveredFiles groups rules and checks by file.
func coveredFiles(c *coverage.Report) []*coveredFile {
	var out []*coveredFile
	byName := map[string]*coveredFile{}
	for _, f := range c.Files {
		file := &coveredFile{name: f.Name, text: f.Text}
		byName[f.Name] = file
		out = append(out, file)
	}
	for _, r := range c.Rules {
		f := byName[r.Position.File]
		f.rules = append(f.rules, r)
	}
	for _, check := range c.Checks {
		f := byName[check.Position.File]
		f.checks = append(f.checks, check)
	}
	return out
}
