package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/docs"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// lintCommand is the command lint with its flags.
type lintCommand struct {
	flags   checkFlags
	config  configFlags
	base    baselineFlags
	fixes   fixFlags
	output  string
	failOn  string
	explain string
	list    bool
	schema  bool
}

func newLintCommand() *cobra.Command {
	var x lintCommand
	cmd := &cobra.Command{
		Use:   "lint [flags] FILE|DIR...",
		Short: "Find likely mistakes in rules that load",
		Long: `Loads rules files as "falcorules check" does and reports likely mistakes that
Falco accepts: checks that are never true, exclusions that exclude nothing, ways
to evade a rule. Run "falcorules check", too: lint does not repeat the warnings
that Falco prints itself.

Each finding has an ID and a level: error, warning or info, which is printed as
notice. --list prints all IDs with their levels in the first file or folder, or
in the working directory. --explain explains one of them.

--fix applies the fixes that are safe, and --diff prints them. A fix is left out
if the rules would not load after it, or would have new warnings or findings.
Files given with --context do not change. See docs/linting.md.

--falco-config also checks falco.yaml: which rules it selects, what it adds to
outputs, and keys that Falco would ignore. Without FILE, lint checks the rules
files that it names. See "falcorules lint --explain falco-config".

--audit-policy also finds rules for Kubernetes audit events that cannot fire,
because the audit policy of the API server does not log what they need.

The file .falcorules.yaml in the folder of a file, or in the nearest folder
above, sets levels, options, ignored files and context. Flags override it.

--baseline accepts the findings that --write-baseline wrote to a file, and
--new-from those in the output of an earlier run, such as one of another branch.
They are neither reported nor fixed.

The exit status is 1 if a finding is at least as severe as --fail-on, and
otherwise 0. It is 2 if the rules do not load, in which case their errors are
printed instead, if a file cannot be written, or if the command line is wrong.
With --diff, findings do not affect it.`,
		Example: `  falcorules lint rules/
  falcorules lint --context falco_rules.yaml local.yaml
  falcorules lint --falco-config falco.yaml rules/
  falcorules lint --diff rules/
  falcorules lint --profile strict --level style=off rules/
  falcorules lint --audit-policy audit-policy.yaml k8s_audit_rules.yaml
  falcorules lint --explain comm-length`,
		RunE: x.run,
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVarP(&x.output, "output", "o", "text", "print the findings in this `format`: text, json, sarif, github or junit")
	cmd.Flags().StringVar(&x.failOn, "fail-on", lint.Warning.String(), "exit with 1 for findings of at least this `level`: error, warning or info")
	x.fixes.add(cmd)
	cmd.Flags().StringVar(&x.explain, "explain", "", "explain findings with this `ID`")
	cmd.Flags().BoolVar(&x.list, "list", false, "list the IDs of all findings, with their levels and fixes; with -o json, also their options")
	cmd.Flags().BoolVar(&x.schema, "schema", false, "print the JSON schema of the configuration")
	x.config.add(cmd)
	x.base.add(cmd)
	x.flags.add(cmd)
	return cmd
}

func (x *lintCommand) run(cmd *cobra.Command, args []string) error {
	switch {
	case x.explain != "":
		return explainFinding(cmd.OutOrStdout(), x.explain)
	case x.list:
		return x.config.list(cmd, x.output, args)
	case x.schema:
		return printLintSchema(cmd)
	}
	fails, err := lint.ParseLevel(x.failOn)
	if err != nil || fails == lint.Off {
		return callError("invalid --fail-on %q: want error, warning or info", x.failOn)
	}
	write := findingsWriter(x.output, fails)
	if write == nil {
		return callError("invalid --output %q: want text, json, sarif, github or junit", x.output)
	}
	if err := x.fixes.validate(args); err != nil {
		return err
	}
	configs, err := x.config.load(cmd)
	if err != nil {
		return err
	}
	known, err := x.base.load(cmd)
	if err != nil {
		return err
	}
	files, options, err := configs.readFiles(cmd, &x.flags, args)
	if err != nil {
		return err
	}
	lintFiles := func(files []loader.File) (*linted, error) {
		set, err := loader.Load(files, options)
		if err != nil {
			return &linted{files: files, set: set}, err
		}
		return &linted{files, set, lint.Run(cmd.Context(), set, configs.options)}, nil
	}
	now, err := lintFiles(files)
	printSkipped(cmd.ErrOrStderr(), now.set.Notices)
	if err != nil {
		if err := write(cmd.OutOrStdout(), now.set, now.set.Errors); err != nil {
			return writeError(err)
		}
		return &exitError{exitCall, fmt.Errorf("%s, so the rules cannot be linted", quote.Count(len(now.set.Errors), "error"))}
	}
	if x.fixes.fix || x.fixes.diff {
		if now, err = x.fixes.run(cmd, now, known, lintFiles); err != nil || x.fixes.diff {
			return err
		}
	}
	if x.base.write != "" {
		return x.base.save(cmd, now.findings)
	}
	findings, stale := known.without(now.findings)
	x.base.reportStale(cmd, files, stale)
	if err := write(cmd.OutOrStdout(), now.set, findings); err != nil {
		return writeError(err)
	}
	if slices.ContainsFunc(findings, func(d *diag.Diagnostic) bool { return d.Severity <= fails.Severity() }) {
		return &exitError{status: exitRules}
	}
	return nil
}

// findingsWriter returns the writer of a format, or nil. Findings that are at least as severe
// as fails make lint fail.
func findingsWriter(format string, fails lint.Level) func(io.Writer, *loader.Ruleset, diag.List) error {
	switch format {
	case "text":
		return func(w io.Writer, _ *loader.Ruleset, list diag.List) error {
			err := diag.WriteText(w, list, diag.TextOptions{Color: colored(w)})
			if err == nil && len(list) > 0 {
				_, err = fmt.Fprintln(w, list.Summary())
			}
			return err
		}
	case "json":
		return func(w io.Writer, _ *loader.Ruleset, list diag.List) error {
			return quote.WriteJSON(w, struct {
				Findings diag.List `json:"findings"`
			}{append(diag.List{}, list...)}, "")
		}
	case "sarif":
		return func(w io.Writer, _ *loader.Ruleset, list diag.List) error { return writeSARIF(w, list) }
	case "github":
		return func(w io.Writer, _ *loader.Ruleset, list diag.List) error { return diag.WriteGitHub(w, list) }
	case "junit":
		return func(w io.Writer, set *loader.Ruleset, list diag.List) error {
			return diag.WriteJUnit(w, "falcorules lint", filesOf(set, list), fails.Severity())
		}
	}
	return nil
}

// filesOf returns the diagnostics by file, for all files that were checked and all that have
// diagnostics.
func filesOf(set *loader.Ruleset, list diag.List) []diag.JUnitFile {
	var files []diag.JUnitFile
	index := map[string]int{}
	file := func(name string) *diag.JUnitFile {
		if _, known := index[name]; !known {
			index[name] = len(files)
			files = append(files, diag.JUnitFile{Name: name})
		}
		return &files[index[name]]
	}
	for _, r := range set.Results {
		file(r.Name)
	}
	for _, d := range list {
		f := file(loader.InputOf(d))
		f.Diagnostics = append(f.Diagnostics, d)
	}
	return files
}

// explainFinding prints the page about a finding.
func explainFinding(w io.Writer, id string) error {
	page, err := docs.Lint.ReadFile("lint/" + id + ".md")
	if err != nil || !isAnalyzer(id) {
		hint := suggest.HintOf(id, lint.Default(), func(a *lint.Analyzer) string { return string(a.ID) })
		if hint == "" {
			hint = "falcorules lint --list prints all IDs"
		}
		if slices.Contains(loader.Codes(), diag.Code(id)) {
			hint = "it is a code of falcorules check, which docs/diagnostics.md explains"
		}
		return callError("unknown finding %s; %s", quote.Text(id), hint)
	}
	if _, err := w.Write(page); err != nil {
		return writeError(err)
	}
	return nil
}

func isAnalyzer(id string) bool {
	return slices.ContainsFunc(lint.Default(), func(a *lint.Analyzer) bool { return string(a.ID) == id })
}
