package lint

import (
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

var overrideWithoutEffect = &Analyzer{
	ID:          "override-without-effect",
	Category:    Exceptions,
	Level:       Info,
	Summary:     "An override replaces a value with the same value.",
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
	for item := range p.Items() {
		name := name{item.Kind, item.Get(item.Kind.String()).Text()}
		texts := known[name]
		if texts == nil || defines(item) {
			texts = map[string]string{}
			known[name] = texts
		}
		var useless []*diag.Diagnostic
		for pair := range item.Pairs() {
			key := pair.Key.Text()
			if !pair.Value.IsScalar() || key == item.Kind.String() {
				continue
			}
			how := item.Get("override").Get(key)
			before, known := texts[key]
			if how.Exists() && how.Text() == "replace" && known && before == pair.Value.Text() {
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
		if n := len(useless); n > 0 && n == item.Len()-2 { // apart from the name and the override
			for _, d := range useless {
				d.Edits = nil
			}
			edits, err := item.Delete()
			fix(useless[0], true, edits, err)
		}
	}
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
