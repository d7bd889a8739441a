package lint

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/rulesfile"
)

var unusedSuppression = &Analyzer{
	ID:       "unused-suppression",
	Category: Style,
	Level:    Warning,
	Summary:  "A comment suppresses a finding that does not exist.",
	Run:      func(*Pass) {}, // Run reports these findings after all others
}

// suppressed matches a comment that suppresses findings:
//
//	# falcorules ignore:comm-length,redefined the tool is never seen with its full name
var suppressed = regexp.MustCompile(`^#+[ \t]*falcorules[ \t]+ignore:([^ \t]*)`)

// misspelled matches comments that seem meant to suppress findings but are written in another
// way. The submatches are a part of the name, a separator, and the first ID, which can also be a
// word of a sentence.
var misspelled = regexp.MustCompile(`(?i)^#+[ \t]*falco[-_ ]?(rules?|lint|)[-_:., \t]*` +
	`(?:ignored?|disabled?|suppress(?:ed)?|skip|allow|nolint|noqa)[ \t]*([:=(\[]?)[ \t]*([a-z0-9-]*)`)

// maxSuppressions is the number of IDs in the comments of a file that suppress findings.
const maxSuppressions = 10_000

// suppression suppresses the findings of one analyzer in some lines of a file.
type suppression struct {
	// at is the ID in the comment.
	at          diag.Range
	first, last int
	used        bool
}

// suppressions are the suppressions of a ruleset.
type suppressions struct {
	byKey map[suppressionKey][]*suppression
	// attempts are the comments that look like suppressions.
	attempts []attemptedSuppression
}

// suppressionKey is a file and the analyzer whose findings are suppressed there.
type suppressionKey struct {
	file string
	id   diag.Code
}

// attemptedSuppression is a comment that matches misspelled.
type attemptedSuppression struct {
	at                  diag.Range
	name, separator, id string
}

// suppressionsOf finds the suppressions in the files of a ruleset and of a configuration of
// Falco, which can be nil.
func suppressionsOf(set *loader.Ruleset, config *falcoconfig.Config) *suppressions {
	found := &suppressions{byKey: map[suppressionKey][]*suppression{}}
	seen := map[*rulesfile.File]bool{}
	for _, f := range set.Files() {
		for !f.HasText() {
			f = f.Parent()
		}
		if !seen[f] {
			found.add(f)
		}
		seen[f] = true
	}
	if config != nil {
		for _, name := range config.Files {
			f, _ := rulesfile.Parse(name, []byte(config.Text(name)))
			found.add(f)
		}
	}
	return found
}

// add finds the suppressions of a file. One on a line of its own is about the next line
// that is not a comment.
func (s *suppressions) add(f *rulesfile.File) {
	comments := f.Comments()
	below := sync.OnceValue(func() []int { return linesBelow(comments) })
	ends := sync.OnceValue(func() map[int]lineEnds { return linesOf(f) })
	left := maxSuppressions
	for i, c := range comments {
		m := suppressed.FindStringSubmatchIndex(c.Text)
		if m == nil {
			if m := misspelled.FindStringSubmatchIndex(c.Text); m != nil && left > 0 {
				left--
				s.attempts = append(s.attempts, attemptedSuppression{c.Part(0, m[1]), c.Text[m[2]:m[3]], c.Text[m[4]:m[5]], c.Text[m[6]:m[7]]})
			}
			continue
		}
		first := c.Range.Start.Line
		if c.Alone {
			first = below()[i]
		}
		last := max(first, ends()[first].pair)
		if c.Alone {
			last = max(last, ends()[first].entry)
		}
		from, to := m[2], m[3]
		for id := range strings.SplitSeq(c.Text[from:to], ",") {
			if left--; left < 0 {
				return
			}
			key := suppressionKey{c.Range.File, diag.Code(id)}
			s.byKey[key] = append(s.byKey[key], &suppression{at: c.Part(from, from+len(id)), first: first, last: last})
			from += len(id) + 1
		}
	}
}

// linesBelow returns, for each comment, the line below it and below those directly under it
// that are on lines of their own.
func linesBelow(comments []rulesfile.Comment) []int {
	lines := make([]int, len(comments))
	for i, c := range slices.Backward(comments) {
		lines[i] = c.Range.Start.Line + 1
		if i+1 < len(comments) && comments[i+1].Alone && comments[i+1].Range.Start.Line == lines[i] {
			lines[i] = lines[i+1]
		}
	}
	return lines
}

// lineEnds has, for each line, the last line of the values that begin there: the value of
// a key, and an entry of a list.
type lineEnds struct{ pair, entry int }

// linesOf returns the last lines of the values that begin in each line.
func linesOf(f *rulesfile.File) map[int]lineEnds {
	ends := map[int]lineEnds{}
	var walk func(v rulesfile.Value)
	walk = func(v rulesfile.Value) {
		for entry := range v.Entries() {
			at := entry.Range()
			e := ends[at.Start.Line]
			e.entry = max(e.entry, at.End.Line)
			ends[at.Start.Line] = e
			walk(entry)
		}
		for p := range v.Pairs() {
			line := p.Key.Range().Start.Line
			e := ends[line]
			e.pair = max(e.pair, p.Value.Range().End.Line)
			ends[line] = e
			walk(p.Value)
		}
	}
	for _, d := range f.Documents() {
		walk(d.Value)
	}
	return ends
}

// isSuppressed reports whether a comment suppresses findings of the analyzer in a range. The
// comment then counts as used.
func (p *Pass) isSuppressed(at diag.Range) bool {
	line, found := at.Start.Line, false
	for _, x := range p.suppressions.byKey[suppressionKey{at.File, p.Analyzer.ID}] {
		if x.first <= line && line <= x.last {
			x.used, found = true, true
		}
	}
	return found
}

// reportUnused reports the suppressions that suppressed nothing. Those of analyzers that
// did not run may be needed by another run.
func (s *suppressions) reportUnused(p *Pass, all []*Analyzer, passes []*Pass) {
	ran := map[diag.Code]*Pass{}
	for _, p := range passes {
		ran[p.Analyzer.ID] = p
	}
	var known []string
	for _, a := range slices.Concat(analyzers, all) {
		known = append(known, string(a.ID))
	}
	for key, list := range s.byKey {
		for _, x := range list {
			switch {
			case x.used:
			case key.id == "":
				p.Report(x.at, "an ID is missing here, so nothing is suppressed").
					Hint = "write the IDs right after the colon, separated only by commas"
			case ran[key.id] != nil && ran[key.id].LevelIn(key.file) != Off:
				p.Report(x.at, "there is no finding %s to suppress here", key.id)
			case !slices.Contains(known, string(key.id)):
				p.Report(x.at, "unknown finding %q", key.id).Hint = idHint(string(key.id), known)
			}
		}
	}
	for _, x := range s.attempts {
		if id := x.meant(known); id != "" {
			p.Report(x.at, "this comment suppresses nothing").Hint = "write # falcorules ignore:" + id
		}
	}
}

// idHint returns a hint about the text of an unknown ID, or "".
func idHint(text string, known []string) string {
	ids := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(";|/+", r) })
	switch {
	case slices.Contains(Categories(), Category(text)):
		return "this is a category: write the IDs of findings"
	case len(ids) > 1 && slices.Contains(known, ids[0]):
		return "separate IDs only by commas"
	}
	return suggest.Hint(text, slices.Values(known))
}

// meant returns the ID of the finding that a comment is meant to suppress, ID if it is meant
// to suppress an unknown one, or "" if it seems to be an ordinary sentence.
func (x attemptedSuppression) meant(known []string) string {
	id := strings.ToLower(x.id)
	if x.separator == "" && !strings.Contains(id, "-") {
		return "" // IDs such as value are ordinary words
	}
	if slices.Contains(known, id) {
		return id
	}
	if near := suggest.Nearest(id, slices.Values(known)); near != "" || x.name == "" || x.separator == "" {
		return near
	}
	return "ID"
}
