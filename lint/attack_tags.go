package lint

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/attack"
	"github.com/falcorules/falcorules/rulesfile"
)

var attackTags = &Analyzer{
	ID:          "attack-tags",
	Category:    Style,
	Level:       Info,
	Summary:     "A tag names an unknown or outdated MITRE ATT&CK technique, or is not written in the usual form.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runAttackTags,
}

func runAttackTags(p *Pass) {
	for item := range p.Items() {
		if item.Kind != rulesfile.Rule {
			continue
		}
		for _, tag := range attackTagsOf(item) {
			p.attackTag(tag)
		}
	}
}

// attackTag is a tag that names a technique or a tactic of ATT&CK.
type attackTag struct {
	rulesfile.Value
	item  *rulesfile.Item
	index int // among the tags of the item
	// canonical is the usual form of the tag, and sure is false if it corrects a typing
	// mistake.
	canonical string
	sure      bool
	// technique is the technique if the tag is an ID. It is the zero Technique if ATT&CK
	// has no such ID, or the tag names a tactic.
	technique attack.Technique
}

// isTactic reports whether the tag is a name of a tactic, such as mitre_execution.
func (t *attackTag) isTactic() bool { return strings.HasPrefix(t.canonical, attack.TacticPrefix) }

// attackTagsOf returns the ATT&CK tags of an item.
func attackTagsOf(item *rulesfile.Item) []attackTag {
	var out []attackTag
	index := -1
	for value := range item.Get("tags").Entries() {
		if index++; !value.IsScalar() {
			continue
		}
		tag := attackTag{Value: value, item: item, index: index}
		if tag.canonical, tag.sure = attack.Canonical(value.Text()); tag.canonical != "" {
			tag.technique, _ = attack.Lookup(tag.canonical)
			out = append(out, tag)
		}
	}
	return out
}

// attackTag reports a tag that is wrong on its own.
func (p *Pass) attackTag(tag attackTag) {
	id := tag.canonical
	switch t := tag.technique; {
	case !tag.isTactic() && t.ID == "":
		kind := "technique"
		if strings.HasPrefix(id, "TA") {
			kind = "tactic"
		}
		d := p.ReportItem(tag.item, tag.Range(), "ATT&CK %s has no %s %s", attack.Version, kind, id)
		if !strings.EqualFold(id, tag.Text()) {
			d.Hint = fmt.Sprintf("the tag %q is read as %s", tag.Text(), id)
		}
	case t.Replaced && t.By == "":
		p.ReportItem(tag.item, tag.Range(), "ATT&CK no longer has %s, and no other technique replaced it", id).
			Hint = "use another technique, or remove the tag"
	case t.Replaced:
		d := p.ReportItem(tag.item, tag.Range(), "ATT&CK no longer has %s: %s replaced it", id, t.By)
		d.Hint = "use " + t.By
		edits, err := tag.replace(t.By)
		fix(d, false, edits, err)
	case id != tag.Text():
		d := p.ReportItem(tag.item, tag.Range(), "Falco's rules write this tag as %s", id)
		d.Hint = "write " + id
		if !tag.sure {
			d.Message = fmt.Sprintf("ATT&CK has no tactic %q", tag.Text())
			d.Hint = fmt.Sprintf("did you mean %s?", id)
		}
		edits, err := tag.replace(id)
		fix(d, tag.sure, edits, err)
	}
}

// replace returns the edits that write another tag, or delete the tag if the item has the
// other one already.
func (t *attackTag) replace(text string) ([]diag.Edit, error) {
	tags := t.item.Get("tags")
	for other := range tags.Entries() {
		if other.Text() == text {
			return tags.DeleteEntry(t.index)
		}
	}
	return tags.SetEntry(t.index, rulesfile.Quote(text))
}
