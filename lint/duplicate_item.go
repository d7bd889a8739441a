package lint

import (
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

var duplicateItem = &Analyzer{
	ID:          "duplicate-item",
	Category:    Performance,
	Level:       Info,
	Summary:     "A list has the same item twice.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runDuplicateItem,
}

func runDuplicateItem(p *Pass) {
	lists := map[string]map[string]rulesfile.Value{} // the items of each list
	for item := range p.Items() {
		if item.Kind != rulesfile.List || !item.Has("items") {
			continue
		}
		name := item.Get("list").Text()
		if !appends(item, "items") || lists[name] == nil {
			lists[name] = map[string]rulesfile.Value{}
		}
		index := -1
		for entry := range item.Get("items").Entries() {
			if index++; !entry.IsScalar() {
				continue
			}
			if first, again := lists[name][entry.Text()]; again {
				d := p.ReportItem(item, entry.Range(), "the list already has %q", entry.Text())
				d.Related = []diag.Related{{Range: first.Range(), Message: "the first one"}}
				edits, err := item.Get("items").DeleteEntry(index)
				fix(d, true, edits, err)
				continue
			}
			lists[name][entry.Text()] = entry
		}
	}
}
