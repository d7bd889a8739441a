package loader

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/rulesfile"
)

// The order of the checks in this file and in rule.go and exception.go is
// Falco's, since of several mistakes it reports the first.

// read reads the documents of a file: sequences of items. Items that are null
// are skipped.
func (l *loading) read(f *input) {
	top := []Location{{Type: "rules content", Content: f.src.name}}
	if f.fileErr != nil {
		l.fileError(f, top)
		return
	}
	for _, o := range f.overrides {
		l.override(o)
	}
	for _, p := range f.problems {
		l.fail(p.src, ErrYAMLValidate, p.node, top, p.msg, p.hint)
		if l.stopped() {
			return
		}
	}
	for _, root := range f.docs {
		if root.Kind != yamlfile.Sequence {
			msg, hint := l.notRules(f, root)
			l.fail(f.src, ErrYAMLValidate, root, top, msg, hint)
			if l.stopped() {
				return
			}
			continue
		}
		for _, n := range root.Content {
			if n = n.Deref(); n.IsNull() {
				continue
			}
			l.item(f, n, top)
			if l.stopped() {
				return
			}
		}
	}
	if f.err != nil {
		l.yamlError(f, top)
	}
}

// fileError reports that a file could not be read.
func (l *loading) fileError(f *input, top []Location) {
	var d *diag.Diagnostic
	if !errors.As(f.fileErr, &d) {
		d = unreadable(f.src.name, f.fileErr)
	}
	d = ownDiagnostic(d)
	d.Extra = &FalcoContext{Locations: top}
	l.add(d)
}

// yamlError reports that a file is not YAML.
func (l *loading) yamlError(f *input, top []Location) {
	e := f.err
	step := Location{Type: "value for", Content: f.src.name, Line: e.Range.Start.Line - 1, Column: e.Range.Start.Column - 1, Offset: e.Range.Start.Offset}
	at := startOf(f.src.place(e.Range.Start.Line, e.Range.Start.Column, 0))
	d := newDiagnostic(ErrYAMLParse, at, append(top, step), "the YAML cannot be read: "+e.Message)
	if strings.Contains(f.src.text, "{{") {
		d.Hint = "this looks like a template; check what it is rendered to"
	}
	l.add(d)
}

// notRules returns what is wrong with a document that is not a sequence, and a hint.
func (l *loading) notRules(f *input, root *yamlfile.Node) (msg, hint string) {
	msg = "a rules file must be a list of items, not " + root.Describe()
	switch {
	case root.Kind != yamlfile.Mapping:
	case !l.options.Unwrap && f.wraps():
		hint = "there are rules inside this file; use --unwrap to read them"
	case isItem(root):
		hint = "an item begins with a dash: - rule: …"
	case root.Get("configMapGenerator") != nil || root.Get("secretGenerator") != nil:
		hint = "this is for Kustomize; give the files that its generators name"
	case isManifest(root) && l.options.Unwrap:
		return "there are no rules inside this " + kindOf(root), hint
	case isManifest(root):
		hint = "this looks like a Kubernetes " + kindOf(root)
	case root.Get("tests") != nil:
		return "this is a test suite, not a rules file", "run it with \"falcorules test\""
	case l.options.Unwrap:
		return "there are no rules inside this mapping", whereRulesBelong
	}
	return msg, hint
}

// kindOf returns the kind of a Kubernetes object, or nothing.
func kindOf(root *yamlfile.Node) string {
	if kind := root.Get("kind"); kind != nil {
		return kind.Value
	}
	return ""
}

// item is a mapping that is being read: an item of the file, or a part of one.
type item struct {
	*loading
	src     *source
	node    *yamlfile.Node
	context []Location
	// blamed are the keys that an error was about.
	blamed []*yamlfile.Node
}

// under returns a part of the item as an item of its own.
func (it *item) under(kind, name string, n *yamlfile.Node) *item {
	return &item{loading: it.loading, src: it.src, node: n, context: it.src.under(it.context, kind, name, n)}
}

// fail reports a diagnostic at a node and returns it for more to be said.
func (l *loading) fail(src *source, code diag.Code, n *yamlfile.Node, context []Location, msg, hint string) *diag.Diagnostic {
	d := newDiagnostic(code, src.rangeOf(n), context, msg)
	d.Hint = hint
	l.add(d)
	return d
}

func (it *item) fail(code diag.Code, n *yamlfile.Node, context []Location, msg, hint string) *diag.Diagnostic {
	return it.loading.fail(it.src, code, n, context, msg, hint)
}

// bad reports that the YAML has not the shape that it should have.
func (it *item) bad(n *yamlfile.Node, context []Location, format string, args ...any) *diag.Diagnostic {
	return it.fail(ErrYAMLValidate, n, context, fmt.Sprintf(format, args...), "")
}

// warn reports a warning or a notice.
func (it *item) warn(code diag.Code, n *yamlfile.Node, context []Location, msg, hint string) *diag.Diagnostic {
	return it.loading.fail(it.src, code, n, context, msg, hint)
}

func (l *loading) item(f *input, n *yamlfile.Node, top []Location) {
	it := &item{loading: l, src: f.src, node: n, context: f.src.under(top, "rules content item", "", n)}
	if n.Kind != yamlfile.Mapping {
		it.bad(n, it.context, "an item must be a mapping, not %s", n.Describe())
		return
	}
	if l.defined++; l.defined > maxDefined {
		it.fail(ErrValidate, n, it.context, fmt.Sprintf("the files have more than %d items", maxDefined), "")
		return
	}
	for kind := range rulesfile.Kinds() {
		v := n.Get(kind.String())
		if v == nil {
			continue
		}
		it.context = top
		before := len(l.result.Errors)
		switch kind {
		case rulesfile.EngineVersion:
			it = it.under(kind.String(), "", n)
			it.engineVersion(v)
		case rulesfile.PluginVersions:
			it = it.under("required plugin versions", "", v)
			it.node = n
			it.pluginVersions(v)
			it.context = f.src.under(top, "required plugin versions", "", n)
		default:
			it.named(kind, top)
		}
		it.unknownKeys(kind)
		if len(l.result.Errors) > before && !l.asFalco && v.Kind == yamlfile.Scalar {
			l.broken[brokenItem{kind.String(), v.Value}] = true
		}
		return
	}
	it.unknownItem()
}

// named reads an item that has a name.
func (it *item) named(kind rulesfile.Kind, top []Location) {
	it.context = it.src.under(top, kind.String(), "", it.node)
	name, ok := it.required(kind.String())
	if !ok {
		return
	}
	it.context = it.src.under(top, kind.String(), name.text(), it.node)
	it.duplicateKeys()
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
	for _, key := range keys(it.node) {
		if key.Kind != yamlfile.Scalar {
			it.fail(ErrValidate, key, it.context[:1], "a key must be text, not "+key.Describe(), "")
			return
		}
		_, known := kind.Key(key.Value)
		if slices.Contains(it.blamed, key) || known && !key.IsNull() {
			continue
		}
		d := it.warn(WarnUnknownKey, key, it.context, fmt.Sprintf("%s items have no key %q", kind, key.Value), suggest.Hint(key.Value, kind.KeyNames()))
		if meant := suggest.Nearest(key.Value, kind.KeyNames()); meant != "" && !it.has(meant) {
			d.Edits = []diag.Edit{{Range: d.Range, Text: meant}}
		}
	}
}

// unknownItem warns about an item that is not a rule, macro, list or required version.
func (it *item) unknownItem() {
	d := it.warn(WarnUnknownItem, it.node, it.context, "this is neither a rule nor a macro, a list or a required version", "")
	for _, key := range keys(it.node) {
		d.Hint = suggest.Hint(key.Value, func(yield func(string) bool) {
			for kind := range rulesfile.Kinds() {
				if !yield(kind.String()) {
					return
				}
			}
		})
		if d.Hint != "" {
			d.Range = it.src.rangeOf(key)
			return
		}
	}
}

// missing reports a key that the item lacks, or one that may be it misspelled.
func (it *item) missing(key string) *diag.Diagnostic {
	d := it.bad(it.node, it.context, "the item has no key %q", key)
	for _, k := range keys(it.node) {
		if suggest.Nearest(k.Value, slices.Values([]string{key})) != "" && k.Value != key && !it.asFalco {
			d.Message, d.Hint = fmt.Sprintf("the item has no key %q, but %q", key, k.Value), fmt.Sprintf("did you mean %s?", key)
			d.Range = it.src.rangeOf(k)
			it.blamed = append(it.blamed, k)
		}
	}
	return d
}

// required returns the text of a key that must be there; false says that a
// mistake was reported.
func (it *item) required(key string) (scalar, bool) {
	v := it.node.Get(key)
	if v == nil {
		it.missing(key)
		return scalar{}, false
	}
	return it.scalar(key, v)
}

// optional returns the text of a key, or the zero scalar where the item lacks
// it.
func (it *item) optional(key string) (scalar, bool) {
	v := it.node.Get(key)
	if v == nil {
		return scalar{}, true
	}
	return it.scalar(key, v)
}

// optionalEmpty is optional for a key that may be empty.
func (it *item) optionalEmpty(key string) (scalar, bool) {
	if v := it.node.Get(key); v != nil && (v.IsNull() || v.Kind == yamlfile.Scalar && v.Value == "") {
		return scalar{}, true
	}
	return it.optional(key)
}

func (it *item) scalar(key string, v *yamlfile.Node) (scalar, bool) {
	switch {
	case v.IsNull():
		it.bad(v, it.context, "%s is empty", key).Range = it.src.rangeOf(keyNode(it.node, key))
	case v.Kind != yamlfile.Scalar:
		it.bad(v, it.valueOf(key, v), "%s must be text, not %s", key, v.Describe())
	case v.Value == "":
		it.bad(v, it.valueOf(key, v), "%s is empty", key)
	default:
		return scalar{it.src, v}, true
	}
	return scalar{}, false
}

// valueOf returns Falco's way to the value of a key.
func (it *item) valueOf(key string, v *yamlfile.Node) []Location {
	return it.src.under(it.context, "value for", key, v)
}

// scalars returns the texts of a sequence; v is its node, or nil where the item
// lacks it.
func (it *item) scalars(key string, v *yamlfile.Node) ([]scalar, bool) {
	if v == nil {
		it.missing(key)
		return nil, false
	}
	within := it.valueOf(key, v)
	if v.Kind != yamlfile.Sequence {
		d := it.bad(v, within, "%s must be a list, not %s", key, v.Describe())
		if v.Kind == yamlfile.Scalar && v.Value != "" {
			d.Hint = fmt.Sprintf("write %s: [%s]", key, v.Value)
		}
		return nil, false
	}
	ok := true
	out := make([]scalar, 0, len(v.Content))
	for _, n := range v.Content {
		n = n.Deref()
		if n.Kind != yamlfile.Scalar || n.IsNull() {
			it.bad(n, it.src.under(within, "list item", "", n), "%s must contain only text, not %s", key, n.Describe())
			ok = false
			continue
		}
		out = append(out, scalar{it.src, n})
	}
	return out, ok
}

// boolean reads the truth of a key into to, which stays where the item lacks it.
func (it *item) boolean(key string, to *bool) bool {
	s, ok := it.optional(key)
	if !ok || s.node == nil {
		return ok
	}
	// As in YAML 1.1: in small letters, in capitals, or with one in front.
	text := s.text()
	if lower := strings.ToLower(text); text == lower || text == strings.ToUpper(text) || text[0] != lower[0] && text[1:] == lower[1:] {
		switch lower {
		case "true", "yes", "on", "y":
			*to = true
			return true
		case "false", "no", "off", "n":
			*to = false
			return true
		}
	}
	it.bad(s.node, it.valueOf(key, s.node), "%s is true or false, not %q", key, text)
	return false
}

// definition returns what the item has in common with other named ones.
func (it *item) definition(name scalar) definition {
	return definition{
		name: name.text(), at: it.src.rangeOf(it.node), nameAt: it.src.rangeOf(name.node), context: it.context,
	}
}

// nameOf returns the value of the key that names an item.
func nameOf(n *yamlfile.Node, kind string) *yamlfile.Node {
	if v := n.Get(kind); v != nil && v.Kind == yamlfile.Scalar && !v.IsNull() {
		return v
	}
	return n
}

// The names that conditions can use. As in Falco's parser, letters are those of
// ASCII.
var (
	listName  = regexp.MustCompile(`^[^()"'\t\n\v\f\r =,]+$`)
	macroName = regexp.MustCompile(`^[a-zA-Z]+[a-zA-Z0-9_]*$`)
)

func (it *item) list(name scalar) {
	if !utf8.ValidString(name.text()) || !listName.MatchString(name.text()) {
		it.warn(WarnListName, name.node, it.context, fmt.Sprintf("no condition can use a list named %q", name.text()), "a name has no blanks, quotes, parentheses, commas or =")
	}
	items, ok1 := it.scalars("items", it.node.Get("items"))
	how, ok2 := it.changes(rulesfile.List)
	if !ok1 || !ok2 {
		return
	}
	d := &listDef{definition: it.definition(name), items: items}
	if !how.all && !how.appended["items"] {
		defineOnce(it, "list", &it.lists, d)
		return
	}
	prev, ok := it.lists.get(d.name)
	if !ok {
		it.noEarlier("list", d.name, it.lists.names)
		return
	}
	longer := *prev
	longer.items = append(prev.items, items...) // which nothing else appends to
	change(&it.collection, &it.lists, &longer, d.at)
}

func (it *item) macro(name scalar) {
	if !macroName.MatchString(name.text()) {
		it.warn(WarnMacroName, name.node, it.context, fmt.Sprintf("no condition can use a macro named %q", name.text()), "a name is letters, digits and _, a letter first")
	}
	cond, ok1 := it.required("condition")
	how, ok2 := it.changes(rulesfile.Macro)
	if !ok1 || !ok2 {
		return
	}
	d := &macroDef{definition: it.definition(name), condition: longTextOf(textOf(cond))}
	d.conditionContext = it.src.under(it.context, "macro condition", "", cond.node)
	if !how.all && !how.appended["condition"] {
		defineOnce(it, "macro", &it.macros, d)
		return
	}
	prev, ok := it.macros.get(d.name)
	if !ok {
		it.noEarlier("macro", d.name, it.macros.names)
		return
	}
	longer := *prev
	if it.appendTo(&longer.condition, textOf(cond)) {
		change(&it.collection, &it.macros, &longer, d.at)
	}
}
