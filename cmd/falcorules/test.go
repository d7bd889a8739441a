package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/report"
)

// testFlags are the flags of the test command.
type testFlags struct {
	options ruletest.Options
	run     string
	output  string
	verbose bool
	measure measureFlags
}

func newTestCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test [flags] [FILE|DIR|GLOB...]",
		Short: "Run rule tests",
		Long: `Runs test suites for rules: YAML files that name rules files, give events, and
say which rules must fire on them. In a folder, by default the current one, test
runs all files whose names end in _test.yaml, including those in subfolders.
docs/testing.md has a tutorial and a reference.

    rules: rules.yaml
    tests:
      - name: a shell in a container is noticed
        event: {evt: {type: execve}, container: {id: 3ad7b26ded6d}}
        expect: [Shell in a container]

A failure shows what was expected, what fired instead, and why a rule fired or
did not.

--coverage reports, for each check in the rules, whether the tests cover both of
its outcomes, true and false. An outcome counts as covered if flipping this
check alone would flip the rule's result on some event. --mutate makes small
changes to the conditions, one at a time, and lists those that do not make a
test fail.

The exit status is 0 if no test fails; 1 if one fails, for example because the
rules do not load, or if coverage is below --coverage-min; and 2 if a suite is
invalid, there is no suite, or no test matches --run.`,
		Example: `  falcorules test rules/
  falcorules test --run 'shell|terminal' -v rules_test.yaml
  falcorules test -o junit > report.xml
  falcorules test --coverage-min 90 --coverage-out coverage.html rules/
  falcorules test --mutate --budget 1m rules/
  falcorules test init --out rules_test.yaml rules.yaml
  falcorules test schema > suite.schema.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.set(); err != nil {
				return err
			}
			return f.test(cmd, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.run, "run", "", "run only tests whose names match `regex`; the name of a case is test/case")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "in text mode, show all tests, not only failures")
	flags.StringVarP(&f.output, "output", "o", "text", "print the report in this `format`: text, json or junit")
	flags.BoolVar(&f.options.FailFast, "fail-fast", false, "stop after the first failure")
	flags.IntVar(&f.options.Jobs, "jobs", 0, "run `N` suites at a time; 0 means one per processor")
	flags.StringVar(&f.options.Root, "root", "", "reject suites outside of this `folder`, and suites that name files outside of it")
	f.measure.add(cmd)
	addForce(cmd, &f.measure.force)
	cmd.AddCommand(newTestInitCommand(), newTestSchemaCommand())
	return cmd
}

// set validates the flags and sets the options.
func (f *testFlags) set() error {
	switch {
	case f.renderer(report.TextOptions{}) == nil:
		return callError("invalid --output %q: want text, json or junit", f.output)
	case f.options.Jobs < 0 || f.options.Jobs > maxJobs:
		return callError("invalid --jobs %d: want a number from 0 to %d", f.options.Jobs, maxJobs)
	}
	if f.run != "" {
		var err error
		if f.options.Run, err = regexp.Compile(f.run); err != nil {
			return callError("--run: %v", err)
		}
	}
	return f.measure.set(&f.options)
}

// test runs the suites that the arguments name.
func (f *testFlags) test(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		args = []string{"."}
	}
	files, skipped, err := ruletest.Find(args...)
	for _, s := range skipped {
		printLine(cmd.ErrOrStderr(), "%s", s)
	}
	if err != nil {
		return callError("%v", err)
	}
	var results *ruletest.Results
	err = handleInterrupt(cmd.Context(), func() (err error) {
		results, err = f.report(cmd, files)
		return err
	})
	switch {
	case err != nil:
		return err
	case results.Interrupted:
		return errInterrupted
	}
	if err := f.measure.writeFiles(results.Coverage); err != nil {
		return err
	}
	if err := testStatus(results, f.run); err != nil {
		return err
	}
	return f.measure.status(results)
}

// report runs suites and prints the results. After an interrupt, it prints those so far.
func (f *testFlags) report(cmd *cobra.Command, files []string) (*ruletest.Results, error) {
	out := cmd.OutOrStdout()
	text := report.TextOptions{Color: colored(out), Verbose: f.verbose}
	results := ruletest.RunFiles(cmd.Context(), files, f.options)
	if err := f.renderer(text)(out, results); err != nil {
		return nil, writeError(err)
	}
	return results, f.measure.write(cmd, results, f.output, text)
}

func newTestSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of test suites",
		Long: `Prints the JSON schema of test suites. Editors with a YAML language server use
it to complete and check suites.`,
		Example: "  falcorules test schema > suite.schema.json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := cmd.OutOrStdout().Write(ruletest.Schema()); err != nil {
				return writeError(err)
			}
			return nil
		},
	}
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q", args[0])
	}
	return nil
}

// renderer returns the writer of the output format, or nil if the format is unknown.
func (f *testFlags) renderer(options report.TextOptions) func(io.Writer, *ruletest.Results) error {
	switch f.output {
	case "text":
		return func(w io.Writer, r *ruletest.Results) error { return report.Text(w, r, options) }
	case "json":
		return report.JSON
	case "junit":
		return report.JUnit
	}
	return nil
}

// testStatus returns the error to exit with, or nil if all tests passed.
func testStatus(results *ruletest.Results, run string) error {
	c := results.Counts()
	switch {
	case c.Invalid > 0:
		return &exitError{status: exitCall}
	case c.Passed+c.Failed+c.Skipped == 0:
		return &exitError{exitCall, errors.New(noTest(run))}
	case c.Failed > 0:
		return &exitError{status: exitRules}
	}
	return nil
}

func noTest(run string) string {
	if run == "" {
		return "no tests in the suites"
	}
	return fmt.Sprintf("no test matches --run %q", run)
}
