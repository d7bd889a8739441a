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

func newTestCommand() *cobra.Command {
	var (
		options ruletest.Options
		run     string
		output  string
		verbose bool
		schema  bool
		first   bool
		file    string
		reading readFlags
		fields  fieldsFiles
		measure measureFlags
	)
	cmd := &cobra.Command{
		Use:   "test [flags] [FILE|DIR|GLOB...]",
		Short: "Run rule tests",
		Long: `Runs suites of tests of rules: YAML files that name rules files, give events,
and say what fires on them. A folder, by default the current one, stands for
all files in it and below whose names end in _test.yaml. docs/testing.md has a
tutorial and all keys of suites.

    rules: rules.yaml
    tests:
      - name: a shell in a container is noticed
        event: {evt: {type: execve}, container: {id: 3ad7b26ded6d}}
        expect: [Shell in a container]

With --init it writes such a suite for rules files: for each rule an event that
fires it, found from its condition, and one like it that does not. Rules that
no event was found for have a test that is skipped and says what is missing.
Rules of sources that are not known here are left out, with a warning: --fields
names files that define them.

What fails is shown with what was expected, what fired instead, and for a rule
that did not fire the reason.

--coverage says of each check of the rules whether it decided as true and as
false: whether a rule would have said the opposite on some event if the check
alone had. --mutate changes the conditions, one small thing at a time, and says
which changes no test notices.

The exit status is 0 when no test fails, 1 when one does, also because rules do
not load, or when less is covered than --coverage-min says, and 2 when a suite
is wrong, there is none, no test matches --run, or the call is wrong otherwise.
With --init it is 1 when the rules do not load.`,
		Example: `  falcorules test rules/
  falcorules test --run 'shell|terminal' -v rules_test.yaml
  falcorules test -o junit > report.xml
  falcorules test --coverage-min 90 --coverage-out coverage.html rules/
  falcorules test --mutate --budget 1m rules/
  falcorules test --init --out rules_test.yaml rules.yaml
  falcorules test --schema > suite.schema.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			out := cmd.OutOrStdout()
			if schema {
				if _, err := out.Write(ruletest.Schema()); err != nil {
					return writeError(err)
				}
				return nil
			}
			switch {
			case first:
				return initSuite(cmd, args, file, measure.force, &reading, &fields)
			case fields.paths != nil:
				return callError("--fields is for --init; a suite names such files itself, with fields:")
			case reading.recursive, reading.unwrap:
				return callError("--recursive and --unwrap are for --init; suites are found in subfolders, and rules in them unwrapped, without these")
			case file != "":
				return callError("--out names the file that --init writes")
			}
			text := report.TextOptions{Color: colored(out), Verbose: verbose}
			render := testRenderer(output, text)
			if err := measure.set(&options); err != nil {
				return err
			}
			switch {
			case render == nil:
				return callError("-o is text, json or junit, not %q", output)
			case options.Jobs < 0 || options.Jobs > maxJobs:
				return callError("--jobs is a number from 0 to %d, not %d", maxJobs, options.Jobs)
			}
			if run != "" {
				var err error
				if options.Run, err = regexp.Compile(run); err != nil {
					return callError("--run: %v", err)
				}
			}
			if len(args) == 0 {
				args = []string{"."}
			}
			files, skipped, err := ruletest.Find(args...)
			for _, s := range skipped {
				say(cmd.ErrOrStderr(), "%s", s)
			}
			if err != nil {
				return callError("%v", err)
			}
			options.Context = cmd.Context()
			results, err := func() (*ruletest.Results, error) {
				defer handleInterrupt(cmd.Context())()
				results := ruletest.RunFiles(files, options)
				if err := render(out, results); err != nil {
					return nil, writeError(err)
				}
				return results, measure.write(cmd, results, output, text)
			}()
			switch {
			case err != nil:
				return err
			case results.Interrupted:
				return errInterrupted
			}
			if err := measure.writeFiles(results.Coverage); err != nil {
				return err
			}
			if err := testStatus(results, run); err != nil {
				return err
			}
			return measure.status(results)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&run, "run", "", "run the tests whose names the `regex` matches; those of cases are test/case")
	flags.BoolVarP(&verbose, "verbose", "v", false, "in text, show all tests, not only those that fail")
	flags.StringVarP(&output, "output", "o", "text", "form of the output: `text|json|junit`")
	flags.BoolVar(&options.FailFast, "fail-fast", false, "end the run behind the first failure")
	flags.IntVar(&options.Jobs, "jobs", 0, "run `N` suites at a time; 0 is one for each processor")
	flags.StringVar(&options.Root, "root", "", "refuse suites, and files that they name, outside of this `folder`")
	measure.add(cmd)
	flags.BoolVar(&schema, "schema", false, "print the JSON schema of suites, for editors")
	flags.BoolVar(&first, "init", false, "write a first suite for rules files, or folders of them")
	flags.StringVar(&file, "out", "", "the `file` that --init writes, ending in _test.yaml, instead of standard output")
	addForce(cmd, &measure.force)
	reading.add(cmd)
	fields.add(cmd)
	return cmd
}

// testRenderer returns what writes results in a form, or nil.
func testRenderer(form string, options report.TextOptions) func(io.Writer, *ruletest.Results) error {
	switch form {
	case "text":
		return func(w io.Writer, r *ruletest.Results) error { return report.Text(w, r, options) }
	case "json":
		return report.JSON
	case "junit":
		return report.JUnit
	}
	return nil
}

// testStatus returns the error to exit with.
func testStatus(results *ruletest.Results, run string) error {
	c := results.Counts()
	switch {
	case c.Wrong > 0:
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
		return "there is no test"
	}
	return fmt.Sprintf("no test matches --run %q", run)
}
