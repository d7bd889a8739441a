package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/internal/attack"
	"github.com/falcorules/falcorules/loader"
)

var attackTactics = &Analyzer{
	ID:       "attack-tactics",
	Category: Style,
	Level:    Info,
	Summary:  "A rule has tags for a MITRE ATT&CK technique and for a tactic that do not match.",
	Run:      runAttackTactics,
}

func runAttackTactics(p *Pass) {
	for _, r := range p.Set.Rules {
		if a := attackOf(r); len(a.tactics) > 0 && len(a.techniques) > 0 {
			p.fitTactics(a)
		}
	}
}

// fitTactics reports techniques if no tag names one of their tactics, and tags for tactics to
// which none of the techniques belongs.
func (p *Pass) fitTactics(a ruleAttack) {
	fits := true
	for _, tag := range a.techniques {
		if slices.ContainsFunc(tag.technique.Tactics, a.hasTactic) {
			continue
		}
		fits = false
		var names, tags []string
		for _, t := range tag.technique.Tactics {
			names = append(names, t.Names[0])
			tags = append(tags, attack.TacticPrefix+t.Names[0])
		}
		verb, kind := "belongs to", "technique"
		if strings.HasPrefix(tag.canonical, "TA") {
			verb, kind = "is", "tactic"
		}
		p.ReportItem(tag.item, tag.Range(), "%s %s %s, but no other tag of the rule says so", tag.canonical, verb, listed(names)).
			Hint = fmt.Sprintf("add %s, or use another %s", listed(tags), kind)
	}
	if !fits || a.unknown {
		return
	}
	for _, tag := range a.tactics {
		name := strings.TrimPrefix(tag.canonical, attack.TacticPrefix)
		if !slices.ContainsFunc(a.techniques, func(other attackTag) bool {
			return slices.ContainsFunc(other.technique.Tactics, func(t attack.Tactic) bool { return slices.Contains(t.Names, name) })
		}) {
			p.ReportItem(tag.item, tag.Range(), "no technique in the tags of the rule belongs to %s", name).
				Hint = "add a technique of this tactic, or remove the tag"
		}
	}
}

// ruleAttack are the ATT&CK tags of a rule.
type ruleAttack struct {
	techniques []attackTag // known ones
	tactics    []attackTag
	// unknown is true if the rule has tags of unknown or outdated techniques, too.
	unknown bool
}

// attackOf returns the ATT&CK tags of a rule, including those of later items.
func attackOf(r *loader.Rule) (out ruleAttack) {
	seen := map[string]bool{}
	for _, item := range r.From {
		for _, tag := range attackTagsOf(item) {
			_, has := slices.BinarySearch(r.Tags, tag.Text())
			if !has || seen[tag.canonical] { // replaced by a later item
				continue
			}
			seen[tag.canonical] = true
			switch {
			case tag.isTactic():
				out.tactics = append(out.tactics, tag)
			case tag.technique.ID == "" || tag.technique.Replaced:
				out.unknown = true
			default:
				out.techniques = append(out.techniques, tag)
			}
		}
	}
	return out
}

// hasTactic reports whether the rule has a tag for a tactic, with any of its names.
func (a *ruleAttack) hasTactic(t attack.Tactic) bool {
	return slices.ContainsFunc(a.tactics, func(tag attackTag) bool {
		return slices.Contains(t.Names, strings.TrimPrefix(tag.canonical, attack.TacticPrefix))
	})
}
