package lint

import "github.com/falcorules/falcorules/rulesfile"

var overrideWithoutEffect = &Analyzer{
	ID:       "override-without-effect",
	Category: Exceptions,
	Level:    Info,
	Summary:  "An override sets what a rule, a macro or a list already has.",
	Run:      runOverrideWithoutEffect,
}

func runOverrideWithoutEffect(p *Pass) {
	type name struct {
		kind rulesfile.Kind
		text string
		key  string
	}
	texts := map[name]string{} // of scalars
	for item := range p.Items() {
		for pair := range item.Pairs() {
			key := name{item.Kind, item.Get(item.Kind.String()).Text(), pair.Key.Text()}
			if !pair.Value.IsScalar() || key.key == item.Kind.String() {
				continue
			}
			how := item.Get("override").Get(key.key)
			before, known := texts[key]
			if how.Exists() && how.Text() == "replace" && known && before == pair.Value.Text() {
				p.ReportItem(item, pair.Value.Range(), "%s already has this value", key.key).
					Hint = "delete the override, or set another value"
			}
			if appends(item, key.key) {
				delete(texts, key)
				continue
			}
			texts[key] = pair.Value.Text()
		}
	}
}
