package loader

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/scan"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/rulesfile"
)

// The order of the checks in this file and in rule.go and exception.go is
// Falco's, since of several mistakes it reports the first.

// read reads the documents of a file: lists of items.
func (l *loading) read(f *input) {
	top := []Location{{Type: "rules content", Content: f.file.Name()}}
	if f.fileErr != nil {
		l.fileError(f, top)
		return
	}
	for _, o := range f.overrides {
		l.override(o)
	}
	for _, p := range f.problems {
		d := newDiagnostic(ErrYAMLValidate, p.Range, top, p.Message)
		d.Hint = p.Hint
		l.add(d)
		if l.stopped() {
			return
		}
	}
	for _, doc := range f.docs {
		if !doc.IsList() {
			msg, hint := l.notRules(f, doc.Value)
			l.fail(ErrYAMLValidate, doc.Value, top, msg, hint)
			if l.stopped() {
				return
			}
			continue
		}
		for _, n := range doc.Items {
			l.item(n, top)
			if l.stopped() {
				return
			}
		}
	}
	if at, msg, bad := f.file.SyntaxError(); bad {
		l.yamlError(f, top, at, msg)
	}
}

// fileError reports that a file could not be read.
func (l *loading) fileError(f *input, top []Location) {
	var d *diag.Diagnostic
	if !errors.As(f.fileErr, &d) {
		d = unreadable(f.file.Name(), f.fileErr)
	}
	d = ownDiagnostic(d)
	d.Extra = &FalcoContext{Locations: top}
	l.add(d)
}

// yamlError reports that a file is not YAML.
func (l *loading) yamlError(f *input, top []Location, at diag.Pos, msg string) {
	step := Location{Type: "value for", Content: f.file.Name(), Line: at.Line - 1, Column: at.Column - 1, Offset: at.Offset}
	d := newDiagnostic(ErrYAMLParse, f.file.RangeAt(at, 0).WithoutEnd(), append(top, step), "invalid YAML: "+msg)
	if strings.Contains(f.file.Text(), "{{") {
		d.Hint = "this looks like a template; check the rendered file"
	}
	l.add(d)
}

// notRules returns what is wrong with a document that is not a list, and a hint.
func (l *loading) notRules(f *input, root rulesfile.Value) (msg, hint string) {
	msg = "a rules file must be a list of items, not " + root.Describe()
	isManifest := root.Has("kind") && root.Has("apiVersion")
	switch {
	case !root.IsMapping():
	case !l.options.Unwrap && f.file.Wraps():
		hint = "there are rules inside this file; use --unwrap to read them"
	case rulesfile.KindOf(root) != rulesfile.Unknown:
		hint = "an item begins with a dash: - rule: …"
	case root.Has("configMapGenerator") || root.Has("secretGenerator"):
		hint = "this is for Kustomize; pass the files that its generators name"
	case isManifest && l.options.Unwrap:
		return "there are no rules inside this " + root.Get("kind").Text(), hint
	case isManifest:
		hint = "this looks like a Kubernetes " + root.Get("kind").Text()
	case root.Has("tests"):
		return "this is a test suite, not a rules file", "run it with \"falcorules test\""
	case l.options.Unwrap:
		return "there are no rules inside this mapping", rulesfile.WrapHint
	}
	return msg, hint
}

// item is a mapping that is being read: an item of a file, or a part of one.
type item struct {
	*loading
	rulesfile.Value
	// of is the item of the file that the mapping is, or is a part of.
	of      *rulesfile.Item
	context []Location
	// blamed are the keys that an error was about.
	blamed []rulesfile.Value
}

// under returns a part of the item as an item of its own.
func (it *item) under(kind, name string, v rulesfile.Value) *item {
	return &item{loading: it.loading, Value: v, of: it.of, context: under(it.context, kind, name, v)}
}

// fail reports an error, a warning or a notice about a value and returns it, so that the
// caller can add to it.
func (l *loading) fail(code diag.Code, v rulesfile.Value, context []Location, msg, hint string) *diag.Diagnostic {
	d := newDiagnostic(code, v.Range(), context, msg)
	d.Hint = hint
	l.add(d)
	return d
}

// bad reports that the YAML does not have the structure that it should have.
func (it *item) bad(v rulesfile.Value, context []Location, format string, args ...any) *diag.Diagnostic {
	return it.fail(ErrYAMLValidate, v, context, fmt.Sprintf(format, args...), "")
}

func (l *loading) item(n *rulesfile.Item, top []Location) {
	it := &item{loading: l, Value: n.Value, of: n, context: under(top, "rules content item", "", n.Value)}
	if !n.IsMapping() {
		it.bad(n.Value, it.context, "an item must be a mapping, not %s", n.Describe())
		return
	}
	if l.defined++; l.defined > maxDefined {
		it.fail(ErrValidate, n.Value, it.context, fmt.Sprintf("the files have more than %d items", maxDefined), "")
		return
	}
	if n.Kind == rulesfile.Unknown {
		it.unknownItem()
		return
	}
	name := n.Get(n.Kind.String())
	it.context = top
	before := len(l.result.Errors)
	switch n.Kind {
	case rulesfile.EngineVersion:
		it.context = under(top, n.Kind.String(), "", n.Value)
		it.engineVersion(name)
	case rulesfile.PluginVersions:
		it.context = under(top, "required plugin versions", "", name)
		it.pluginVersions(name)
		it.context = under(top, "required plugin versions", "", n.Value)
	default:
		it.named(n.Kind, top)
	}
	it.unknownKeys(n.Kind)
	if len(l.result.Errors) > before && !l.asFalco && name.IsScalar() {
		l.broken[itemKey{n.Kind.String(), name.Text()}] = true
	}
}

// named reads an item that has a name.
func (it *item) named(kind rulesfile.Kind, top []Location) {
	it.context = under(top, kind.String(), "", it.Value)
	name, ok := it.required(kind.String())
	if !ok {
		return
	}
	it.context = under(top, kind.String(), name.Text(), it.Value)
	switch kind {
	case rulesfile.List:
		it.list(name)
	case rulesfile.Macro:
		it.macro(name)
	case rulesfile.Rule:
		if !it.noRules {
			it.rule(name)
		}
	}
}

// unknownKeys warns about keys that items of the kind do not have.
func (it *item) unknownKeys(kind rulesfile.Kind) {
	for p := range it.Pairs() {
		key := p.Key
		if !key.IsScalar() {
			it.fail(ErrValidate, key, it.context[:1], "a key must be text, not "+key.Describe(), "")
			return
		}
		_, known := kind.Key(key.Text())
		if slices.Contains(it.blamed, key) || known && !key.IsNull() {
			continue
		}
		d := it.fail(WarnUnknownKey, key, it.context, fmt.Sprintf("unknown key %q in a %s item", key.Text(), kind), suggest.Hint(key.Text(), kind.KeyNames()))
		if meant := suggest.Nearest(key.Text(), kind.KeyNames()); meant != "" && !it.Has(meant) {
			d.Edits, _ = key.Replace(0, len(key.Text()), meant) // without edits if it cannot be written
		}
	}
}

// unknownItem warns about an item that is not a rule, macro, list or required version.
func (it *item) unknownItem() {
	d := it.fail(WarnUnknownItem, it.Value, it.context, "unknown item: not a rule, macro, list or version requirement", "")
	for p := range it.Pairs() {
		d.Hint = suggest.Hint(p.Key.Text(), func(yield func(string) bool) {
			for kind := range rulesfile.Kinds() {
				if !yield(kind.String()) {
					return
				}
			}
		})
		if d.Hint != "" {
			d.Range = p.Key.Range()
			return
		}
	}
}

// missing reports a key that the item does not have, or one that may be a misspelling of it.
func (it *item) missing(key string) *diag.Diagnostic {
	d := it.bad(it.Value, it.context, "missing key %q", key)
	for p := range it.Pairs() {
		k := p.Key.Text()
		if suggest.Nearest(k, slices.Values([]string{key})) != "" && k != key && !it.asFalco {
			d.Message, d.Hint = fmt.Sprintf("missing key %q, found %q", key, k), fmt.Sprintf("did you mean %s?", key)
			d.Range = p.Key.Range()
			it.blamed = append(it.blamed, p.Key)
		}
	}
	return d
}

// required returns the text of a key that must be there. It returns false after an error.
func (it *item) required(key string) (rulesfile.Value, bool) {
	v := it.Get(key)
	if !v.Exists() {
		it.missing(key)
		return rulesfile.Value{}, false
	}
	return it.scalar(key, v)
}

// optional returns the text of a key. The value does not exist if the item does not have
// the key.
func (it *item) optional(key string) (rulesfile.Value, bool) {
	v := it.Get(key)
	if !v.Exists() {
		return v, true
	}
	return it.scalar(key, v)
}

// optionalEmpty is optional for a key that may be empty.
func (it *item) optionalEmpty(key string) (rulesfile.Value, bool) {
	if v := it.Get(key); v.Exists() && (v.IsNull() || v.IsScalar() && v.Text() == "") {
		return rulesfile.Value{}, true
	}
	return it.optional(key)
}

func (it *item) scalar(key string, v rulesfile.Value) (rulesfile.Value, bool) {
	switch {
	case v.IsNull():
		it.bad(v, it.context, "%s is empty", key).Range = it.Pair(key).Key.Range()
	case !v.IsScalar():
		it.bad(v, it.valueOf(key, v), "%s must be text, not %s", key, v.Describe())
	case v.Text() == "":
		it.bad(v, it.valueOf(key, v), "%s is empty", key)
	default:
		return v, true
	}
	return rulesfile.Value{}, false
}

// valueOf returns Falco's locations of the value of a key.
func (it *item) valueOf(key string, v rulesfile.Value) []Location {
	return under(it.context, "value for", key, v)
}

// scalars returns the texts of a list. The value does not exist if the item does not have
// the key.
func (it *item) scalars(key string, v rulesfile.Value) ([]rulesfile.Value, bool) {
	if !v.Exists() {
		it.missing(key)
		return nil, false
	}
	within := it.valueOf(key, v)
	if !v.IsList() {
		d := it.bad(v, within, "%s must be a list, not %s", key, v.Describe())
		if v.IsScalar() && v.Text() != "" {
			d.Hint = fmt.Sprintf("write %s: [%s]", key, v.Text())
		}
		return nil, false
	}
	ok := true
	out := make([]rulesfile.Value, 0, v.Len())
	for entry := range v.Entries() {
		if !entry.IsScalar() || entry.IsNull() {
			it.bad(entry, under(within, "list item", "", entry), "%s must contain only text, not %s", key, entry.Describe())
			ok = false
			continue
		}
		out = append(out, entry)
	}
	return out, ok
}

// boolean reads the truth value of a key into to, which does not change if the item does not
// have the key.
func (it *item) boolean(key string, to *bool) bool {
	s, ok := it.optional(key)
	if !ok || !s.Exists() {
		return ok
	}
	if value, ok := scan.Bool(s.Text()); ok {
		*to = value
		return true
	}
	it.bad(s, it.valueOf(key, s), "%s must be true or false, not %q", key, s.Text())
	return false
}

// definition returns what the item has in common with other named ones.
func (it *item) definition(name rulesfile.Value) definition {
	return definition{name: name.Text(), at: it.Range(), nameAt: name.Range(), from: []*rulesfile.Item{it.of}, context: it.context}
}

// nameOf returns the value of the key that names an item, or the item if it has no name.
func nameOf(v rulesfile.Value, kind string) rulesfile.Value {
	if name := v.Get(kind); name.Exists() && name.IsScalar() && !name.IsNull() {
		return name
	}
	return v
}

// The names that conditions can use. As in Falco's parser, letters are those of
// ASCII.
var (
	listName  = regexp.MustCompile(`^[^()"'\t\n\v\f\r =,]+$`)
	macroName = regexp.MustCompile(`^[a-zA-Z]+[a-zA-Z0-9_]*$`)
)

func (it *item) list(name rulesfile.Value) {
	if !utf8.ValidString(name.Text()) || !listName.MatchString(name.Text()) {
		it.fail(WarnListName, name, it.context, fmt.Sprintf("no condition can use a list named %q", name.Text()), "use a name without spaces, quotes, parentheses, commas and =")
	}
	items, ok1 := it.scalars("items", it.Get("items"))
	how, ok2 := it.changes(rulesfile.List)
	if !ok1 || !ok2 {
		return
	}
	d := &listDef{definition: it.definition(name), items: items}
	if !how.all && !how.appended["items"] {
		define(&it.collection, &it.lists, d)
		return
	}
	prev, ok := it.lists.get(d.name)
	if !ok {
		it.noEarlier("list", d.name, it.lists.names)
		return
	}
	longer := *prev
	longer.items = append(prev.items, items...) // which nothing else appends to
	change(&it.collection, &it.lists, &longer, d.at, it.of)
}

func (it *item) macro(name rulesfile.Value) {
	if !macroName.MatchString(name.Text()) {
		it.fail(WarnMacroName, name, it.context, fmt.Sprintf("no condition can use a macro named %q", name.Text()), "use letters, digits and _, beginning with a letter")
	}
	cond, ok1 := it.required("condition")
	how, ok2 := it.changes(rulesfile.Macro)
	if !ok1 || !ok2 {
		return
	}
	d := &macroDef{definition: it.definition(name), condition: longTextOf(textOf(cond))}
	d.conditionContext = under(it.context, "macro condition", "", cond)
	if !how.all && !how.appended["condition"] {
		define(&it.collection, &it.macros, d)
		return
	}
	prev, ok := it.macros.get(d.name)
	if !ok {
		it.noEarlier("macro", d.name, it.macros.names)
		return
	}
	longer := *prev
	if it.appendTo(&longer.condition, textOf(cond)) {
		change(&it.collection, &it.macros, &longer, d.at, it.of)
	}
}
