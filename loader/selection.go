package loader

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/eval"
)

// Selection selects the rules to run, like priority and rules in falco.yaml.
type Selection struct {
	// Priority is the least urgent priority of the rules. A Switch cannot enable others.
	Priority eval.Priority
	// Switches enable and disable rules, in order.
	Switches []Switch
}

// Switch enables or disables rules: first those whose name matches Rule, then those that
// have the tag Tag. Either can be empty, and then matches no rule.
type Switch struct {
	Enable bool
	// Rule is a pattern for [MatchWildcard].
	Rule string
	Tag  string
}

// Select returns the rules to run, in the order in which they fire. Rules that the files
// enable come first, in their own order. If a rule is disabled and enabled again, it
// comes after all others, as in Falco. If one switch enables several rules, Falco's order
// of these is not defined; Select keeps their own order.
func (s *Selection) Select(rules []*Rule) []*Rule {
	rules = slices.DeleteFunc(slices.Clone(rules), func(r *Rule) bool { return r.Priority > s.Priority })
	selected := slices.DeleteFunc(slices.Clone(rules), func(r *Rule) bool { return !r.Enabled })
	for _, sw := range s.Switches {
		for _, matches := range []func(*Rule) bool{sw.MatchesName, sw.MatchesTag} {
			selected = switched(selected, rules, sw.Enable, matches)
		}
	}
	return selected
}

// switched returns the selected rules after enabling or disabling those that match.
func switched(selected, rules []*Rule, enable bool, matches func(*Rule) bool) []*Rule {
	if !enable {
		return slices.DeleteFunc(selected, matches)
	}
	known := make(map[*Rule]bool, len(selected))
	for _, r := range selected {
		known[r] = true
	}
	for _, r := range rules {
		if !known[r] && matches(r) {
			selected = append(selected, r)
		}
	}
	return selected
}

// Matches reports whether the switch is about a rule.
func (sw Switch) Matches(r *Rule) bool { return sw.MatchesName(r) || sw.MatchesTag(r) }

// MatchesName reports whether Rule matches the name of a rule.
func (sw Switch) MatchesName(r *Rule) bool { return sw.Rule != "" && MatchWildcard(sw.Rule, r.Name) }

// MatchesTag reports whether a rule has the tag.
func (sw Switch) MatchesTag(r *Rule) bool { return sw.Tag != "" && slices.Contains(r.Tags, sw.Tag) }

// MatchWildcard reports whether a pattern matches a text as in falco.yaml. A star matches
// any text, but as in Falco, the text after a star matches only where it occurs first: the
// pattern *.yaml does not match a.yaml.yaml.
func MatchWildcard(pattern, text string) bool {
	literal, rest, star := strings.Cut(pattern, "*")
	text, ok := strings.CutPrefix(text, literal)
	if !star || !ok {
		return ok && text == ""
	}
	for {
		rest = strings.TrimLeft(rest, "*")
		if rest == "" {
			return true
		}
		literal, rest, star = strings.Cut(rest, "*")
		at := strings.Index(text, literal)
		if at < 0 {
			return false
		}
		text = text[at+len(literal):]
		if !star {
			return text == ""
		}
	}
}
