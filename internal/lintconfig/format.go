package lintconfig

import (
	"fmt"
	"sync"

	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/lint"
)

// The tables in this file define the format. The reader reports everything that is not in
// them, and the JSON schema and the table of docs/linting.md are generated from them.

const listHint = "falcorules lint --list prints all IDs"

var configObject = &schema.Object{
	Name: "a configuration", Doc: "Configuration of falcorules lint.",
	Keys: []schema.Key{
		{Name: "profile", Type: schema.OneOf(lint.Profiles()...), Doc: "The levels to start from."},
		{Name: "rules", Type: schema.ObjectOf(rulesObject()), Doc: "Levels by the ID or the category of findings. An ID takes precedence over its category."},
		{Name: "default", Type: schema.ObjectOf(settingObject), Doc: "The level of all findings that `rules` does not mention, instead of that of the profile."},
		{Name: "ignore", Type: schema.OneOrMore, Doc: "Patterns of files to ignore, even if they are named on the command line. `*` and `?` match anything but a slash, and `**` any number of folders. If a pattern matches a folder, everything in it is ignored."},
		{Name: "context", Type: schema.OneOrMore, Doc: "Rules files and folders to load before the others. Findings in them are not reported, even if they are named on the command line."},
		{Name: "audit-policy", Type: schema.Text, Doc: "The audit policy of the Kubernetes API server, as with `--audit-policy`."},
		{Name: "fields", Type: schema.OneOrMore, Doc: "Files that define your own sources and fields, as with `--fields`."},
		{Name: "falco-config", Type: schema.Text, Doc: "Falco's configuration, as with `--falco-config`."},
	},
}

var settingObject = &schema.Object{
	Name: "a setting", Doc: "How findings are reported.",
	Keys: []schema.Key{
		{Name: "level", Type: schema.OneOf("error", "warning", "info", "off"), Required: true, Doc: "The level of the findings; `off` turns them off."},
	},
}

// rulesObject returns the object that has a key for each category and each analyzer.
var rulesObject = sync.OnceValue(func() *schema.Object {
	o := &schema.Object{Name: "rules", Doc: "Levels by the ID or the category of findings.", Hint: listHint}
	for _, c := range lint.Categories() {
		o.Keys = append(o.Keys, schema.Key{Name: string(c), Type: schema.ObjectOf(settingObject), Doc: fmt.Sprintf("All findings of the category %s.", c)})
	}
	for _, a := range lint.Default() {
		o.Keys = append(o.Keys, schema.Key{Name: string(a.ID), Type: schema.ObjectOf(settingObject), Doc: a.Summary})
	}
	return o
})

// Schema returns the JSON schema of configurations, which editors use to complete and
// check them.
func Schema() []byte {
	return schema.JSON("Configuration of falcorules lint", configObject, rulesObject(), settingObject)
}
