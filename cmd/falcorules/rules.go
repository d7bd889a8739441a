package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/ruletest/draft"
)

// readFlags are the flags for finding and reading rules files.
type readFlags struct {
	recursive bool
	unwrap    bool
	// ignore is [loader.Reader.Ignore].
	ignore func(name string) bool
}

func (f *readFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVarP(&f.recursive, "recursive", "R", false, "also read the subfolders of folders, unlike Falco")
	flags.BoolVar(&f.unwrap, "unwrap", false, "read rules inside Kubernetes objects and Helm values")
}

func (f *readFlags) reader(cmd *cobra.Command) loader.Reader {
	return loader.Reader{Recursive: f.recursive, Stdin: cmd.InOrStdin(), Ignore: f.ignore}
}

// suiteRules reads rules files for a suite that will be written to dir.
func (f *readFlags) suiteRules(cmd *cobra.Command, paths []string, dir string) (draft.Rules, error) {
	rules := draft.Rules{Unwrap: f.unwrap}
	if slices.Contains(paths, stdinName) {
		return rules, callError("a suite cannot name standard input; use a rules file")
	}
	for _, file := range f.reader(cmd).Read(paths...) {
		if file.Skipped != nil {
			printDiagnostics(cmd.ErrOrStderr(), diag.List{file.Skipped})
			continue
		}
		name := file.Path
		if f.recursive { // suites do not read subfolders
			name = file.Name
		}
		rules.Files = append(rules.Files, file)
		if name = nameIn(dir, name); !slices.Contains(rules.Names, name) {
			rules.Names = append(rules.Names, name)
		}
	}
	return rules, nil
}

// rulesFlags are the flags of commands that load rules.
type rulesFlags struct {
	readFlags
	engineVersion string
	plugins       []string
}

func (f *rulesFlags) add(cmd *cobra.Command) {
	f.readFlags.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.engineVersion, "engine-version", loader.DefaultEngineVersion().String(), "load rules for this `version` of the rules engine")
	flags.StringArrayVar(&f.plugins, "plugin", nil, "compare required_plugin_versions with this version of a plugin, as `name=version`; name= rejects files that require it; may be given several times")
}

func (f *rulesFlags) options(sources []*fieldsets.Source) (loader.Options, error) {
	options := loader.Options{Sources: sources, Unwrap: f.unwrap, PluginVersions: loader.DefaultPluginVersions()}
	var err error
	if options.EngineVersion, err = loader.ParseEngineVersion(f.engineVersion); err != nil {
		return options, callError("--engine-version: %v", err)
	}
	for _, p := range f.plugins {
		name, text, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return options, callError("invalid --plugin %q: want name=version", p)
		}
		if text == "" {
			delete(options.PluginVersions, name)
			continue
		}
		if options.PluginVersions[name], err = loader.ParsePluginVersion(text); err != nil {
			return options, callError("--plugin %s: %v", name, err)
		}
	}
	return options, nil
}

// load loads rules and prints errors and skipped files. The error is one to exit with.
func (f *rulesFlags) load(cmd *cobra.Command, paths []string, sources []*fieldsets.Source) (*loader.Ruleset, error) {
	options, err := f.options(sources)
	if err != nil {
		return nil, err
	}
	set, err := loader.Load(f.reader(cmd).Read(paths...), options)
	printSkipped(cmd.ErrOrStderr(), set.Notices)
	if err != nil {
		err = rulesError(cmd.ErrOrStderr(), err)
	}
	return set, err
}

// checkFlags are the flags of commands that validate rules files.
type checkFlags struct {
	rulesFlags
	context []string
	fields  fieldsFiles
}

func (f *checkFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&f.context, "context", nil, "load the rules `file` or folder before the others, without checking it; may be given several times")
	f.rulesFlags.add(cmd)
	f.fields.add(cmd)
}

// gcPercent returns a value for GOGC. With small files, collecting garbage takes a good part
// of the time; with large ones, garbage takes up much memory.
func gcPercent(files []loader.File) int {
	const small = 256 << 10 // several times the size of all of Falco's own
	size := 0
	for _, f := range files {
		size += len(f.Data)
	}
	if size <= small {
		return 400
	}
	return 50
}

// load loads the rules files. If the ruleset is nil, the error is one to exit with.
// Otherwise it has the errors in the rules.
func (f *checkFlags) load(cmd *cobra.Command, args []string) (*loader.Ruleset, error) {
	files, options, err := f.read(cmd, args)
	if err != nil {
		return nil, err
	}
	return loader.Load(files, options)
}

// read reads the rules files, and adds others that have been read.
func (f *checkFlags) read(cmd *cobra.Command, args []string, others ...loader.File) ([]loader.File, loader.Options, error) {
	var options loader.Options
	if len(args) == 0 && len(others) == 0 {
		return nil, options, callError("no rules: name rules files or folders")
	}
	if err := shareStdin(f.fields.paths, slices.Concat(f.context, args)); err != nil {
		return nil, options, err
	}
	sources, err := f.fields.extend(cmd.InOrStdin(), all.Sources())
	if err != nil {
		return nil, options, err
	}
	if options, err = f.options(sources); err != nil {
		return nil, options, err
	}
	reader := f.reader(cmd)
	reader.Context = f.context
	files := append(reader.Read(args...), others...)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent(files))
	}
	return files, options, nil
}

// shareStdin returns an error if several lists contain standard input.
func shareStdin(lists ...[]string) error {
	n := 0
	for _, paths := range lists {
		if slices.Contains(paths, stdinName) {
			n++
		}
	}
	if n > 1 {
		return callError("standard input can be read only once")
	}
	return nil
}

// orStdin returns the paths, or standard input if paths is empty.
func orStdin(paths []string) []string {
	if len(paths) == 0 {
		return []string{stdinName}
	}
	return paths
}

// rulesError prints the errors in rules or in a condition and returns the error to exit
// with.
func rulesError(stderr io.Writer, err error) error {
	var wrong diag.List
	if !errors.As(err, &wrong) {
		return &exitError{exitCall, err}
	}
	printDiagnostics(stderr, wrong)
	return &exitError{rulesStatus(wrong), fmt.Errorf("%s, so no event was read", quote.Count(len(wrong), "error"))}
}

func rulesStatus(wrong diag.List) int {
	if slices.ContainsFunc(wrong, isUnreadable) {
		return exitCall
	}
	return exitRules
}

func isUnreadable(d *diag.Diagnostic) bool { return d.Code == loader.ErrFileRead }

// printSkipped prints the notices about skipped files.
func printSkipped(w io.Writer, notices diag.List) {
	printDiagnostics(w, slices.DeleteFunc(slices.Clone(notices), func(d *diag.Diagnostic) bool { return d.Code != loader.NoticeSkipped }))
}

// printDiagnostics prints diagnostics. It ignores errors: they are not a reason to fail.
func printDiagnostics(w io.Writer, list diag.List) {
	_ = diag.WriteText(w, list, diag.TextOptions{})
}
