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
	"github.com/falcorules/falcorules/ruletest/draft"
)

func newFixtureCommand() *cobra.Command {
	var (
		c       alertConverter
		reading readFlags
		rules   []string
		form    string
		fields  fieldsFiles
	)
	cmd := &cobra.Command{
		Use:   "fixture [flags] [ALERTS...]",
		Short: "Make test events from alerts",
		Long: `Reads alerts as Falco prints them with json_output, and "falcorules run -o
json" does, and writes their events down: as a suite for "falcorules test" with
a test of each alert, or with -o json as fixtures, one a line. ALERTS are
files, folders or -, and without them standard input.

An alert tells the fields of its output alone. With the rules given, each test
says what its condition asks for besides, and a test is skipped if the rule
does not fire on what is told: fill in what is missing. null is what Falco
printed as <NA>: the event had no value.

What is no alert is reported with its place and passed over; then the exit
status is 2. It is 1 when the rules do not load.`,
		Example: `  falcorules fixture -r falco_rules.yaml alerts.jsonl > alerts_test.yaml
  kubectl logs ds/falco | grep '^{' | falcorules fixture -o json > events.jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if form != "yaml" && form != "json" {
				return callError("-o is yaml or json, not %q", form)
			}
			if c.limit <= 0 {
				return callError("--max-alert-size is a number of bytes, not %d", c.limit)
			}
			if form == "json" && len(rules) > 0 {
				return callError("-r is for a suite; fixtures, -o json, say nothing of rules")
			}
			sources, err := fields.extend(cmd.InOrStdin(), all.Sources())
			if err != nil {
				return err
			}
			inputs, err := inputFiles(args, cmd.InOrStdin())
			if err != nil {
				return err
			}
			if err := refuseOwnOutput(cmd.OutOrStdout(), inputs); err != nil {
				return err
			}
			fixtures := fixtures.Sources(sources)
			c.alerts = draft.NewAlerts(fixtures)
			if form == "yaml" {
				if c.suite, err = alertSuite(cmd, &reading, rules, &fields, fixtures); err != nil {
					return err
				}
				c.alerts.SourceOf = c.suite.SourceOf
			}
			return c.run(cmd, inputs)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&rules, "rules", "r", nil, "rules `file` or folder that the alerts are of; may be given several times")
	reading.add(cmd)
	flags.StringVarP(&form, "output", "o", "yaml", "form of the output: `yaml|json`, a suite or fixtures, one a line")
	flags.IntVar(&c.limit, "max-alert-size", 1<<20, "pass over alerts of more than this many `bytes`, white space not counted")
	fields.add(cmd)
	return cmd
}

// alertSuite returns what writes a suite of alerts of the rules of files and folders.
func alertSuite(cmd *cobra.Command, reading *readFlags, paths []string, fields *fieldsFiles, sources []*fixture.Source) (*draft.AlertSuite, error) {
	rules, err := reading.suiteRules(cmd, paths, ".")
	if err != nil {
		return nil, err
	}
	if rules.Fields, err = fields.namesIn("."); err != nil {
		return nil, err
	}
	rules.Sources = sources
	suite, err := draft.NewAlertSuite(rules)
	if err != nil {
		return nil, noSuite(cmd, err)
	}
	return suite, nil
}

// noSuite says why no suite was written.
func noSuite(cmd *cobra.Command, err error) error {
	var wrong diag.List
	if cmd.Context().Err() != nil {
		return errInterrupted
	}
	if !errors.As(err, &wrong) {
		return callError("%v", err)
	}
	printDiagnostics(cmd.ErrOrStderr(), wrong)
	return &exitError{rulesStatus(wrong), fmt.Errorf("%s, so no suite was written", count(int64(len(wrong)), "error"))}
}

// alertConverter makes events of alerts. It decodes the records of a run to events whose
// data is the text that is written.
type alertConverter struct {
	limit  int
	alerts *draft.Alerts
	suite  *draft.AlertSuite // nil for JSON

	stderr io.Writer
	// begun says that the head of the suite is written.
	begun bool
}

func (c *alertConverter) run(cmd *cobra.Command, inputs []string) error {
	ctx := cmd.Context()
	defer handleInterrupt(ctx)()
	c.stderr = cmd.ErrOrStderr()
	in := events.Files(inputs, events.InputOptions{MaxEventSize: c.limit, OnlyJSON: true, Stdin: cmd.InOrStdin()})
	report := reports{w: c.stderr}
	stats, err := events.Run(ctx, in, events.Options{
		NewDecoder: func() events.Decoder {
			return events.DecoderFunc(func(rec *events.Record, visit func(*fieldsets.Event) error) error { return c.decode(ctx, rec, visit) })
		},
		NewVisitor: func() events.Visitor { return appendText },
		Sequential: true, Output: cmd.OutOrStdout(), Report: report.add,
	})
	bad := stats.BadEvents + stats.BadInputs
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case err != nil:
		return callError("%v", err)
	case bad > 0:
		say(c.stderr, "falcorules: %d of %s could not be read", bad, count(stats.Events+bad, "alert"))
		return &exitError{status: exitCall}
	case stats.Events == 0:
		return callError("there is no alert, so nothing is written")
	}
	return nil
}

func appendText(ev *fieldsets.Event, out []byte) ([]byte, error) {
	return append(out, ev.Data.([]byte)...), nil
}

// decode visits the text that is written of an alert.
func (c *alertConverter) decode(ctx context.Context, rec *events.Record, visit func(*fieldsets.Event) error) error {
	alert, err := c.alerts.Read(rec.Raw)
	var text []byte
	if err == nil {
		text, err = c.text(ctx, rec, alert)
	}
	var bad *draft.AlertError
	switch {
	case errors.As(err, &bad):
		return &diag.Diagnostic{Code: events.BadEvent, Message: bad.Msg, Range: rec.At(bad.Offset), Err: bad}
	case err != nil:
		return err
	}
	c.begun = true
	return visit(&fieldsets.Event{Data: text})
}

// text returns what is written of an alert.
func (c *alertConverter) text(ctx context.Context, rec *events.Record, alert *draft.Alert) ([]byte, error) {
	if c.suite == nil {
		for _, why := range alert.LeftOut {
			say(c.stderr, "%s: left out: %s", rec.At(0), why)
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

// nameIn returns how a file in a folder names another one.
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
