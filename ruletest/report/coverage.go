package report

import (
	"bufio"
	"fmt"
	"io"
	"math"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

// CoverageText writes for people what tests show of rules: the shares, and with its
// place all that is missing. Verbose lists all rules.
func CoverageText(w io.Writer, c *coverage.Report, options TextOptions) error {
	t := &textWriter{Writer: bufio.NewWriter(w), TextOptions: options}
	share := coverage.ShareOf(c.Checks)
	if share.Of == 0 {
		t.WriteString("coverage: no test has events for rules with checks\n")
		return t.Flush()
	}
	fmt.Fprintf(t, "%s, %s\n", t.in(shade(share), "coverage "+percent(share)), outcomes(share))
	for _, f := range coveredFiles(c) {
		fmt.Fprintf(t, "%s: %s, %s, %s\n", quote.Line(f.name), percent(f.share()), outcomes(f.share()), firedOf(f.rules))
		for _, r := range f.rules {
			if missing := missingOf(r); missing != "" || options.Verbose {
				t.uncovered(r.Position, missing, ruleLine(r))
			}
		}
		for _, check := range f.checks {
			if missing := missingOfCheck(check); missing != "" {
				t.uncovered(check.Position, missing, quote.Name(check.Text)+standsIn(check))
			}
		}
	}
	return t.Flush()
}

// uncovered writes a line about what is at a place.
func (t *textWriter) uncovered(at diag.Range, missing, what string) {
	if missing != "" {
		what += ": " + t.in(yellow, missing)
	}
	fmt.Fprintf(t, "    %s: %s\n", quote.Line(at.String()), what)
}

// ruleLine names a rule, with the share of the checks of its condition.
func ruleLine(r *coverage.Rule) string {
	line := "rule " + quote.Text(r.Name)
	if share := coverage.ShareOf(r.Checks); r.Enabled && share.Of > 0 {
		line += ", " + percent(share)
	}
	return line
}

// missingOf says what no test shows of a rule, or nothing.
func missingOf(r *coverage.Rule) string {
	switch {
	case !r.Enabled:
		return "disabled, and not counted"
	case !r.Fired && !r.Missed:
		return "looked at no event"
	case !r.Fired:
		return "never fired"
	case !r.Missed:
		return "always fired"
	}
	return ""
}

// missingOfCheck says what no test shows of a check, or nothing.
func missingOfCheck(c *coverage.Check) string {
	switch {
	case !c.True && !c.False:
		return "never decided"
	case !c.True:
		return "never true"
	case !c.False:
		return "never false"
	}
	return ""
}

// standsIn says in what a check stands.
func standsIn(c *coverage.Check) string {
	text := " in rule " + quote.Text(c.Rule)
	if c.Macro != "" {
		text = " in macro " + quote.Name(c.Macro)
	}
	if c.Exception != "" {
		text = " in exception " + quote.Name(c.Exception) + " of rule " + quote.Text(c.Rule)
	}
	return text
}

// percent prints a share, rounded down: 100 % is all.
func percent(s coverage.Share) string {
	if s.Of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", math.Floor(s.Percent()*10)/10)
}

func outcomes(s coverage.Share) string {
	return fmt.Sprintf("%d of %d outcomes of %s", s.Seen, s.Of, quote.Count(s.Of/2, "check"))
}

// shade is the colour of a share.
func shade(s coverage.Share) string {
	switch p := s.Percent(); {
	case p >= 90:
		return green
	case p >= 60:
		return yellow
	}
	return red
}

// firedOf says how many of the rules that are enabled fired.
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

// coveredFile is the rules and the checks of a file.
type coveredFile struct {
	name, text string
	rules      []*coverage.Rule
	checks     []*coverage.Check
}

func (f *coveredFile) share() coverage.Share { return coverage.ShareOf(f.checks) }

// coveredFiles sorts rules and checks by files.
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
