package lint

import (
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

var overrideWithoutEffect = &Analyzer{
	ID:          "override-without-effect",
	Category:    Exceptions,
	Level:       Info,
	Summary:     "An override changes nothing.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runOverrideWithoutEffect,
}

func runOverrideWithoutEffect(p *Pass) {
	type name struct {
		kind rulesfile.Kind
		text string
	}
	known := map[name]map[string]string{} // scalars by their keys
	tags := map[name]map[string]bool{}
	for item := range p.Items() {
		name := name{item.Kind, item.Get(item.Kind.String()).Text()}
		texts := known[name]
		if texts == nil || defines(item) {
			texts = map[string]string{}
			if defines(item) {
				texts["enabled"] = "true" // unless it says otherwise
			}
			known[name] = texts
		}
		p.repeatedTags(item, tags[name])
		if tags[name] == nil || defines(item) {
			tags[name] = map[string]bool{}
		}
		for tag := range item.Get("tags").Entries() {
			tags[name][tag.Text()] = true
		}
		var useless []*diag.Diagnostic
		for pair := range item.Pairs() {
			key := pair.Key.Text()
			if !pair.Value.IsScalar() || key == item.Kind.String() {
				continue
			}
			how := item.Get("override").Get(key)
			before, known := texts[key]
			replaces := how.Exists() && how.Text() == "replace" || key == "enabled" && isSwitch(item)
			if replaces && known && before == pair.Value.Text() {
				d := p.ReportItem(item, pair.Value.Range(), "%s already has this value", key)
				d.Hint = "delete the override, or set another value"
				fixOverride(d, item, key)
				useless = append(useless, d)
			}
			if appends(item, key) {
				delete(texts, key)
				continue
			}
			texts[key] = pair.Value.Text()
		}
		if n := len(useless); n > 0 && (n == item.Len()-2 || isSwitch(item)) { // apart from the name and the override
			for _, d := range useless {
				d.Edits = nil
			}
			edits, err := item.Delete()
			fix(useless[0], true, edits, err)
		}
	}
}

// isSwitch reports whether an item only enables or disables a rule, in the form that was used
// before overrides.
func isSwitch(item *rulesfile.Item) bool {
	return item.Kind == rulesfile.Rule && item.Len() == 2 && item.Has("enabled")
}

// repeatedTags reports tags that are appended although the rule has all of them.
func (p *Pass) repeatedTags(item *rulesfile.Item, known map[string]bool) {
	tags := item.Get("tags")
	if tags.Len() == 0 || !appends(item, "tags") {
		return
	}
	for tag := range tags.Entries() {
		if !known[tag.Text()] {
			return
		}
	}
	d := p.ReportItem(item, tags.Range(), "the rule already has these tags")
	d.Hint = "delete the override, or add other tags"
	if item.Len() == 3 { // the name, the tags and the override
		edits, err := item.Delete()
		fix(d, true, edits, err)
		return
	}
	fixOverride(d, item, "tags")
}

// fixOverride adds edits to a finding that delete a key of an item and its override.
func fixOverride(d *diag.Diagnostic, item *rulesfile.Item, key string) {
	override, err := item.Get("override").Pair(key).Delete()
	if err != nil {
		return
	}
	value, err := item.Pair(key).Delete()
	fix(d, true, append(override, value...), err)
}
