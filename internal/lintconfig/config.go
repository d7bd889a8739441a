// Package lintconfig reads the configuration of falcorules lint.
//
//	config, errs := lintconfig.Read(file, ".falcorules.yaml")
//	…
//	findings := lint.Run(ctx, set, config.Options(nil))
//
// It does not look for files: the caller finds the configuration, the files that it names
// and those that it ignores.
package lintconfig

import (
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/lint"
)

// maxFile is the largest size of a configuration in bytes.
const maxFile = 1 << 20

// Config is a configuration. The zero Config changes nothing.
type Config struct {
	// Profile is the name of a profile of package lint, or empty.
	Profile string
	// Levels are levels by the ID of an analyzer or the name of a category.
	Levels map[string]lint.Level
	// Default is the level of analyzers that Levels does not mention, or nil.
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

// Path is a path in a configuration, relative to its folder.
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
	config := &Config{Levels: map[string]lint.Level{}}
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
			config.Levels[n.Content[i].Value] = levelOf(n.Content[i+1])
		}
	}
	if n := doc.Get("default"); n != nil {
		level := levelOf(n)
		config.Default = &level
	}
	for _, n := range textsOf(doc.Get("ignore")) {
		if err := checkPattern(n.Value); err != nil {
			c.Fail(n, "", "invalid pattern %s: %v", quote.Text(n.Value), err)
		}
		config.Ignore = append(config.Ignore, n.Value)
	}
	config.Context = pathsOf(c, doc.Get("context"))
	if policies := pathsOf(c, doc.Get("audit-policy")); len(policies) > 0 {
		config.AuditPolicy = &policies[0]
	}
	config.Fields = pathsOf(c, doc.Get("fields"))
	if paths := pathsOf(c, doc.Get("falco-config")); len(paths) > 0 {
		config.FalcoConfig = &paths[0]
	}
}

// levelOf returns the level of a setting.
func levelOf(n *yamlfile.Node) lint.Level {
	level, _ := lint.ParseLevel(n.Get("level").Value) // the format allows levels only
	return level
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

// Options returns the options for lint.Run. The levels of flags, by ID or category,
// override those of the configuration.
func (config *Config) Options(flags map[string]lint.Level) lint.Options {
	profile, _ := lint.Profile(config.Profile) // without a name, there are no levels
	levels := map[string]lint.Level{}
	for _, a := range lint.Default() {
		id, category := string(a.ID), string(a.Category)
		level := a.Level
		if l, ok := profile[id]; ok {
			level = l
		}
		if config.Default != nil {
			level = *config.Default
		}
		for _, layer := range []map[string]lint.Level{config.Levels, flags} {
			for _, name := range []string{category, id} {
				if l, ok := layer[name]; ok {
					level = l
				}
			}
		}
		levels[id] = level
	}
	return lint.Options{Levels: levels}
}

// CheckName returns an error if a name is neither the ID of an analyzer nor a category.
func CheckName(name string) error {
	if rulesObject().Key(name) != nil {
		return nil
	}
	hint := suggest.Hint(name, func(yield func(string) bool) {
		for _, k := range rulesObject().Keys {
			if !yield(k.Name) {
				return
			}
		}
	})
	if hint == "" {
		hint = listHint
	}
	return fmt.Errorf("unknown finding or category %s; %s", quote.Text(name), hint)
}

// Ignored reports whether a pattern of Ignore matches a file or one of its folders. The
// name has slashes and is relative to the folder of the configuration.
func (config *Config) Ignored(name string) bool {
	return slices.ContainsFunc(config.Ignore, func(pattern string) bool { return match(pattern, path.Clean(name)) })
}
