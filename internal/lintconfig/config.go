// Package lintconfig reads the configuration of falcorules lint.
//
//	config, errs := lintconfig.Read(file, ".falcorules.yaml")
//	…
//	levels, values := config.Settings("rules/rules.yaml", nil)
//
// It does not look for files: the caller finds the configuration, the files that it names
// and those that it ignores.
package lintconfig

import (
	"io"
	"path"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/lint"
)

// maxFile is the largest size of a configuration in bytes.
const maxFile = 1 << 20

// Config is a configuration. The zero Config changes nothing. Patterns and paths are relative
// to its folder.
type Config struct {
	// Profile is the name of a profile of package lint, or empty.
	Profile string
	// Rules are settings by the ID of an analyzer or the name of a category.
	Rules map[string]Setting
	// Default is the level of analyzers that have none in Rules, or nil.
	Default *lint.Level
	// Ignore has patterns of files that are not read; see [Config.Ignored].
	Ignore []string
	// Context are rules files and folders to load without reporting findings about them.
	Context []Path
	// AuditPolicy is the audit policy of the API server, or nil.
	AuditPolicy *Path
	// Fields are files that define sources and fields.
	Fields []Path
	// FalcoConfig is Falco's configuration, or nil.
	FalcoConfig *Path
}

// Setting says how findings are reported.
type Setting struct {
	// Level is their level, or nil.
	Level *lint.Level
	// Ignore has patterns of files in which they are off.
	Ignore []string
	// Values are the values of options.
	Values map[string]any
}

// Path is a path in a configuration.
type Path struct {
	Name  string
	Range diag.Range
}

// Read reads a configuration. The name is for errors.
func Read(r io.Reader, name string) (*Config, diag.List) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	c := &schema.Checker{File: yamlfile.NewFile(name, data)}
	switch {
	case err != nil:
		return nil, diag.List{c.File.Errorf(nil, "cannot read: %v", err)}
	case len(data) > maxFile:
		return nil, diag.List{c.File.Errorf(nil, "the file has more than %d bytes", maxFile)}
	}
	config := &Config{Rules: map[string]Setting{}}
	docs := c.Documents()
	if len(docs) > 1 {
		c.Fail(docs[1], "", "a configuration must be one YAML document")
	}
	if len(docs) > 0 && c.Check(docs[0], schema.ObjectOf(configObject), configObject.Name) {
		config.read(c, docs[0])
	}
	if len(c.Errors) > 0 {
		c.Errors.Sort()
		return nil, c.Errors
	}
	return config, nil
}

// read reads the values of a document that has been checked.
func (config *Config) read(c *schema.Checker, doc *yamlfile.Node) {
	if n := doc.Get("profile"); n != nil {
		config.Profile = n.Value
	}
	if n := doc.Get("rules"); n != nil {
		for i := 0; i < len(n.Content); i += 2 {
			config.Rules[n.Content[i].Value] = settingOf(c, n.Content[i].Value, n.Content[i+1])
		}
	}
	config.Default = levelOf(doc.Get("default"))
	config.Ignore = patternsOf(c, doc.Get("ignore"))
	config.Context = pathsOf(c, doc.Get("context"))
	if policies := pathsOf(c, doc.Get("audit-policy")); len(policies) > 0 {
		config.AuditPolicy = &policies[0]
	}
	config.Fields = pathsOf(c, doc.Get("fields"))
	if paths := pathsOf(c, doc.Get("falco-config")); len(paths) > 0 {
		config.FalcoConfig = &paths[0]
	}
}

// settingOf returns the setting of an ID or a category.
func settingOf(c *schema.Checker, name string, n *yamlfile.Node) Setting {
	s := Setting{Level: levelOf(n), Ignore: patternsOf(c, n.Get("ignore"))}
	if n.Kind == yamlfile.Mapping && len(n.Content) == 0 && len(c.Errors) == 0 {
		c.Fail(n, "write a level, such as off", "%s has no level and no other setting", name)
	}
	a := analyzer(name)
	if a == nil {
		return s
	}
	for _, o := range a.Options {
		if value := n.Get(o.Name); value != nil {
			if s.Values == nil {
				s.Values = map[string]any{}
			}
			s.Values[o.Name] = valueOf(c, value)
		}
	}
	return s
}

// analyzer returns the analyzer with an ID, or nil.
func analyzer(id string) *lint.Analyzer {
	all := lint.Default()
	i := slices.IndexFunc(all, func(a *lint.Analyzer) bool { return string(a.ID) == id })
	if i < 0 {
		return nil
	}
	return all[i]
}

// valueOf returns the value of an option.
func valueOf(c *schema.Checker, n *yamlfile.Node) any {
	if number, ok := schema.CountOf(n); ok {
		return number
	}
	texts := []string{}
	for _, item := range textsOf(n) {
		if item.Value == "" {
			c.Fail(item, "", "empty text")
		}
		texts = append(texts, item.Value)
	}
	return texts
}

// levelOf returns the level in a setting, or nil.
func levelOf(n *yamlfile.Node) *lint.Level {
	if n != nil && n.Kind == yamlfile.Mapping {
		n = n.Get("level")
	}
	if n == nil {
		return nil
	}
	level, _ := lint.ParseLevel(n.Value) // the format allows levels only
	return &level
}

// patternsOf returns the patterns of files to ignore.
func patternsOf(c *schema.Checker, n *yamlfile.Node) []string {
	if n != nil && n.Kind == yamlfile.Mapping {
		n = n.Get("files")
	}
	var patterns []string
	for _, n := range textsOf(n) {
		if err := checkPattern(n.Value); err != nil {
			c.Fail(n, "", "invalid pattern %s: %v", quote.Text(n.Value), err)
		}
		patterns = append(patterns, n.Value)
	}
	return patterns
}

// textsOf returns the nodes of a string or a list of strings.
func textsOf(n *yamlfile.Node) []*yamlfile.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yamlfile.Scalar:
		return []*yamlfile.Node{n}
	}
	return n.Content
}

func pathsOf(c *schema.Checker, list *yamlfile.Node) []Path {
	var paths []Path
	for _, n := range textsOf(list) {
		if n.Value == "" {
			c.Fail(n, "", "empty path")
		}
		paths = append(paths, Path{Name: n.Value, Range: c.File.Range(n)})
	}
	return paths
}

// Settings returns the levels and values of options for a file, for [lint.Options.ForFile].
// The name has slashes and is relative to the folder of the configuration, or empty for no
// file in particular. The levels of flags, by ID or category, override those of the
// configuration.
func (config *Config) Settings(name string, flags map[string]lint.Level) (map[string]lint.Level, lint.Values) {
	profile, _ := lint.Profile(config.Profile) // without a name, there are no levels
	levels, values := map[string]lint.Level{}, lint.Values{}
	for _, a := range lint.Default() {
		id, names := string(a.ID), []string{string(a.Category), string(a.ID)}
		level := a.Level
		if l, ok := profile[id]; ok {
			level = l
		}
		if config.Default != nil {
			level = *config.Default
		}
		for _, name := range names {
			if l := config.Rules[name].Level; l != nil {
				level = *l
			}
		}
		for _, name := range names {
			if l, ok := flags[name]; ok {
				level = l
			}
		}
		for _, key := range names {
			if name != "" && matchesAny(config.Rules[key].Ignore, name) {
				level = lint.Off
			}
		}
		levels[id] = level
		if v := config.Rules[id].Values; v != nil {
			values[a.ID] = v
		}
	}
	return levels, values
}

// Ignored reports whether a pattern of Ignore matches a file or one of its folders. The
// name is as in [Config.Settings].
func (config *Config) Ignored(name string) bool { return name != "" && matchesAny(config.Ignore, name) }

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return match(pattern, path.Clean(name)) })
}
