package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/internal/filename"
	"github.com/falcorules/falcorules/internal/lintconfig"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// configFlags are the flags of lint that find and override its configuration.
type configFlags struct {
	path    string
	none    bool
	profile string
	levels  []string
	falco   string
	policy  string
}

func (f *configFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.path, "config", "", "read the configuration from `file` instead of "+filename.Config)
	flags.BoolVar(&f.none, "no-config", false, "do not read a configuration")
	flags.StringVar(&f.profile, "profile", "", "start from the levels of this `profile`: default, strict or upstream")
	flags.StringArrayVar(&f.levels, "level", nil, "set the level of an ID or category, as `id=level`; may be given several times")
	flags.StringVar(&f.falco, "falco-config", "", "also check `file`, Falco's configuration; without FILE, check the rules files that it names")
	flags.StringVar(&f.policy, "audit-policy", "", "check that the Kubernetes audit policy in `file` logs what the rules need")
}

// lintConfig is a configuration with its folder.
type lintConfig struct {
	*lintconfig.Config
	dir     string
	options lint.Options
	falco   *falcoconfig.Config // or nil
}

// load reads the configuration for some files and applies the flags. The error is one to
// exit with.
func (f *configFlags) load(cmd *cobra.Command, args []string) (*lintConfig, error) {
	levels, err := f.parseLevels()
	if err != nil {
		return nil, err
	}
	if f.profile != "" {
		if _, err := lint.Profile(f.profile); err != nil {
			return nil, callError("--profile: %v", err)
		}
	}
	if f.none && f.path != "" {
		return nil, callError("--config and --no-config cannot be combined")
	}
	path := f.path
	if path == "" && !f.none {
		near := "."
		if f.falco != "" {
			near = f.falco
		}
		if len(args) > 0 {
			near = args[0]
		}
		path = findConfig(near)
	}
	c := &lintConfig{Config: &lintconfig.Config{}, dir: filepath.Dir(path)}
	if path != "" {
		config, errs := readConfig(path)
		if len(errs) == 0 {
			errs = missingPaths(config, c.dir)
		}
		if len(errs) > 0 {
			return nil, reportDiagnostics(cmd, exitCall, errs)
		}
		c.Config = config
	}
	c.Profile = cmp.Or(f.profile, c.Profile)
	c.options = c.Options(levels)
	if c.options.AuditPolicy, err = f.readPolicy(cmd, c); err != nil {
		return nil, err
	}
	if f.falco == "" && c.FalcoConfig != nil {
		f.falco = inFolder(c.dir, c.FalcoConfig.Name)
	}
	if f.falco == "" {
		return c, nil
	}
	if c.falco, err = falcoconfig.Read(f.falco, falcoconfig.Options{Env: os.LookupEnv}); c.falco == nil {
		return nil, reportDiagnostics(cmd, exitCall, diag.Of(err))
	}
	c.options.Config = c.falco // lint reports what is wrong with it
	return c, nil
}

// readPolicy reads the audit policy that the flag or else the configuration names, if one
// does. The error is one to exit with.
func (f *configFlags) readPolicy(cmd *cobra.Command, c *lintConfig) (*lint.AuditPolicy, error) {
	path := f.policy
	if path == "" && c.AuditPolicy != nil {
		path = inFolder(c.dir, c.AuditPolicy.Name)
	}
	if path == "" {
		return nil, nil
	}
	file, err := openRegular(path)
	if err != nil {
		return nil, callError("cannot read %s: %v", quote.Name(path), cause(err))
	}
	defer file.Close()
	policy, err := lint.ReadAuditPolicy(file, path)
	var errs diag.List
	if errors.As(err, &errs) {
		return nil, reportDiagnostics(cmd, exitCall, errs)
	}
	return policy, err
}

func (f *configFlags) parseLevels() (map[string]lint.Level, error) {
	levels := map[string]lint.Level{}
	for _, text := range f.levels {
		name, level, ok := strings.Cut(text, "=")
		if !ok {
			return nil, callError("invalid --level %q: want id=level", text)
		}
		if err := lintconfig.CheckName(name); err != nil {
			return nil, callError("--level: %v", err)
		}
		var err error
		if levels[name], err = lint.ParseLevel(level); err != nil {
			return nil, callError("--level %s: %v", name, err)
		}
	}
	return levels, nil
}

// findConfig returns the configuration for a file or folder: that in its folder or else in
// the nearest folder above. It returns "" if it finds no file.
func findConfig(path string) string {
	dir := path
	if path == stdinName {
		dir = "."
	} else if info, err := os.Stat(path); err != nil || !info.IsDir() {
		dir = filepath.Dir(path)
	}
	dir = absolute(dir)
	for {
		name := filepath.Join(dir, filename.Config)
		if _, err := os.Lstat(name); err == nil {
			return relative(name)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// relative returns an absolute path relative to the working directory, if that is possible.
func relative(path string) string {
	name, err := filepath.Rel(absolute("."), path)
	if err != nil {
		return path
	}
	return name
}

// readConfig reads a configuration.
func readConfig(path string) (*lintconfig.Config, diag.List) {
	file, err := openRegular(path)
	if err != nil {
		return nil, diag.List{{Range: diag.Range{File: path}, Message: fmt.Sprintf("cannot read: %v", cause(err))}}
	}
	defer file.Close()
	return lintconfig.Read(file, path)
}

// openRegular opens a regular file. Others, such as pipes, may never end.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	return os.Open(path)
}

// missingPaths returns errors about files that a configuration names and that do not
// exist.
func missingPaths(config *lintconfig.Config, dir string) diag.List {
	var errs diag.List
	paths := slices.Concat(config.Context, config.Fields)
	for _, p := range []*lintconfig.Path{config.AuditPolicy, config.FalcoConfig} {
		if p != nil {
			paths = append(paths, *p)
		}
	}
	for _, p := range paths {
		if _, err := os.Stat(inFolder(dir, p.Name)); err != nil {
			errs = append(errs, &diag.Diagnostic{Range: p.Range, Message: fmt.Sprintf("cannot read %s: %v", quote.Name(p.Name), cause(err))})
		}
	}
	return errs
}

// inFolder returns a path that is relative to a folder as one relative to the working
// directory.
func inFolder(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// read reads rules files, and those that the configuration adds to them. Without rules files,
// it reads those that Falco's configuration names.
func (c *lintConfig) read(cmd *cobra.Command, flags *checkFlags, args []string) ([]loader.File, loader.Options, error) {
	var context, fields []string
	for _, p := range c.Context {
		context = append(context, inFolder(c.dir, p.Name))
	}
	for _, p := range c.Fields {
		fields = append(fields, inFolder(c.dir, p.Name))
	}
	flags.context = append(slices.Clone(context), flags.context...)
	flags.fields.paths = append(fields, flags.fields.paths...)
	var named []loader.File
	if len(args) == 0 && c.falco != nil {
		var ignored diag.List
		named, ignored = c.falco.RulesFiles()
		if c.falco.Warnings = append(c.falco.Warnings, ignored...); len(named) == 0 {
			printDiagnostics(cmd.ErrOrStderr(), ignored)
			return nil, loader.Options{}, callError("no rules: %s names no rules files that exist here; name rules files or folders", quote.Name(c.falco.Name))
		}
	}
	files, options, err := flags.read(cmd, args, named...)
	if c.falco != nil && err == nil {
		options.Sources = c.falco.Sources(options.Sources)
	}
	return c.filter(files, context), options, err
}

// filter removes ignored files, and marks files as context that the configuration names.
func (c *lintConfig) filter(files []loader.File, context []string) []loader.File {
	names := map[string]bool{}
	for _, path := range context {
		names[absolute(path)] = true
	}
	kept := files[:0]
	for _, f := range files {
		name := absolute(f.Name)
		if names[name] || names[filepath.Dir(name)] {
			f.Context = true
		}
		if f.Context || f.Skipped != nil || f.Path == stdinName || !c.ignored(name) {
			kept = append(kept, f)
		}
	}
	return kept
}

// ignored reports whether the configuration ignores a file, which is given by its absolute
// path.
func (c *lintConfig) ignored(path string) bool {
	name, err := filepath.Rel(absolute(c.dir), path)
	return err == nil && c.Ignored(filepath.ToSlash(name))
}

// absolute returns the absolute path of a file, or the path itself if the working directory
// is unknown.
func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return abs
}

// printLintSchema prints the JSON schema of configurations.
func printLintSchema(cmd *cobra.Command) error {
	if _, err := cmd.OutOrStdout().Write(lintconfig.Schema()); err != nil {
		return writeError(err)
	}
	return nil
}
