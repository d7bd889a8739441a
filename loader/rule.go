package loader

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/scan"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/rulesfile"
)

// ruleKey is how the value of a key is read into a rule, and how it changes an earlier
// rule. The append is nil if the value can only be replaced.
type ruleKey struct {
	// read reads the value; appended says that it is for append.
	read    func(it *item, to *ruleDef, appended bool) bool
	append  func(it *item, def, by *ruleDef) bool
	replace func(def, by *ruleDef)
}

// ruleKeys are the keys that can be under override.
var ruleKeys = map[string]ruleKey{
	"condition": textKey(func(d *ruleDef) *longText { return &d.condition }, (*item).condition),
	"output":    textKey(func(d *ruleDef) *longText { return &d.output }, (*item).output),
	"desc":      listKey(func(d *ruleDef) *[]string { return &d.desc }, (*item).desc),
	"tags":      listKey(func(d *ruleDef) *[]string { return &d.tags }, (*item).tags),
	"exceptions": {
		read:   (*item).ruleExceptions,
		append: func(it *item, def, by *ruleDef) bool { return it.appendExceptions(def, by.exceptions) },
		replace: func(def, by *ruleDef) {
			def.exceptions = by.exceptions
			for _, e := range def.exceptions {
				e.unchecked = true
			}
		},
	},
	"priority":               valueKey(func(d *ruleDef) *eval.Priority { return &d.priority }, (*item).priority),
	"capture":                flagKey("capture", func(d *ruleDef) *bool { return &d.capture }),
	"capture_duration":       valueKey(func(d *ruleDef) *uint32 { return &d.captureDuration }, (*item).duration),
	"enabled":                valueKey(func(d *ruleDef) *enabled { return &d.enabled }, (*item).enabled),
	"warn_evttypes":          flagKey("warn_evttypes", func(d *ruleDef) *bool { return &d.warnEventTypes }),
	"skip-if-unknown-filter": flagKey("skip-if-unknown-filter", func(d *ruleDef) *bool { return &d.skipUnknown }),
}

// valueKey returns a key that sets a field of a rule and cannot be appended to.
func valueKey[T any](field func(*ruleDef) *T, read func(it *item, to *T) bool) ruleKey {
	return ruleKey{
		read:    func(it *item, to *ruleDef, _ bool) bool { return read(it, field(to)) },
		replace: func(def, by *ruleDef) { *field(def) = *field(by) },
	}
}

func flagKey(name string, field func(*ruleDef) *bool) ruleKey {
	return valueKey(field, func(it *item, to *bool) bool { return it.boolean(name, to) })
}

func listKey(field func(*ruleDef) *[]string, read func(it *item, to *[]string) bool) ruleKey {
	key := valueKey(field, read)
	key.append = func(_ *item, def, by *ruleDef) bool {
		*field(def) = append(*field(def), *field(by)...)
		return true
	}
	return key
}

func textKey(field func(*ruleDef) *longText, read func(it *item, to *ruleDef, _ bool) bool) ruleKey {
	return ruleKey{
		read:    read,
		append:  func(it *item, def, by *ruleDef) bool { return it.appendTo(field(def), field(by).text()) },
		replace: func(def, by *ruleDef) { *field(def) = *field(by) },
	}
}

// rule reads an item that defines a rule or changes an earlier one.
func (it *item) rule(name rulesfile.Value) {
	source, ok := it.optionalEmpty("source")
	if !ok && it.asFalco {
		return
	}
	how, ok2 := it.changes(rulesfile.Rule)
	switch {
	case !ok || !ok2:
	case how.override():
		it.overrideRule(name.Text(), source, how)
	case how.all:
		it.appendRule(name.Text(), source)
	case !slices.ContainsFunc([]string{"condition", "output", "desc", "priority"}, it.Has):
		it.enableRule(name.Text())
	default:
		it.newRule(name)
	}
}

// valueAt returns the range of the value of a key, the zero Range if the item does
// not have it.
func (it *item) valueAt(key string) diag.Range {
	if v := it.Get(key); v.Exists() {
		return v.Range()
	}
	return diag.Range{}
}

// newRuleKeys are the keys that Falco reads of a new rule, in its order.
var newRuleKeys = []string{
	"condition", "output", "desc", "priority", "source", "enabled", "capture", "capture_duration", "warn_evttypes", "skip-if-unknown-filter",
	"tags", "exceptions",
}

// newRule reads an item that defines a rule.
func (it *item) newRule(name rulesfile.Value) {
	if !it.asFalco && it.forgotOverride(name.Text()) {
		return
	}
	def := &ruleDef{definition: it.definition(name), source: "syscall", enabled: enabled{is: true}, warnEventTypes: true}
	ok := true
	for _, key := range newRuleKeys {
		var good bool
		if key == "source" {
			good = it.newSource(&def.source)
		} else {
			good = ruleKeys[key].read(it, def, false)
		}
		ok = ok && good
	}
	// After a mistake in one key the others are still checked, if the condition can be
	// read and the source is known.
	if !ok && (it.asFalco || def.condition.length == 0 || def.source == "") {
		return
	}
	if def.output.length > 0 {
		def.output = longTextOf(def.output.text().trimmed())
	}
	if prev, again := it.rules.get(def.name); again && prev.source != def.source {
		it.differentSource(def.name, def.source, prev)
		return
	}
	if it.source(def.source) == nil {
		def.unknownSource = true
		it.warnUnknownSource(def)
	}
	exceptions := def.exceptions
	def.exceptions = nil
	for _, e := range exceptions {
		if it.checkException(e, def.source) {
			def.exceptions = append(def.exceptions, e)
		} else if it.asFalco {
			return
		}
	}
	define(&it.collection, &it.rules, def)
}

// newSource reads the source of a new rule into to, which becomes empty after an error.
func (it *item) newSource(to *string) bool {
	s, ok := it.optional("source")
	switch {
	case !ok:
		*to = ""
	case s.Exists():
		*to = s.Text()
	}
	return ok
}

// condition reads the condition.
func (it *item) condition(to *ruleDef, _ bool) bool {
	s, ok := it.required("condition")
	if ok {
		to.condition, to.conditionContext = longTextOf(textOf(s)), under(it.context, "rule condition", "", s)
	}
	return ok
}

// output reads the output.
func (it *item) output(to *ruleDef, _ bool) bool {
	s, ok := it.required("output")
	if ok {
		to.output, to.outputContext = longTextOf(textOf(s)), under(it.context, "rule output", "", s)
	}
	return ok
}

// desc reads the description.
func (it *item) desc(to *[]string) bool {
	s, ok := it.required("desc")
	if ok {
		*to = []string{s.Text()}
	}
	return ok
}

// enabled reads whether the rule is enabled.
func (it *item) enabled(to *enabled) bool {
	to.at = it.valueAt("enabled")
	return it.boolean("enabled", &to.is)
}

// ruleExceptions reads the exceptions.
func (it *item) ruleExceptions(to *ruleDef, appended bool) (ok bool) {
	to.exceptions, ok = it.exceptions(appended)
	return ok
}

// forgotOverride reports an item that has some of the keys of a rule, and the name
// of an earlier one: it was hardly meant to define it again.
func (it *item) forgotOverride(name string) bool {
	prev, again := it.rules.get(name)
	required := []string{"condition", "output", "desc", "priority"}
	missing := slices.IndexFunc(required, func(key string) bool { return !it.Has(key) })
	if !again || missing < 0 {
		return false
	}
	d := it.bad(nameOf(it.Value, "rule"), it.context, "missing key %q, so this does not redefine rule %q", required[missing], name)
	d.Hint = "to change the rule, name an operation for each key, as in override: {condition: append}"
	d.Related = []diag.Related{{Range: prev.nameAt, Message: "the rule"}}
	return true
}

// priority reads the priority.
func (it *item) priority(to *eval.Priority) bool {
	s, ok := it.required("priority")
	if !ok {
		return false
	}
	if *to, ok = eval.ParsePriority(s.Text()); ok {
		return true
	}
	hint := suggest.HintOf(s.Text(), eval.Priorities(), func(p eval.Priority) string { return strings.ToUpper(p.String()) })
	if hint == "" {
		hint = "use EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO or DEBUG"
	}
	it.fail(ErrYAMLValidate, s, under(it.context, "rule priority", "", s), fmt.Sprintf("unknown priority %q", s.Text()), hint)
	return false
}

// duration reads capture_duration, a number of milliseconds.
func (it *item) duration(to *uint32) bool {
	s, ok := it.optional("capture_duration")
	if !ok || !s.Exists() {
		return ok
	}
	if *to, ok = scan.Uint32(s.Text()); !ok {
		it.bad(s, it.valueOf("capture_duration", s), "capture_duration must be a number of milliseconds, not %q", s.Text())
	}
	return ok
}

// tags reads the tags.
func (it *item) tags(to *[]string) bool {
	v := it.Get("tags")
	if !v.Exists() {
		return true
	}
	list, ok := it.scalars("tags", v)
	var tags []string
	for _, t := range list {
		tags = append(tags, t.Text())
	}
	*to = tags
	return ok
}

// enableRule reads the older form of switching an earlier rule.
func (it *item) enableRule(name string) {
	if !it.Has("enabled") {
		it.missing("enabled").Message = "incomplete rule: want condition, output, desc and priority, or only enabled"
		return
	}
	var now enabled
	if !it.enabled(&now) {
		return
	}
	it.fail(WarnDeprecatedItem, it.Pair("enabled").Key, it.context, "enabled alone is deprecated", "add override: {enabled: replace}")
	prev, ok := it.rules.get(name)
	if !ok {
		it.noEarlier("rule", name, it.rules.names)
		return
	}
	switched := *prev
	switched.enabled = now
	switched.changed(it.Range(), it.of)
	it.rules.put(name, &switched)
}

// earlierRule returns a copy of the rule that this item changes. The source is
// the one that the item names, or a value that does not exist.
func (it *item) earlierRule(name string, source rulesfile.Value) (*ruleDef, bool) {
	prev, ok := it.rules.get(name)
	switch {
	case !ok:
		it.noEarlier("rule", name, it.rules.names)
		return nil, false
	case source.Exists() && source.Text() != prev.source:
		it.differentSource(name, source.Text(), prev)
		return nil, false
	}
	def := *prev
	return &def, true
}

// appendRule reads a rule with append: true.
func (it *item) appendRule(name string, source rulesfile.Value) {
	cond, ok1 := it.optional("condition")
	var exceptions []*exception
	ok2 := true
	if it.Has("exceptions") {
		exceptions, ok2 = it.exceptions(true)
	}
	if !ok1 || !ok2 {
		return
	}
	def, ok := it.earlierRule(name, source)
	if !ok {
		return
	}
	if !it.Has("condition") && !it.Has("exceptions") {
		it.fail(ErrValidate, it.Value, it.context, "a rule with append: true needs a condition or exceptions to append", "")
		return
	}
	if cond.Exists() {
		if !it.appendTo(&def.condition, textOf(cond)) {
			return
		}
	}
	if !it.appendExceptions(def, exceptions) {
		it.rules.put(name, def) // what came before the mistake counts, to Falco
		return
	}
	change(&it.collection, &it.rules, def, it.Range(), it.of)
}

// overrideRule reads a rule with override: first the keys that are appended, then those that
// are replaced. Every key under override must be in the item, and every key of the item
// that can be overridden must be under override.
func (it *item) overrideRule(name string, source rulesfile.Value, how changes) {
	if len(how.appended) > 0 && !it.overrideKeys(name, source, how.appended, true) && it.asFalco {
		return
	}
	if len(how.replaced) > 0 && !it.overrideKeys(name, source, how.replaced, false) && it.asFalco {
		return
	}
	// Of several such keys, Falco reports the first in alphabetical order.
	for _, key := range slices.Sorted(rulesfile.Rule.KeyNames()) {
		if _, overridable := ruleKeys[key]; !overridable || !it.Has(key) || how.appended[key] || how.replaced[key] {
			continue
		}
		v := it.Get(key)
		d := it.bad(v, under(it.context, "overrides", key, v), "%s is missing under override: want append or replace", key)
		d.Range = it.Pair(key).Key.Range()
	}
}

// overrideKeys appends some keys of the item to the rule, or replaces those of the rule by
// them.
func (it *item) overrideKeys(name string, source rulesfile.Value, chosen map[string]bool, appended bool) bool {
	update := &ruleDef{}
	read := make([]string, 0, len(chosen))
	ok := true
	for key := range rulesfile.Rule.KeyNames() {
		switch {
		case !chosen[key]:
		case !it.Has(key):
			it.bad(it.Get("override").Pair(key).Key, it.context, "%s is under override, but the item does not have it", key)
			ok = false
		case ruleKeys[key].read(it, update, appended):
			read = append(read, key)
		default:
			ok = false
		}
	}
	if !ok && it.asFalco {
		return false
	}
	if !chosen["condition"] {
		source = rulesfile.Value{} // Falco looks at it only for a condition
	}
	def, known := it.earlierRule(name, source)
	if !known {
		return false
	}
	if !appended {
		for _, key := range read {
			ruleKeys[key].replace(def, update)
		}
	} else if !it.appendKeys(def, update, read) {
		it.rules.put(name, def) // what came before the mistake counts, to Falco
		return false
	}
	change(&it.collection, &it.rules, def, it.Range(), it.of)
	return ok
}

// appendKeys appends some keys of an update to a rule. As in Falco, exceptions come last.
func (it *item) appendKeys(def, update *ruleDef, keys []string) bool {
	for _, key := range keys {
		if key != "exceptions" && !ruleKeys[key].append(it, def, update) {
			return false
		}
	}
	return !slices.Contains(keys, "exceptions") || ruleKeys["exceptions"].append(it, def, update)
}

// appendExceptions appends exceptions to those of the rule. One of a known name
// brings values only.
func (it *item) appendExceptions(def *ruleDef, list []*exception) bool {
	for _, e := range list {
		i := slices.IndexFunc(def.exceptions, func(x *exception) bool { return x.name == e.name })
		switch {
		case i < 0 && !e.fields.valid():
			e.fail("a new exception needs fields").Hint = suggest.HintOf(e.name, def.exceptions, func(x *exception) string { return x.name })
			return false
		case i < 0 && len(e.values) == 0:
			e.fail("a new exception needs values")
			return false
		case i < 0:
			if !it.checkException(e, def.source) {
				return false
			}
			def.exceptions = append(def.exceptions, e)
		case e.fields.valid() || e.comps.valid():
			e.fail("this exception already has fields and comps; only values can be appended")
			return false
		default:
			longer := *def.exceptions[i]
			longer.values = append(longer.values, e.values...)
			def.exceptions[i] = &longer
		}
	}
	return true
}
