package loader

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/rulesfile"
)

// engineVersion reads the version of the engine that the file requires.
func (it *item) engineVersion(v rulesfile.Value) {
	s, ok := it.required("required_engine_version")
	if !ok {
		return
	}
	want, err := ParseEngineVersion(s.Text())
	switch {
	case err != nil:
		it.bad(v, it.context, "%v", err)
	case !it.options.EngineVersion.Satisfies(want):
		it.fail(ErrValidate, v, it.context, fmt.Sprintf("the rules need engine version %s, but this is %s", want, it.options.EngineVersion), "")
	case it.engine.Compare(want) < 0:
		it.engine = want
	}
}

func (it *item) pluginVersions(v rulesfile.Value) {
	if !v.IsList() {
		it.bad(v, it.context, "required_plugin_versions must be a list, not %s", v.Describe())
		return
	}
	for n := range v.Entries() {
		it.requirement(it.under("required plugin versions entry", "", n))
		if it.stopped() {
			return
		}
	}
}

// requirement reads one required plugin and its alternatives.
func (it *item) requirement(entry *item) {
	first, ok := it.plugin(entry, "required plugin versions entry")
	if !ok {
		return
	}
	all := []Plugin{first}
	if alternatives := entry.Get("alternatives"); alternatives.Exists() {
		if !alternatives.IsList() {
			it.bad(alternatives, entry.context, "alternatives must be a list, not %s", alternatives.Describe())
			return
		}
		for n := range alternatives.Entries() {
			p, ok := entry.plugin(entry.under("required plugin versions alternative", "", n), "required plugin versions alternative")
			if !ok {
				return
			}
			all = append(all, p)
		}
	}
	for i, p := range all {
		if _, err := ParsePluginVersion(p.Version); err != nil {
			it.fail(ErrValidate, entry.Value, entry.context, err.Error(), "").Range = p.Range
			return
		}
		if slices.ContainsFunc(all[:i], func(earlier Plugin) bool { return earlier.Name == p.Name }) {
			it.fail(ErrValidate, entry.Value, entry.context, fmt.Sprintf("plugin %s is required twice", p.Name), "").Range = p.Range
			return
		}
	}
	it.plugins = append(it.plugins, all)
	it.result.plugins = append(it.result.plugins, requirement{entry, all})
}

// plugin reads the name and the version of a required plugin from entry, which is a part of
// it, and adds the name to the context of entry.
func (it *item) plugin(entry *item, kind string) (Plugin, bool) {
	if !entry.IsMapping() {
		it.bad(entry.Value, entry.context, "a required plugin must be a mapping with name and version, not %s", entry.Describe())
		return Plugin{}, false
	}
	name, ok := entry.required("name")
	if !ok {
		return Plugin{}, false
	}
	entry.context = under(it.context, kind, name.Text(), entry.Value)
	version, ok := entry.required("version")
	if !ok {
		return Plugin{}, false
	}
	return Plugin{Name: name.Text(), Version: version.Text(), Range: version.Range()}, true
}

// requirement is a required plugin and the entry that requires it.
type requirement struct {
	entry        *item
	alternatives []Plugin
}

// checkPlugins checks that there are the plugins that the file requires: the first
// alternative that is there at all must have the required version.
func (l *loading) checkPlugins() {
	for _, r := range l.result.plugins {
		satisfied, decided := false, false
		var described []string
		for _, p := range r.alternatives {
			want, _ := ParsePluginVersion(p.Version) // read before
			have, ok := l.options.PluginVersions[p.Name]
			if ok && !decided {
				satisfied, decided = have.Satisfies(want), true
			}
			desc := fmt.Sprintf("%s %s", p.Name, want)
			if ok {
				desc += fmt.Sprintf(" (installed: %s)", have)
			} else {
				desc += " (not installed)"
			}
			described = append(described, desc)
		}
		if !satisfied {
			hint, first := "", r.alternatives[0].Name
			if _, ok := l.options.PluginVersions[first]; !ok {
				hint = suggest.Hint(first, slices.Values(slices.Sorted(maps.Keys(l.options.PluginVersions))))
			}
			d := r.entry.fail(ErrValidate, r.entry.Value, r.entry.context, "the rules need plugin "+strings.Join(described, " or "), hint)
			d.Range = r.alternatives[0].Range
		}
	}
}
