package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/filename"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest/draft"
)

// initSuite writes a first suite for rules files to a file, or without a name to
// standard output.
func initSuite(cmd *cobra.Command, args []string, path string, force bool, reading *readFlags, fields *fieldsFiles) error {
	if err := refuseOthers(cmd); err != nil {
		return err
	}
	if path != "" && !filename.IsSuite(path) {
		return callError("%s is no name of a suite, which ends in _test.yaml: it would be taken for rules", quote.Name(path))
	}
	if len(args) == 0 {
		return callError("no rules: name the rules files to write a suite for")
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
	rules.Sources = all.Fixtures(sources)
	rules.Context = cmd.Context()
	d, err := draft.Write(rules)
	if err != nil {
		return noSuite(cmd, err)
	}
	printDiagnostics(cmd.ErrOrStderr(), d.Warnings)
	switch {
	case d.Rules == 0 && d.Skipped > 0:
		return &exitError{exitRules, fmt.Errorf("there are no rules to test: %s skipped", count(int64(d.Skipped), "rule"))}
	case d.Rules == 0:
		return &exitError{exitRules, errors.New("there are no rules to test")}
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
		at := i.Rule.NameAt
		say(cmd.ErrOrStderr(), "%s:%d:%d: no event can fire rule %s: %s", at.File, at.Line, at.Column, quote.Text(i.Rule.Name), strings.Join(i.Reasons, "; "))
	}
	said := fmt.Sprintf("%s: an event that fires it for %d, a near miss for %d", count(int64(d.Rules), "rule"), d.Fired, d.Missed)
	if n := len(d.Impossible); n > 0 {
		said += fmt.Sprintf("; no event can fire %d", n)
	}
	if d.Skipped > 0 {
		said += fmt.Sprintf("; %s skipped", count(int64(d.Skipped), "more rule"))
	}
	say(cmd.ErrOrStderr(), "%s", said)
	return nil
}

// refuseOthers refuses the flags that say how suites are run.
func refuseOthers(cmd *cobra.Command) error {
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "init", "out", "force", "fields", "recursive", "unwrap":
		case "output":
			err = callError("-o is the form of results; --out names the file that --init writes")
		default:
			err = callError("--%s is for runs of suites, and --init runs none", f.Name)
		}
	})
	return err
}
