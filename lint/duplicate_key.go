package lint

import (
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

var duplicateKey = &Analyzer{
	ID:       "duplicate-key",
	Category: Style,
	Level:    Info,
	Summary:  "A mapping has the same key twice, and Falco uses the first one.",
	Fix:      UnsafeFix,
	Run:      runDuplicateKey,
}

func runDuplicateKey(p *Pass) {
	for item := range p.Items() {
		p.duplicateKeys(item, item.Value)
	}
}

// duplicateKeys looks for keys that a value of an item, or a mapping in it, has twice.
func (p *Pass) duplicateKeys(item *rulesfile.Item, v rulesfile.Value) {
	for entry := range v.Entries() {
		p.duplicateKeys(item, entry)
	}
	seen := map[string]rulesfile.Value{}
	for pair := range v.Pairs() {
		p.duplicateKeys(item, pair.Value)
		if !pair.Key.IsScalar() {
			continue
		}
		name := pair.Key.Text()
		if first, again := seen[name]; again {
			d := p.ReportItem(item, pair.Key.Range(), "duplicate key %q; Falco uses the first one", name)
			d.Related = []diag.Related{{Range: first.Range(), Message: "the first one"}}
			edits, err := pair.Delete()
			fix(d, false, edits, err)
			continue
		}
		seen[name] = pair.Key
	}
}
