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

// fieldsFiles are the files of the flag --fields, which define sources and fields.
type fieldsFiles struct {
	paths []string
	cmd   *cobra.Command
}

func (f *fieldsFiles) add(cmd *cobra.Command) {
	f.cmd = cmd
	cmd.Flags().StringArrayVar(&f.paths, "fields", nil, "read your own sources and fields from `file`: the output of falco --list --format json, or YAML; may be given several times")
}

// extend adds the sources and fields of the files to sources. If a field is defined twice,
// the later definition counts, which is reported on standard error. The error is one to
// exit with.
func (f *fieldsFiles) extend(stdin io.Reader, sources []*fieldsets.Source) ([]*fieldsets.Source, error) {
	for _, path := range f.paths {
		definitions, err := f.read(stdin, path)
		if err != nil {
			return nil, err
		}
		var replaced []fieldsfile.Replacement
		sources, replaced = fieldsfile.Extend(sources, definitions...)
		reportReplaced(f.cmd.ErrOrStderr(), path, replaced)
	}
	return sources, nil
}

// namesIn returns the paths of the files relative to a suite's folder.
func (f *fieldsFiles) namesIn(dir string) ([]string, error) {
	var names []string
	for _, path := range f.paths {
		if path == stdinName {
			return nil, callError("--fields: a suite cannot name standard input; use a file")
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
		return nil, reportDiagnostics(f.cmd, exitCall, diag.List{bad})
	case err != nil:
		return nil, callError("--fields: %v", err)
	}
	return definitions, nil
}

// maxReplaced limits how many fields of a file are listed.
const maxReplaced = 20

// reportReplaced lists fields that replace known ones. This may be a mistake: only fixtures
// have values for them.
func reportReplaced(stderr io.Writer, path string, replaced []fieldsfile.Replacement) {
	for i, r := range replaced {
		if i == maxReplaced {
			printLine(stderr, "%s: %s replaced", path, quote.Count(len(replaced)-i, "more field"))
			return
		}
		printLine(stderr, "%v: %s replaces the field of source %s", r.Range, r.Name, r.Source)
	}
}
