package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest/draft"
)

func newFixtureCommand() *cobra.Command {
	var (
		c       alertConverter
		reading readFlags
		rules   []string
		form    string
		where   string
		number  uint64
		fields  fieldsFiles
	)
	cmd := &cobra.Command{
		Use:   "fixture [flags] [ALERTS...]",
		Short: "Write tests or fixtures from alerts or captures",
		Long: `Reads alerts that Falco printed with json_output, or "falcorules run -o json",
and writes a suite for "falcorules test" with a test for each alert. With -o
json it writes the events alone, as fixtures, one per line. ALERTS are files,
folders or -; the default is standard input.

An alert contains only the fields of its output. With -r, each test lists the
other fields that the rule's condition needs, with assumed values for them. If
no such values are found, the test is skipped until you fill them in. null means
that the event had no value, which Falco prints as <NA>.

ALERTS can also be captures of system calls, with -r. Then the suite has a test
for each alert that the rules raise on a capture, with all fields that the rule
needs. --number and --where select events of the captures.

Anything that is not an alert is reported and skipped, and the exit status is 2.
It is 1 if the rules do not load.`,
		Example: `  falcorules fixture -r falco_rules.yaml alerts.jsonl > alerts_test.yaml
  kubectl logs ds/falco | grep '^{' | falcorules fixture -o json > events.jsonl
  falcorules fixture -r falco_rules.yaml --number 4711 a.scap > a_test.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if form != "yaml" && form != "json" {
				return callError("invalid --output %q: want yaml or json", form)
			}
			if c.limit <= 0 {
				return callError("invalid --max-alert-size %d: want a positive number of bytes", c.limit)
			}
			if form == "json" && len(rules) > 0 {
				return callError("--rules cannot be combined with --output json: fixtures do not refer to rules")
			}
			sources, err := fields.extend(cmd.InOrStdin(), all.Sources())
			if err != nil {
				return err
			}
			inputs, err := inputFiles(args, cmd.InOrStdin())
			if err != nil {
				return err
			}
			if err := checkNotOutput(cmd.OutOrStdout(), inputs); err != nil {
				return err
			}
			fixtures := fixtures.Sources(sources)
			c.alerts = draft.NewAlerts(fixtures)
			fromCaptures := number > 0 || where != "" || areCaptures(inputs)
			if fromCaptures && len(rules) == 0 {
				return callError("tests from captures need --rules, which raise the alerts")
			}
			if form == "yaml" {
				from, err := alertRules(cmd, &reading, rules, &fields, fixtures)
				if err != nil {
					return err
				}
				if c.suite, err = draft.NewAlertSuite(from); err != nil {
					return noSuite(cmd, err)
				}
				c.alerts.SourceOf = c.suite.SourceOf
				if c.suite.FromCaptures = fromCaptures; fromCaptures {
					if c.captures, err = newCaptureAlerts(&from, sources, number, where); err != nil {
						return noSuite(cmd, err)
					}
				}
			}
			return c.run(cmd, inputs)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&rules, "rules", "r", nil, "load the rules `file` or folder that the alerts came from; may be given several times")
	reading.add(cmd)
	flags.StringVarP(&form, "output", "o", "yaml", "print the result in this `format`: yaml for a suite, or json for fixtures, one per line")
	flags.IntVar(&c.limit, "max-alert-size", 1<<20, "skip alerts of more than this many `bytes`, not counting white space")
	flags.Uint64Var(&number, "number", 0, "write tests only for the `N`-th event of each capture, as evt.num counts them")
	flags.StringVar(&where, "where", "", "write tests only for events of captures that match this `condition`")
	fields.add(cmd)
	return cmd
}

// alertRules reads the rules that a suite is written for.
func alertRules(cmd *cobra.Command, reading *readFlags, paths []string, fields *fieldsFiles, sources []*fixture.Source) (draft.Rules, error) {
	rules, err := reading.suiteRules(cmd, paths, ".")
	if err != nil {
		return rules, err
	}
	rules.Sources = sources
	rules.Fields, err = fields.namesIn(".")
	return rules, err
}

// noSuite reports an error because of which no suite is written, and returns the error to
// exit with.
func noSuite(cmd *cobra.Command, err error) error {
	var wrong diag.List
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	if !errors.As(err, &wrong) {
		return callError("%v", err)
	}
	printDiagnostics(cmd.ErrOrStderr(), wrong)
	return &exitError{rulesStatus(wrong), fmt.Errorf("%s, so no suite was written", quote.Count(len(wrong), "error"))}
}

// alertConverter converts alerts. It decodes each alert to an event whose data is the text
// to write.
type alertConverter struct {
	limit  int
	alerts *draft.Alerts
	suite  *draft.AlertSuite // nil for JSON
	// captures, if not nil, raises the alerts: the inputs are captures.
	captures *captureAlerts

	stderr io.Writer
	begun  bool // the head of the suite has been written
}

func (c *alertConverter) run(cmd *cobra.Command, inputs []string) error {
	return handleInterrupt(cmd.Context(), func() error { return c.convert(cmd, inputs) })
}

func (c *alertConverter) convert(cmd *cobra.Command, inputs []string) error {
	ctx := cmd.Context()
	c.stderr = cmd.ErrOrStderr()
	in := events.Files(inputs, events.InputOptions{MaxEventSize: c.limit, OnlyJSON: c.captures == nil, Stdin: cmd.InOrStdin()})
	report := reports{w: c.stderr}
	stats, err := events.Run(ctx, in, events.Options{
		NewDecoder: func() events.Decoder {
			return events.DecoderFunc(func(rec *events.Record, visit func(*fieldsets.Event) error) error {
				switch {
				case c.captures == nil:
					return c.decode(ctx, rec, visit)
				case rec.Format == events.Capture:
					return c.decodeCapture(ctx, rec, visit)
				}
				return &diag.Diagnostic{Code: events.BadEvent, Message: "not a capture: --number and --where are for captures", Range: rec.At(0)}
			})
		},
		NewVisitor: func() events.Visitor { return appendText },
		Sequential: true, Output: cmd.OutOrStdout(), Report: report.add,
	})
	bad := stats.BadEvents + stats.BadInputs
	switch {
	case errors.Is(err, context.Canceled):
		return errInterrupted
	case err != nil:
		return callError("%v", err)
	case bad > 0:
		printLine(c.stderr, "falcorules: %d of %s could not be read", bad, quote.Count(stats.Events+bad, "alert"))
		return &exitError{status: exitCall}
	case stats.Events == 0 && c.captures != nil:
		return callError("the rules raise no alerts on these events")
	case stats.Events == 0:
		return callError("no alerts in the input")
	}
	return nil
}

func appendText(ev *fieldsets.Event, out []byte) ([]byte, error) {
	return append(out, ev.Data.([]byte)...), nil
}

// decode visits the text to write for an alert.
func (c *alertConverter) decode(ctx context.Context, rec *events.Record, visit func(*fieldsets.Event) error) error {
	alert, err := c.alerts.Read(rec.Raw)
	if err == nil && c.captures != nil {
		removeNoAncestors(alert)
	}
	var text []byte
	if err == nil {
		text, err = c.text(ctx, rec, alert)
	}
	var bad *diag.Diagnostic
	switch {
	case errors.As(err, &bad):
		return &diag.Diagnostic{Code: events.BadEvent, Message: bad.Message, Hint: bad.Hint, Range: rec.At(bad.Range.Start.Offset), Err: bad}
	case err != nil:
		return err
	}
	c.begun = true
	return visit(&fieldsets.Event{Data: text})
}

// text returns the text to write for an alert.
func (c *alertConverter) text(ctx context.Context, rec *events.Record, alert *draft.Alert) ([]byte, error) {
	if c.suite == nil {
		for _, why := range alert.LeftOut {
			printLine(c.stderr, "%s: left out: %s", rec.At(0), why)
		}
		return alert.JSON(), nil
	}
	text, err := c.suite.Test(ctx, alert)
	if err != nil || c.begun {
		return text, err
	}
	head, err := c.suite.Head()
	return append(head, text...), err
}

// nameIn returns a path relative to a folder.
func nameIn(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return path
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	name, err := filepath.Rel(from, to)
	if err != nil {
		return to
	}
	return filepath.ToSlash(name)
}
