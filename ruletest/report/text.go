// Package report writes the results of tests of rules, in the forms that people,
// programs and CI systems read. All are deterministic.
package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest"
)

// TextOptions say how text for people looks.
type TextOptions struct {
	// Color asks for the colours of a terminal.
	Color bool
	// Verbose shows all tests, not only those that fail.
	Verbose bool
}

// Escape sequences of terminals.
const (
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	green  = "\x1b[1;32m"
	plain  = "\x1b[0m"
)

// Text writes for people: what failed and why, and a line with the numbers.
func Text(w io.Writer, results *ruletest.Results, options TextOptions) error {
	t := &textWriter{Writer: bufio.NewWriter(w), TextOptions: options}
	for _, s := range results.Suites {
		t.suite(s)
	}
	t.summary(results)
	return t.Flush()
}

type textWriter struct {
	*bufio.Writer
	TextOptions
}

func (t *textWriter) in(color, text string) string {
	if !t.Color {
		return text
	}
	return color + text + plain
}

func (t *textWriter) suite(s *ruletest.SuiteResult) {
	if len(s.Errors) > 0 {
		fmt.Fprintf(t, "%s %s: the suite is wrong, so that none of its tests counts\n", t.in(red, "FAIL"), quote.Line(s.Name))
		t.indented(diag.Text(s.Errors, diag.TextOptions{Color: t.Color}))
	}
	for _, test := range s.Tests {
		name := quote.Line(place(test.Position, s.Name) + ": " + test.Name)
		switch {
		case test.Status == ruletest.Failed:
			fmt.Fprintf(t, "%s %s\n", t.in(red, "FAIL"), name)
			t.indented(test.Text())
		case !t.Verbose:
		case test.Status == ruletest.Skipped:
			fmt.Fprintf(t, "%s %s (%s)\n", t.in(yellow, "SKIP"), name, quote.Line(test.Reason))
		default:
			fmt.Fprintf(t, "%s %s\n", t.in(green, "PASS"), name)
		}
	}
}

// place returns where a test is, or of which suite.
func place(at diag.Range, suite string) string {
	if at.Start.Line == 0 {
		return suite
	}
	return fmt.Sprintf("%s:%d", at.File, at.Start.Line)
}

func (t *textWriter) indented(text string) {
	for line := range strings.Lines(text) {
		t.WriteString("    " + line)
	}
}

// summary writes the numbers, and what of the tests was not run for a reason that is
// easily forgotten.
func (t *textWriter) summary(results *ruletest.Results) {
	for _, s := range results.Suites {
		if note := s.Note(); note != "" {
			fmt.Fprintf(t, "%s %s: %s\n", t.in(yellow, "NOTE"), quote.Line(s.Name), note)
		}
	}
	c := results.Counts()
	color := green
	if c.Failed+c.Wrong > 0 {
		color = red
	}
	text := fmt.Sprintf("%d passed, %d failed, %d skipped in %s", c.Passed, c.Failed, c.Skipped, quote.Count(len(results.Suites), "suite"))
	if c.Wrong > 0 {
		text += fmt.Sprintf(", %d of them wrong", c.Wrong)
	}
	if results.Stopped {
		text += ", stopped behind the first failure"
	}
	if results.Interrupted {
		text += ", interrupted"
	}
	t.WriteString(t.in(color, text) + "\n")
}
