package main

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/coverage"
	"github.com/falcorules/falcorules/ruletest/report"
)

// measureFlags are the flags for coverage and mutation.
type measureFlags struct {
	coverage bool
	files    []string
	min      float64
	mutate   bool
	budget   time.Duration
	force    bool
}

func (f *measureFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.coverage, "coverage", false, "report which rules and checks the tests cover")
	flags.StringArrayVar(&f.files, "coverage-out", nil, "also write the coverage to `FILE`, whose name ends in .html or .json; implies --coverage")
	flags.Float64Var(&f.min, "coverage-min", 0, "exit with 1 if less than `PERCENT` of the outcomes are covered; implies --coverage")
	flags.BoolVar(&f.mutate, "mutate", false, "make small changes to the conditions and list those that do not make a test fail")
	flags.DurationVar(&f.budget, "budget", 0, "with --mutate, stop trying changes after this `DURATION`, such as 30s")
}

// set validates the flags and sets the options.
func (f *measureFlags) set(options *ruletest.Options) error {
	if !(f.min >= 0 && f.min <= 100) {
		return callError("invalid --coverage-min %v: want a number from 0 to 100", f.min)
	}
	switch {
	case f.budget < 0:
		return callError("invalid --budget %v: want 0 or more", f.budget)
	case f.budget > 0 && !f.mutate:
		return callError("--budget needs --mutate")
	}
	for _, name := range f.files {
		if coverageWriter(name) == nil {
			return callError("invalid --coverage-out %q: want a name that ends in .html or .json", name)
		}
		if err := checkWritable(name, f.force); err != nil {
			return err
		}
	}
	options.Coverage = f.coverage || f.min > 0 || len(f.files) > 0
	options.Mutate, options.Budget = f.mutate, f.budget
	return nil
}

// coverageWriter returns the function that writes a coverage file, depending on its name,
// or nil.
func coverageWriter(name string) func(io.Writer, *coverage.Report) error {
	switch filepath.Ext(name) {
	case ".html":
		return report.CoverageHTML
	case ".json":
		return report.CoverageJSON
	}
	return nil
}

// writeFiles writes the files of --coverage-out.
func (f *measureFlags) writeFiles(c *coverage.Report) error {
	for _, name := range f.files {
		var b bytes.Buffer
		err := coverageWriter(name)(&b, c)
		if err != nil {
			return callError("--coverage-out: %v", err)
		}
		if err := writeFile(name, b.Bytes(), f.force); err != nil {
			return err
		}
	}
	return nil
}

// write writes coverage and mutation after the report of the tests. The JSON report
// includes them; JUnit XML cannot, so they go to standard error.
func (f *measureFlags) write(cmd *cobra.Command, results *ruletest.Results, form string, options report.TextOptions) error {
	out := cmd.OutOrStdout()
	switch form {
	case "json":
		return nil
	case "junit":
		out, options.Color = cmd.ErrOrStderr(), false
	}
	if results.Coverage != nil {
		if err := report.CoverageText(out, results.Coverage, options); err != nil {
			return writeError(err)
		}
	}
	if results.Mutation != nil {
		if err := report.MutationText(out, results.Mutation, options); err != nil {
			return writeError(err)
		}
	}
	return nil
}

// status returns an error if too little is covered.
func (f *measureFlags) status(results *ruletest.Results) error {
	if results.Coverage == nil {
		return nil
	}
	if ratio := coverage.OutcomesOf(results.Coverage.Checks); ratio.Percent() < f.min || ratio.Total == 0 && f.min > 0 {
		return &exitError{exitRules, fmt.Errorf("%d of %d outcomes of checks are covered, less than --coverage-min %v", ratio.Covered, ratio.Total, f.min)}
	}
	return nil
}
