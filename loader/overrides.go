package loader

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/rulesfile"
)

// Overrides replace definitions after all rules files have been read. It is an error if
// no file defines the macro, list or rule. In diagnostics about an override, the name of
// the file is the [OverrideName].
type Overrides struct {
	// Macros has new conditions by the names of macros, and Lists new items by the names
	// of lists.
	Macros map[string]string
	Lists  map[string][]string
	// Enable has the names of rules to enable, even if their files disable them.
	Enable []string
}

const overridePrefix = "override of "

// OverrideName returns the file name in diagnostics about an override. The kind is macro,
// list or rule.
func OverrideName(kind, name string) string { return overridePrefix + kind + " " + name }

// IsOverrideName reports whether a file name in a diagnostic is an [OverrideName].
func IsOverrideName(file string) bool { return strings.HasPrefix(file, overridePrefix) }

// override is one of the [Overrides].
type override struct {
	kind, name string
	file       *rulesfile.File
	values     []rulesfile.Value // a condition, or items
}

// list returns the single overrides.
func (o Overrides) list() []override {
	var out []override
	for _, name := range slices.Sorted(maps.Keys(o.Macros)) {
		out = append(out, newOverride("macro", name, o.Macros[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(o.Lists)) {
		out = append(out, newOverride("list", name, o.Lists[name]...))
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(o.Enable))) {
		out = append(out, newOverride("rule", name))
	}
	return out
}

func newOverride(kind, name string, values ...string) override {
	o := override{kind: kind, name: name}
	o.file, o.values = rulesfile.Texts(OverrideName(kind, name), values...)
	return o
}

// input returns the overrides as an input to load after the files, or nil if there are no
// overrides. It adds their texts to sources, so that diagnostics can quote them.
func (o Overrides) input(sources map[string]*rulesfile.File) *input {
	list := o.list()
	if len(list) == 0 {
		return nil
	}
	var text strings.Builder // what limits that grow with the files go by
	for _, one := range list {
		sources[one.file.Name()] = one.file
		text.WriteString(one.file.Text())
	}
	file, _ := rulesfile.Texts("overrides", text.String())
	return &input{file: file, overrides: list, context: true}
}

// override applies an override to the definition with its name.
func (l *loading) override(o override) {
	at := o.file.Range(0, 0).WithoutEnd()
	switch o.kind {
	case "macro":
		if def, ok := overridden(l, o, &l.macros); ok {
			changed := *def
			changed.condition = longTextOf(textOf(o.values[0]))
			change(&l.collection, &l.macros, &changed, at, nil)
		}
	case "list":
		if def, ok := overridden(l, o, &l.lists); ok {
			changed := *def
			changed.items, changed.built = o.values, nil
			change(&l.collection, &l.lists, &changed, at, nil)
		}
	case "rule":
		if l.noRules {
			return
		}
		if def, ok := overridden(l, o, &l.rules); ok {
			changed := *def
			changed.enabled = enabled{true, at}
			change(&l.collection, &l.rules, &changed, at, nil)
		}
	}
}

// overridden returns the definition that an override replaces, and adds an error if it
// does not exist.
func overridden[T any](l *loading, o override, t *table[T]) (T, bool) {
	def, ok := t.get(o.name)
	if !ok && !l.broken[itemKey{o.kind, o.name}] {
		var names iter.Seq[string] = t.names
		context := []Location{{Type: "rules content", Content: o.file.Name()}}
		d := newDiagnostic(ErrValidate, diag.Range{File: o.file.Name()}, context, fmt.Sprintf("unknown %s %q", o.kind, o.name))
		d.Hint = suggest.Hint(o.name, names)
		l.add(d)
	}
	return def, ok
}
