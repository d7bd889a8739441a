package loader

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/rulesfile"
)

// changes says how an item changes an earlier one of the same name.
type changes struct {
	// all says that the item has append: true.
	all bool
	// appended and replaced are the keys under override.
	appended, replaced map[string]bool
}

func (c changes) override() bool { return len(c.appended)+len(c.replaced) > 0 }

// changes reads append and override of an item of a kind.
func (it *item) changes(kind rulesfile.Kind) (changes, bool) {
	c := changes{appended: map[string]bool{}, replaced: map[string]bool{}}
	ok := it.boolean("append", &c.all)
	if c.all {
		var present []string
		for key := range kind.Keys() {
			if key.Append && it.Has(key.Name) {
				present = append(present, key.Name+": append")
			}
		}
		hint := ""
		if len(present) > 0 {
			hint = fmt.Sprintf("write override: {%s}", strings.Join(present, ", "))
		}
		it.fail(WarnDeprecatedItem, it.Pair("append").Key, it.context, "append: true is deprecated", hint)
	}
	over := it.Get("override")
	if !over.Exists() || over.IsScalar() { // a scalar has no effect
		return c, ok
	}
	if !over.IsMapping() {
		if over.Len() == 0 {
			return c, ok
		}
		it.fail(ErrValidate, over, it.context[:1], "override must be a mapping of keys to append or replace, not "+over.Describe(), "")
		return c, false
	}
	within := under(it.context, "overrides", "", it.Value)
	for p := range over.Pairs() {
		if !it.override(&c, p.Key, p.Value, kind, within) {
			ok = false
		}
	}
	if ok && c.all && c.override() {
		it.bad(it.Pair("append").Key, it.context, "append and override cannot be combined; append: true is the older form")
		return c, false
	}
	return c, ok
}

// override reads one key under override, and its append or replace.
func (it *item) override(c *changes, key, how rulesfile.Value, kind rulesfile.Kind, within []Location) bool {
	for _, n := range []rulesfile.Value{key, how} {
		if !n.IsScalar() {
			it.fail(ErrValidate, n, it.context[:1], "the keys and values of override must be text, not "+n.Describe(), "")
			return false
		}
	}
	name := key.Text()
	if key.IsNull() {
		name = "null" // as Falco calls it
	}
	known, _ := kind.Key(key.Text())
	keyContext := under(within, "overrides", name, key)
	switch {
	case how.Text() == "append" && known.Append:
		c.appended[key.Text()] = true
		return true
	case how.Text() == "replace" && known.Replace:
		c.replaced[key.Text()] = true
		return true
	case how.Text() == "append" && known.Replace:
		it.bad(key, keyContext, "%s cannot be appended to, only replaced", key.Text()).Hint = "write " + key.Text() + ": replace"
	case how.Text() == "append" || how.Text() == "replace":
		var replaceable []string
		for key := range kind.Keys() {
			if key.Replace {
				replaceable = append(replaceable, key.Name)
			}
		}
		d := it.bad(key, keyContext, "%q cannot be overridden: want %s", key.Text(), strings.Join(replaceable, ", "))
		d.Hint = suggest.Hint(key.Text(), slices.Values(replaceable))
	default:
		d := it.bad(how, under(within, "value for", name, how), "the override of %s must be append or replace, not %q", key.Text(), how.Text())
		d.Hint = suggest.Hint(how.Text(), slices.Values([]string{"append", "replace"}))
	}
	return false
}
