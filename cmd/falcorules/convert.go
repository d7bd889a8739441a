package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/psp"
)

func newConvertCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "convert psp|pss [flags]",
		Short: "Convert pod security policies to rules",
		Long: `Makes Falco rules of what Kubernetes would refuse: a dry run of a policy over
the audit log of a cluster that does not enforce it. docs/psp.md has the
details.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return callError("there is no conversion %q: it is psp or pss", args[0])
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(newConvertPSPCommand(), newConvertPSSCommand())
	return cmd
}

// convertFlags are those of both conversions.
type convertFlags struct {
	rules   string
	tests   string
	sources []string
	output  string
}

func (f *convertFlags) add(cmd *cobra.Command) {
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&f.rules, "rules-path", stdinName, "rules `file` to write; - is standard output")
	cmd.Flags().StringVar(&f.tests, "tests", "", "suite `file` to write, of tests of the rules; needs --rules-path")
	cmd.Flags().StringSliceVar(&f.sources, "sources", []string{"k8s_audit", "syscall"}, "event `sources` to write rules for")
	cmd.Flags().StringVarP(&f.output, "output", "o", "text", "form of the report: `text|json`")
}

// check says what is wrong with the flags, beside those of the files that are read.
func (f *convertFlags) check(read ...string) error {
	if f.output != "text" && f.output != "json" {
		return callError("-o is text or json, not %q", f.output)
	}
	if f.tests != "" && f.rules == stdinName {
		return callError("--tests needs --rules-path: a suite names the rules file")
	}
	files := slices.DeleteFunc(append(read, f.rules, f.tests), func(path string) bool { return path == stdinName || path == "" })
	for i, path := range files {
		if slices.ContainsFunc(files[:i], func(other string) bool { return sameFile(path, other) }) {
			return callError("%s would be overwritten: what is read, the rules and the suite are files of their own", path)
		}
	}
	for _, s := range f.eventSources() {
		if !slices.Contains(psp.Sources(), s) {
			return callError("--sources are k8s_audit and syscall, not %q", s)
		}
	}
	return nil
}

// sameFile reports whether two paths lead to one file, which there may not be yet.
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

// eventSources returns the sources that are asked for.
func (f *convertFlags) eventSources() []psp.Source {
	var out []psp.Source
	for _, name := range f.sources {
		out = append(out, psp.Source(strings.TrimSpace(name)))
	}
	return out
}

// addScope adds the flags that say what rules are called and what they are about.
func addScope(cmd *cobra.Command, options *psp.Options) {
	cmd.Flags().StringVar(&options.NamePrefix, "name-prefix", "", "`text` that the names of rules, macros and lists begin with")
	cmd.Flags().StringSliceVar(&options.Namespaces, "namespaces", nil, "`namespaces` that the rules are about, beside those that a policy names")
}

// checkScope says what is wrong with the flags that addScope added, and takes blanks
// away around namespaces.
func checkScope(cmd *cobra.Command, options *psp.Options) error {
	for i, name := range options.Namespaces {
		options.Namespaces[i] = strings.TrimSpace(name)
	}
	if cmd.Flags().Changed("namespaces") && (len(options.Namespaces) == 0 || slices.Contains(options.Namespaces, "")) {
		return callError("--namespaces has an empty name; leave the flag out for all namespaces")
	}
	return nil
}

// write writes the rules file and the report.
func (f *convertFlags) write(cmd *cobra.Command, c *psp.Conversion) error {
	for _, n := range c.Notes {
		say(cmd.ErrOrStderr(), "falcorules: %s", n)
	}
	if f.rules == stdinName && f.output == "text" {
		if err := c.WriteRules(cmd.OutOrStdout()); err != nil {
			return writeError(err)
		}
		return nil
	}
	var text, suite strings.Builder
	if err := c.WriteRules(&text); err != nil {
		return err
	}
	if err := f.suite(&suite, c); err != nil {
		return err
	}
	if f.rules != stdinName {
		if err := os.WriteFile(f.rules, []byte(text.String()), 0o666); err != nil {
			return callError("%s", fileError(f.rules, err))
		}
		text.Reset()
	}
	if f.tests != "" {
		if err := os.WriteFile(f.tests, []byte(suite.String()), 0o666); err != nil {
			return callError("%s", fileError(f.tests, err))
		}
	}
	if f.output == "json" {
		return f.report(cmd.OutOrStdout(), c, text.String())
	}
	say(cmd.OutOrStdout(), "%s: %s", f.rules, count(int64(len(c.Rules)), "rule"))
	return nil
}

// suite writes the suite, if one is asked for. It names the rules file by its way
// from there.
func (f *convertFlags) suite(w io.Writer, c *psp.Conversion) error {
	if f.tests == "" {
		return nil
	}
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

// report writes the report as JSON, with the rules file if that is written nowhere
// else.
func (f *convertFlags) report(w io.Writer, c *psp.Conversion, rules string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(c.Report(rules))
}

func newConvertPSPCommand() *cobra.Command {
	var (
		flags   convertFlags
		path    string
		options psp.Options
	)
	cmd := &cobra.Command{
		Use:   "psp [--psp-path FILE] [--rules-path FILE] [flags]",
		Short: "Make rules of PodSecurityPolicies",
		Long: `Makes rules of PodSecurityPolicies, of policy/v1beta1 or extensions/v1beta1,
one or more in a file. Rules "PSP NAME Violation (PROPERTY) K8s Audit" fire on
pods that the admission controller would have refused because of that property,
rules "… Mutation …" on pods that it would have given a default. Rules "…
System Activity" are about what containers do.

What cannot be expressed is said on standard error, in the rules file and in
the report of -o json, which holds the rules file too if that goes nowhere
else. The exit status is 1 if the policies are wrong, and 2 if the call could
not be carried out.`,
		Example: `  falcorules convert psp --psp-path psp.yaml --rules-path rules.yaml \
      --tests rules_test.yaml
  kubectl get psp -o yaml | falcorules convert psp > rules.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.check(path); err != nil {
				return err
			}
			if err := checkScope(cmd, &options); err != nil {
				return err
			}
			options.Sources = flags.eventSources()
			policies, err := readPolicies(cmd.InOrStdin(), path)
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
	cmd.Flags().StringVar(&path, "psp-path", stdinName, "`file` of policies; - is standard input")
	flags.add(cmd)
	addScope(cmd, &options)
	cmd.Flags().BoolVar(&options.NoMutations, "no-mutations", false, "leave out the rules about defaults that admission would set")
	return cmd
}

func readPolicies(stdin io.Reader, path string) ([]*psp.Policy, error) {
	in := stdin
	if path != stdinName {
		file, err := os.Open(path)
		if err != nil {
			return nil, callError("%s", fileError(path, err))
		}
		defer file.Close()
		in = file
	}
	policies, err := psp.Read(in, quote.Line(path))
	if err != nil {
		return nil, &exitError{exitRules, err}
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
		Short: "Make rules of the Pod Security Standards",
		Long: `Makes rules of the Pod Security Standards, as they are in a version of
Kubernetes. Rules "Pod Security LEVEL Violation (CHECK)" fire on pods that the
level forbids because of that check.`,
		Example: `  falcorules convert pss --level restricted --rules-path rules.yaml
  falcorules convert pss --level baseline --version v1.24 > rules.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
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
	cmd.Flags().StringVar(&level, "level", "", "`level` of the standards: baseline, or restricted with the baseline's")
	cmd.Flags().StringVar(&version, "version", "latest", "`version` of Kubernetes whose standards these are")
	flags.add(cmd)
	addScope(cmd, &options)
	return cmd
}
