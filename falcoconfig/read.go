package falcoconfig

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/fileerr"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Limits on configuration files. Falco's own has about 60,000 bytes.
const (
	maxFile        = 1 << 20  // bytes of a file
	maxBytes       = 16 << 20 // of all files
	maxFiles       = 1000
	maxDiagnostics = 200 // of each severity
)

// Options configure [Read].
type Options struct {
	// Env returns the value of an environment variable. If known is false, the value is
	// left as it is written, and not checked. For Falco, an unset variable is known and
	// empty. Nil means that no variable is known.
	Env func(name string) (value string, known bool)
	// NoOutputs accepts a configuration in which no output is enabled.
	NoOutputs bool
}

// Read reads falco.yaml and the files that its config_files names. As in Falco, paths are
// relative to the working directory. The error is a [diag.List] of everything for which
// Falco would not start; the Config then has what could be read all the same. It is nil
// only if the main file cannot be read, or is not a YAML mapping.
func Read(name string, options Options) (*Config, error) {
	r := newReader(name, options)
	data, err := readFile(name)
	if err != nil {
		return nil, diag.List{{Code: Invalid, Range: diag.Range{File: name}, Message: "cannot read: " + fileerr.Cause(err).Error(), Err: err}}
	}
	if !r.main(data) {
		return nil, r.Errors
	}
	r.include()
	return r.done()
}

// Parse is like [Read] for a file in memory. It does not read other files.
func Parse(name string, data []byte, options Options) (*Config, error) {
	r := newReader(name, options)
	if !r.main(data) {
		return nil, r.Errors
	}
	return r.done()
}

// readFile reads a regular file. Others, such as pipes, may never end.
func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// reader reads a configuration.
type reader struct {
	*Config
	options Options
	bytes   int // of the included files
	// top has the merged keys of all files, in order, and index their positions by name.
	top   []value
	index map[string]int
	// unknown has the values with an environment variable that is not known.
	unknown map[*yamlfile.Node]bool
}

func newReader(name string, options Options) *reader {
	return &reader{
		Config: &Config{Name: name, files: map[string]*yamlfile.File{}}, options: options,
		index: map[string]int{}, unknown: map[*yamlfile.Node]bool{},
	}
}

// parse parses a file and expands its environment variables. False says that it is not
// YAML.
func (r *reader) parse(name string, data []byte) (value, bool) {
	f := yamlfile.NewFile(name, data)
	r.files[name] = f
	r.Files = append(r.Files, name)
	if len(data) > maxFile {
		r.fail(value{file: f}, "", "the file has more than %d bytes", maxFile)
		return value{}, false
	}
	docs, _, err := yamlfile.Parse(f.Text)
	if err == nil && len(docs) > 0 {
		_, err = yamlfile.CheckAliases(docs[:1])
	}
	if err != nil {
		err.Code, err.Range.File, err.Line = Invalid, name, f.Line(err.Range.Start)
		r.Errors = append(r.Errors, err)
		return value{}, false
	}
	if len(docs) == 0 {
		return value{file: f}, true
	}
	if len(docs) > 1 {
		r.warn(Ignored, value{file: f, node: docs[1]}, "", "Falco reads only the first document of a file")
	}
	e := &expander{
		lookup: r.options.Env, seen: map[*yamlfile.Node]bool{}, unknown: r.unknown,
		fail: func(n *yamlfile.Node, message string) { r.fail(value{file: f, node: n}, "", "%s", message) },
	}
	e.expand(docs[0])
	return value{file: f, node: docs[0].Deref()}, true
}

// main reads the main file. False says that it is not a YAML mapping.
func (r *reader) main(data []byte) bool {
	main, ok := r.parse(r.Name, data)
	switch {
	case !ok:
		return false
	case main.is(yamlfile.Scalar):
		r.fail(main, "", "a configuration must be a mapping, not %s", main.describe())
		return false
	case main.is(yamlfile.Sequence):
		r.warn(Ignored, main, "", "Falco ignores the file: a configuration must be a mapping, not %s", main.describe())
	}
	for _, p := range main.pairs() {
		r.merge(p, addOnly)
	}
	r.checkKeys(main, top, "")
	return true
}

// include reads the files that config_files names.
func (r *reader) include() {
	for _, item := range r.entries(configFiles, maxEntries) {
		path, strategy, ok := r.configFile(item)
		switch {
		case !ok:
		case r.unknown[item.node]:
			r.Incomplete = true
		case filepath.Clean(path) == filepath.Clean(r.Name):
			r.fail(item, "", "%s includes the main file itself", configFiles)
		default:
			r.includePath(item, path, strategy)
		}
	}
}

// includePath reads a file, or the files in a folder, and merges their keys.
func (r *reader) includePath(item value, path, strategy string) {
	info, err := os.Stat(path)
	switch {
	case err != nil: // Falco's own configuration names a folder that need not exist
		r.Incomplete = true
		r.notice(Ignored, item, "Falco ignores %s: %s", quote.Name(path), fileerr.Cause(err))
	case info.IsDir():
		names, err := regularFiles(path)
		if err != nil {
			r.fail(item, "", "cannot read %s: %s", quote.Name(path), fileerr.Cause(err))
		}
		for _, name := range names {
			r.includeFile(item, name, strategy)
		}
	case info.Mode().IsRegular():
		r.includeFile(item, path, strategy)
	default:
		r.warn(Ignored, item, "", "Falco ignores %s: it is neither a file nor a folder", quote.Name(path))
	}
}

// regularFiles returns the paths of the regular files in a folder, and of links to them,
// in Falco's order.
func regularFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// The values of strategy, which say how the keys of an included file are merged.
const (
	appendLists = "append"   // lists are appended; other keys replace those before
	override    = "override" // keys replace those before
	addOnly     = "add-only" // keys are added unless they are set before
)

// configFile reads an item of config_files.
func (r *reader) configFile(item value) (path, strategy string, ok bool) {
	if !item.is(yamlfile.Mapping) {
		path, ok = r.textOf(item, "a path of "+configFiles)
		return path, appendLists, ok
	}
	r.checkKeys(item, configFileKeys, configFiles)
	if !item.get("path").exists() {
		r.fail(item, "", "missing key path in an entry of %s", configFiles)
		return "", "", false
	}
	path, ok = r.textOf(item.get("path"), "path")
	strategy = appendLists
	if s := item.get("strategy"); ok && s.exists() {
		if strategy, ok = r.textOf(s, "strategy"); !ok {
			return "", "", false
		}
		if all := []string{appendLists, override, addOnly}; !slices.Contains(all, strategy) {
			hint := cmp.Or(suggest.Hint(strategy, slices.Values(all)), "use append, override or add-only")
			r.warn(Ignored, s, hint, "Falco ignores the unknown strategy %s, and uses append", quote.Text(strategy))
			strategy = appendLists
		}
	}
	return path, strategy, ok
}

// includeFile reads a file and merges its keys.
func (r *reader) includeFile(item value, name, strategy string) {
	if len(r.Files) == maxFiles {
		r.fail(item, "", "more than %d configuration files", maxFiles)
		return
	}
	data, err := readFile(name)
	if err != nil {
		r.fail(item, "", "cannot read %s: %s", quote.Name(name), fileerr.Cause(err))
		return
	}
	if r.bytes += len(data); r.bytes > maxBytes {
		r.fail(item, "", "with %s, the configuration files have more than %d bytes in total", quote.Name(name), maxBytes)
		return
	}
	root, ok := r.parse(name, data)
	if !ok {
		return
	}
	if root.is(yamlfile.Sequence) {
		r.fail(root, "", "a configuration must be a mapping, not %s", root.describe())
	}
	r.checkKeys(root, top, "")
	for _, p := range root.pairs() {
		if p.name() == configFiles {
			r.fail(p, "", "an included file cannot have %s", configFiles)
			continue
		}
		r.merge(p, strategy)
	}
}

// merge adds a key of a file to those of the files before.
func (r *reader) merge(p value, strategy string) {
	i, known := r.index[p.name()]
	switch {
	case !known:
		r.index[p.name()] = len(r.top)
		r.top = append(r.top, p)
	case strategy == addOnly:
	case strategy == appendLists && p.is(yamlfile.Sequence):
		before := &r.top[i]
		switch {
		case before.is(yamlfile.Sequence):
			before.more = append(before.more, p.items()...)
		case before.isNull():
			r.top[i] = p
		default:
			r.fail(p, "", "cannot append to %s, which is %s in %s", p.name(), before.describe(), before.file.Name)
		}
	default:
		r.top[i] = p
	}
}

// get returns the value of a key of the merged files.
func (r *reader) get(name string) value {
	if i, known := r.index[name]; known {
		return r.top[i]
	}
	return value{}
}

// done reads the values of the merged files.
func (r *reader) done() (*Config, error) {
	r.sections()
	r.Warnings.Sort()
	r.Notices.Sort()
	r.Errors.Sort()
	return r.Config, r.Errors.Err()
}

// fail reports a mistake with which Falco does not start.
func (r *reader) fail(v value, hint, format string, args ...any) {
	r.Errors = r.report(r.Errors, Invalid, diag.Error, v.at(), v.file, hint, fmt.Sprintf(format, args...))
}

// warn reports what Falco ignores.
func (r *reader) warn(code diag.Code, v value, hint, format string, args ...any) {
	r.Warnings = r.report(r.Warnings, code, diag.Warning, v.at(), v.file, hint, fmt.Sprintf(format, args...))
}

// notice reports anything else worth knowing.
func (r *reader) notice(code diag.Code, v value, format string, args ...any) {
	r.Notices = r.report(r.Notices, code, diag.Notice, v.at(), v.file, "", fmt.Sprintf(format, args...))
}

func (r *reader) report(list diag.List, code diag.Code, s diag.Severity, at diag.Range, f *yamlfile.File, hint, msg string) diag.List {
	if len(list) >= maxDiagnostics {
		return list
	}
	d := &diag.Diagnostic{Code: code, Severity: s, Message: msg, Hint: hint, Range: at}
	if f != nil {
		d.Range.File, d.Line = f.Name, f.Line(at.Start)
	}
	return append(list, d)
}
