package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/loader/report"
)

// renderer writes the result of check, with the notices of package lint, in one format.
type renderer func(w io.Writer, set *loader.Ruleset, notices diag.List) error

// newRenderer returns the renderer of a format, or nil. Diagnostics that are at least
// as severe as failOn make check fail. In text mode, quiet hides the others.
func newRenderer(format string, failOn diag.Severity, quiet bool) renderer {
	switch format {
	case "text":
		least := diag.Notice
		if quiet {
			least = failOn
		}
		return func(w io.Writer, set *loader.Ruleset, notices diag.List) error {
			return report.Text(w, set, notices, report.TextOptions{Color: colored(w), Least: least})
		}
	case "json":
		return report.Falco
	case "junit":
		return func(w io.Writer, set *loader.Ruleset, notices diag.List) error {
			return report.JUnit(w, set, notices, failOn)
		}
	case "sarif":
		return func(w io.Writer, set *loader.Ruleset, notices diag.List) error {
			return writeSARIF(w, slices.Concat(set.Diagnostics(), notices))
		}
	case "github":
		return func(w io.Writer, set *loader.Ruleset, notices diag.List) error {
			return diag.WriteGitHub(w, slices.Concat(set.Diagnostics(), notices))
		}
	}
	return nil
}

func writeSARIF(w io.Writer, list diag.List) error {
	return diag.WriteSARIF(w, list, diag.SARIFOptions{
		Version: version(),
		Rule: func(code diag.Code) diag.SARIFRule {
			rule := diag.SARIFRule{Description: lint.Describe(code)}
			if isAnalyzer(string(code)) {
				rule.HelpURI = "https://github.com/falcorules/falcorules/blob/main/docs/lint/" + string(code) + ".md"
			}
			return rule
		},
		Incomplete: slices.ContainsFunc(list, isUnreadable),
	})
}

func newCheckCommand() *cobra.Command {
	var (
		flags  checkFlags
		output string
		strict bool
		failOn string
		quiet  bool
	)
	cmd := &cobra.Command{
		Use:   "check [flags] FILE|DIR...",
		Short: "Validate rules files",
		Long: `Loads rules files as one ruleset, in the order given, and prints Falco's verdict
on each file, with Falco's codes. Falco stops at the first mistake in a file;
check reports all of them. It also prints notices: likely mistakes that Falco
accepts silently.

In a folder, check reads the files whose names end in .yaml or .yml, sorted by
name, but not test suites, whose names end in _test.yaml. Like Falco, it does
not read subfolders unless you pass -R. A file that is given twice is loaded
once. The name - means standard input.

The output formats are

  text     for people
  json     what falco -V prints with json_output, with additional keys
  sarif    SARIF 2.1.0, for code scanning
  github   annotations for GitHub workflows
  junit    for CI systems

The exit status is 0 if Falco accepts all files, 1 if it rejects one, and 2 if a
file cannot be read or the command line is wrong. With --fail-on warning or
--strict, warnings also make it 1; with --fail-on notice, notices do too.`,
		Example: `  falcorules check rules/
  falcorules check --context falco_rules.yaml local.yaml
  kubectl get configmap falco-rules -o yaml | falcorules check --unwrap -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			fails, err := diag.ParseSeverity(failOn)
			if err != nil {
				return callError("--fail-on: %v", err)
			}
			if strict {
				fails = max(fails, diag.Warning)
			}
			render := newRenderer(output, fails, quiet)
			if render == nil {
				return callError("invalid --output %q: want text, json, sarif, github or junit", output)
			}
			set, rulesErr := flags.load(cmd, args)
			if set == nil {
				return rulesErr
			}
			notices := lint.Notices(cmd.Context(), set)
			if err := render(cmd.OutOrStdout(), set, notices); err != nil {
				return writeError(err)
			}
			rejected := slices.ContainsFunc(set.Results, func(r *loader.Result) bool { return !r.Successful() })
			if rulesErr != nil || rejected {
				return &exitError{status: rulesStatus(set.Errors)}
			}
			return failure(len(set.Warnings), len(set.Notices)+len(notices), fails)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVarP(&output, "output", "o", "text", "print the result in this `format`: text, json, sarif, github or junit")
	cmd.Flags().StringVar(&failOn, "fail-on", diag.Error.String(), "exit with 1 for anything of at least this `severity`: error, warning or notice")
	cmd.Flags().BoolVar(&strict, "strict", false, "the same as --fail-on warning")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "in text mode, show only what makes the command fail")
	flags.add(cmd)
	return cmd
}

// failure returns an error if the rules have warnings or notices that count as failures.
func failure(warnings, notices int, fails diag.Severity) error {
	var counts []string
	if warnings > 0 && fails >= diag.Warning {
		counts = append(counts, quote.Count(warnings, "warning"))
	}
	if notices > 0 && fails >= diag.Notice {
		counts = append(counts, quote.Count(notices, "notice"))
	}
	if counts == nil {
		return nil
	}
	return &exitError{exitRules, fmt.Errorf("%s, which --fail-on %s does not allow", strings.Join(counts, " and "), fails)}
}

func newDescribeCommand() *cobra.Command {
	var (
		flags  checkFlags
		output string
		rule   string
	)
	cmd := &cobra.Command{
		Use:   "describe [flags] FILE|DIR...",
		Short: "Print the rules that a set of files defines",
		Long: `Loads rules files as "falcorules check" does and prints the resulting rules, by
source and priority, with the macros, lists and fields that each one uses. With
-o json it prints what falco -L prints with json_output, with the conditions as
Falco compiles them.`,
		Example: `  falcorules describe falco_rules.yaml local.yaml
  falcorules describe -o json --rule "Read sensitive file" falco_rules.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if output != "text" && output != "json" {
				return callError("invalid --output %q: want text or json", output)
			}
			set, err := flags.load(cmd, args)
			if set == nil {
				return err
			}
			if err != nil {
				printDiagnostics(cmd.ErrOrStderr(), set.Errors)
				return &exitError{rulesStatus(set.Errors), fmt.Errorf("%s, so the rules cannot be described", quote.Count(len(set.Errors), "error"))}
			}
			printSkipped(cmd.ErrOrStderr(), set.Notices)
			if rule != "" {
				if set.Rules = slices.DeleteFunc(set.Rules, func(r *loader.Rule) bool { return r.Name != rule }); len(set.Rules) == 0 {
					return callError("unknown rule %q", rule)
				}
			}
			describe := report.Describe
			if output == "text" {
				describe = func(w io.Writer, set *loader.Ruleset) error { return report.DescribeText(w, set, rule != "") }
			}
			if err := describe(cmd.OutOrStdout(), set); err != nil {
				return writeError(err)
			}
			return nil
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVarP(&output, "output", "o", "text", "print the result in this `format`: text or json")
	cmd.Flags().StringVar(&rule, "rule", "", "describe only the rule with this `name`, in detail")
	flags.add(cmd)
	return cmd
}
