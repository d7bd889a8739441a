package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/psp"
)

func newConvertCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "convert psp|pss [flags]",
		Short: "Convert pod security policies to rules",
		Long: `Writes Falco rules that fire on pods that Kubernetes would reject under a
PodSecurityPolicy or a Pod Security Standard: a dry run of the policy over the
audit log of a cluster that does not enforce it. See docs/psp.md.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return callError("unknown conversion %q: want psp or pss", args[0])
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(newConvertPSPCommand(), newConvertPSSCommand())
	return cmd
}

// convertFlags are the flags that both conversions have.
type convertFlags struct {
	rules   string
	tests   string
	sources []string
	output  string
	force   bool
}

func (f *convertFlags) add(cmd *cobra.Command) {
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&f.rules, "rules-path", stdinName, "write the rules to `file`; - is standard output")
	cmd.Flags().StringVar(&f.tests, "tests", "", "write a test suite for the rules to `file`; needs --rules-path")
	cmd.Flags().StringSliceVar(&f.sources, "sources", nil, "write rules for these event `sources`: k8s_audit, syscall (default both, or k8s_audit to standard output)")
	cmd.Flags().StringVarP(&f.output, "output", "o", "text", "print the report in this `format`: text or json")
	cmd.Flags().BoolVar(&f.force, "force", false, "also replace files that convert did not write")
}

// check validates the flags. The files in read are those that the command reads.
func (f *convertFlags) check(read ...string) error {
	if f.output != "text" && f.output != "json" {
		return callError("invalid --output %q: want text or json", f.output)
	}
	if f.tests != "" && f.rules == stdinName {
		return callError("--tests needs --rules-path, because a suite names its rules file")
	}
	for _, s := range f.eventSources() {
		if !slices.Contains(psp.Sources(), s) {
			return callError("invalid source %q in --sources: want k8s_audit or syscall", s)
		}
	}
	if f.rules == stdinName && len(f.eventSources()) > 1 {
		return callError("cannot write rules for several sources to standard output: choose one with --sources, or a file with --rules-path")
	}
	files := slices.Concat(read, f.rulesFiles(), []string{f.tests})
	files = slices.DeleteFunc(files, func(path string) bool { return path == stdinName || path == "" })
	for i, path := range files {
		if slices.ContainsFunc(files[:i], func(other string) bool { return sameFile(path, other) }) {
			return callError("%s is named twice: policies, rules and suite must be different files", path)
		}
	}
	return nil
}

// rulesFiles returns the rules file of each event source: --rules-path for the first one,
// and a file beside it for the other.
func (f *convertFlags) rulesFiles() []string {
	var out []string
	for i, s := range f.eventSources() {
		path := f.rules
		if i > 0 {
			ext := filepath.Ext(path)
			path = strings.TrimSuffix(path, ext) + "_" + string(s) + ext
		}
		out = append(out, path)
	}
	return out
}

// sameFile reports whether two paths name the same file, which need not exist yet.
func sameFile(a, b string) bool {
	if absA, err := filepath.Abs(a); err == nil {
		if absB, err := filepath.Abs(b); err == nil && absA == absB {
			return true
		}
	}
	infoA, err := os.Stat(a)
	if err != nil {
		return false
	}
	infoB, err := os.Stat(b)
	return err == nil && os.SameFile(infoA, infoB)
}

// eventSources returns the sources of the flag or, without it, the default ones. Unknown
// names come last.
func (f *convertFlags) eventSources() []psp.Source {
	switch {
	case len(f.sources) > 0:
	case f.rules == stdinName:
		return []psp.Source{psp.K8sAudit}
	default:
		return psp.Sources()
	}
	var out []psp.Source
	for _, name := range f.sources {
		out = append(out, psp.Source(strings.TrimSpace(name)))
	}
	slices.Sort(out) // as in psp.Sources, k8s_audit comes first
	return slices.Compact(out)
}

// addScope adds the flags for the names and the scope of the rules.
func addScope(cmd *cobra.Command, options *psp.Options) {
	cmd.Flags().StringVar(&options.NamePrefix, "name-prefix", "", "begin the names of rules, macros and lists with this `text`")
	cmd.Flags().StringSliceVar(&options.Namespaces, "namespaces", nil, "apply the rules to pods in these `namespaces` and in those that a policy names")
}

// checkScope validates the flags of addScope and trims namespaces.
func checkScope(cmd *cobra.Command, options *psp.Options) error {
	for i, name := range options.Namespaces {
		options.Namespaces[i] = strings.TrimSpace(name)
	}
	if cmd.Flags().Changed("namespaces") && (len(options.Namespaces) == 0 || slices.Contains(options.Namespaces, "")) {
		return callError("--namespaces contains an empty name: omit the flag for all namespaces")
	}
	return nil
}

// write writes the rules files, the suite and the report.
func (f *convertFlags) write(cmd *cobra.Command, c *psp.Conversion) error {
	for _, n := range c.Notes {
		printLine(cmd.ErrOrStderr(), "falcorules: %s", n)
	}
	files, err := f.files(c)
	if err != nil {
		return err
	}
	if f.rules == stdinName {
		return f.writeOut(cmd.OutOrStdout(), c, string(files[0].text))
	}
	for _, file := range files {
		if err := checkWritable(file.path, f.force || isGenerated(file.path)); err != nil {
			return err
		}
	}
	for _, file := range files {
		if err := writeFile(file.path, file.text, f.force || isGenerated(file.path)); err != nil {
			return err
		}
	}
	if f.output == "json" {
		return f.report(cmd.OutOrStdout(), c, "")
	}
	for _, file := range files {
		if file.isRules {
			printLine(cmd.OutOrStdout(), "%s: %s", file.path, quote.Count(file.rules, "rule"))
		}
	}
	return nil
}

// writeOut writes the rules to standard output, as text or in a JSON report.
func (f *convertFlags) writeOut(w io.Writer, c *psp.Conversion, rules string) error {
	if f.output == "json" {
		return f.report(w, c, rules)
	}
	if _, err := io.WriteString(w, rules); err != nil {
		return writeError(err)
	}
	return nil
}

// outputFile is a file to write.
type outputFile struct {
	path    string
	text    []byte
	isRules bool // not a suite
	rules   int  // number of rules
}

// files returns the files to write: the rules of each source that has some, and the suite.
func (f *convertFlags) files(c *psp.Conversion) ([]outputFile, error) {
	var out []outputFile
	paths := f.rulesFiles()
	for i, s := range f.eventSources() {
		if i > 0 && !slices.Contains(c.Sources(), s) {
			continue
		}
		var text bytes.Buffer
		if err := c.WriteRules(&text, s); err != nil {
			return nil, err
		}
		rules := 0
		for _, r := range c.Rules {
			if r.Source == s {
				rules++
			}
		}
		out = append(out, outputFile{paths[i], text.Bytes(), true, rules})
	}
	if f.tests == "" {
		return out, nil
	}
	var suite bytes.Buffer
	err := f.suite(&suite, c)
	return append(out, outputFile{f.tests, suite.Bytes(), false, 0}), err
}

// suite writes the suite, with the path of the rules file relative to it.
func (f *convertFlags) suite(w io.Writer, c *psp.Conversion) error {
	rules, err := filepath.Abs(f.rules)
	if err != nil {
		return callError("%v", err)
	}
	tests, err := filepath.Abs(f.tests)
	if err != nil {
		return callError("%v", err)
	}
	if rel, err := filepath.Rel(filepath.Dir(tests), rules); err == nil {
		rules = filepath.ToSlash(rel)
	}
	if err := c.WriteSuite(w, rules); err != nil {
		return callError("--tests: %v", err)
	}
	return nil
}

// report writes the JSON report. It includes the rules if they are not written to a file.
func (f *convertFlags) report(w io.Writer, c *psp.Conversion, rules string) error {
	return quote.WriteJSON(w, c.Report(rules), "  ")
}

func newConvertPSPCommand() *cobra.Command {
	var (
		flags   convertFlags
		path    string
		options psp.Options
	)
	cmd := &cobra.Command{
		Use:   "psp [FILE] [--rules-path FILE] [flags]",
		Short: "Convert PodSecurityPolicies",
		Long: `Writes rules for PodSecurityPolicies of policy/v1beta1 or extensions/v1beta1. A
file may contain several policies.

Rules "PSP NAME Violation (PROPERTY) K8s Audit" fire on pods that the admission
controller would have rejected because of that property. Rules "... Mutation
..." fire on pods for which it would have set a default. Rules "... System
Activity" fire on what containers do. Falco rejects a rules file if it lacks a
plugin for it, so these rules go to a separate file: with --rules-path
rules.yaml, it is rules_syscall.yaml.

Properties that cannot be expressed as rules are reported on standard error, in
the rules file and in the -o json report. The report includes the rules if they
are not written to a file. convert replaces files that it wrote itself, and
other files only with --force.

The exit status is 1 if a policy is invalid, and 2 if a file cannot be read or
written or the command line is wrong.`,
		Example: `  falcorules convert psp policy.yaml --rules-path rules.yaml \
      --tests rules_test.yaml
  kubectl get psp -o yaml | falcorules convert psp > rules.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if cmd.Flags().Changed("psp-path") {
					return callError("policies are given twice: use either %s or --psp-path %s", args[0], path)
				}
				path = args[0]
			}
			if err := flags.check(path); err != nil {
				return err
			}
			if err := checkScope(cmd, &options); err != nil {
				return err
			}
			options.Sources = flags.eventSources()
			policies, err := readPolicies(cmd, path)
			if err != nil {
				return err
			}
			c, err := psp.Convert(policies, options)
			if err != nil {
				return &exitError{exitRules, err}
			}
			return flags.write(cmd, c)
		},
	}
	cmd.Flags().StringVar(&path, "psp-path", stdinName, "read policies from `file`, like the argument; - is standard input")
	flags.add(cmd)
	addScope(cmd, &options)
	cmd.Flags().BoolVar(&options.NoMutations, "no-mutations", false, "leave out the Mutation rules")
	return cmd
}

func readPolicies(cmd *cobra.Command, path string) ([]*psp.Policy, error) {
	in := cmd.InOrStdin()
	if path != stdinName {
		file, err := os.Open(path)
		if err != nil {
			return nil, callError("%s", fileError(path, err))
		}
		defer file.Close()
		in = file
	}
	policies, err := psp.Read(in, path)
	var mistakes diag.List
	if errors.As(err, &mistakes) {
		return nil, reportDiagnostics(cmd, exitRules, mistakes)
	}
	if err != nil {
		return nil, callError("%v", err)
	}
	return policies, nil
}

func newConvertPSSCommand() *cobra.Command {
	var (
		flags   convertFlags
		options psp.Options
		level   string
		version string
	)
	cmd := &cobra.Command{
		Use:   "pss --level LEVEL [--version VERSION] [flags]",
		Short: "Write rules for the Pod Security Standards",
		Long: `Writes rules for the Pod Security Standards, as defined in a version of
Kubernetes.

Rules "Pod Security LEVEL Violation (CHECK)" fire on pods that the level forbids
because of that check. Rules "... System Activity" fire on what containers do.
They go to a separate file: with --rules-path rules.yaml, it is
rules_syscall.yaml. convert replaces files that it wrote itself, and other files
only with --force.`,
		Example: `  falcorules convert pss --level restricted --rules-path rules.yaml
  falcorules convert pss --level baseline --version v1.24 > rules.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if level == "" {
				return callError("--level is required: want baseline or restricted")
			}
			if err := flags.check(); err != nil {
				return err
			}
			if err := checkScope(cmd, &options); err != nil {
				return err
			}
			options.Sources = flags.eventSources()
			c, err := psp.Standard(psp.Level(level), version, options)
			if err != nil {
				return callError("%v", err)
			}
			return flags.write(cmd, c)
		},
	}
	cmd.Flags().StringVar(&level, "level", "", "write rules for this `level`: baseline, or restricted, which includes baseline")
	cmd.Flags().StringVar(&version, "version", "latest", "use the standards of this Kubernetes `version`, such as v1.24")
	flags.add(cmd)
	addScope(cmd, &options)
	return cmd
}
