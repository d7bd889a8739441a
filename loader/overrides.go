package loader

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Overrides replace what rules files define, after all of them are read. What is
// overridden and not defined is an error. Diagnostics about an override are in a file that
// is called by its [OverrideName].
type Overrides struct {
	// Macros are conditions, and Lists items, by the names of the macros and lists that
	// they replace.
	Macros map[string]string
	Lists  map[string][]string
	// Enable are the names of rules that are enabled, whatever their files say.
	Enable []string
}

const overridePrefix = "override of "

// OverrideName returns what diagnostics call the file of an override. The kind is macro,
// list or rule.
func OverrideName(kind, name string) string { return overridePrefix + kind + " " + name }

// IsOverrideName reports whether a file name in a diagnostic is that of an override.
func IsOverrideName(file string) bool { return strings.HasPrefix(file, overridePrefix) }

// override is one of the [Overrides].
type override struct {
	kind, name string
	src        *source
	values     []scalar // a condition, or items
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
	o := override{kind: kind, name: name, src: newPlainSource(OverrideName(kind, name), strings.Join(values, "\n"))}
	line := 1
	for _, v := range values {
		o.values = append(o.values, o.src.plainScalar(line, v))
		line += strings.Count(v, "\n") + 1
	}
	return o
}

// newPlainSource returns a source of texts that are not YAML.
func newPlainSource(name, text string) *source {
	src := newText(name, text)
	src.plain = true
	return src
}

// plainScalar returns the text that begins at a line of a plain source.
func (s *source) plainScalar(line int, text string) scalar {
	return scalar{s, &yamlfile.Node{Kind: yamlfile.Scalar, Value: text, Tag: "!!str", Start: diag.Pos{Line: line, Column: 1}}}
}

// input returns the overrides as what is loaded after the files, and nil if there are
// none. Their sources are added to those that positions are in.
func (o Overrides) input(sources map[string]*source) *input {
	list := o.list()
	if len(list) == 0 {
		return nil
	}
	var text strings.Builder // what limits that grow with the files go by
	for _, one := range list {
		sources[one.src.name] = one.src
		text.WriteString(one.src.text)
	}
	return &input{src: newPlainSource("overrides", text.String()), overrides: list, context: true}
}

// override changes what an override is of.
func (l *loading) override(o override) {
	at := startOf(o.src.place(1, 1, 0))
	switch o.kind {
	case "macro":
		if def, ok := overridden(l, o, &l.macros); ok {
			changed := *def
			changed.condition = longTextOf(textOf(o.values[0]))
			change(&l.collection, &l.macros, &changed, at)
		}
	case "list":
		if def, ok := overridden(l, o, &l.lists); ok {
			changed := *def
			changed.items, changed.built = o.values, nil
			change(&l.collection, &l.lists, &changed, at)
		}
	case "rule":
		if l.noRules {
			return
		}
		if def, ok := overridden(l, o, &l.rules); ok {
			changed := *def
			changed.enabled = enabled{true, at}
			change(&l.collection, &l.rules, &changed, at)
		}
	}
}

// overridden returns the definition that an override is of, and reports that there is
// none.
func overridden[T any](l *loading, o override, t *table[T]) (T, bool) {
	def, ok := t.get(o.name)
	if !ok && !l.broken[brokenItem{o.kind, o.name}] {
		var names iter.Seq[string] = t.names
		context := []Location{{Type: "rules content", Content: o.src.name}}
		d := newDiagnostic(ErrValidate, diag.Range{File: o.src.name}, context, fmt.Sprintf("there is no %s %q in the rules", o.kind, o.name))
		d.Hint = suggest.Hint(o.name, names)
		l.add(d)
	}
	return def, ok
}
