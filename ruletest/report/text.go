// Package report writes the results of package ruletest: test results as text, JSON and
// JUnit XML, coverage as text, JSON and HTML, and mutation results as text.
//
//	results := ruletest.RunFiles(ctx, files, ruletest.Options{Coverage: true})
//	err := report.Text(os.Stdout, results, report.TextOptions{})
//
// The same results always give the same report.
package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/color"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest"
)

// TextOptions configure text reports.
type TextOptions struct {
	// Color uses the colours of a terminal.
	Color bool
	// Verbose shows all tests, not only those that fail.
	Verbose bool
}

// Text writes the failures with their causes, and a line with the numbers of tests.
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

func (t *textWriter) in(style color.Style, text string) string {
	return color.Enabled(t.Color).In(style, text)
}

func (t *textWriter) suite(s *ruletest.SuiteResult) {
	if len(s.Errors) > 0 {
		fmt.Fprintf(t, "%s %s: invalid suite\n", t.in(color.Red, "FAIL"), quote.Line(s.Name))
		t.indented(diag.Text(s.Errors, diag.TextOptions{Color: t.Color}))
	}
	for _, test := range s.Tests {
		name := quote.Line(positionOf(test.Position, s.Name) + ": " + test.Name)
		switch {
		case test.Status == ruletest.Failed:
			fmt.Fprintf(t, "%s %s\n", t.in(color.Red, "FAIL"), name)
			t.indented(test.Text())
		case !t.Verbose:
		case test.Status == ruletest.Skipped:
			fmt.Fprintf(t, "%s %s (%s)\n", t.in(color.Yellow, "SKIP"), name, quote.Line(test.Reason))
		default:
			fmt.Fprintf(t, "%s %s\n", t.in(color.Green, "PASS"), name)
		}
	}
}

// positionOf returns the file and line of a test, or the name of its suite if it has none.
func positionOf(at diag.Range, suite string) string {
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

func (t *textWriter) summary(results *ruletest.Results) {
	for _, s := range results.Suites {
		if note := s.Note(); note != "" {
			fmt.Fprintf(t, "%s %s: %s\n", t.in(color.Yellow, "NOTE"), quote.Line(s.Name), note)
		}
	}
	c := results.Counts()
	style := color.Green
	if c.Failed+c.Invalid > 0 {
		style = color.Red
	}
	text := fmt.Sprintf("%v in %s", c, quote.Count(len(results.Suites), "suite"))
	if c.Invalid > 0 {
		text += fmt.Sprintf(", %d invalid", c.Invalid)
	}
	if results.Stopped {
		text += ", stopped after the first failure"
	}
	if results.Interrupted {
		text += ", interrupted"
	}
	t.WriteString(t.in(style, text) + "\n")
}
