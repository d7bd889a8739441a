package loader

import (
	"maps"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
)

// Options has the sources and versions to load rules for, and changes to the rules. The
// zero Options loads rules of all sources for Falco [FalcoVersion].
type Options struct {
	// Sources are the event sources that rules can have. Nil means all that this module
	// knows.
	Sources []*fieldsets.Source
	// EngineVersion is the version to check required_engine_version against. The zero
	// Version means [DefaultEngineVersion].
	EngineVersion Version
	// PluginVersions has the version of each available plugin, by name, to check
	// required_plugin_versions against. Nil means [DefaultPluginVersions].
	PluginVersions map[string]Version
	// Unwrap also loads the rules inside Kubernetes objects and Helm values: the data of
	// ConfigMaps and Secrets, customRules in values of Falco's chart (also if these
	// values are inside those of another chart or inside Argo CD or Flux objects),
	// inlineRules of the Falco operator's Rulesfiles, and literals of Kustomize's
	// generators.
	Unwrap bool
	// Overrides replace macros and lists of the files, and enable rules.
	Overrides Overrides
	// Selection selects the rules that the engine runs. Nil means those that the files
	// enable.
	Selection *Selection
	// AppendOutput adds to the outputs of rules, in order.
	AppendOutput []AppendOutput
	// AlertFormat is how the engine's alerts are printed.
	AlertFormat eval.AlertFormat
}

// FalcoVersion is the Falco release whose behaviour this module reproduces.
const FalcoVersion = "0.45"

// DefaultEngineVersion returns the version of the rules engine in Falco [FalcoVersion].
func DefaultEngineVersion() Version { return Version{Major: 0, Minor: 63, Patch: 0} }

// defaultPlugins are the plugin versions of Falco's release.
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

// DefaultPluginVersions returns the plugin versions that Load uses if
// Options.PluginVersions is nil: those released along with Falco [FalcoVersion].
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
