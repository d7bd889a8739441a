package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/internal/fileerr"
	"github.com/falcorules/falcorules/internal/filename"
	"github.com/falcorules/falcorules/internal/lintconfig"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/rulesfile"
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
	dir string
}

// lintConfigs are the configurations of rules files.
type lintConfigs struct {
	// flags and levels override the configurations.
	flags  *configFlags
	levels map[string]lint.Level
	// only is the configuration of all files, or nil if each file has the nearest one.
	only *lintConfig
	// byPath has the configurations that were read, and byDir those of folders.
	byPath, byDir map[string]*lintConfig
	// order has the configurations in the order in which they were read.
	order []*lintConfig
	errs  diag.List
	// options are the options for lint.Run.
	options lint.Options
}

// load checks the flags, and reads the configuration that they name. The error is one to exit
// with.
func (f *configFlags) load(cmd *cobra.Command) (*lintConfigs, error) {
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
	c := &lintConfigs{flags: f, levels: levels, byPath: map[string]*lintConfig{}, byDir: map[string]*lintConfig{}}
	c.options.ForFile = c.settings
	switch {
	case f.none:
		c.only = c.read("")
	case f.path != "":
		c.only = c.read(f.path)
	}
	return c, c.err(cmd)
}

// err reports the errors in configurations. The error is one to exit with.
func (c *lintConfigs) err(cmd *cobra.Command) error {
	if len(c.errs) == 0 {
		return nil
	}
	return reportDiagnostics(cmd, exitCall, c.errs)
}

// read reads the configuration with a path. If the path is empty or there is an error, it
// returns a configuration that changes nothing.
func (c *lintConfigs) read(path string) *lintConfig {
	if known := c.byPath[path]; known != nil {
		return known
	}
	config := &lintConfig{&lintconfig.Config{}, filepath.Dir(path)}
	if path != "" {
		read, errs := readConfig(path)
		if len(errs) == 0 {
			config.Config = read
			errs = missingPaths(read, config.dir)
		}
		c.errs = append(c.errs, errs...)
	}
	config.Profile = cmp.Or(c.flags.profile, config.Profile)
	c.byPath[path] = config
	c.order = append(c.order, config)
	return config
}

// of returns the configuration of a file: the nearest one in its folder or above.
func (c *lintConfigs) of(path string) *lintConfig {
	if c.only != nil {
		return c.only
	}
	dir := "."
	if path != stdinName {
		dir = filepath.Dir(path)
	}
	return c.ofFolder(dir)
}

// ofFolder returns the configuration of the files in a folder.
func (c *lintConfigs) ofFolder(dir string) *lintConfig {
	if c.only != nil {
		return c.only
	}
	config := c.byDir[dir]
	if config == nil {
		config = c.read(findConfig(dir))
		c.byDir[dir] = config
	}
	return config
}

// settings returns the levels and values of options for a file.
func (c *lintConfigs) settings(path string) (map[string]lint.Level, lint.Values) {
	config := c.of(path)
	return config.Settings(config.nameOf(path), c.levels)
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

// findConfig returns the configuration in a folder or else in the nearest folder above. It
// returns "" if it finds no file.
func findConfig(dir string) string {
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
	file, errs := openDiagnosed(path, "")
	if errs != nil {
		return nil, errs
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

// openDiagnosed is openRegular with errors as diagnostics. If the file does not exist, they have
// the hint.
func openDiagnosed(path, hint string) (*os.File, diag.List) {
	file, err := openRegular(path)
	if err == nil {
		return file, nil
	}
	d := &diag.Diagnostic{Range: diag.Range{File: path}, Message: fmt.Sprintf("cannot read: %v", fileerr.Cause(err))}
	if errors.Is(err, fs.ErrNotExist) {
		d.Hint = hint
	}
	return nil, diag.List{d}
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
			errs = append(errs, &diag.Diagnostic{Range: p.Range, Message: fmt.Sprintf("cannot read %s: %v", quote.Name(p.Name), fileerr.Cause(err))})
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

// readFiles reads rules files, and those that their configurations add to them. Without rules
// files, it reads those that Falco's configuration names.
func (c *lintConfigs) readFiles(cmd *cobra.Command, flags *checkFlags, args []string) ([]loader.File, loader.Options, error) {
	rewind, err := readTwice(cmd, args)
	if err != nil {
		return nil, loader.Options{}, err
	}
	flags.ignore = c.ignores
	c.find(flags.reader(cmd).Read(args...))
	if len(args) == 0 {
		c.of(cmp.Or(c.flags.falco, stdinName))
	}
	if err := c.err(cmd); err != nil {
		return nil, loader.Options{}, err
	}
	if err := c.readFalco(cmd); err != nil {
		return nil, loader.Options{}, err
	}
	var named []loader.File
	if falco := c.options.Config; falco != nil && len(args) == 0 {
		var ignored diag.List
		named, ignored = falco.RulesFiles()
		if falco.Warnings = append(falco.Warnings, ignored...); len(named) == 0 {
			printDiagnostics(cmd.ErrOrStderr(), ignored)
			return nil, loader.Options{}, callError("no rules: %s names no rules files that exist here; name rules files or folders", quote.Name(falco.Name))
		}
		if c.find(named); len(c.errs) > 0 {
			return nil, loader.Options{}, c.err(cmd)
		}
		named = slices.DeleteFunc(named, func(f loader.File) bool { return c.ignores(f.Name) })
	}
	if err := c.readPolicy(cmd); err != nil {
		return nil, loader.Options{}, err
	}
	var context, fields []string
	for _, config := range c.order {
		for _, p := range config.Context {
			context = append(context, inFolder(config.dir, p.Name))
		}
		for _, p := range config.Fields {
			fields = append(fields, inFolder(config.dir, p.Name))
		}
	}
	flags.context = append(slices.Clone(context), flags.context...)
	flags.fields.paths = append(fields, flags.fields.paths...)
	rewind()
	files, options, err := flags.read(cmd, args, named...)
	if c.options.Config != nil && err == nil {
		options.Sources = c.options.Config.Sources(options.Sources)
	}
	markContext(files, context)
	return files, options, err
}

// readTwice lets standard input be read again, if it is among the arguments: files are read
// before it is known which others they need. The function that it returns goes back to the
// start.
func readTwice(cmd *cobra.Command, args []string) (again func(), err error) {
	if !slices.Contains(args, stdinName) {
		return func() {}, nil
	}
	data, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), rulesfile.MaxSize+1))
	if err != nil {
		return nil, callError("cannot read standard input: %v", err)
	}
	again = func() { cmd.SetIn(bytes.NewReader(data)) }
	again()
	return again, nil
}

// find reads the configurations of files.
func (c *lintConfigs) find(files []loader.File) {
	for _, f := range files {
		if f.Skipped == nil {
			c.of(f.Name)
		}
	}
}

// readFalco reads Falco's configuration, which the flag or else the first configuration with
// one names. The error is one to exit with.
func (c *lintConfigs) readFalco(cmd *cobra.Command) error {
	path := c.flags.falco
	for _, config := range c.order {
		if path == "" && config.FalcoConfig != nil {
			path = inFolder(config.dir, config.FalcoConfig.Name)
		}
	}
	if path == "" {
		return nil
	}
	config, err := falcoconfig.Read(path, falcoconfig.Options{Env: os.LookupEnv})
	if config == nil {
		return reportDiagnostics(cmd, exitCall, diag.Of(err))
	}
	c.options.Config = config // lint reports what is wrong with it
	for _, name := range config.Files {
		c.of(name)
	}
	return c.err(cmd)
}

// readPolicy reads the audit policy, which the flag or else the first configuration with one
// names. The error is one to exit with.
func (c *lintConfigs) readPolicy(cmd *cobra.Command) error {
	path := c.flags.policy
	for _, config := range c.order {
		if path == "" && config.AuditPolicy != nil {
			path = inFolder(config.dir, config.AuditPolicy.Name)
		}
	}
	if path == "" {
		return nil
	}
	file, err := openRegular(path)
	if err != nil {
		return callError("cannot read %s: %v", quote.Name(path), fileerr.Cause(err))
	}
	defer file.Close()
	policy, err := lint.ReadAuditPolicy(file, path)
	var errs diag.List
	if errors.As(err, &errs) {
		return reportDiagnostics(cmd, exitCall, errs)
	}
	c.options.AuditPolicy = policy
	return err
}

// markContext marks files as context that a configuration names, alone or with their folder.
func markContext(files []loader.File, context []string) {
	names := map[string]bool{}
	for _, path := range context {
		names[absolute(path)] = true
	}
	for i := range files {
		if name := absolute(files[i].Name); names[name] || names[filepath.Dir(name)] {
			files[i].Context = true
		}
	}
}

// ignores reports whether the configuration of a file ignores it.
func (c *lintConfigs) ignores(path string) bool {
	config := c.of(path)
	return config.Ignored(config.nameOf(path))
}

// nameOf returns the name of a file for the patterns of the configuration, or "" if it has
// none.
func (c *lintConfig) nameOf(path string) string {
	if path == stdinName {
		return ""
	}
	name, err := filepath.Rel(absolute(c.dir), absolute(path))
	if err != nil {
		return ""
	}
	return filepath.ToSlash(name)
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
