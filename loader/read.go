package loader

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/parser"
)

// reader reads the items of one file into the collector.
type reader struct {
	*collector
	src *source
}

// read reads a file: documents of sequences of items. Documents and items
// that are null are skipped.
func (c *collector) read(f File, src *source) {
	r := &reader{collector: c, src: src}
	top := Location{Type: "rules content", Position: Position{File: f.Name}}
	dec := yaml.NewDecoder(bytes.NewReader(f.Data))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			r.yamlError(err, top)
			return
		}
		if len(doc.Content) == 0 || isNull(doc.Content[0]) {
			continue
		}
		root := deref(doc.Content[0])
		if root.Kind != yaml.SequenceNode {
			r.fail(ErrYAMLValidate, r.src.at(root), 0, []Location{top}, "a rules file is a sequence of items, and this is "+kindName(root), wrapperHint(root))
			continue
		}
		for _, n := range root.Content {
			if n = deref(n); !isNull(n) {
				r.item(n, top)
			}
		}
	}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlError reports what the YAML library says.
func (r *reader) yamlError(err error, top Location) {
	msg, pos := err.Error(), Position{File: r.src.name}
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		msg = strings.TrimPrefix(msg, m[0])
		pos.Line, _ = strconv.Atoi(m[1])
	}
	hint := ""
	if pos.Line > 0 {
		pos.Column = 1
		hint = "the mistake may be on one of the next lines: look at indentation, quotes and brackets"
	}
	if strings.Contains(msg, "tab character") {
		// The library gives the line before the tab, or an earlier one.
		for line := max(pos.Line, 1); line <= len(r.src.lines); line++ {
			if tab := strings.IndexByte(r.src.line(line), '\t'); tab >= 0 && strings.Trim(r.src.line(line)[:tab], " ") == "" {
				pos.Line, pos.Column = line, tab+1
				hint = "YAML is indented with blanks"
				break
			}
		}
	}
	r.fail(ErrYAMLParse, pos, 0, []Location{top}, "the YAML cannot be read: "+msg, hint)
}

// wrapperHint recognizes what rules often come wrapped in.
func wrapperHint(root *yaml.Node) string {
	switch {
	case root.Kind != yaml.MappingNode:
	case value(root, "kind") != nil:
		return fmt.Sprintf("this looks like a Kubernetes %s; give the rules inside it", value(root, "kind").Value)
	case value(root, "customRules") != nil:
		return "this looks like values of a Helm chart; give the rules under customRules"
	case value(root, "rule") != nil || value(root, "macro") != nil || value(root, "list") != nil:
		return "an item begins with a dash: - rule: …"
	}
	return ""
}

// itemKeys are the keys that decide what an item is, in the order in which they
// are looked for, and the keys that each kind of item may have.
var itemKeys = []struct {
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

func (r *reader) item(n *yaml.Node, top Location) {
	if n.Kind != yaml.MappingNode {
		r.fail(ErrYAMLValidate, r.src.at(n), 0, []Location{top}, "an item is a mapping, and this is "+kindName(n), "")
		return
	}
	for _, k := range itemKeys {
		v := value(n, k.kind)
		if v == nil {
			continue
		}
		loc := Location{Type: k.kind, Position: r.src.at(n)}
		if strings.HasPrefix(k.kind, "required_") {
			loc.Type = strings.ReplaceAll(k.kind, "_", " ")
		} else if v.Kind == yaml.ScalarNode {
			loc.Name = v.Value
		}
		it := &item{r, n, []Location{top, loc}}
		for i := 0; i < len(n.Content); i += 2 {
			if key := n.Content[i]; !slices.Contains(k.keys, key.Value) {
				r.warn(WarnUnknownKey, r.src.at(key), it.context, fmt.Sprintf("%s items have no key %q", k.kind, key.Value))
				r.warns[len(r.warns)-1].Hint = suggest.Hint(key.Value, slices.Values(k.keys))
			}
		}
		switch k.kind {
		case "required_engine_version":
			it.engineVersion(v)
		case "required_plugin_versions":
			it.pluginVersions(v)
		case "list":
			it.list()
		case "macro":
			it.macro()
		case "rule":
			if !r.noRules {
				it.rule()
			}
		}
		return
	}
	r.warn(WarnUnknownItem, r.src.at(n), []Location{top}, "this is neither a rule nor a macro, a list or a required version")
	for i := 0; i < len(n.Content); i += 2 {
		hint := suggest.Hint(n.Content[i].Value, func(yield func(string) bool) {
			for _, k := range itemKeys {
				if !yield(k.kind) {
					return
				}
			}
		})
		if hint != "" {
			r.warns[len(r.warns)-1].Hint = hint
			return
		}
	}
}

// item reads one item.
type item struct {
	*reader
	node    *yaml.Node
	context []Location
}

func (it *item) bad(n *yaml.Node, format string, args ...any) {
	length := 0
	if n.Kind == yaml.ScalarNode && n.Style == 0 {
		length = len(n.Value)
	}
	it.fail(ErrYAMLValidate, it.src.at(n), length, it.context, fmt.Sprintf(format, args...), "")
}

// missing reports a key that the item lacks, and one that may be it misspelled.
func (it *item) missing(key string) {
	hint := ""
	for i := 0; i < len(it.node.Content); i += 2 {
		if k := it.node.Content[i]; suggest.Nearest(k.Value, slices.Values([]string{key})) != "" && k.Value != key {
			hint = fmt.Sprintf("is it the %q on line %d?", k.Value, k.Line)
		}
	}
	it.fail(ErrYAMLValidate, it.src.at(it.node), 0, it.context, fmt.Sprintf("the item has no key %q", key), hint)
}

// scalar returns the text of a required key; false says that it was reported.
func (it *item) scalar(key string) (scalar, bool) {
	v := value(it.node, key)
	switch {
	case v == nil:
		it.missing(key)
	case v.Kind != yaml.ScalarNode:
		it.bad(v, "%s is a text, and this is %s", key, kindName(v))
	case isNull(v) || v.Value == "":
		it.bad(v, "%s is empty", key)
	default:
		return scalar{it.src, v}, true
	}
	return scalar{}, false
}

// optional returns the text of a key, or nothing where the item lacks it.
func (it *item) optional(key string) (scalar, bool) {
	if value(it.node, key) == nil {
		return scalar{}, false
	}
	return it.scalar(key)
}

// scalars returns the texts of a sequence.
func (it *item) scalars(key string) ([]scalar, bool) {
	v := value(it.node, key)
	switch {
	case v == nil:
		it.missing(key)
		return nil, false
	case v.Kind != yaml.SequenceNode:
		it.bad(v, "%s is a sequence, and this is %s", key, kindName(v))
		return nil, false
	}
	out := make([]scalar, 0, len(v.Content))
	for _, n := range v.Content {
		n = deref(n)
		if n.Kind != yaml.ScalarNode || isNull(n) {
			it.bad(n, "%s holds texts, and this is %s", key, kindName(n))
			return nil, false
		}
		out = append(out, scalar{it.src, n})
	}
	return out, true
}

// boolean returns the truth of an optional key, or otherwise.
func (it *item) boolean(key string, otherwise bool) bool {
	s, ok := it.optional(key)
	if !ok {
		return otherwise
	}
	// As in YAML 1.1: in small letters, in capitals, or with one in front.
	text := s.text()
	if lower := strings.ToLower(text); text == lower || text == strings.ToUpper(text) || text[1:] == lower[1:] {
		switch lower {
		case "true", "yes", "on", "y":
			return true
		case "false", "no", "off", "n":
			return false
		}
	}
	it.bad(s.node, "%s is true or false, not %q", key, s.text())
	return otherwise
}

func (it *item) engineVersion(v *yaml.Node) {
	s, ok := it.scalar("required_engine_version")
	if !ok {
		return
	}
	want, err := parser.EngineVersion(s.text())
	switch {
	case err != nil:
		it.bad(v, "%v", err)
	case !it.options.EngineVersion.Satisfies(want):
		it.fail(ErrValidate, it.src.at(v), len(v.Value), it.context,
			fmt.Sprintf("the rules need engine version %s, and this is %s", want, it.options.EngineVersion), "")
	}
}

func (it *item) pluginVersions(v *yaml.Node) {
	if v.Kind != yaml.SequenceNode {
		it.bad(v, "required_plugin_versions is a sequence, and this is %s", kindName(v))
		return
	}
	for _, n := range v.Content {
		it.requirement(deref(n))
	}
}

// requirement holds one required plugin and its alternatives against the
// plugins that there are: the first one that is there at all must do.
func (it *item) requirement(n *yaml.Node) {
	wanted := []*yaml.Node{n}
	if n.Kind == yaml.MappingNode {
		if alt := value(n, "alternatives"); alt != nil {
			if alt.Kind != yaml.SequenceNode {
				it.bad(alt, "alternatives is a sequence, and this is %s", kindName(alt))
				return
			}
			for _, a := range alt.Content {
				wanted = append(wanted, deref(a))
			}
		}
	}
	satisfied, decided := false, false
	var names, described []string
	for _, w := range wanted {
		if w.Kind != yaml.MappingNode {
			it.bad(w, "a required plugin is a mapping with name and version, and this is %s", kindName(w))
			return
		}
		entry := &item{it.reader, w, it.context}
		name, ok1 := entry.scalar("name")
		version, ok2 := entry.scalar("version")
		if !ok1 || !ok2 {
			return
		}
		want, err := parser.PluginVersion(version.text())
		if err != nil {
			it.fail(ErrValidate, it.src.at(version.node), len(version.text()), it.context, err.Error(), "")
			return
		}
		if slices.Contains(names, name.text()) {
			it.fail(ErrValidate, it.src.at(name.node), len(name.text()), it.context, fmt.Sprintf("plugin %s is required twice here", name.text()), "")
			return
		}
		names = append(names, name.text())
		have, ok := it.options.PluginVersions[name.text()]
		if ok && !decided {
			satisfied, decided = have.Satisfies(want), true
		}
		desc := fmt.Sprintf("%s %s", name.text(), want)
		if ok {
			desc += fmt.Sprintf(" (here %s)", have)
		}
		described = append(described, desc)
	}
	if !satisfied {
		it.fail(ErrValidate, it.src.at(n), 0, it.context, "the rules need plugin "+strings.Join(described, " or "), "")
	}
}

func (it *item) list() {
	name, ok1 := it.scalar("list")
	items, ok2 := it.scalars("items")
	how, ok3 := it.changes([]string{"items"}, []string{"items"})
	if !ok1 || !ok2 || !ok3 {
		return
	}
	d := &listDef{name: name.text(), items: items, at: it.src.at(it.node), context: it.context}
	if how.all || how.appended["items"] {
		it.appendList(d, it)
	} else {
		define(it.collector, &it.lists, d.name, d)
	}
}

func (it *item) macro() {
	name, ok1 := it.scalar("macro")
	cond, ok2 := it.scalar("condition")
	how, ok3 := it.changes([]string{"condition"}, []string{"condition"})
	if !ok1 || !ok2 || !ok3 {
		return
	}
	d := &macroDef{name: name.text(), condition: textOf(cond), context: it.within("macro condition", cond)}
	if how.all || how.appended["condition"] {
		it.appendMacro(d, it)
	} else {
		define(it.collector, &it.macros, d.name, d)
	}
}

func (it *item) within(kind string, s scalar) []Location {
	return append(slices.Clip(it.context), Location{Type: kind, Position: it.src.at(s.node)})
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
	c := changes{all: it.boolean("append", false), appended: map[string]bool{}, replaced: map[string]bool{}}
	over := value(it.node, "override")
	if over == nil || isNull(over) {
		return c, true
	}
	if over.Kind != yaml.MappingNode {
		it.bad(over, "override is a mapping of keys to append or replace, and this is %s", kindName(over))
		return c, false
	}
	ok := true
	for i := 0; i+1 < len(over.Content); i += 2 {
		key, how := deref(over.Content[i]), deref(over.Content[i+1])
		switch {
		case how.Value == "append" && slices.Contains(appendable, key.Value):
			c.appended[key.Value] = true
		case how.Value == "replace" && slices.Contains(replaceable, key.Value):
			c.replaced[key.Value] = true
		case how.Value == "append" && slices.Contains(replaceable, key.Value):
			it.bad(key, "%s cannot be appended to, only replaced", key.Value)
			ok = false
		case how.Value == "append" || how.Value == "replace":
			it.bad(key, "%q cannot be overridden; what can is %s", key.Value, strings.Join(replaceable, ", "))
			ok = false
		default:
			it.bad(how, "the way to override %s is append or replace, not %q", key.Value, how.Value)
			ok = false
		}
	}
	if ok && c.all && c.override() {
		it.bad(keyNode(it.node, "append"), "append and override do not go together; append: true is the older form")
		return c, false
	}
	return c, ok
}

// value returns the value of a key of a mapping, or nil. Of equal keys the
// first counts, as in Falco.
func value(n *yaml.Node, key string) *yaml.Node {
	if i := keyIndex(n, key); i >= 0 {
		return deref(n.Content[i+1])
	}
	return nil
}

// keyNode returns the key itself, or nil.
func keyNode(n *yaml.Node, key string) *yaml.Node {
	if i := keyIndex(n, key); i >= 0 {
		return n.Content[i]
	}
	return nil
}

func keyIndex(n *yaml.Node, key string) int {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := deref(n.Content[i]); k.Kind == yaml.ScalarNode && k.Value == key {
			return i
		}
	}
	return -1
}

// deref returns what an alias stands for.
func deref(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a sequence"
	}
	if isNull(n) {
		return "nothing"
	}
	return "a text"
}
