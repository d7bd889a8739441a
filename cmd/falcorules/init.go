package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/filename"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest/draft"
)

func newTestInitCommand() *cobra.Command {
	var (
		path    string
		force   bool
		reading readFlags
		fields  fieldsFiles
	)
	cmd := &cobra.Command{
		Use:   "init [flags] FILE|DIR...",
		Short: "Generate a test suite for rules",
		Long: `Writes a suite with a test for each rule: an event that fires it, found from its
condition, and a near miss, which differs in one value and does not fire it. If
no event is found, the test is skipped, with a reason. Rules with unknown
sources or fields are left out with a warning; define them with --fields.

The exit status is 1 if the rules do not load, or if no rules are found.`,
		Example: `  falcorules test init --out rules_test.yaml rules.yaml
  falcorules test init --fields shop.yaml --out shop_test.yaml rules/`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return initSuite(cmd, args, path, force, &reading, &fields)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&path, "out", "", "write the suite to `file`, whose name ends in _test.yaml, instead of standard output")
	addForce(cmd, &force)
	reading.add(cmd)
	fields.add(cmd)
	return cmd
}

// initSuite generates a suite and writes it to path, or to standard output if path is
// empty.
func initSuite(cmd *cobra.Command, args []string, path string, force bool, reading *readFlags, fields *fieldsFiles) error {
	if path != "" && !filename.IsSuite(path) {
		return callError("invalid --out %s: the name of a suite must end in _test.yaml", quote.Name(path))
	}
	if len(args) == 0 {
		return callError("no rules: name rules files or folders")
	}
	if err := checkWritable(path, force); err != nil {
		return err
	}
	rules, err := reading.suiteRules(cmd, args, filepath.Dir(path))
	if err != nil {
		return err
	}
	if rules.Fields, err = fields.namesIn(filepath.Dir(path)); err != nil {
		return err
	}
	sources, err := fields.extend(cmd.InOrStdin(), all.Sources())
	if err != nil {
		return err
	}
	rules.Sources = fixtures.Sources(sources)
	d, err := draft.Write(cmd.Context(), rules)
	if err != nil {
		return noSuite(cmd, err)
	}
	printDiagnostics(cmd.ErrOrStderr(), d.Warnings)
	switch {
	case d.Rules == 0 && d.Skipped > 0:
		return &exitError{exitRules, fmt.Errorf("no rules to test: %s skipped", quote.Count(d.Skipped, "rule"))}
	case d.Rules == 0:
		return &exitError{exitRules, errors.New("no rules to test")}
	}
	if path != "" {
		err = writeFile(path, d.Text, force)
	} else if _, err = cmd.OutOrStdout().Write(d.Text); err != nil {
		err = writeError(err)
	}
	if err != nil {
		return err
	}
	for _, i := range d.Impossible {
		printLine(cmd.ErrOrStderr(), "%s: no event can fire rule %s: %s", i.Rule.NameAt, quote.Text(i.Rule.Name), strings.Join(i.Reasons, "; "))
	}
	summary := fmt.Sprintf("%s: %s, %d near misses", quote.Count(d.Rules, "rule"), quote.Count(d.FiringEvents, "firing event"), d.NearMisses)
	if d.NearMisses == 1 {
		summary = strings.TrimSuffix(summary, "es")
	}
	if n := len(d.Impossible); n > 0 {
		summary += fmt.Sprintf("; %s cannot fire", quote.Count(n, "rule"))
	}
	if d.Skipped > 0 {
		summary += fmt.Sprintf("; %s skipped", quote.Count(d.Skipped, "more rule"))
	}
	printLine(cmd.ErrOrStderr(), "%s", summary)
	return nil
}
