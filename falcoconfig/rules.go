package falcoconfig

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
)

// Limits on lists. Falco's own configuration has one or two entries in each. What
// append_output adds is compiled for each rule, so it has the lower limit.
const (
	maxEntries = 1000
	maxAdded   = 200 // entries of append_output, of their extra_fields, and of static_fields
)

// readRules reads which rules are loaded, and how they fire.
func (r *reader) readRules() {
	r.Priority.Value = eval.PriorityDebug
	if v := r.get("priority"); v.exists() && !r.unknown[v.node] {
		r.readPriority(v)
	}
	if v := r.get("rule_matching"); v.exists() && !r.unknown[v.node] {
		r.readMatching(v)
	}
	for _, item := range r.entries("rules", maxEntries) {
		if sw, ok := r.readSwitch(item); ok {
			r.Switches = append(r.Switches, Setting[loader.Switch]{sw, item.at()})
		}
	}
}

func (r *reader) readPriority(v value) {
	name := r.root().text("priority", "debug")
	p, ok := eval.ParsePriority(name)
	if !ok {
		p = eval.PriorityDebug
		hint := suggest.HintOf(name, eval.Priorities(), func(p eval.Priority) string { return strings.ToLower(p.String()) })
		if hint == "" {
			hint = "use emergency, alert, critical, error, warning, notice, informational or debug"
		}
		r.fail(v, hint, "unknown priority %s", quote.Text(name))
	}
	r.Priority = Setting[eval.Priority]{p, v.at()}
}

func (r *reader) readMatching(v value) {
	name := r.root().text("rule_matching", "first")
	r.Matching.Range = v.at()
	switch {
	case strings.EqualFold(name, "first"):
	case strings.EqualFold(name, "all"):
		r.Matching.Value = eval.AllMatches
	default:
		r.fail(v, "use first or all", "unknown rule_matching %s", quote.Text(name))
	}
}

// entries returns the entries of a list at the top level, up to the given number.
func (r *reader) entries(name string, most int) []value { return r.entriesOf(r.get(name), name, most) }

// entriesOf returns the entries of a list, up to the given number.
func (r *reader) entriesOf(list value, name string, most int) []value {
	items, ok := list.list()
	if !ok && list.exists() && !list.isNull() {
		r.ignored(list, name, "a list")
	}
	return r.limited(list, items, name, most)
}

// limited returns as many entries as are allowed.
func (r *reader) limited(of value, items []value, name string, most int) []value {
	if len(items) > most {
		r.fail(of, "", "%s has more than %d entries", name, most)
		return items[:most]
	}
	return items
}

// mapping reports an entry that is not a mapping.
func (r *reader) mapping(item value, name string) bool {
	if !item.is(yamlfile.Mapping) {
		r.fail(item, "", "%s must be a mapping, not %s", name, item.describe())
		return false
	}
	return true
}

// readSwitch reads an entry of rules.
func (r *reader) readSwitch(item value) (sw loader.Switch, ok bool) {
	if !r.mapping(item, "an entry of rules") {
		return sw, false
	}
	r.checkKeys(item, switchKeys, "rules")
	enable, disable := item.get("enable"), item.get("disable")
	sw.Enable = enable.exists()
	chosen, name := enable, "enable"
	switch {
	case enable.exists() && disable.exists():
		r.warn(Ignored, disable.ofKey(), "write two entries", "Falco ignores disable in an entry with enable")
	case disable.exists():
		chosen, name = disable, "disable"
	case !enable.exists():
		r.fail(item, "", "an entry of rules needs enable or disable")
		return sw, false
	}
	if !r.mapping(chosen, name) {
		return sw, false
	}
	r.checkKeys(chosen, chosenKeys, "rules."+name)
	rule, ok1 := r.optional(chosen, "rule")
	tag, ok2 := r.optional(chosen, "tag")
	if ok1 && ok2 && rule.Value == "" && tag.Value == "" {
		r.fail(chosen, "", "%s needs rule or tag", name)
		return sw, false
	}
	sw.Rule, sw.Tag = rule.Value, tag.Value
	return sw, ok1 && ok2
}

// optional returns the text of a key, or an empty text if there is none.
func (r *reader) optional(v value, name string) (Setting[string], bool) {
	of := v.get(name)
	if !of.exists() {
		return Setting[string]{}, true
	}
	t, ok := r.textOf(of, name)
	return Setting[string]{t, of.at()}, ok
}

// readAppendOutput reads append_output.
func (r *reader) readAppendOutput() {
	for _, item := range r.entries(appendOutput, maxAdded) {
		if !r.mapping(item, "an entry of append_output") {
			continue
		}
		r.checkKeys(item, appendOutputKeys, appendOutput)
		a := AppendOutput{Range: item.at()}
		ok := r.readMatch(&a, item.get("match"))
		var good bool
		if a.Format, good = r.optional(item, "extra_output"); !good {
			ok = false
		}
		if v := item.get("extra_fields"); v.exists() {
			ok = r.readFields(&a, v) && ok
		}
		if v := item.get("suggested_output"); v.exists() && !r.unknown[v.node] {
			if a.Suggested, good = v.bool(); !good {
				r.fail(v, "", "suggested_output must be true or false, not %s", v.describe())
				ok = false
			}
		}
		if ok {
			r.AppendOutput = append(r.AppendOutput, a)
		}
	}
}

// readMatch reads the key match, which chooses rules.
func (r *reader) readMatch(a *AppendOutput, match value) bool {
	switch {
	case !match.exists() || match.isNull():
		return true
	case match.is(yamlfile.Scalar):
		r.fail(match, "", "match must be a mapping, not %s", match.describe())
		return false
	case !match.is(yamlfile.Mapping):
		r.warn(Ignored, match, "", "Falco ignores this value of match, so the entry is for all rules: want a mapping, not %s", match.describe())
		return true
	}
	r.checkKeys(match, matchKeys, appendOutput+".match")
	var ok1, ok2 bool
	a.Source, ok1 = r.optional(match, "source")
	a.Rule, ok2 = r.optional(match, "rule")
	tags := match.get("tags")
	if tags.exists() && !tags.isNull() && !tags.is(yamlfile.Sequence) {
		r.warn(Ignored, tags, "write a list", "Falco ignores this value of tags, so the entry is for rules with any tags: want a list, not %s", tags.describe())
	}
	ok := ok1 && ok2
	for _, item := range tags.items() {
		if !item.is(yamlfile.Scalar) {
			r.fail(item, "", "a tag must be text, not %s", item.describe())
			ok = false
			continue
		}
		a.Tags = append(a.Tags, Setting[string]{item.node.Value, item.at()})
	}
	return ok
}

// readFields reads extra_fields: names of fields, and mappings from a name to a format.
func (r *reader) readFields(a *AppendOutput, list value) bool {
	if !list.is(yamlfile.Sequence) {
		r.fail(list, "", "extra_fields must be a list, not %s", list.describe())
		return false
	}
	good := true
	raw, formatted := map[string]bool{}, map[string]bool{}
	for _, item := range r.limited(list, list.items(), "extra_fields", maxAdded) {
		f := loader.OutputField{At: item.at()}
		ok := true
		switch pairs := item.pairs(); {
		case item.is(yamlfile.Scalar):
			f.Name, f.Raw = item.node.Value, true
		case len(pairs) == 1 && len(item.node.Content) == 2:
			f.Name = pairs[0].name()
			f.Format, ok = r.textOf(pairs[0], "the format of an extra field")
		default:
			r.fail(item, "", "an entry of extra_fields must be the name of a field, or a mapping with one name and its format")
			ok = false
		}
		if ok && (formatted[f.Name] || !f.Raw && raw[f.Name]) {
			r.fail(item, "remove it", "extra field %s is defined twice", quote.Name(f.Name))
			ok = false
		}
		if !ok {
			good = false
			continue
		}
		if f.Raw && raw[f.Name] {
			continue
		}
		raw[f.Name], formatted[f.Name] = f.Raw, !f.Raw
		a.Fields = append(a.Fields, f)
	}
	// As in Falco, fields without a format count if both kinds are in different entries.
	slices.SortStableFunc(a.Fields, func(a, b loader.OutputField) int {
		switch {
		case a.Raw == b.Raw:
			return 0
		case a.Raw:
			return 1
		}
		return -1
	})
	return good
}

// readStaticFields reads static_fields.
func (r *reader) readStaticFields() {
	v := r.get(staticFields)
	if !v.is(yamlfile.Mapping) {
		if v.exists() && !v.isNull() {
			r.ignored(v, staticFields, "a mapping")
		}
		return
	}
	seen := map[string]int{}
	for _, p := range r.limited(v, v.pairs(), staticFields, maxAdded) {
		name := p.name()
		t, ok := r.textOf(p, "the value of static field "+quote.Name(name))
		if !ok {
			continue
		}
		f := StaticField{name, t, p.at()}
		if i, again := seen[name]; again { // the last one counts
			r.StaticFields[i] = f
			continue
		}
		seen[name] = len(r.StaticFields)
		r.StaticFields = append(r.StaticFields, f)
	}
	slices.SortFunc(r.StaticFields, func(a, b StaticField) int { return strings.Compare(a.Name, b.Name) })
}
