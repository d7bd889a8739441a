package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/lint"
)

// list prints all analyzers as they are configured for the first file or folder, or for the
// working directory.
func (f *configFlags) list(cmd *cobra.Command, output string, args []string) error {
	configs, err := f.load(cmd)
	if err != nil {
		return err
	}
	var levels map[string]lint.Level
	var values lint.Values
	switch info, statErr := os.Stat(append(args, ".")[0]); {
	case statErr == nil && info.IsDir():
		levels, values = configs.ofFolder(append(args, ".")[0]).Settings("", configs.levels)
	default:
		levels, values = configs.settings(args[0])
	}
	if err := configs.err(cmd); err != nil {
		return err
	}
	switch output {
	case "text":
		err = listText(cmd.OutOrStdout(), levels)
	case "json":
		err = listJSON(cmd.OutOrStdout(), levels, values)
	default:
		return callError("invalid --output %q: want text or json with --list", output)
	}
	if err != nil {
		return writeError(err)
	}
	return nil
}

// analyzersByCategory returns all analyzers, in the order of the categories.
func analyzersByCategory() []*lint.Analyzer {
	var out []*lint.Analyzer
	for _, category := range lint.Categories() {
		for _, a := range lint.Default() {
			if a.Category == category {
				out = append(out, a)
			}
		}
	}
	return out
}

// listText prints a line for each analyzer.
func listText(w io.Writer, levels map[string]lint.Level) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, a := range analyzersByCategory() {
		fix := ""
		if a.Fix != lint.NoFix {
			fix = a.Fix.String() + " fix"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", a.ID, levels[string(a.ID)], fix, a.Category, strings.TrimSuffix(a.Summary, "."))
	}
	return out.Flush()
}

// listedAnalyzer is an analyzer in the output of --list -o json.
type listedAnalyzer struct {
	ID       string         `json:"id"`
	Category string         `json:"category"`
	Level    string         `json:"level"`
	Default  string         `json:"default_level"`
	Fix      string         `json:"fix"`
	Summary  string         `json:"summary"`
	Options  map[string]any `json:"options,omitempty"`
}

// listJSON prints all analyzers as JSON, with the values of their options.
func listJSON(w io.Writer, levels map[string]lint.Level, values lint.Values) error {
	var list []listedAnalyzer
	for _, a := range analyzersByCategory() {
		var options map[string]any
		for _, o := range a.Options {
			if options == nil {
				options = map[string]any{}
			}
			options[o.Name] = o.Default
			if v, ok := values[a.ID][o.Name]; ok {
				options[o.Name] = v
			}
		}
		list = append(list, listedAnalyzer{
			ID: string(a.ID), Category: string(a.Category), Level: levels[string(a.ID)].String(), Default: a.Level.String(),
			Fix: a.Fix.String(), Summary: a.Summary, Options: options,
		})
	}
	return quote.WriteJSON(w, struct {
		Analyzers []listedAnalyzer `json:"analyzers"`
	}{list}, "")
}
