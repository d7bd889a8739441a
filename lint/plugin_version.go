package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/rulesfile"
)

var pluginVersion = &Analyzer{
	ID:       "plugin-version",
	Category: Compat,
	Level:    Info,
	Summary:  "Rules need a plugin that no file requires, so Falco skips the rules if the plugin is missing.",
	Fix:      UnsafeFix,
	Run:      runPluginVersion,
}

func runPluginVersion(p *Pass) {
	reported := map[[2]string]bool{} // files and plugins
	for _, r := range p.Set.Rules {
		if len(r.From) == 0 {
			continue
		}
		file := r.From[0].File()
		var missing []string
		for _, name := range r.Plugins {
			// Falco comes with the container plugin.
			if key := [2]string{file.Name(), name}; name != syscall.ContainerPlugin && !requires(p.Set, name) && !reported[key] {
				missing = append(missing, name)
				reported[key] = true
			}
		}
		if len(missing) == 0 {
			continue
		}
		plugins := "the plugin " + missing[0]
		if len(missing) > 1 {
			plugins = "the plugins " + strings.Join(missing, " and ")
		}
		effect := "so Falco reports unknown fields if it is missing"
		if source := p.Set.Source(r.Source).Plugin(); slices.Contains(missing, source) {
			effect = "so Falco skips this rule if " + source + " is missing"
		}
		d := p.ReportRule(r, "no file requires %s, %s", plugins, effect)
		d.Hint = "add required_plugin_versions"
		edits, err := requirePlugins(file, missing)
		fix(d, false, edits, err)
	}
}

// requires reports whether a file requires a plugin, or has it as an alternative to another one.
func requires(set *loader.Ruleset, name string) bool {
	return slices.ContainsFunc(set.Plugins, func(alternatives []loader.Plugin) bool {
		return slices.ContainsFunc(alternatives, func(p loader.Plugin) bool { return p.Name == name })
	})
}

// requirePlugins returns the edits that add plugins to those that a file requires, in the
// versions that come with Falco.
func requirePlugins(file *rulesfile.File, names []string) ([]diag.Edit, error) {
	text := rulesfile.PluginVersions.String() + ":\n"
	for _, name := range names {
		version, ok := loader.DefaultPluginVersions()[name]
		if !ok {
			return nil, fmt.Errorf("the version of plugin %s is not known", name)
		}
		text += fmt.Sprintf("  - name: %s\n    version: %s\n", name, version)
	}
	first := file.Documents()[0]
	at := 0
	if len(first.Items) > 0 && first.Items[0].Kind == rulesfile.EngineVersion {
		at = 1
	}
	return first.InsertEntry(at, text)
}
