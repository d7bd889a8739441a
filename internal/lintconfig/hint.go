package lintconfig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/lint"
)

const listHint = "falcorules lint --list prints all IDs"

// CheckName returns an error if a name is neither the ID of an analyzer nor a category.
func CheckName(name string) error {
	if isName(name) {
		return nil
	}
	return fmt.Errorf("unknown finding or category %s; %s", quote.Text(name), nameHint(name))
}

// names yields the categories and the IDs of all analyzers.
func names(yield func(string) bool) {
	for _, c := range lint.Categories() {
		if !yield(string(c)) {
			return
		}
	}
	for _, a := range lint.Default() {
		if !yield(string(a.ID)) {
			return
		}
	}
}

// isName reports whether a name is the ID of an analyzer or a category.
func isName(name string) bool {
	for known := range names {
		if known == name {
			return true
		}
	}
	return false
}

// nameHint returns a hint about a name that is neither an ID nor a category.
func nameHint(name string) string {
	if name == "default" {
		return "write default beside rules, not in it"
	}
	if _, id, ok := cutLast(name, "/."); ok && isName(id) { // category/ID
		return "write " + id
	}
	if hint := suggest.Hint(name, names); hint != "" {
		return hint
	}
	return listHint
}

// cutLast cuts a text at the last of some characters.
func cutLast(text, chars string) (before, after string, ok bool) {
	i := strings.LastIndexAny(text, chars)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// configHint returns a hint about an unknown key of a configuration.
func configHint(name string) string {
	if isName(name) {
		return fmt.Sprintf("put it under rules: {%s: …}", name)
	}
	switch strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name)) {
	case "disable", "disabled", "disabledrules", "level", "levels", "severity", "severities", "severityoverrides", "checks", "linters":
		return "write levels under rules, such as {comm-length: off}"
	case "exclude", "excludes", "ignorefiles", "skip":
		return "did you mean ignore?"
	case "sources":
		return "did you mean fields?"
	case "extends", "preset":
		return "did you mean profile?"
	}
	return ""
}

// settingHint returns a hint about an unknown key of settings without options.
func settingHint(name string) string {
	if isName(name) {
		return fmt.Sprintf("put %s under rules: IDs and categories are side by side", name)
	}
	known := []string{levelKey.Name, ignoreKey.Name}
	near := suggest.Hint(name, slices.Values(known))
	for _, a := range lint.Default() {
		if near == "" && slices.ContainsFunc(a.Options, func(o lint.Option) bool { return o.Name == name }) {
			near = fmt.Sprintf("only %s has the option %s;", a.ID, name)
		}
	}
	return joinHints(near, knownKeys(known))
}

// optionHint returns a hint about an unknown key of settings with options.
func optionHint(o *schema.Object, name string) string {
	var known []string
	for _, k := range o.Keys {
		known = append(known, k.Name)
	}
	return joinHints(suggest.Hint(name, slices.Values(known)), knownKeys(known))
}

func joinHints(first, second string) string {
	if first == "" {
		return second
	}
	return first + " " + second
}

func knownKeys(names []string) string { return "known keys: " + strings.Join(names, ", ") }

// levelHint returns a hint about a text that is not a level.
func levelHint(text string) string {
	switch strings.ToLower(text) {
	case "disable", "disabled", "false", "ignore", "ignored", "no", "none", "silent", "skip":
		return "did you mean off?"
	case "hint", "note", "notice", "suggestion":
		return "did you mean info?"
	case "fail", "fatal":
		return "did you mean error?"
	}
	return ""
}

// wrongLevelHint returns a hint about a value that is neither a level nor settings.
func wrongLevelHint(n *yamlfile.Node) string {
	switch {
	case n.ShortTag() == "!!bool" && n.Value == "false":
		return "did you mean off?"
	case n.Kind == yamlfile.Sequence:
		return "write a level, or a mapping such as {level: info}"
	}
	return "write a level, such as off"
}
