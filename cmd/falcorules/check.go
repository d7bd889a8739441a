package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/plugins"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/loader/report"
)

// allSources returns every source that is known: rules of these are checked.
func allSources() []*fieldsets.Source {
	return append([]*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource()}, plugins.Sources()...)
}

// rulesFlags are the flags of commands that read rules files to judge them.
type rulesFlags struct {
	context       []string
	unwrap        bool
	engineVersion string
	plugins       []string
}

// load reads the rules files. The ruleset is nil where that is not possible; the
// error is then one of the call, and otherwise one of the rules.
func (f *rulesFlags) load(args []string, stdin io.Reader) (*loader.Ruleset, error) {
	options := loader.Options{Sources: allSources(), Unwrap: f.unwrap}
	context, err := loader.ReadFiles(f.context...)
	if err != nil {
		return nil, err
	}
	for i := range context {
		context[i].Context = true
	}
	files, err := loader.ReadFiles(args...)
	if err != nil {
		return nil, err
	}
	return loader.Load(append(context, files...), options)
}

func newCheckCommand() *cobra.Command {
	var (
		flags  rulesFlags
		output string
	)
	cmd := &cobra.Command{
		Use:   "check [flags] FILE|DIR...",
		Short: "Say what Falco would say of rules files, and more",
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := flags.load(args, cmd.InOrStdin())
			if set == nil {
				return rulesError(cmd.ErrOrStderr(), err)
			}
			if err := report.Falco(cmd.OutOrStdout(), set); err != nil {
				return callError("%v", err)
			}
			if err != nil {
				return &exitError{status: exitRules, err: fmt.Errorf("")}
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "`text|json|sarif|github|junit`")
	return cmd
}

func newDescribeCommand() *cobra.Command {
	var (
		flags  rulesFlags
		output string
	)
	cmd := &cobra.Command{
		Use:   "describe [flags] FILE|DIR...",
		Short: "Print rules, macros and lists, resolved",
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := flags.load(args, cmd.InOrStdin())
			if err != nil {
				return rulesError(cmd.ErrOrStderr(), err)
			}
			if err := report.Describe(cmd.OutOrStdout(), set); err != nil {
				return callError("%v", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "`text|json`")
	return cmd
}
