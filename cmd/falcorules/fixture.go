package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/jsonstream"
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

// alertConverter makes events of alerts.
type alertConverter struct {
	limit  int
	alerts *draft.Alerts
	suite  *draft.AlertSuite // nil for JSON

	ctx    context.Context
	out    *bufio.Writer
	stderr io.Writer
	// written and bad count alerts, and what is none.
	written, bad int64
}

func (c *alertConverter) run(cmd *cobra.Command, inputs []string) error {
	c.ctx = cmd.Context()
	defer handleInterrupt(c.ctx)()
	c.out, c.stderr = bufio.NewWriter(cmd.OutOrStdout()), cmd.ErrOrStderr()
	err := c.files(inputs, cmd.InOrStdin())
	if err := c.out.Flush(); err != nil {
		return writeError(err)
	}
	if err != nil {
		return err
	}
	if c.bad > 0 {
		say(c.stderr, "falcorules: %d of %s could not be read", c.bad, count(c.written+c.bad, "alert"))
		return &exitError{status: exitCall}
	}
	if c.written == 0 {
		return callError("there is no alert, so nothing is written")
	}
	return nil
}

func (c *alertConverter) files(names []string, stdin io.Reader) error {
	for _, name := range names {
		if err := c.file(name, stdin); err != nil {
			return err
		}
	}
	return nil
}

// file converts the alerts of a file. A file that cannot be read to its end is one
// thing that could not be read; an error is about the results.
func (c *alertConverter) file(name string, stdin io.Reader) error {
	file := interruptible(c.ctx, func() (io.ReadCloser, error) {
		if name == stdinName {
			return io.NopCloser(stdin), nil
		}
		return os.Open(name)
	})
	defer file.Close()
	buffered := bufio.NewReaderSize(file, 64<<10)
	in := io.Reader(buffered)
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return c.unread(name, err)
		}
		in = unpacked
	}
	values := jsonstream.NewReader(in, c.limit)
	for {
		piece, err := values.Next()
		var broken *jsonstream.Error
		switch {
		case err == nil:
			if err := c.alert(name, piece); err != nil {
				return err
			}
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &broken):
			c.report(name, broken.Line, broken.Column, fmt.Sprintf("%s: %q", broken.Msg, broken.Text))
		case c.ctx.Err() != nil:
			return errInterrupted
		default:
			return c.unread(name, err)
		}
	}
}

// interruptible returns a reader of what open returns. It fails when ctx is done,
// even if the file is a FIFO that nobody opens or writes to.
func interruptible(ctx context.Context, open func() (io.ReadCloser, error)) io.ReadCloser {
	out, to := io.Pipe()
	stop := context.AfterFunc(ctx, func() { to.CloseWithError(ctx.Err()) })
	go func() {
		defer stop()
		in, err := open()
		if err == nil {
			_, err = io.Copy(to, in)
			in.Close()
		}
		to.CloseWithError(err)
	}()
	return out
}

func (c *alertConverter) unread(name string, err error) error {
	c.bad++
	say(c.stderr, "falcorules: %s", fileError(name, err))
	return nil
}

// report says what is no alert.
func (c *alertConverter) report(name string, line, column int, msg string) {
	if c.bad++; c.bad <= maxReported {
		say(c.stderr, "%s:%d:%d: %s", name, line, column, msg)
	}
}

// alert writes the event of an alert.
func (c *alertConverter) alert(name string, piece jsonstream.Piece) error {
	if c.ctx.Err() != nil {
		return errInterrupted
	}
	alert, err := c.alerts.Read(piece.Raw)
	var text []byte
	if err == nil {
		text, err = c.event(name, piece, alert)
	}
	var bad *draft.AlertError
	switch {
	case errors.As(err, &bad):
		line, column := placeOf(piece, bad.Offset)
		c.report(name, line, column, bad.Msg)
		return nil
	case c.ctx.Err() != nil:
		return errInterrupted
	case err != nil:
		return callError("%v", err)
	}
	c.written++
	if _, err := c.out.Write(text); err != nil {
		return writeError(err)
	}
	return nil
}

// event returns what is written of an alert.
func (c *alertConverter) event(name string, piece jsonstream.Piece, alert *draft.Alert) ([]byte, error) {
	if c.suite == nil {
		for _, why := range alert.LeftOut {
			say(c.stderr, "%s:%d:%d: left out: %s", name, piece.Line, piece.Column, why)
		}
		return alert.JSON(), nil
	}
	text, err := c.suite.Test(c.ctx, alert)
	if err != nil || c.written > 0 {
		return text, err
	}
	head, err := c.suite.Head()
	return append(head, text...), err
}

// placeOf returns the place of an offset in a piece, from 1.
func placeOf(piece jsonstream.Piece, offset int) (line, column int) {
	before := piece.Raw[:min(offset, len(piece.Raw))]
	if last := bytes.LastIndexByte(before, '\n'); last >= 0 {
		return piece.Line + bytes.Count(before, []byte{'\n'}), len(before) - last
	}
	return piece.Line, piece.Column + len(before)
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
