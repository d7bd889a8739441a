package lint

import "slices"

var keyOrder = &Analyzer{
	ID:          "key-order",
	Category:    Style,
	Level:       Off,
	Summary:     "The keys of a rule are not in the order of Falco's style guide.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runKeyOrder,
}

// ruleKeys are the keys that the style guide orders. It puts others last, in any order, but
// Falco's own rules have them in other places too.
var ruleKeys = []string{"rule", "desc", "condition", "output", "priority", "tags"}

func runKeyOrder(p *Pass) {
	for item := range p.ruleItems() {
		last := -1
		for pair := range item.Pairs() {
			rank := slices.Index(ruleKeys, pair.Key.Text())
			if rank < 0 {
				continue
			}
			if rank < last {
				d := p.ReportItem(item, pair.Key.Range(), "%s comes before %s in the style guide", ruleKeys[rank], ruleKeys[last])
				d.Hint = "order the keys as rule, desc, condition, output, priority, tags, and then others"
				edits, err := item.SortKeys(func(key string) int {
					if i := slices.Index(ruleKeys, key); i >= 0 {
						return i
					}
					return len(ruleKeys)
				})
				fix(d, true, edits, err)
				break
			}
			last = rank
		}
	}
}
