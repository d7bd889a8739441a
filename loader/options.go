package loader

import (
	"maps"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
)

// Options say what a ruleset is loaded for. The zero Options loads rules of all sources for
// the current version of Falco.
type Options struct {
	// Sources are the event sources that rules can be of; nil is all that this module
	// knows.
	Sources []*fieldsets.Source
	// EngineVersion is the version that required_engine_version is held
	// against; zero stands for DefaultEngineVersion.
	EngineVersion Version
	// PluginVersions are the plugins, by name, that required_plugin_versions
	// is held against; nil stands for DefaultPluginVersions.
	PluginVersions map[string]Version
	// Unwrap says to read the rules inside Kubernetes objects and Helm values:
	// the data of ConfigMaps and Secrets, customRules in values of Falco's chart,
	// wherever these values are (in those of another chart, in objects of Argo CD
	// and Flux), inlineRules of the Falco operator's Rulesfiles, and literals of
	// Kustomize's generators.
	Unwrap bool
	// Overrides replace macros and lists of the files, and enable rules.
	Overrides Overrides
}

// FalcoVersion is the release of Falco that this project follows.
const FalcoVersion = "0.45"

// DefaultEngineVersion returns the version of the rules engine that this project
// follows: the one of Falco [FalcoVersion].
func DefaultEngineVersion() Version { return Version{Major: 0, Minor: 63, Patch: 0} }

// defaultPlugins are the plugins of that time.
var defaultPlugins = map[string]Version{
	"k8saudit":   {Major: 0, Minor: 18, Patch: 0},
	"json":       {Major: 0, Minor: 7, Patch: 4},
	"container":  {Major: 0, Minor: 7, Patch: 1},
	"okta":       {Major: 0, Minor: 12, Patch: 0},
	"github":     {Major: 0, Minor: 10, Patch: 1},
	"gcpaudit":   {Major: 0, Minor: 8, Patch: 1},
	"cloudtrail": {Major: 0, Minor: 17, Patch: 1},
	"dummy":      {Major: 0, Minor: 11, Patch: 5},
}

// DefaultPluginVersions returns the versions of the plugins that stand in for
// Options.PluginVersions: those of the time of DefaultEngineVersion.
func DefaultPluginVersions() map[string]Version { return maps.Clone(defaultPlugins) }

func (o Options) withDefaults() Options {
	if o.Sources == nil {
		o.Sources = all.Sources()
	}
	if o.EngineVersion == (Version{}) {
		o.EngineVersion = DefaultEngineVersion()
	}
	if o.PluginVersions == nil {
		o.PluginVersions = defaultPlugins
	}
	return o
}
