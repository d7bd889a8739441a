package main

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fieldsfile"
	"github.com/falcorules/falcorules/internal/quote"
)

// fieldsFiles are the files of the flag --fields, which define sources and fields
// that are not known here.
type fieldsFiles struct {
	paths []string
	cmd   *cobra.Command
}

func (f *fieldsFiles) add(cmd *cobra.Command) {
	f.cmd = cmd
	cmd.Flags().StringArrayVar(&f.paths, "fields", nil, "read sources and fields of your own from `file`: the output of falco --list --format json, or YAML; may be given several times")
}

// extend returns the sources with what the files say; of two definitions of a
// field the later one counts, which is said on standard error. The error is one to
// exit with.
func (f *fieldsFiles) extend(stdin io.Reader, sources []*fieldsets.Source) ([]*fieldsets.Source, error) {
	for _, path := range f.paths {
		definitions, err := f.read(stdin, path)
		if err != nil {
			return nil, err
		}
		var replaced []fieldsfile.Replacement
		sources, replaced = fieldsfile.Extend(sources, definitions...)
		sayReplaced(f.cmd.ErrOrStderr(), path, replaced)
	}
	return sources, nil
}

// namesIn returns how a suite in a folder names the files.
func (f *fieldsFiles) namesIn(dir string) ([]string, error) {
	var names []string
	for _, path := range f.paths {
		if path == stdinName {
			return nil, callError("--fields: a suite cannot name standard input: give a file")
		}
		names = append(names, nameIn(dir, path))
	}
	return names, nil
}

func (f *fieldsFiles) read(stdin io.Reader, path string) ([]fieldsfile.Definition, error) {
	in := stdin
	if path != stdinName {
		file, err := os.Open(path)
		if err != nil {
			return nil, callError("--fields: %s", fileError(path, err))
		}
		defer file.Close()
		in = file
	}
	definitions, err := fieldsfile.Parse(in, path)
	var unread *fs.PathError
	var bad *diag.Diagnostic
	switch {
	case errors.As(err, &unread):
		return nil, callError("--fields: %s", fileError(path, unread))
	case errors.As(err, &bad):
		return nil, sayDiagnostics(f.cmd, exitCall, diag.List{bad})
	case err != nil:
		return nil, callError("--fields: %v", err)
	}
	return definitions, nil
}

// maxReplaced is how many fields of a file are named.
const maxReplaced = 20

// sayReplaced names the fields of a file that took the place of others: each has
// no values any more, and may be a mistake.
func sayReplaced(stderr io.Writer, path string, replaced []fieldsfile.Replacement) {
	for i, r := range replaced {
		if i == maxReplaced {
			say(stderr, "%s: so do %s more", path, quote.Count(len(replaced)-i, "field"))
			return
		}
		say(stderr, "%v: %s replaces the field of source %s", r.Range, r.Name, r.Source)
	}
}
