package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/attack"
	"github.com/falcorules/falcorules/rulesfile"
)

var attackTacticsMissing = &Analyzer{
	ID:          "attack-tactics-missing",
	Category:    Style,
	Level:       Off,
	Summary:     "A rule has a tag for a MITRE ATT&CK technique, but not for all of its tactics.",
	Fix:         UnsafeFix,
	SameMatches: true,
	Run:         runAttackTacticsMissing,
}

func runAttackTacticsMissing(p *Pass) {
	for _, r := range p.Set.Rules {
		a := attackOf(r)
		var first *attackTag
		var missing []string
		for i, tag := range a.techniques {
			if len(a.tactics) > 0 && !slices.ContainsFunc(tag.technique.Tactics, a.hasTactic) {
				continue // attack-tactics reports it
			}
			for _, t := range tag.technique.Tactics {
				name := attack.TacticPrefix + t.Names[0]
				if t.Optional || a.hasTactic(t) || slices.Contains(missing, name) {
					continue
				}
				if first == nil {
					first = &a.techniques[i]
				}
				missing = append(missing, name)
			}
		}
		if first == nil {
			continue
		}
		d := p.ReportItem(first.item, first.Range(), "the tags do not name all tactics of their techniques")
		d.Hint = "add " + strings.Join(missing, ", ")
		edits, err := first.insertBefore(missing)
		fix(d, false, edits, err)
	}
}

// insertBefore returns the edits that insert tags before the tag.
func (t *attackTag) insertBefore(tags []string) ([]diag.Edit, error) {
	var edits []diag.Edit
	for _, tag := range tags {
		more, err := t.item.Get("tags").InsertEntry(t.index, rulesfile.Quote(tag))
		if err != nil {
			return nil, err
		}
		edits = append(edits, more...)
	}
	return edits, nil
}
