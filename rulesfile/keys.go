package rulesfile

import (
	"fmt"
	"iter"
)

// Kind is the kind of an item of a rules file, or of a mapping inside one.
type Kind uint8

// The kinds of items, in the order in which Falco looks for the key that determines the
// kind.
const (
	// Unknown is the kind of an item without such a key.
	Unknown Kind = iota
	EngineVersion
	PluginVersions
	List
	Macro
	Rule

	// Exception, Plugin and Alternative are mappings inside items: an exception of a
	// rule, a required plugin, and an alternative to a plugin.
	Exception
	Plugin
	Alternative
)

var kindNames = [...]string{
	Unknown: "unknown item", EngineVersion: "required_engine_version", PluginVersions: "required_plugin_versions",
	List: "list", Macro: "macro", Rule: "rule", Exception: "exception", Plugin: "plugin", Alternative: "alternative",
}

// String returns the name of the kind. For a kind of item it is the key that determines
// the kind, such as rule or required_engine_version.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", k)
}

// Kinds yields the kinds of items except Unknown, in the order in which Falco looks for
// the key that determines the kind.
func Kinds() iter.Seq[Kind] {
	return func(yield func(Kind) bool) {
		for k := EngineVersion; k <= Rule; k++ {
			if !yield(k) {
				return
			}
		}
	}
}

// Type is the type that the value of a key must have.
type Type uint8

// The types of values.
const (
	// Any is any value.
	Any Type = iota
	// Text is any scalar: as Falco does, it includes numbers and booleans.
	Text
	Boolean
	Integer
	// Priority is the name of a priority, in any letter case.
	Priority
	// TextList is a list of text.
	TextList
	// TextOrList is text or a list of text.
	TextOrList
	// Values is a list of text, or a list of lists that have a value for each field.
	Values
	// Exceptions, Plugins and Alternatives are lists of mappings of the kind Exception,
	// Plugin or Alternative.
	Exceptions
	Plugins
	Alternatives
	// Overrides is a mapping from keys to "append" or "replace".
	Overrides
)

var typeNames = [...]string{
	Any: "anything", Text: "text", Boolean: "true or false", Integer: "integer", Priority: "priority", TextList: "list of text",
	TextOrList: "text or list of text", Values: "list of values", Exceptions: "list of exceptions", Plugins: "list of plugins",
	Alternatives: "list of alternatives", Overrides: "mapping of keys to append or replace",
}

// String returns the type as messages name it, such as "list of text".
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Type(%d)", t)
}

// Key is a key that items of a kind can have.
type Key struct {
	Name string
	Kind Kind
	Type Type
	// Append and Replace report whether override can append to the key, and whether it
	// can replace it.
	Append, Replace bool
	// Since is the engine version of the first Falco release that reads the key: N means
	// version 0.N.0. It is 0 if the key is older than engine versions, which began with 2
	// in Falco 0.14.
	Since int
}

// keys are the keys of all kinds. Those that override can name are in the order in which
// Falco reads them.
//
// The versions are from Falco's releases: a key belongs to the first one whose reader
// has it (0.14 has engine version 2, 0.28 has 8, 0.31 has 11, 0.33 has 15, 0.37 has 31
// and 0.42 has 57).
var keys = [...]Key{
	{Name: "required_engine_version", Kind: EngineVersion, Type: Text, Since: 2},

	{Name: "required_plugin_versions", Kind: PluginVersions, Type: Plugins, Since: 11},

	{Name: "list", Kind: List, Type: Text},
	{Name: "items", Kind: List, Type: TextList, Append: true, Replace: true},
	{Name: "append", Kind: List, Type: Boolean},
	{Name: "override", Kind: List, Type: Overrides, Since: 31},

	{Name: "macro", Kind: Macro, Type: Text},
	{Name: "condition", Kind: Macro, Type: Text, Append: true, Replace: true},
	{Name: "append", Kind: Macro, Type: Boolean},
	{Name: "override", Kind: Macro, Type: Overrides, Since: 31},

	{Name: "rule", Kind: Rule, Type: Text},
	{Name: "condition", Kind: Rule, Type: Text, Append: true, Replace: true},
	{Name: "exceptions", Kind: Rule, Type: Exceptions, Append: true, Replace: true, Since: 8},
	{Name: "output", Kind: Rule, Type: Text, Append: true, Replace: true},
	{Name: "desc", Kind: Rule, Type: Text, Append: true, Replace: true},
	{Name: "tags", Kind: Rule, Type: TextList, Append: true, Replace: true},
	{Name: "priority", Kind: Rule, Type: Priority, Replace: true},
	{Name: "capture", Kind: Rule, Type: Boolean, Replace: true, Since: 57},
	{Name: "capture_duration", Kind: Rule, Type: Integer, Replace: true, Since: 57},
	{Name: "enabled", Kind: Rule, Type: Boolean, Replace: true},
	{Name: "warn_evttypes", Kind: Rule, Type: Boolean, Replace: true},
	{Name: "skip-if-unknown-filter", Kind: Rule, Type: Boolean, Replace: true},
	{Name: "source", Kind: Rule, Type: Text},
	{Name: "append", Kind: Rule, Type: Boolean},
	{Name: "override", Kind: Rule, Type: Overrides, Since: 31},

	{Name: "name", Kind: Exception, Type: Text, Since: 8},
	{Name: "fields", Kind: Exception, Type: TextOrList, Since: 8},
	{Name: "comps", Kind: Exception, Type: TextOrList, Since: 8},
	{Name: "values", Kind: Exception, Type: Values, Since: 8},

	{Name: "name", Kind: Plugin, Type: Text, Since: 11},
	{Name: "version", Kind: Plugin, Type: Text, Since: 11},
	{Name: "alternatives", Kind: Plugin, Type: Alternatives, Since: 15},

	{Name: "name", Kind: Alternative, Type: Text, Since: 15},
	{Name: "version", Kind: Alternative, Type: Text, Since: 15},
}

// Keys yields the keys of the kind. Those that override can name are in the order in
// which Falco reads them there.
func (k Kind) Keys() iter.Seq[Key] {
	return func(yield func(Key) bool) {
		for i := range keys {
			if keys[i].Kind == k && !yield(keys[i]) {
				return
			}
		}
	}
}

// Key returns the key of the kind with the given name, and whether it exists.
func (k Kind) Key(name string) (Key, bool) {
	for i := range keys {
		if keys[i].Kind == k && keys[i].Name == name {
			return keys[i], true
		}
	}
	return Key{}, false
}

// KeyNames yields the names of the keys of the kind, in the order of Keys.
func (k Kind) KeyNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for key := range k.Keys() {
			if !yield(key.Name) {
				return
			}
		}
	}
}
