package main

import (
	"errors"
	"fmt"
	"iter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/loader"
)

// helpWidth is the largest number of columns in help texts.
const helpWidth = 80

// usageTemplate is cobra's template with wrapped flags.
var usageTemplate = fmt.Sprintf(`Usage:{{if .HasParent}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if or .IsAvailableCommand (eq .Name "help")}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped %d | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

Use "{{.CommandPath}} COMMAND --help" for more information about a command.{{end}}
`, helpWidth)

// invalidValue reports an invalid value of a flag, and what is expected, without the
// words of package strconv.
func invalidValue(err *pflag.InvalidValueError) error {
	var want string
	switch err.GetFlag().Value.Type() {
	case "bool":
		want = "true or false"
	case "int":
		want = "a whole number"
	case "uint64":
		want = "a non-negative whole number"
	case "float64":
		want = "a number"
	case "duration":
		want = "a duration such as 30s"
	default:
		return err
	}
	return fmt.Errorf("invalid --%s %q: want %s", err.GetFlag().Name, err.GetValue(), want)
}

// addHelp adds the help command, and suggestions to usage errors. If the help of an
// unknown command is asked for, it sets unknown.
func addHelp(root *cobra.Command, unknown *error) {
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if names := cmd.Flags().Args(); takesCommand(cmd) && len(names) > 0 {
			*unknown = unknownCommand(cmd, names[0])
			return
		}
		help(cmd, args)
	})
	root.SetUsageTemplate(usageTemplate)
	root.SetVersionTemplate(fmt.Sprintf("{{.Name}} {{.Version}} (Falco %s, rules engine %s)\n", loader.FalcoVersion, loader.DefaultEngineVersion()))
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print the help of a command",
		RunE: func(_ *cobra.Command, args []string) error {
			about := root
			for _, name := range args {
				next := commandNamed(about, name)
				if next == nil {
					return unknownCommand(about, name)
				}
				about = next
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	})
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		var invalid *pflag.InvalidValueError
		if errors.As(err, &invalid) {
			return invalidValue(invalid)
		}
		var unknown *pflag.NotExistError
		if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
			return err
		}
		if meant := commandNamed(cmd, unknown.GetSpecifiedName()); meant != nil {
			return fmt.Errorf("%w: did you mean %s?", err, meant.CommandPath())
		}
		return withHint(err, unknown.GetSpecifiedName(), flagNames(cmd), "--")
	})
	root.Args = cobra.ArbitraryArgs
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return cmd.Help()
	}
}

// takesCommand reports whether the arguments of a command are names of commands. The
// arguments of test are files, although it has subcommands.
func takesCommand(cmd *cobra.Command) bool { return cmd.HasSubCommands() && cmd.Name() != "test" }

func commandNamed(parent *cobra.Command, name string) *cobra.Command {
	for _, c := range parent.Commands() {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

func unknownCommand(parent *cobra.Command, name string) error {
	err := fmt.Errorf("unknown command %q for %q", name, parent.CommandPath())
	return usageError(parent, withHint(err, name, func(yield func(string) bool) {
		for _, c := range parent.Commands() {
			if c.IsAvailableCommand() && !yield(c.Name()) {
				return
			}
		}
	}, ""))
}

// usageError returns an error that refers to the help of the command.
func usageError(cmd *cobra.Command, err error) error {
	return &exitError{exitCall, fmt.Errorf("%w\nSee '%s --help'.", err, cmd.CommandPath())} //nolint:revive,staticcheck // the last line is a sentence
}

func flagNames(cmd *cobra.Command) iter.Seq[string] {
	return func(yield func(string) bool) {
		more := true
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			more = more && (f.Hidden || yield(f.Name))
		})
	}
}

// withHint adds the known name that is most similar to a misspelled one.
func withHint(err error, name string, known iter.Seq[string], prefix string) error {
	meant := suggest.Nearest(name, known)
	if meant == "" {
		return err
	}
	return fmt.Errorf("%w: did you mean %s%s?", err, prefix, meant)
}

func newCompletionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a completion script for a shell",
		Long: `Prints a script that lets a shell complete the commands and flags of falcorules.
Load it in the shell's startup file.`,
		Example: `  source <(falcorules completion bash)
  falcorules completion fish | source`,
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return callError("want one shell: bash, zsh, fish or powershell")
			}
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return callError("unknown shell %q: want bash, zsh, fish or powershell", args[0])
		},
	}
}
