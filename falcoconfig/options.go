package falcoconfig

import (
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/loader"
)

// sameEvents has the plugins that read Kubernetes audit events from elsewhere. They have
// the event source and the fields of k8saudit.
var sameEvents = []string{"k8saudit-aks", "k8saudit-eks", "k8saudit-gke", "k8saudit-ovh"}

// Loads reports whether Falco loads a plugin, or another one with the same event source
// and fields. It always has the fields of its own, for which plugin is empty.
func (c *Config) Loads(plugin string) bool {
	return plugin == "" || slices.ContainsFunc(c.Plugins, func(p Plugin) bool {
		return p.Name.Value == plugin || plugin == k8sauditPlugin && slices.Contains(sameEvents, p.Name.Value)
	})
}

// LoaderOptions returns options to load rules with this configuration: o with the selection
// of rules, the additions to outputs and the format of alerts. From the sources in o, or from
// all that this module knows if they are nil, it leaves out those whose plugin is not loaded,
// and it adds the static fields to the others. It also leaves out the versions of plugins
// that are not loaded.
//
// The fields of a plugin such as json, which has no event source of its own, stay in the
// sources even if the plugin is not loaded; [Config.MissingPlugins] finds rules that use them.
func (c *Config) LoaderOptions(o loader.Options) loader.Options {
	if o.Sources == nil {
		o.Sources = all.Sources()
	}
	o.Sources = slices.DeleteFunc(slices.Clone(o.Sources), func(s *fieldsets.Source) bool { return !c.Loads(s.Plugin()) })
	o.Sources = c.Sources(o.Sources)
	if o.PluginVersions == nil {
		o.PluginVersions = loader.DefaultPluginVersions()
	} else {
		o.PluginVersions = maps.Clone(o.PluginVersions)
	}
	maps.DeleteFunc(o.PluginVersions, func(name string, _ loader.Version) bool { return !c.Loads(name) })
	o.Selection = c.Selection()
	o.AppendOutput = c.appendOutputs(o.Sources)
	o.AlertFormat = c.AlertFormat
	return o
}

// Sources returns the sources with the static fields added.
func (c *Config) Sources(sources []*fieldsets.Source) []*fieldsets.Source {
	if len(c.StaticFields) == 0 {
		return sources
	}
	out := make([]*fieldsets.Source, len(sources))
	for i, s := range sources {
		out[i] = s.With(static(c.StaticFields))
	}
	return out
}

// Selection returns which rules Falco runs.
func (c *Config) Selection() *loader.Selection {
	s := &loader.Selection{Priority: c.Priority.Value}
	for _, sw := range c.Switches {
		s.Switches = append(s.Switches, sw.Value)
	}
	return s
}

// MissingPlugins returns the plugins that a rule needs but that Falco does not load, so that
// it rejects the rule.
func (c *Config) MissingPlugins(r *loader.Rule) []string {
	return slices.DeleteFunc(slices.Clone(r.Plugins), c.Loads)
}

// static is the field set of static fields.
type static []StaticField

// Fields returns the fields.
func (s static) Fields() []fieldsets.Field {
	var out []fieldsets.Field
	for _, f := range s {
		out = append(out, fieldsets.Field{Name: staticPrefix + f.Name, Type: fieldsets.CharBuf, Print: fieldsets.PrintNone, Desc: "A static field of falco.yaml."})
	}
	return out
}

const staticPrefix = "static."

// Extractor returns an extractor of the value in the configuration.
func (s static) Extractor(f *fieldsets.Field, _ fieldsets.Arg) (fieldsets.Extractor, error) {
	i := slices.IndexFunc(s, func(of StaticField) bool { return staticPrefix+of.Name == f.Name })
	text := s[i].Value
	return func(_ *fieldsets.Event, out *fieldsets.Values) { out.AddText(text) }, nil
}

// SuggestedFields returns the fields that suggested_output adds to the output of a rule. Those
// of a nil Config are Falco's default.
func (c *Config) SuggestedFields(r *loader.Rule) []string {
	if c == nil {
		c = &Config{AppendOutput: []AppendOutput{{Suggested: true}}, Plugins: []Plugin{{Name: Setting[string]{Value: syscall.ContainerPlugin}}}}
	}
	for i := range c.AppendOutput {
		a := &c.AppendOutput[i]
		if entry := a.Entry(); a.Suggested && entry.Matches(r.Name, r.Source, r.Tags) {
			return c.suggestedFields(r.Source)
		}
	}
	return nil
}

// suggested are the fields that the plugin container suggests for outputs, in the order
// of its table of fields.
var suggested = []string{"container.id", "container.name", "container.image.repository", "container.image.tag", "k8s.pod.name", "k8s.ns.name"}

// suggestedFields returns the fields that suggested_output adds to the rules of a source.
func (c *Config) suggestedFields(source string) []string {
	var fields []string
	for _, f := range c.StaticFields {
		fields = append(fields, staticPrefix+f.Name)
	}
	if source == syscall.SourceName && c.Loads(syscall.ContainerPlugin) {
		fields = append(fields, suggested...)
	}
	return fields
}

// Entry returns the entry for the loader, without the suggested fields.
func (a *AppendOutput) Entry() loader.AppendOutput {
	entry := loader.AppendOutput{Source: a.Source.Value, Rule: a.Rule.Value, Format: a.Format.Value, FormatAt: a.Format.Range, Fields: a.Fields}
	for _, tag := range a.Tags {
		entry.Tags = append(entry.Tags, tag.Value)
	}
	return entry
}

// appendOutputs returns append_output for the loader.
func (c *Config) appendOutputs(sources []*fieldsets.Source) []loader.AppendOutput {
	var out []loader.AppendOutput
	for i := range c.AppendOutput {
		a := &c.AppendOutput[i]
		entry := a.Entry()
		out = append(out, entry)
		if !a.Suggested {
			continue
		}
		for _, s := range sources {
			if a.Source.Value != "" && a.Source.Value != s.Name() {
				continue
			}
			var formats []string
			for _, field := range c.suggestedFields(s.Name()) {
				formats = append(formats, strings.ReplaceAll(field, ".", "_")+"=%"+field)
			}
			out = append(out, loader.AppendOutput{
				Source: s.Name(), Rule: entry.Rule, Tags: entry.Tags, Format: strings.Join(formats, " "), FormatAt: a.Range,
			})
		}
	}
	return out
}
