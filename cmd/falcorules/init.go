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
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/ruletest"
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
	rules := draft.Rules{Sources: allsources.Fixtures(allsources.New())}
	for _, arg := range args {
		files, err := ruletest.RulesFiles(arg)
		if err != nil {
			return callError("%v", err)
		}
		more, err := loader.ReadFiles(files...)
		if err != nil {
			return rulesError(cmd.ErrOrStderr(), err)
		}
		rules.Files = append(rules.Files, more...)
		rules.Names = append(rules.Names, nameIn(filepath.Dir(path), arg))
	}
	d, err := draft.Write(rules)
	var wrong loader.Diagnostics
	switch {
	case errors.As(err, &wrong):
		printDiagnostics(cmd.ErrOrStderr(), wrong)
		return &exitError{exitRules, fmt.Errorf("%s, so no suite was written", count(int64(len(wrong)), "error"))}
	case err != nil:
		return callError("%v", err)
	case d.Rules == 0:
		return &exitError{exitRules, errors.New("there are no rules to test")}
	}
	if err := writeNew(cmd.OutOrStdout(), path, d.Text); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s: an event for %d, a near miss for %d\n", count(int64(d.Rules), "rule"), d.Fired, d.Missed)
	return nil
}

// nameIn returns how a file in a folder names another one.
func nameIn(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return path
	}
	target, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	name, err := filepath.Rel(absolute, target)
	if err != nil {
		return target
	}
	return filepath.ToSlash(name)
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
