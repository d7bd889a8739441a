// Package attack knows the techniques and tactics of MITRE ATT&CK for Enterprise, and how
// the tags of Falco rules name them: T1059.004, TA0002, mitre_execution.
//
// The table techniques.txt covers versions 13.1 to 19.1. Version 19 split the tactic
// defense-evasion into stealth and defense-impairment; rules may use the names of either.
package attack

import (
	_ "embed" // the table
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/internal/suggest"
)

// Technique is a technique, a sub-technique, or a tactic.
type Technique struct {
	ID string
	// Tactics are the tactics that it belongs to, sorted. A tactic has none but itself.
	Tactics []Tactic
	// Replaced is true for a revoked or deprecated technique. By is the ID of the technique
	// that replaces it, or "".
	Replaced bool
	By       string
}

// Tactic is a tactic of a technique.
type Tactic struct {
	// Names are the names of the tactic in tags, such as execution, oldest first. It has
	// several if the tactic has another name in later versions.
	Names []string
	// Optional is true if only some versions have the technique in this tactic.
	Optional bool
}

// The table has a section [tactics] with lines
//
//	ID NAME
//
// a section [techniques] with lines that list a technique, those of its sub-techniques
// that have the same tactics, and the tactics:
//
//	T1055 .001 .002 defense-evasion/stealth persistence?
//
// where a slash separates the names that a tactic has in earlier and later versions, and
// a question mark means that only some versions have the technique in this tactic; and a
// section [replaced] with revoked and deprecated techniques, and what replaces them:
//
//	T1002 T1560
//
//go:embed techniques.txt
var tableText string

type table struct {
	techniques map[string]Technique // with tactics
	tactics    []string             // names in tags, sorted
}

var attack = sync.OnceValue(func() table {
	t := table{techniques: map[string]Technique{}}
	names := map[string]bool{}
	section := ""
	for line := range strings.Lines(tableText) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
			continue
		case words[0][0] == '[':
			section = words[0]
			continue
		}
		id := words[0]
		var tactics []Tactic
		ids := []string{id}
		parent, _, _ := strings.Cut(id, ".")
		for _, word := range words[1:] {
			if word[0] == '.' {
				ids = append(ids, parent+word)
				continue
			}
			name, optional := strings.CutSuffix(strings.ReplaceAll(word, "-", "_"), "?")
			tactics = append(tactics, Tactic{strings.Split(name, "/"), optional})
		}
		switch section {
		case "[replaced]":
			by := ""
			if len(words) > 1 {
				by = words[1]
			}
			t.techniques[id] = Technique{ID: id, Replaced: true, By: by}
		case "[tactics]", "[techniques]":
			for _, id := range ids {
				t.techniques[id] = Technique{ID: id, Tactics: tactics}
			}
			for _, tactic := range tactics {
				for _, name := range tactic.Names {
					names[name] = true
				}
			}
		default:
			panic(fmt.Sprintf("attack: line outside sections: %q", line))
		}
	}
	t.tactics = slices.Sorted(maps.Keys(names))
	return t
})

// Lookup returns the technique or tactic with an ID such as T1059.004 or TA0002.
func Lookup(id string) (Technique, bool) {
	t, ok := attack().techniques[id]
	return t, ok
}

// Version is the newest version that the table covers.
const Version = "19.1"

// TacticPrefix is the beginning of tags that name a tactic.
const TacticPrefix = "mitre_"

var (
	// idTag matches tags with the ID of a technique or a tactic, perhaps with a prefix,
	// other separators, and text after it.
	idTag = regexp.MustCompile(`(?i)^(?:(?:attack|mitre|mitre[._-]?attack)[._:/ -])?(T\d{4}|TA\d{4})(?:[._:/-](\d{1,3}))?(?:[^a-z0-9.].*)?$`)
	// tacticTag matches tags with the name of a tactic, which in Sigma follows attack and a
	// dot.
	tacticTag = regexp.MustCompile(`(?i)^(?:attack\.|mitre[._: -](?:attack[._: -])?)([a-z][a-z_. -]*)$`)
)

// Canonical returns the form that Falco's rules use for a tag that names a technique or a
// tactic, or "" for other tags. It corrects typing mistakes in names of tactics, and then
// returns false.
func Canonical(tag string) (canonical string, sure bool) {
	if m := idTag.FindStringSubmatch(tag); m != nil {
		id, sub := strings.ToUpper(m[1]), m[2]
		if sub != "" && !strings.HasPrefix(id, "TA") {
			id += "." + strings.Repeat("0", 3-len(sub)) + sub
		}
		return id, true
	}
	m := tacticTag.FindStringSubmatch(tag)
	if m == nil {
		return "", false
	}
	name := strings.NewReplacer("-", "_", " ", "_", ".", "_").Replace(strings.ToLower(m[1]))
	all := attack().tactics
	sure = slices.Contains(all, name)
	if !sure {
		name = suggest.Nearest(name, slices.Values(all))
	}
	if name == "" {
		return "", false
	}
	return TacticPrefix + name, sure
}
