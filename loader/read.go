package loader

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/parser"
)

// The order of the checks in this file and in rule.go and exception.go is
// Falco's, since of several mistakes it reports the first.

// read reads the documents of a file: sequences of items. Items that are null
// are skipped.
func (l *loading) read(f *input) {
	top := []Location{{Type: "rules content", Content: f.src.name}}
	for _, root := range f.docs {
		if root.Kind != yaml.SequenceNode {
			d := l.fail(f.src, ErrYAMLValidate, root, top, "a rules file is a sequence of items, and this is "+kindName(root), wrapperHint(root))
			d.Position, d.End = f.src.at(root), Position{}
			if l.stopped() {
				return
			}
			continue
		}
		for _, n := range root.Content {
			if n = deref(n); isNull(n) {
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

// yamlError reports that a file is not YAML.
func (l *loading) yamlError(f *input, top []Location) {
	e := f.err
	context, at := top, Position{File: f.src.name}
	if e.line > 0 {
		step := Location{Type: "value for", Content: f.src.name, Line: e.line - 1, Column: e.column - 1, Offset: e.offset}
		context, at = append(context, step), f.src.place(e.line, e.column)
	}
	l.add(&Diagnostic{Code: ErrYAMLParse, Message: "the YAML cannot be read: " + e.msg, Position: at, Context: context})
}

// wrapperHint recognizes what rules often come wrapped in.
func wrapperHint(root *yaml.Node) string {
	switch {
	case root.Kind != yaml.MappingNode:
	case value(root, "kind") != nil:
		return fmt.Sprintf("this looks like a Kubernetes %s; to read the rules inside it, unwrap it (--unwrap)", value(root, "kind").Value)
	case value(root, "customRules") != nil:
		return "this looks like values of a Helm chart; to read the rules under customRules, unwrap it (--unwrap)"
	case value(root, "rule") != nil || value(root, "macro") != nil || value(root, "list") != nil:
		return "an item begins with a dash: - rule: …"
	}
	return ""
}

// kinds are the kinds of items, in the order in which their keys are looked for,
// and the keys that each may have.
var kinds = []struct {
	kind string
	keys []string
}{
	{"required_engine_version", []string{"required_engine_version"}},
	{"required_plugin_versions", []string{"required_plugin_versions"}},
	{"list", []string{"list", "items", "append", "override"}},
	{"macro", []string{"macro", "condition", "append", "override"}},
	{"rule", []string{
		"rule", "condition", "output", "desc", "priority", "source", "enabled", "tags", "exceptions", "append", "override",
		"warn_evttypes", "skip-if-unknown-filter", "capture", "capture_duration",
	}},
}

// item is a mapping that is being read: an item of the file, or a part of one.
type item struct {
	*loading
	src     *source
	node    *yaml.Node
	context []Location
}

// under returns a part of the item as an item of its own.
func (it *item) under(kind, name string, n *yaml.Node) *item {
	return &item{it.loading, it.src, n, it.src.under(it.context, kind, name, n)}
}

// fail reports an error at a node and returns it for more to be said.
func (l *loading) fail(src *source, code Code, n *yaml.Node, context []Location, msg, hint string) *Diagnostic {
	at, end := src.span(n)
	d := &Diagnostic{Code: code, Message: msg, Hint: hint, Position: at, End: end, Context: context}
	l.add(d)
	return d
}

func (it *item) fail(code Code, n *yaml.Node, context []Location, msg, hint string) *Diagnostic {
	return it.loading.fail(it.src, code, n, context, msg, hint)
}

// bad reports that the YAML has not the shape that it should have.
func (it *item) bad(n *yaml.Node, context []Location, format string, args ...any) *Diagnostic {
	return it.fail(ErrYAMLValidate, n, context, fmt.Sprintf(format, args...), "")
}

func (it *item) warn(code Code, n *yaml.Node, context []Location, msg, hint string) *Diagnostic {
	d := it.loading.fail(it.src, code, n, context, msg, hint)
	return d
}

func (l *loading) item(f *input, n *yaml.Node, top []Location) {
	it := &item{l, f.src, n, f.src.under(top, "rules content item", "", n)}
	if n.Kind != yaml.MappingNode {
		it.bad(n, it.context, "an item is a mapping, and this is %s", kindName(n))
		return
	}
	for _, k := range kinds {
		v := value(n, k.kind)
		if v == nil {
			continue
		}
		it.context = top
		before := len(l.result.Errors)
		switch k.kind {
		case "required_engine_version":
			it = it.under(k.kind, "", n)
			it.engineVersion(v)
		case "required_plugin_versions":
			it = it.under("required plugin versions", "", v)
			it.node = n
			it.pluginVersions(v)
			it.context = f.src.under(top, "required plugin versions", "", n)
		default:
			it.named(k.kind, top)
		}
		it.unknownKeys(k.kind, k.keys)
		if len(l.result.Errors) > before && !l.asFalco && v.Kind == yaml.ScalarNode {
			l.broken[brokenItem{k.kind, v.Value}] = true
		}
		return
	}
	it.unknownItem()
}

// named reads an item that has a name.
func (it *item) named(kind string, top []Location) {
	it.context = it.src.under(top, kind, "", it.node)
	name, ok := it.required(kind)
	if !ok {
		return
	}
	it.context = it.src.under(top, kind, name.text(), it.node)
	it.duplicateKeys()
	switch kind {
	case "list":
		it.list(name)
	case "macro":
		it.macro(name)
	case "rule":
		if !it.noRules {
			it.rule(name)
		}
	}
}

// unknownKeys warns of keys that items of this kind do not have.
func (it *item) unknownKeys(kind string, known []string) {
	for _, key := range keys(it.node) {
		switch {
		case key.Kind != yaml.ScalarNode:
			it.fail(ErrValidate, key, it.context[:1], "a key is a text, and this is "+kindName(key), "")
			return
		case !slices.Contains(known, key.Value) || isNull(key):
			d := it.warn(WarnUnknownKey, key, it.context, fmt.Sprintf("%s items have no key %q", kind, key.Value), suggest.Hint(key.Value, slices.Values(known)))
			if meant := suggest.Nearest(key.Value, slices.Values(known)); meant != "" && value(it.node, meant) == nil {
				d.Fix = &Fix{meant}
			}
		}
	}
}

// unknownItem warns of an item that is none.
func (it *item) unknownItem() {
	d := it.warn(WarnUnknownItem, it.node, it.context, "this is neither a rule nor a macro, a list or a required version", "")
	for _, key := range keys(it.node) {
		d.Hint = suggest.Hint(key.Value, func(yield func(string) bool) {
			for _, k := range kinds {
				if !yield(k.kind) {
					return
				}
			}
		})
		if d.Hint != "" {
			d.Position, d.End = it.src.span(key)
			return
		}
	}
}

// missing reports a key that the item lacks, and one that may be it misspelled.
func (it *item) missing(key string) {
	d := it.bad(it.node, it.context, "the item has no key %q", key)
	for _, k := range keys(it.node) {
		if suggest.Nearest(k.Value, slices.Values([]string{key})) != "" && k.Value != key {
			d.Hint = fmt.Sprintf("is it the %q on line %d?", k.Value, it.src.at(k).Line)
		}
	}
}

// required returns the text of a key that must be there; false says that a
// mistake was reported.
func (it *item) required(key string) (scalar, bool) {
	v := value(it.node, key)
	if v == nil {
		it.missing(key)
		return scalar{}, false
	}
	return it.scalar(key, v)
}

// optional returns the text of a key, or the zero scalar where the item lacks
// it.
func (it *item) optional(key string) (scalar, bool) {
	v := value(it.node, key)
	if v == nil {
		return scalar{}, true
	}
	return it.scalar(key, v)
}

// optionalEmpty is optional for a key that may be empty.
func (it *item) optionalEmpty(key string) (scalar, bool) {
	if v := value(it.node, key); v != nil && (isNull(v) || v.Kind == yaml.ScalarNode && v.Value == "") {
		return scalar{}, true
	}
	return it.optional(key)
}

func (it *item) scalar(key string, v *yaml.Node) (scalar, bool) {
	switch {
	case isNull(v):
		it.bad(v, it.context, "%s is empty", key).Position = it.src.at(keyNode(it.node, key))
	case v.Kind != yaml.ScalarNode:
		it.bad(v, it.valueOf(key, v), "%s is a text, and this is %s", key, kindName(v))
	case v.Value == "":
		it.bad(v, it.valueOf(key, v), "%s is empty", key)
	default:
		return scalar{it.src, v}, true
	}
	return scalar{}, false
}

// valueOf returns Falco's way to the value of a key.
func (it *item) valueOf(key string, v *yaml.Node) []Location {
	return it.src.under(it.context, "value for", key, v)
}

// scalars returns the texts of a sequence; v is its node, or nil where the item
// lacks it.
func (it *item) scalars(key string, v *yaml.Node) ([]scalar, bool) {
	if v == nil {
		it.missing(key)
		return nil, false
	}
	within := it.valueOf(key, v)
	if v.Kind != yaml.SequenceNode {
		d := it.bad(v, within, "%s is a sequence, and this is %s", key, kindName(v))
		if v.Kind == yaml.ScalarNode && v.Value != "" {
			d.Hint = fmt.Sprintf("write %s: [%s]", key, v.Value)
		}
		return nil, false
	}
	ok := true
	out := make([]scalar, 0, len(v.Content))
	for _, n := range v.Content {
		n = deref(n)
		if n.Kind != yaml.ScalarNode || isNull(n) {
			it.bad(n, it.src.under(within, "list item", "", n), "%s holds texts, and this is %s", key, kindName(n))
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

// unsigned reads a number of 32 bits as C++ streams do: decimal, octal or
// hexadecimal by its prefix.
func unsigned(text string) (uint32, bool) {
	digits := strings.TrimPrefix(text, "+")
	if len(digits) > 1 && digits[0] == '0' && strings.ContainsRune("bBoO", rune(digits[1])) || strings.ContainsAny(digits, "_+-") {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 0, 32)
	return uint32(n), err == nil
}

func (it *item) engineVersion(v *yaml.Node) {
	s, ok := it.required("required_engine_version")
	if !ok {
		return
	}
	want, err := parser.EngineVersion(s.text())
	switch {
	case err != nil:
		it.bad(v, it.context, "%v", err)
	case !it.options.EngineVersion.Satisfies(want):
		it.fail(ErrValidate, v, it.context, fmt.Sprintf("the rules need engine version %s, and this is %s", want, it.options.EngineVersion), "")
	case it.engine.Compare(want) < 0:
		it.engine = want
	}
}

func (it *item) pluginVersions(v *yaml.Node) {
	if v.Kind != yaml.SequenceNode {
		it.bad(v, it.context, "required_plugin_versions is a sequence, and this is %s", kindName(v))
		return
	}
	for _, n := range v.Content {
		n = deref(n)
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
	if alternatives := value(entry.node, "alternatives"); alternatives != nil {
		if alternatives.Kind != yaml.SequenceNode {
			it.bad(alternatives, entry.context, "alternatives is a sequence, and this is %s", kindName(alternatives))
			return
		}
		for _, n := range alternatives.Content {
			n = deref(n)
			p, ok := entry.plugin(entry.under("required plugin versions alternative", "", n), "required plugin versions alternative")
			if !ok {
				return
			}
			all = append(all, p)
		}
	}
	for i, p := range all {
		if _, err := parser.PluginVersion(p.Version); err != nil {
			it.fail(ErrValidate, entry.node, entry.context, err.Error(), "").Position = p.Position
			return
		}
		if slices.ContainsFunc(all[:i], func(earlier Plugin) bool { return earlier.Name == p.Name }) {
			it.fail(ErrValidate, entry.node, entry.context, fmt.Sprintf("plugin %s is required twice here", p.Name), "").Position = p.Position
			return
		}
	}
	it.plugins = append(it.plugins, all)
	it.result.plugins = append(it.result.plugins, requirement{entry, all})
}

// plugin reads the name and the version of a required plugin into entry, whose
// context gets the name; it is what the entry lies in.
func (it *item) plugin(entry *item, kind string) (Plugin, bool) {
	if entry.node.Kind != yaml.MappingNode {
		it.bad(entry.node, entry.context, "a required plugin is a mapping with name and version, and this is %s", kindName(entry.node))
		return Plugin{}, false
	}
	name, ok := entry.required("name")
	if !ok {
		return Plugin{}, false
	}
	entry.context = it.src.under(it.context, kind, name.text(), entry.node)
	version, ok := entry.required("version")
	if !ok {
		return Plugin{}, false
	}
	return Plugin{Name: name.text(), Version: version.text(), Position: version.position(0)}, true
}

// requirement is a required plugin and the entry that requires it.
type requirement struct {
	entry        *item
	alternatives []Plugin
}

// checkPlugins holds the plugins that the file requires against those that there
// are: the first alternative that is there at all must do.
func (l *loading) checkPlugins() {
	for _, r := range l.result.plugins {
		satisfied, decided := false, false
		var described []string
		for _, p := range r.alternatives {
			want, _ := parser.PluginVersion(p.Version) // read before
			have, ok := l.options.PluginVersions[p.Name]
			if ok && !decided {
				satisfied, decided = have.Satisfies(want), true
			}
			desc := fmt.Sprintf("%s %s", p.Name, want)
			if ok {
				desc += fmt.Sprintf(" (here %s)", have)
			}
			described = append(described, desc)
		}
		if !satisfied {
			r.entry.fail(ErrValidate, r.entry.node, r.entry.context, "the rules need plugin "+strings.Join(described, " or "), "")
		}
	}
}

// definition returns what the item has in common with other named ones.
func (it *item) definition(kind string, name scalar) definition {
	return definition{
		name: name.text(), at: it.src.at(it.node), nameAt: name.position(0), nameEnd: name.position(len(name.text())), context: it.context,
	}
}

// nameOf returns the value of the key that names an item.
func nameOf(n *yaml.Node, kind string) *yaml.Node {
	if v := value(n, kind); v != nil && v.Kind == yaml.ScalarNode && !isNull(v) {
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
	if !listName.MatchString(name.text()) {
		it.warn(WarnListName, name.node, it.context, fmt.Sprintf("no condition can use a list named %q", name.text()), "a name has no blanks, quotes, parentheses, commas or =")
	}
	items, ok1 := it.scalars("items", value(it.node, "items"))
	how, ok2 := it.changes([]string{"items"}, []string{"items"})
	if !ok1 || !ok2 {
		return
	}
	d := &listDef{definition: it.definition("list", name), items: items}
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
	longer.items = append(slices.Clip(prev.items), items...)
	change(&it.collection, &it.lists, &longer, d.at)
}

func (it *item) macro(name scalar) {
	if !macroName.MatchString(name.text()) {
		it.warn(WarnMacroName, name.node, it.context, fmt.Sprintf("no condition can use a macro named %q", name.text()), "a name is letters, digits and _, a letter first")
	}
	cond, ok1 := it.required("condition")
	how, ok2 := it.changes([]string{"condition"}, []string{"condition"})
	if !ok1 || !ok2 {
		return
	}
	d := &macroDef{definition: it.definition("macro", name), condition: textOf(cond)}
	d.conditionContext = it.src.under(it.context, "macro condition", "", cond.node)
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
	longer.condition = join(prev.condition, d.condition)
	change(&it.collection, &it.macros, &longer, d.at)
}

// changes says how an item changes an earlier one of its name.
type changes struct {
	// all says that the item has append: true.
	all bool
	// appended and replaced are the keys under override.
	appended, replaced map[string]bool
}

func (c changes) override() bool { return len(c.appended)+len(c.replaced) > 0 }

// changes reads append and override; appendable and replaceable are the keys
// that may stand under override.
func (it *item) changes(appendable, replaceable []string) (changes, bool) {
	c := changes{appended: map[string]bool{}, replaced: map[string]bool{}}
	ok := it.boolean("append", &c.all)
	if c.all {
		var present []string
		for _, key := range appendable {
			if value(it.node, key) != nil {
				present = append(present, key+": append")
			}
		}
		hint := ""
		if len(present) > 0 {
			hint = fmt.Sprintf("write override: {%s}", strings.Join(present, ", "))
		}
		it.warn(WarnDeprecatedItem, keyNode(it.node, "append"), it.context, "append: true is deprecated", hint)
	}
	over := value(it.node, "override")
	if over == nil || over.Kind == yaml.ScalarNode {
		if over != nil {
			it.warn(NoticeValue, over, it.context, "a text under override says nothing", "write what happens to which key, as in {condition: append}")
		}
		return c, ok
	}
	if over.Kind != yaml.MappingNode {
		if len(over.Content) == 0 {
			return c, ok
		}
		it.fail(ErrValidate, over, it.context[:1], "override is a mapping of keys to append or replace, and this is "+kindName(over), "")
		return c, false
	}
	within := it.src.under(it.context, "overrides", "", it.node)
	for i := 0; i+1 < len(over.Content); i += 2 {
		if !it.override(&c, deref(over.Content[i]), deref(over.Content[i+1]), appendable, replaceable, within) {
			ok = false
		}
	}
	if ok && c.all && c.override() {
		it.bad(keyNode(it.node, "append"), it.context, "append and override do not go together; append: true is the older form")
		return c, false
	}
	return c, ok
}

// override reads one key under override and what is to happen to it.
func (it *item) override(c *changes, key, how *yaml.Node, appendable, replaceable []string, within []Location) bool {
	for _, n := range []*yaml.Node{key, how} {
		if n.Kind != yaml.ScalarNode {
			it.fail(ErrValidate, n, it.context[:1], "override is a mapping of keys to append or replace, and here is "+kindName(n), "")
			return false
		}
	}
	canAppend, canReplace := slices.Contains(appendable, key.Value), slices.Contains(replaceable, key.Value)
	keyContext := it.src.under(within, "overrides", key.Value, key)
	switch {
	case how.Value == "append" && canAppend:
		c.appended[key.Value] = true
		return true
	case how.Value == "replace" && canReplace:
		c.replaced[key.Value] = true
		return true
	case how.Value == "append" && canReplace:
		it.bad(key, keyContext, "%s cannot be appended to, only replaced", key.Value).Hint = key.Value + ": replace"
	case how.Value == "append" || how.Value == "replace":
		d := it.bad(key, keyContext, "%q cannot be overridden; what can is %s", key.Value, strings.Join(replaceable, ", "))
		d.Hint = suggest.Hint(key.Value, slices.Values(replaceable))
	default:
		d := it.bad(how, it.src.under(within, "value for", key.Value, how), "the way to override %s is append or replace, not %q", key.Value, how.Value)
		d.Hint = suggest.Hint(how.Value, slices.Values([]string{"append", "replace"}))
	}
	return false
}
