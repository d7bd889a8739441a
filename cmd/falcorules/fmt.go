package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/format"
	"github.com/falcorules/falcorules/internal/proof"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// The widths of lines that fmt accepts.
const (
	defaultWidth = 100
	minWidth     = 40
)

// fmtFlags are the flags of fmt.
type fmtFlags struct {
	write, check, diff bool
	width              int
	context            []string
	recursive          bool
}

func newFmtCommand() *cobra.Command {
	var flags fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt [flags] FILE|DIR...",
		Short: "Format rules files",
		Long: `Formats rules files and prints the result. The conditions of rules and macros
and the lists in brackets get a uniform layout, and the keys of each item get
the order of Falco's style guide. Comments, outputs, descriptions and everything
else stay as they are. See docs/formatting.md.

A formatted file has the same rules: fmt loads the files before and after, and
leaves a file as it is if Falco would read it differently. Give the files that
the rules need with --context.

With several files or a folder, use -w, --check or --diff. In a folder, fmt
formats the rules files, as "falcorules check" does. The name - means standard
input.

The exit status is 0 on success, 1 with --check if a file is not formatted, and
2 if a file cannot be formatted, read or written.`,
		Example: `  falcorules fmt -w rules/
  falcorules fmt --check --context falco_rules.yaml local.yaml
  falcorules fmt - < rules.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.validate(args); err != nil {
				return err
			}
			return flags.run(cmd, args)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVarP(&flags.write, "write", "w", false, "write the result to the file, and print the names of the files that change")
	cmd.Flags().BoolVar(&flags.check, "check", false, "print the names of the files that would change, and exit with 1 if there are any")
	cmd.Flags().BoolVar(&flags.diff, "diff", false, "print the changes as a unified diff")
	cmd.Flags().IntVar(&flags.width, "width", defaultWidth, "break lines that are longer than this `number` of characters")
	cmd.Flags().StringArrayVarP(&flags.context, "context", "r", nil, "load the rules `file` or folder before the others, without formatting it; may be given several times")
	cmd.Flags().BoolVarP(&flags.recursive, "recursive", "R", false, "also read the subfolders of folders")
	return cmd
}

// validate checks the flags and arguments.
func (f *fmtFlags) validate(args []string) error {
	switch {
	case len(args) == 0:
		return callError("no rules: name rules files or folders")
	case f.width < minWidth:
		return callError("invalid --width %d: want %d or more", f.width, minWidth)
	case f.write && f.check:
		return callError("--write and --check cannot be combined")
	case f.write && slices.Contains(args, stdinName):
		return callError("--write cannot be combined with standard input")
	}
	return shareStdin(f.context, args)
}

// run formats the files that the arguments name.
func (f *fmtFlags) run(cmd *cobra.Command, args []string) error {
	var before, after []loader.File
	var failures diag.List
	count := 0
	for _, file := range (loader.Reader{Recursive: f.recursive, Stdin: cmd.InOrStdin(), Context: f.context}).Read(args...) {
		if file.Skipped != nil {
			printDiagnostics(cmd.ErrOrStderr(), diag.List{file.Skipped})
			continue
		}
		formatted := file
		if !file.Context {
			count++
			if file.Err == nil {
				formatted.Data, file.Err = format.File(file.Name, file.Data, f.width)
			}
		}
		if file.Err != nil {
			failures = append(failures, diag.Of(file.Err)...)
			continue
		}
		before, after = append(before, file), append(after, formatted)
	}
	if count > 1 && !f.write && !f.check && !f.diff {
		return callError("cannot print %d formatted files: use --write, --check or --diff", count)
	}
	options := loader.Options{Sources: all.Sources(), PluginVersions: loader.DefaultPluginVersions()}
	changed := 0
	for i, err := range proof.Files(before, after, options) {
		file, text := before[i], after[i].Data
		if file.Context {
			continue
		}
		changes := !bytes.Equal(file.Data, text)
		if err != nil {
			err = fmt.Errorf("not formatted: Falco would read the result differently: %w", err)
		} else if changes && f.write {
			err = handleInterrupt(cmd.Context(), func() error { return replaceFile(file.Name, file.Data, text) })
		}
		if err != nil {
			failures = append(failures, &diag.Diagnostic{Severity: diag.Error, Range: diag.Range{File: file.Name}, Message: err.Error()})
			continue
		}
		if changes {
			changed++
		}
		if err := f.print(cmd.OutOrStdout(), file, text); err != nil {
			return writeError(err)
		}
	}
	printDiagnostics(cmd.ErrOrStderr(), failures)
	switch {
	case len(failures) > 0:
		return &exitError{status: exitCall}
	case f.check && changed > 0:
		return &exitError{exitRules, fmt.Errorf("%s not formatted", quote.Count(changed, "file"))}
	}
	return nil
}

// print prints the formatted text of a file, its changes, or its name if it changes.
func (f *fmtFlags) print(w io.Writer, file loader.File, text []byte) error {
	var err error
	switch {
	case f.diff:
		err = writeDiff(w, file, text)
	case !f.write && !f.check:
		_, err = w.Write(text)
	case !bytes.Equal(file.Data, text):
		printLine(w, "%s", file.Name)
	}
	return err
}
