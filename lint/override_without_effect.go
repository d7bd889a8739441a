package lint

import "github.com/falcorules/falcorules/rulesfile"

var overrideWithoutEffect = &Analyzer{
	ID:       "override-without-effect",
	Category: Exceptions,
	Level:    Info,
	Summary:  "An override replaces a value with the same value.",
	Run:      runOverrideWithoutEffect,
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
		for pair := range item.Pairs() {
			key := pair.Key.Text()
			if !pair.Value.IsScalar() || key == item.Kind.String() {
				continue
			}
			how := item.Get("override").Get(key)
			before, known := texts[key]
			if how.Exists() && how.Text() == "replace" && known && before == pair.Value.Text() {
				p.ReportItem(item, pair.Value.Range(), "%s already has this value", key).
					Hint = "delete the override, or set another value"
			}
			if appends(item, key) {
				delete(texts, key)
				continue
			}
			texts[key] = pair.Value.Text()
		}
	}
}
