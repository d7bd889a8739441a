package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture"
	"github.com/falcorules/falcorules/loader"
)

func newFilterCommand() *cobra.Command {
	var (
		flags   sourceFlags
		loading rulesFlags
		rules   []string
	)
	cmd := &cobra.Command{
		Use:   "filter CONDITION [flags] [INPUT...]",
		Short: "Print the events that match a condition",
		Long: `Prints the events that match a condition, unchanged: grep for audit logs.

INPUT is as in "falcorules run". -s names the source of the condition and the
events. If the condition is invalid, no event is read and the exit status is 1.
The events of captures are printed as in "falcorules capture events".`,
		Example: `  falcorules filter 'ka.verb = get and ka.target.resource = secrets' audit.log
  falcorules filter -s syscall 'fd.name startswith /etc' capture.scap
  falcorules filter -r rules.yaml 'kevt and not non_system_user' audit/`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return callError("no condition given: want falcorules filter CONDITION [INPUT...]")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := shareStdin(flags.fields.paths, rules, orStdin(args[1:])); err != nil {
				return err
			}
			sources, err := flags.eventSources(cmd.InOrStdin())
			if err != nil {
				return err
			}
			options, err := loading.options(sources.rules)
			if err != nil {
				return err
			}
			condition, notices, err := loader.LoadCondition(args[0], sources.main.Name(), loading.reader(cmd).Read(rules...), options)
			printSkipped(cmd.ErrOrStderr(), notices)
			if err != nil {
				return rulesError(cmd.ErrOrStderr(), err)
			}
			inputs, err := inputFiles(args[1:], cmd.InOrStdin())
			if err != nil {
				return err
			}
			return filter(cmd, &flags, sources, condition, nil, inputs)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringArrayVarP(&rules, "rules", "r", nil, "load the rules `file` or folder whose macros and lists the condition uses; may be given several times")
	cmd.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "macros" { // an older name
			name = "rules"
		}
		return pflag.NormalizedName(name)
	})
	loading.add(cmd)
	flags.add(cmd)
	flags.addJobs(cmd)
	flags.addSafeOutput(cmd)
	return cmd
}

// filter prints the events that match a condition, with a template if it is not nil.
func filter(cmd *cobra.Command, flags *sourceFlags, sources *eventSources, condition *eval.Condition, template *eval.Template, inputs []string) error {
	f := &feed{cmd: cmd, flags: flags, sources: sources, sequential: condition.Sequential()}
	f.newVisitor = func() events.Visitor {
		var evaluator eval.Evaluator
		return func(ev *fieldsets.Event, out []byte) ([]byte, error) {
			if evaluator.SetEvent(ev); !evaluator.Holds(condition) {
				return out, nil
			}
			start := len(out)
			if template != nil {
				out = evaluator.Append(out, template)
			} else {
				out = appendEvent(out, ev)
			}
			return flags.endLine(out, start), nil
		}
	}
	return f.run(inputs)
}

// appendEvent appends an event as it was read, or for an event of a capture a line about it.
func appendEvent(out []byte, ev *fieldsets.Event) []byte {
	switch data := ev.Data.(type) {
	case *fixture.Event:
		return append(out, data.Raw()...)
	case *capture.Event:
		out, _ = data.AppendText(out) // never fails
		return out
	}
	return append(out, ev.Data.(jsonfields.Data).JSON().Raw()...)
}
