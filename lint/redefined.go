package lint

import (
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

var redefined = &Analyzer{
	ID:       "redefined",
	Category: Shadow,
	Level:    Info,
	Summary:  "A file defines an item twice, and the second definition replaces the first.",
	Run:      runRedefined,
}

func runRedefined(p *Pass) {
	type definition struct{ file, kind, name string }
	seen := map[definition]rulesfile.Value{}
	for item := range p.Items() {
		if !defines(item) {
			continue
		}
		name := item.Get(item.Kind.String())
		key := definition{item.File().Root().Name(), item.Kind.String(), name.Text()}
		if first, again := seen[key]; again {
			d := p.ReportItem(item, name.Range(), "this file defines %s %q twice; this definition replaces the first", key.kind, key.name)
			d.Related = []diag.Related{{Range: first.Range(), Message: "the first one"}}
		}
		seen[key] = name
	}
}

// defines reports whether an item defines a list, a macro or a rule, instead of changing
// an earlier one.
func defines(item *rulesfile.Item) bool {
	if over := item.Get("override"); over.Exists() && over.Len() > 0 {
		return false
	}
	if more := item.Get("append"); more.Exists() && strings.EqualFold(more.Text(), "true") {
		return false
	}
	switch item.Kind {
	case rulesfile.List:
		return item.Has("items")
	case rulesfile.Macro, rulesfile.Rule:
		return item.Has("condition")
	}
	return false
}
