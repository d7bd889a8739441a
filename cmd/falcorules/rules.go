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
	"github.com/falcorules/falcorules/parser"
	"github.com/falcorules/falcorules/ruletest/draft"
)

// readFlags say how rules files are found and read.
type readFlags struct {
	recursive bool
	unwrap    bool
}

func (f *readFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVarP(&f.recursive, "recursive", "R", false, "also read subfolders of rules folders, unlike Falco")
	flags.BoolVar(&f.unwrap, "unwrap", false, "read the rules inside Kubernetes objects and Helm values")
}

// reader returns what reads rules files, - as standard input.
func (f *readFlags) reader(cmd *cobra.Command) loader.Reader {
	return loader.Reader{Recursive: f.recursive, Stdin: cmd.InOrStdin()}
}

// suiteRules reads the rules files for a suite in dir, which is going to name them.
func (f *readFlags) suiteRules(cmd *cobra.Command, paths []string, dir string) (draft.Rules, error) {
	rules := draft.Rules{Unwrap: f.unwrap}
	if slices.Contains(paths, stdinName) {
		return rules, callError("a suite cannot name standard input: give a rules file")
	}
	for _, file := range f.reader(cmd).Read(paths...) {
		if file.Skipped != nil {
			printDiagnostics(cmd.ErrOrStderr(), diag.List{file.Skipped})
			continue
		}
		name := file.Path
		if f.recursive { // a suite reads no subfolders
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
	flags.StringVar(&f.engineVersion, "engine-version", loader.DefaultEngineVersion().String(), "check rules for this `version` of the rules engine")
	flags.StringArrayVar(&f.plugins, "plugin", nil, "assume that this plugin is loaded, as `name=version`, or with name= that it is not; may be given several times")
}

// options returns what the flags say.
func (f *rulesFlags) options(sources []*fieldsets.Source) (loader.Options, error) {
	options := loader.Options{Sources: sources, Unwrap: f.unwrap, PluginVersions: loader.DefaultPluginVersions()}
	var err error
	if options.EngineVersion, err = parser.EngineVersion(f.engineVersion); err != nil {
		return options, callError("--engine-version: %v", err)
	}
	for _, p := range f.plugins {
		name, text, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return options, callError("--plugin is name=version, not %q", p)
		}
		if text == "" {
			delete(options.PluginVersions, name)
			continue
		}
		if options.PluginVersions[name], err = parser.PluginVersion(text); err != nil {
			return options, callError("--plugin %s: %v", name, err)
		}
	}
	return options, nil
}

// load loads rules for a command that uses them, and prints what is wrong with them
// and what was skipped. The error is one to exit with.
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

// checkFlags are the flags of commands that read rules files to judge them.
type checkFlags struct {
	rulesFlags
	context []string
	fields  fieldsFiles
}

func (f *checkFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&f.context, "context", nil, "load the rules `file` or folder before the others without judging it; may be given several times")
	f.rulesFlags.add(cmd)
	f.fields.add(cmd)
}

// gcPercent returns how much garbage may be left beside what files take in memory.
// Small files take little, and to collect it early takes a good part of the time;
// large ones may take much.
func gcPercent(files []loader.File) int {
	const small = 256 << 10 // some times the size of all of Falco's own
	size := 0
	for _, f := range files {
		size += len(f.Data)
	}
	if size <= small {
		return 400
	}
	return 50
}

// load reads the rules files. Without a ruleset the error says why the call could
// not be carried out; with one it is what is wrong with the rules.
func (f *checkFlags) load(cmd *cobra.Command, args []string) (*loader.Ruleset, error) {
	if len(args) == 0 {
		return nil, callError("no rules: name rules files or folders of them")
	}
	if err := shareStdin(f.fields.paths, slices.Concat(f.context, args)); err != nil {
		return nil, err
	}
	sources, err := f.fields.extend(cmd.InOrStdin(), all.Sources())
	if err != nil {
		return nil, err
	}
	options, err := f.options(sources)
	if err != nil {
		return nil, err
	}
	reader := f.reader(cmd)
	reader.Context = f.context
	files := reader.Read(args...)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent(files))
	}
	return loader.Load(files, options)
}

// shareStdin refuses a call in which several of the given lists have standard
// input, which can be read once.
func shareStdin(lists ...[]string) error {
	n := 0
	for _, paths := range lists {
		if slices.Contains(paths, stdinName) {
			n++
		}
	}
	if n > 1 {
		return callError("- is given for several inputs, but standard input can be read only once")
	}
	return nil
}

// orStdin returns the paths of inputs, or that of standard input if there are none.
func orStdin(paths []string) []string {
	if len(paths) == 0 {
		return []string{stdinName}
	}
	return paths
}

// rulesError prints what is wrong with rules, or with a condition, and returns
// the error to exit with.
func rulesError(stderr io.Writer, err error) error {
	var wrong diag.List
	if !errors.As(err, &wrong) {
		return &exitError{exitCall, err}
	}
	printDiagnostics(stderr, wrong)
	return &exitError{rulesStatus(wrong), fmt.Errorf("%s, so no event was read", quote.Count(len(wrong), "error"))}
}

// rulesStatus returns the exit status for errors in rules.
func rulesStatus(wrong diag.List) int {
	if slices.ContainsFunc(wrong, isUnreadable) {
		return exitCall
	}
	return exitRules
}

// isUnreadable reports whether a diagnostic says that a file could not be read.
func isUnreadable(d *diag.Diagnostic) bool { return d.Code == loader.ErrFileRead }

// printSkipped prints the notices about what is not read as rules.
func printSkipped(w io.Writer, notices diag.List) {
	printDiagnostics(w, slices.DeleteFunc(slices.Clone(notices), func(d *diag.Diagnostic) bool { return d.Code != loader.NoticeSkipped }))
}

// printDiagnostics prints diagnostics beside the output of a command. That they
// cannot be written is no reason to fail.
func printDiagnostics(w io.Writer, list diag.List) {
	_ = diag.WriteText(w, list, diag.TextOptions{})
}
