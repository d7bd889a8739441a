package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/internal/allsources"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest/draft"
)

// initSuite writes a first suite for rules files to a new file, or without a name to
// standard output.
func initSuite(cmd *cobra.Command, args []string, path string) error {
	if len(args) == 0 {
		return callError("no rules: name the rules files to write a suite for")
	}
	if _, err := os.Lstat(path); err == nil {
		return callError("%s is there already, and is not overwritten", quote.Name(path))
	}
	rules, err := rulesOf(cmd, args, filepath.Dir(path))
	if err != nil {
		return err
	}
	rules.Sources = allsources.Fixtures(allsources.New())
	rules.Context = cmd.Context()
	d, err := draft.Write(rules)
	switch {
	case err != nil:
		return noSuite(cmd, err)
	case d.Rules == 0:
		return &exitError{exitRules, errors.New("there are no rules to test")}
	}
	if err := writeNew(cmd.OutOrStdout(), path, d.Text); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s: an event that fires it for %d, a near miss for %d\n", count(int64(d.Rules), "rule"), d.Fired, d.Missed)
	return nil
}

// writeNew writes a file that is not there yet, or to w where it has no name.
func writeNew(w io.Writer, path string, text []byte) error {
	if path == "" {
		if _, err := w.Write(text); err != nil {
			return writeError(err)
		}
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Close())
	}
	var bad *fs.PathError
	if errors.As(err, &bad) {
		err = bad.Err
	}
	if err != nil {
		return callError("cannot write %s: %v", quote.Name(path), err)
	}
	return nil
}
