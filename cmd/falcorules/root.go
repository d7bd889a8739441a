package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/internal/quote"
)

// Exit statuses.
const (
	exitOK          = 0
	exitRules       = 1 // something is wrong with the rules
	exitCall        = 2 // the command line is wrong, or a file cannot be read or written
	exitInterrupted = 130
)

// exitError ends the command with a status. If err is nil, it prints nothing: the problem
// has been reported before.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// execute runs the command and returns its exit status. When ctx is done, the command is
// interrupted.
func execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:   "falcorules",
		Short: "Validate, run and test Falco rules without Falco",
		Long: `falcorules validates, runs and tests Falco rules without Falco.

The exit status is 0 on success, 1 if something is wrong with the rules, 2 if
the command line is wrong or a file cannot be read, and 130 if interrupted.
Results go to standard output, everything else to standard error.`,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	var unknown error
	addHelp(root, &unknown)
	root.AddCommand(newCheckCommand(), newLintCommand(), newFmtCommand(), newDescribeCommand(), newRunCommand(), newServeCommand(), newFilterCommand(), newExplainCommand(), newTestCommand(), newFixtureCommand(), newCaptureCommand(), newParseCommand(), newFieldsCommand(), newConvertCommand(), newCompletionCommand())
	root.SetArgs(args)
	root.SetIn(stdin)
	out, errs := &output{w: stdout}, &output{w: stderr}
	root.SetOut(out)
	root.SetErr(errs)
	err := untilInterrupted(ctx, func(ctx context.Context) error {
		cmd, err := root.ExecuteContextC(ctx)
		var exit *exitError
		switch {
		case out.err != nil:
			return writeError(out.err)
		case unknown != nil:
			return unknown
		case err != nil && !errors.As(err, &exit):
			return usageError(cmd, err) // cobra's
		}
		return err
	}, out, errs)
	var exit *exitError
	if !errors.As(err, &exit) {
		return exitOK
	}
	out.abandon()
	errs.abandon()
	if exit.err != nil {
		printLast(ctx, stderr, fmt.Sprintf("falcorules: %s\n", quote.Lines(exit.err.Error())))
	}
	return exit.status
}

// printLast prints the last line of the command. After an interrupt it does not wait long
// if the write is blocked.
func printLast(ctx context.Context, w io.Writer, text string) {
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		_, _ = io.WriteString(w, text) // an error cannot be reported anywhere
	}()
	select {
	case <-printed:
		return
	case <-ctx.Done():
	}
	select {
	case <-printed:
	case <-time.After(patience):
	}
}

// callError returns an error of one line that ends the command with exitCall.
func callError(format string, args ...any) error {
	return &exitError{exitCall, errors.New(quote.Line(fmt.Sprintf(format, args...)))}
}

// version returns the version of the module that the command was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
