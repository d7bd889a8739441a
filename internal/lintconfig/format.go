package lintconfig

import (
	"fmt"
	"slices"
	"sync"

	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/lint"
)

// The tables in this file define the format. The reader reports everything that is not in
// them, and the JSON schema and the tables of docs/linting.md are generated from them.

var configObject = &schema.Object{
	Name: "a configuration", Doc: "Configuration of falcorules lint.",
	Keys: []schema.Key{
		{Name: "profile", Type: schema.OneOf(lint.Profiles()...), Doc: "The levels to start from."},
		{Name: "rules", Type: rulesType(), Doc: "A level or settings by the ID or the category of findings. An ID takes precedence over its category."},
		{Name: "default", Type: levelOr(defaultObject), Doc: "The level of all findings that `rules` does not mention, instead of that of the profile."},
		{Name: "ignore", Type: ignoreType, Doc: "Patterns of files that are not read, even if they are named on the command line; also as `{files: …}`."},
		{Name: "context", Type: schema.OneOrMore, Doc: "Rules files and folders to load before the others. Findings in them are not reported, even if they are named on the command line."},
		{Name: "audit-policy", Type: schema.Text, Doc: "The audit policy of the Kubernetes API server, as with `--audit-policy`."},
		{Name: "fields", Type: schema.OneOrMore, Doc: "Files that define your own sources and fields, as with `--fields`."},
		{Name: "falco-config", Type: schema.Text, Doc: "Falco's configuration, as with `--falco-config`."},
	},
	KeyHint: configHint,
}

var (
	levelKey  = schema.Key{Name: "level", Type: levelType, Doc: "The level of the findings; `off` turns them off."}
	ignoreKey = schema.Key{Name: "ignore", Type: ignoreType, Doc: "Patterns of files in which the findings are off."}
)

// settingObject has the settings of a category, and of findings without options.
var settingObject = &schema.Object{
	Name: "a setting", Doc: "How findings are reported.",
	Keys:    []schema.Key{levelKey, ignoreKey},
	KeyHint: settingHint,
}

var defaultObject = &schema.Object{
	Name: "a default", Doc: "How all other findings are reported.",
	Keys: []schema.Key{{Name: levelKey.Name, Type: levelType, Required: true, Doc: levelKey.Doc}},
}

var ignoreObject = &schema.Object{
	Name: "ignored files", Doc: "Files to ignore.",
	Keys: []schema.Key{{Name: "files", Type: schema.OneOrMore, Required: true, Doc: "Patterns of files."}},
}

// ignoreType is the type of patterns: one, a list, or a mapping with the key files.
var ignoreType = schema.Either(schema.Text, schema.Texts, schema.ObjectOf(ignoreObject))

// levelType is the type of a level.
var levelType = &schema.Type{Kind: schema.String, Enum: []string{"error", "warning", "info", "off"}, Hint: levelHint}

// levelOr returns the type of a level or settings.
func levelOr(o *schema.Object) *schema.Type {
	t := schema.Either(levelType, schema.ObjectOf(o))
	t.WrongHint = wrongLevelHint
	return t
}

func rulesType() *schema.Type {
	t := *schema.ObjectOf(rulesObject())
	t.WrongHint = func(*yamlfile.Node) string { return "write IDs with levels, such as {comm-length: off}" }
	return &t
}

// rulesObject returns the object that has a key for each category and each analyzer.
var rulesObject = sync.OnceValue(func() *schema.Object {
	o := &schema.Object{Name: "rules", Doc: "Levels and settings by the ID or the category of findings.", KeyHint: nameHint}
	for _, c := range lint.Categories() {
		o.Keys = append(o.Keys, schema.Key{Name: string(c), Type: levelOr(settingObject), Doc: fmt.Sprintf("All findings of the category %s.", c)})
	}
	objects := optionObjects()
	for _, a := range lint.Default() {
		setting := settingObject
		if i := slices.IndexFunc(objects, func(o *schema.Object) bool { return o.Name == string(a.ID) }); i >= 0 {
			setting = objects[i]
		}
		o.Keys = append(o.Keys, schema.Key{Name: string(a.ID), Type: levelOr(setting), Doc: a.Summary})
	}
	return o
})

// optionObjects returns the objects with the settings of analyzers that have options, which
// are their names.
var optionObjects = sync.OnceValue(func() []*schema.Object {
	var objects []*schema.Object
	for _, a := range lint.Default() {
		if len(a.Options) == 0 {
			continue
		}
		o := &schema.Object{Name: string(a.ID), Doc: a.Summary, Keys: []schema.Key{levelKey, ignoreKey}}
		for _, option := range a.Options {
			t := schema.OneOrMore
			if _, ok := option.Default.(int); ok {
				t = schema.Positive
			}
			o.Keys = append(o.Keys, schema.Key{Name: option.Name, Type: t, Doc: option.Doc})
		}
		o.KeyHint = func(name string) string { return optionHint(o, name) }
		objects = append(objects, o)
	}
	return objects
})

// Schema returns the JSON schema of configurations, which editors use to complete and
// check them.
func Schema() []byte {
	objects := append([]*schema.Object{configObject, rulesObject(), settingObject}, optionObjects()...)
	return schema.JSON("Configuration of falcorules lint", append(objects, defaultObject, ignoreObject)...)
}
