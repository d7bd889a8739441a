package loader

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/scan"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// The keys of a rule that later items may append to and replace, in the order
// in which Falco looks at them.
var (
	ruleAppendable  = []string{"condition", "exceptions", "output", "desc", "tags"}
	ruleReplaceable = []string{
		"condition", "exceptions", "output", "desc", "tags", "priority", "capture", "capture_duration", "enabled",
		"warn_evttypes", "skip-if-unknown-filter",
	}
)

// rule reads an item that defines a rule or changes an earlier one.
func (it *item) rule(name scalar) {
	source, ok := it.optionalEmpty("source")
	if !ok && it.asFalco {
		return
	}
	how, ok2 := it.changes(ruleAppendable, ruleReplaceable)
	switch {
	case !ok || !ok2:
	case how.override():
		it.overrideRule(name.text(), source, how)
	case how.all:
		it.appendRule(name.text(), source)
	case !slices.ContainsFunc([]string{"condition", "output", "desc", "priority"}, it.has):
		it.enableRule(name.text())
	default:
		it.newRule(name)
	}
}

func (it *item) has(key string) bool { return it.node.Get(key) != nil }

// valueAt returns the range of the value of a key, the zero Range if the item does
// not have it.
func (it *item) valueAt(key string) diag.Range {
	if v := it.node.Get(key); v != nil {
		return it.src.rangeOf(v)
	}
	return diag.Range{}
}

// newRule reads a rule with all that belongs to it.
func (it *item) newRule(name scalar) {
	if !it.asFalco && it.forgotOverride(name.text()) {
		return
	}
	def := &ruleDef{definition: it.definition(name), source: "syscall", enabled: true, warnEventTypes: true}
	cond, ok1 := it.required("condition")
	output, ok2 := it.required("output")
	desc, ok3 := it.required("desc")
	ok4 := it.priority(&def.priority)
	source, ok5 := it.optional("source")
	ok6 := it.settings(def)
	ok7 := it.tags(&def.tags)
	exceptions, ok8 := it.exceptions(false)
	all := ok1 && ok2 && ok3 && ok4 && ok5 && ok6 && ok7 && ok8
	if !all && (it.asFalco || !ok1 || !ok5) {
		return
	}
	// What is wrong so far does not keep us from looking at the rest.
	def.condition, def.conditionContext = longTextOf(textOf(cond)), it.src.under(it.context, "rule condition", "", cond.node)
	if ok2 {
		def.output, def.outputContext = longTextOf(textOf(output).trimmed()), it.src.under(it.context, "rule output", "", output.node)
	}
	if ok3 {
		def.desc = []string{desc.text()}
	}
	if source.node != nil {
		def.source = source.text()
	}
	if prev, again := it.rules.get(def.name); again && prev.source != def.source {
		it.differentSource(def.name, def.source, prev)
		return
	}
	if it.source(def.source) == nil {
		def.unknownSource = true
		it.warnUnknownSource(def)
	}
	for _, e := range exceptions {
		if it.checkException(e, def.source) {
			def.exceptions = append(def.exceptions, e)
		} else if it.asFalco {
			return
		}
	}
	defineOnce(it, "rule", &it.rules, def)
}

// forgotOverride reports an item that has some of the keys of a rule, and the name
// of an earlier one: it was hardly meant to define it again.
func (it *item) forgotOverride(name string) bool {
	prev, again := it.rules.get(name)
	required := []string{"condition", "output", "desc", "priority"}
	missing := slices.IndexFunc(required, func(key string) bool { return !it.has(key) })
	if !again || missing < 0 {
		return false
	}
	d := it.bad(nameOf(it.node, "rule"), it.context, "the item has no key %q, so it does not define rule %q again", required[missing], name)
	d.Hint = "to change the rule, say what happens to which key, as in override: {condition: append}"
	d.Related = []diag.Related{{Range: prev.nameAt, Message: "the rule"}}
	return true
}

// settings reads the optional keys of a rule that hold a truth or a number.
func (it *item) settings(def *ruleDef) bool {
	ok1 := it.boolean("enabled", &def.enabled)
	def.enabledAt = it.valueAt("enabled")
	ok2 := it.boolean("capture", &def.capture)
	ok3 := it.duration(&def.captureDuration)
	ok4 := it.boolean("warn_evttypes", &def.warnEventTypes)
	ok5 := it.boolean("skip-if-unknown-filter", &def.skipUnknown)
	return ok1 && ok2 && ok3 && ok4 && ok5
}

// priority reads the priority.
func (it *item) priority(to *eval.Priority) bool {
	s, ok := it.required("priority")
	if !ok {
		return false
	}
	if *to, ok = eval.ParsePriority(s.text()); ok {
		return true
	}
	hint := suggest.Hint(s.text(), func(yield func(string) bool) {
		for _, p := range eval.Priorities() {
			if !yield(strings.ToUpper(p.String())) {
				return
			}
		}
	})
	if hint == "" {
		hint = "EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO or DEBUG"
	}
	it.fail(ErrYAMLValidate, s.node, it.src.under(it.context, "rule priority", "", s.node), fmt.Sprintf("there is no priority %q", s.text()), hint)
	return false
}

// duration reads capture_duration, a number of milliseconds.
func (it *item) duration(to *uint32) bool {
	s, ok := it.optional("capture_duration")
	if !ok || s.node == nil {
		return ok
	}
	if *to, ok = scan.Uint32(s.text()); !ok {
		it.bad(s.node, it.valueOf("capture_duration", s.node), "capture_duration is a number of milliseconds, not %q", s.text())
	}
	return ok
}

// tags reads the tags.
func (it *item) tags(to *[]string) bool {
	v := it.node.Get("tags")
	if v == nil {
		return true
	}
	list, ok := it.scalars("tags", v)
	var tags []string
	for _, t := range list {
		tags = append(tags, t.text())
	}
	*to = tags
	return ok
}

// enableRule reads the older form of switching an earlier rule.
func (it *item) enableRule(name string) {
	if !it.has("enabled") {
		it.missing("enabled").Message = "the item has neither condition, output, desc and priority, nor enabled"
		return
	}
	var enabled bool
	if !it.boolean("enabled", &enabled) {
		return
	}
	it.warn(WarnDeprecatedItem, keyNode(it.node, "enabled"), it.context, "enabled alone is deprecated", "add override: {enabled: replace}")
	prev, ok := it.rules.get(name)
	if !ok {
		it.noEarlier("rule", name, it.rules.names)
		return
	}
	switched := *prev
	switched.enabled, switched.enabledAt = enabled, it.valueAt("enabled")
	switched.changes = append(switched.changes, it.src.rangeOf(it.node))
	it.rules.put(name, &switched)
}

// earlierRule returns a copy of the rule that this item changes. The source is
// the one that the item names, or the zero scalar.
func (it *item) earlierRule(name string, source scalar) (*ruleDef, bool) {
	prev, ok := it.rules.get(name)
	switch {
	case !ok:
		it.noEarlier("rule", name, it.rules.names)
		return nil, false
	case source.node != nil && source.text() != prev.source:
		it.differentSource(name, source.text(), prev)
		return nil, false
	}
	def := *prev
	return &def, true
}

// appendRule reads a rule with append: true.
func (it *item) appendRule(name string, source scalar) {
	cond, ok1 := it.optional("condition")
	var exceptions []*exception
	ok2 := true
	if it.has("exceptions") {
		exceptions, ok2 = it.exceptions(true)
	}
	if !ok1 || !ok2 {
		return
	}
	def, ok := it.earlierRule(name, source)
	if !ok {
		return
	}
	if !it.has("condition") && !it.has("exceptions") {
		it.fail(ErrValidate, it.node, it.context, "a rule with append: true has a condition or exceptions to append", "")
		return
	}
	if cond.node != nil {
		if !it.appendTo(&def.condition, textOf(cond)) {
			return
		}
	}
	if !it.appendExceptions(def, exceptions) {
		it.rules.put(name, def) // what came before the mistake counts, to Falco
		return
	}
	change(&it.collection, &it.rules, def, it.src.rangeOf(it.node))
}

// overrideRule reads a rule with override: first what is appended, then what is
// replaced. Every key under override must stand in the item, and every key in
// the item that can be overridden under override.
func (it *item) overrideRule(name string, source scalar, how changes) {
	if len(how.appended) > 0 && !it.overrideKeys(name, source, how.appended, ruleAppendable, true) && it.asFalco {
		return
	}
	if len(how.replaced) > 0 && !it.overrideKeys(name, source, how.replaced, ruleReplaceable, false) && it.asFalco {
		return
	}
	// The first of several is the first of the alphabet.
	for _, key := range slices.Sorted(slices.Values(ruleReplaceable)) {
		if !it.has(key) || how.appended[key] || how.replaced[key] {
			continue
		}
		n := it.node.Get(key)
		d := it.bad(n, it.src.under(it.context, "overrides", key, n), "%s is not named under override, which says what happens to it", key)
		d.Range = it.src.rangeOf(keyNode(it.node, key))
	}
}

// overrideKeys appends some keys of the item to the rule, or puts them in place
// of what it has.
func (it *item) overrideKeys(name string, source scalar, chosen map[string]bool, order []string, appended bool) bool {
	update := ruleDef{}
	read := map[string]bool{} // what of the chosen keys could be
	texts := map[string]*longText{"condition": &update.condition, "output": &update.output}
	ok := true
	for _, key := range order {
		if !chosen[key] {
			continue
		}
		if !it.has(key) {
			n := keyNode(it.node.Get("override"), key)
			it.bad(n, it.context, "%s is to be overridden, and the item does not have it", key)
			ok = false
			continue
		}
		var s scalar
		good := true
		switch key {
		case "condition", "output":
			if s, good = it.required(key); good {
				*texts[key] = longTextOf(textOf(s))
			}
		case "desc":
			if s, good = it.required(key); good {
				update.desc = []string{s.text()}
			}
		case "exceptions":
			update.exceptions, good = it.exceptions(appended)
		case "tags":
			good = it.tags(&update.tags)
		case "priority":
			good = it.priority(&update.priority)
		case "capture":
			good = it.boolean(key, &update.capture)
		case "capture_duration":
			good = it.duration(&update.captureDuration)
		case "enabled":
			good = it.boolean(key, &update.enabled)
			update.enabledAt = it.valueAt(key)
		case "warn_evttypes":
			good = it.boolean(key, &update.warnEventTypes)
		case "skip-if-unknown-filter":
			good = it.boolean(key, &update.skipUnknown)
		}
		ok = ok && good
		if good {
			read[key] = true
		}
	}
	if !ok && it.asFalco {
		return false
	}
	if !chosen["condition"] {
		source = scalar{} // which Falco looks at only then
	}
	def, known := it.earlierRule(name, source)
	if !known {
		return false
	}
	if !appended {
		replaceUpdate(def, &update, read)
	} else if !it.appendUpdate(def, &update, read) {
		it.rules.put(name, def) // what came before the mistake counts, to Falco
		return false
	}
	change(&it.collection, &it.rules, def, it.src.rangeOf(it.node))
	return ok
}

// appendUpdate appends the chosen keys of an update to a rule.
func (it *item) appendUpdate(def, update *ruleDef, chosen map[string]bool) bool {
	ok1, ok2 := true, true
	if chosen["condition"] {
		ok1 = it.appendTo(&def.condition, update.condition.text())
	}
	if chosen["output"] {
		ok2 = it.appendTo(&def.output, update.output.text())
	}
	if !ok1 || !ok2 {
		return false
	}
	if chosen["desc"] {
		def.desc = append(def.desc, update.desc...)
	}
	if chosen["tags"] {
		def.tags = append(def.tags, update.tags...)
	}
	return it.appendExceptions(def, update.exceptions)
}

// replaceUpdate puts the chosen keys of an update in place of those of a rule.
func replaceUpdate(def, update *ruleDef, chosen map[string]bool) {
	for key := range chosen {
		switch key {
		case "condition":
			def.condition = update.condition
		case "exceptions":
			def.exceptions = update.exceptions
			for _, e := range def.exceptions {
				e.unchecked = true
			}
		case "output":
			def.output = update.output
		case "desc":
			def.desc = update.desc
		case "tags":
			def.tags = update.tags
		case "priority":
			def.priority = update.priority
		case "capture":
			def.capture = update.capture
		case "capture_duration":
			def.captureDuration = update.captureDuration
		case "enabled":
			def.enabled, def.enabledAt = update.enabled, update.enabledAt
		case "warn_evttypes":
			def.warnEventTypes = update.warnEventTypes
		case "skip-if-unknown-filter":
			def.skipUnknown = update.skipUnknown
		}
	}
}

// appendExceptions appends exceptions to those of the rule. One of a known name
// brings values only.
func (it *item) appendExceptions(def *ruleDef, list []*exception) bool {
	for _, e := range list {
		i := slices.IndexFunc(def.exceptions, func(x *exception) bool { return x.name == e.name })
		switch {
		case i < 0 && !e.fields.valid():
			e.fail("an exception of a new name has fields").Hint = suggest.Hint(e.name, func(yield func(string) bool) {
				for _, x := range def.exceptions {
					if !yield(x.name) {
						return
					}
				}
			})
			return false
		case i < 0 && len(e.values) == 0:
			e.fail("an exception of a new name has values")
			return false
		case i < 0:
			if !it.checkException(e, def.source) {
				return false
			}
			def.exceptions = append(def.exceptions, e)
		case e.fields.valid() || e.comps.valid():
			e.fail("the exception has its fields and comps already; only values can be appended")
			return false
		default:
			longer := *def.exceptions[i]
			longer.values = append(longer.values, e.values...)
			def.exceptions[i] = &longer
		}
	}
	return true
}

// duplicateKeys says which keys of the item stand there twice.
func (it *item) duplicateKeys() {
	seen := map[string]*yamlfile.Node{}
	for _, key := range keys(it.node) {
		if key.Kind != yamlfile.Scalar {
			continue
		}
		if first := seen[key.Value]; first != nil {
			d := it.warn(NoticeDuplicateKey, key, it.context, fmt.Sprintf("the item has %q twice; the first one counts", key.Value), "")
			d.Related = []diag.Related{{Range: it.src.rangeOf(first), Message: "the first one"}}
			continue
		}
		seen[key.Value] = key
	}
}
