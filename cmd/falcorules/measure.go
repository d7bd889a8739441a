package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/report"
)

// measureFlags ask for how good tests are.
type measureFlags struct {
	coverage bool
	min      float64
	mutate   bool
	budget   time.Duration
}

func (f *measureFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.coverage, "coverage", false, "say what the tests show of the rules and their checks, and what they do not")
	flags.Float64Var(&f.min, "coverage-min", 0, "exit with 1 where less than `PERCENT` of the checks' outcomes are covered; implies --coverage")
	flags.BoolVar(&f.mutate, "mutate", false, "change the conditions, one check at a time, and say which changes no test notices")
	flags.DurationVar(&f.budget, "budget", 0, "with --mutate, try no further change this `DURATION` after the start, such as 30s")
}

// set sets the options that the flags ask for.
func (f *measureFlags) set(options *ruletest.Options) error {
	if !(f.min >= 0 && f.min <= 100) {
		return callError("--coverage-min is a number from 0 to 100, not %v", f.min)
	}
	if f.budget < 0 || f.budget > 0 && !f.mutate {
		return callError("--budget is a duration from 0, and goes with --mutate")
	}
	options.Coverage = f.coverage || f.min > 0
	options.Mutate, options.Budget = f.mutate, f.budget
	return nil
}

// write writes what was measured behind the report of the tests. JSON has it in itself;
// beside JUnit's XML, which has no place for it, it goes to standard error.
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

// status returns the error to exit with.
func (f *measureFlags) status(results *ruletest.Results) error {
	if results.Coverage == nil {
		return nil
	}
	if share := ruletest.ShareOf(results.Coverage.Checks); share.Percent() < f.min {
		return &exitError{exitRules, fmt.Errorf("%d of %d outcomes of checks are covered, less than %v percent", share.Seen, share.Of, f.min)}
	}
	return nil
}
