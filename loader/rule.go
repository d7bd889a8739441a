package loader

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/suggest"
)

// The keys of a rule that later items may append to and replace.
var (
	ruleAppendable  = []string{"condition", "output", "desc", "tags", "exceptions"}
	ruleReplaceable = []string{
		"condition", "output", "desc", "priority", "capture", "capture_duration", "tags", "exceptions", "enabled",
		"warn_evttypes", "skip-if-unknown-filter",
	}
)

// rule reads an item that defines a rule or changes an earlier one.
func (it *item) rule() {
	name, ok := it.scalar("rule")
	if !ok {
		return
	}
	how, ok := it.changes(ruleAppendable, ruleReplaceable)
	switch {
	case !ok:
	case how.override():
		it.overrideRule(name.text(), how)
	case how.all:
		it.appendRule(name.text())
	case value(it.node, "enabled") != nil && !slices.ContainsFunc([]string{"condition", "output", "desc", "priority"}, it.has):
		it.enable(name.text(), it.boolean("enabled", true), it)
	default:
		it.defineNewRule(name.text())
	}
}

func (it *item) has(key string) bool { return value(it.node, key) != nil }

// defineNewRule reads a rule with all that belongs to it.
func (it *item) defineNewRule(name string) {
	def := &ruleDef{name: name, source: "syscall", context: it.context, position: it.src.at(it.node)}
	cond, ok1 := it.scalar("condition")
	output, ok2 := it.scalar("output")
	_, ok3 := it.scalar("desc")
	priority, ok4 := it.priority()
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return
	}
	def.condition, def.conditionContext = textOf(cond), it.within("rule condition", cond)
	def.output, def.outputContext = textOf(output).trimmed(), it.within("rule output", output)
	def.priority = priority
	def.defaultSource = true
	if it.has("source") {
		s, ok := it.scalar("source")
		if !ok {
			return
		}
		def.source, def.defaultSource = s.text(), false
	}
	var ok bool
	if def.tags, ok = it.tags(); !ok {
		return
	}
	def.enabled = it.boolean("enabled", true)
	def.skipUnknown = it.boolean("skip-if-unknown-filter", false)
	it.boolean("warn_evttypes", true)
	it.boolean("capture", false)
	it.duration()
	if def.exceptions, ok = it.exceptions(false); !ok {
		return
	}
	for _, e := range def.exceptions {
		if !it.checkException(e, def.source) {
			return
		}
	}
	it.defineRule(def)
}

// priority reads the priority; false says that it was reported.
func (it *item) priority() (eval.Priority, bool) {
	s, ok := it.scalar("priority")
	if !ok {
		return 0, false
	}
	p, ok := eval.ParsePriority(s.text())
	if ok {
		return p, true
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
	it.fail(ErrYAMLValidate, it.src.at(s.node), len(s.text()), it.within("rule priority", s), fmt.Sprintf("there is no priority %q", s.text()), hint)
	return 0, false
}

// duration reads capture_duration, a number of milliseconds, which nothing here
// depends on.
func (it *item) duration() {
	if s, ok := it.optional("capture_duration"); ok {
		if _, err := strconv.ParseUint(s.text(), 0, 32); err != nil {
			it.bad(s.node, "capture_duration is a number of milliseconds, not %q", s.text())
		}
	}
}

// tags reads the tags, sorted and each once; false says that they were reported.
func (it *item) tags() ([]string, bool) {
	if !it.has("tags") {
		return nil, true
	}
	list, ok := it.scalars("tags")
	var tags []string
	for _, t := range list {
		tags = append(tags, t.text())
	}
	slices.Sort(tags)
	return slices.Compact(tags), ok
}

// optionalEmpty is optional for a key that may be empty.
func (it *item) optionalEmpty(key string) (scalar, bool) {
	if v := value(it.node, key); v != nil && (isNull(v) || v.Kind == yaml.ScalarNode && v.Value == "") {
		return scalar{}, false
	}
	return it.optional(key)
}

// earlierRule returns a copy of the rule that this item changes, in its place.
func (it *item) earlierRule(name string) (*ruleDef, bool) {
	prev, ok := it.rules.get(name)
	if !ok {
		it.noEarlier(it, "rule", name, it.rules.names)
		return nil, false
	}
	if s, given := it.optionalEmpty("source"); given && s.text() != prev.source {
		it.fail(ErrValidate, it.src.at(s.node), len(s.text()), it.context, otherSource(name, s.text(), prev), "")
		return nil, false
	}
	def := *prev
	return &def, true
}

// appendRule reads a rule with append: true.
func (it *item) appendRule(name string) {
	def, ok := it.earlierRule(name)
	if !ok {
		return
	}
	if !it.has("condition") && !it.has("exceptions") {
		it.fail(ErrValidate, it.src.at(it.node), 0, it.context, "a rule with append: true has a condition or exceptions to append", "")
		return
	}
	if it.has("condition") && !it.appendTo(&def.condition, "condition") {
		return
	}
	if it.has("exceptions") && !it.appendExceptions(def) {
		return
	}
	define(it.collector, &it.rules, def.name, def)
}

// appendTo appends the text of a key to t.
func (it *item) appendTo(t *text, key string) bool {
	s, ok := it.scalar(key)
	if ok {
		*t = join(*t, textOf(s))
	}
	return ok
}

// overrideRule reads a rule with override. Every key under override must stand
// in the item, and every key in the item that can be overridden under override.
func (it *item) overrideRule(name string, how changes) {
	ok := true
	for _, key := range ruleReplaceable {
		overridden := how.appended[key] || how.replaced[key]
		switch {
		case overridden && !it.has(key):
			it.bad(keyNode(value(it.node, "override"), key), "%s is to be overridden, and the item does not have it", key)
			ok = false
		case !overridden && it.has(key):
			it.bad(keyNode(it.node, key), "%s does not stand under override, which says what happens to it", key)
			ok = false
		}
	}
	if !ok {
		return
	}
	def, ok := it.earlierRule(name)
	if !ok {
		return
	}
	for _, key := range ruleReplaceable {
		if how.appended[key] || how.replaced[key] {
			if !it.overrideKey(def, key, how.appended[key]) {
				return
			}
		}
	}
	define(it.collector, &it.rules, def.name, def)
}

// overrideKey appends a key of the item to the rule, or puts it in its place.
func (it *item) overrideKey(def *ruleDef, key string, appended bool) bool {
	switch key {
	case "condition", "output":
		t := &def.condition
		if key == "output" {
			t = &def.output
		}
		if appended {
			return it.appendTo(t, key)
		}
		s, ok := it.scalar(key)
		if ok {
			*t = textOf(s)
		}
		return ok
	case "exceptions":
		if appended {
			return it.appendExceptions(def)
		}
		exceptions, ok := it.exceptions(false)
		for _, e := range exceptions {
			ok = ok && it.checkException(e, def.source)
		}
		def.exceptions = exceptions
		return ok
	case "tags":
		tags, ok := it.tags()
		if appended {
			tags = append(tags, def.tags...)
			slices.Sort(tags)
			tags = slices.Compact(tags)
		}
		def.tags = tags
		return ok
	case "priority":
		p, ok := it.priority()
		def.priority = p
		return ok
	case "enabled":
		def.enabled = it.boolean(key, def.enabled)
	case "skip-if-unknown-filter":
		def.skipUnknown = it.boolean(key, def.skipUnknown)
	case "desc":
		_, ok := it.scalar(key)
		return ok
	case "capture", "warn_evttypes": // which nothing here depends on
		it.boolean(key, true)
	case "capture_duration":
		it.duration()
	}
	return true
}

// appendExceptions appends the item's exceptions to those of the rule. One of a
// known name brings values only.
func (it *item) appendExceptions(def *ruleDef) bool {
	list, ok := it.exceptions(true)
	if !ok {
		return false
	}
	def.exceptions = slices.Clone(def.exceptions)
	for _, e := range list {
		i := slices.IndexFunc(def.exceptions, func(x *exception) bool { return x.name == e.name })
		switch {
		case i < 0 && !e.fields.valid():
			it.failException(e, "an exception of a new name has fields")
			return false
		case i < 0 && len(e.values) == 0:
			it.failException(e, "an exception of a new name has values")
			return false
		case i < 0:
			if !it.checkException(e, def.source) {
				return false
			}
			def.exceptions = append(def.exceptions, e)
		case e.fields.valid() || e.comps.valid():
			it.failException(e, "the exception has its fields and comps already; only values can be appended")
			return false
		default:
			longer := *def.exceptions[i]
			longer.values = append(slices.Clip(longer.values), e.values...)
			def.exceptions[i] = &longer
		}
	}
	return true
}
