package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
)

// stdinName is the name of standard input in arguments and messages.
const stdinName = events.Stdin

// inputFiles returns the files that the arguments name, including those in folders.
// Without arguments it returns standard input.
func inputFiles(args []string, stdin io.Reader) ([]string, error) {
	if len(args) == 0 {
		if isTerminal(stdin) {
			return nil, callError("no input: name files or folders with events, or pipe events to standard input")
		}
		return []string{events.Stdin}, nil
	}
	files, err := events.FindFiles(args)
	if err != nil {
		return nil, callError("%s", lineOf(diag.Of(err)[0]))
	}
	return files, nil
}

// lineOf returns a diagnostic as one line.
func lineOf(d *diag.Diagnostic) string {
	line := d.Message
	if at := d.Range.String(); at != "" {
		line = at + ": " + line
	}
	hint := d.Hint
	if errors.Is(d, events.ErrRules) {
		hint = "put -r before each rules file"
	}
	if hint != "" {
		line += "; " + hint
	}
	return line
}

// fileError returns the text of an error without the name of the system call.
func fileError(name string, err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return fmt.Sprintf("%s: %v", pathErr.Path, pathErr.Err)
	}
	return fmt.Sprintf("%s: %v", name, err)
}

// checkNotOutput returns an error if an input is the file that the results are written to:
// it would grow forever.
func checkNotOutput(stdout io.Writer, inputs []string) error {
	out := asFile(stdout)
	if out == nil {
		return nil
	}
	info, err := out.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	for _, name := range inputs {
		if in, err := os.Stat(name); err == nil && os.SameFile(info, in) {
			return callError("%s is both an input and the output", name)
		}
	}
	return nil
}
