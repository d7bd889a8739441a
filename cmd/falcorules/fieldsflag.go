package main

import (
	"io"
	"os"

	"github.com/spf13/pflag"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fieldsfile"
)

// fieldsFiles are the files of the flag --fields, which define sources and fields
// that are not known here.
type fieldsFiles []string

func (f *fieldsFiles) add(flags *pflag.FlagSet) {
	flags.StringArrayVar((*[]string)(f), "fields", nil, "`file` with sources and fields of your own: what falco --list --format json prints, or YAML; may be given several times")
}

// extend returns the sources with what the files say; of two definitions of a
// field the later one counts. The error is one to exit with.
func (f fieldsFiles) extend(stdin io.Reader, sources []*fieldsets.Source) ([]*fieldsets.Source, error) {
	for _, path := range f {
		definitions, err := readFieldsFile(stdin, path)
		if err != nil {
			return nil, callError("--fields: %v", err)
		}
		sources = fieldsfile.Extend(sources, definitions...)
	}
	return sources, nil
}

func readFieldsFile(stdin io.Reader, path string) ([]fieldsfile.Definition, error) {
	if path == stdinName {
		return fieldsfile.Parse(stdin, stdinName)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return fieldsfile.Parse(file, path)
}
