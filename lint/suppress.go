package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
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
type suppressions map[suppressionKey][]*suppression

// suppressionKey is a file and the analyzer whose findings are suppressed there.
type suppressionKey struct {
	file string
	id   diag.Code
}

// suppressionsOf finds the suppressions in the files of a ruleset and of a configuration of
// Falco, which can be nil.
func suppressionsOf(set *loader.Ruleset, config *falcoconfig.Config) suppressions {
	found := suppressions{}
	seen := map[*rulesfile.File]bool{}
	for _, f := range set.Files() {
		for !f.HasText() {
			f = f.Parent()
		}
		if !seen[f] && strings.Contains(f.Text(), "ignore:") {
			found.add(f)
		}
		seen[f] = true
	}
	if config != nil {
		for _, name := range config.Files {
			if text := config.Text(name); strings.Contains(text, "ignore:") {
				f, _ := rulesfile.Parse(name, []byte(text))
				found.add(f)
			}
		}
	}
	return found
}

// add finds the suppressions of a file. One on a line of its own is about the next line
// that is not a comment.
func (s suppressions) add(f *rulesfile.File) {
	text := f.Text()
	var ends map[int]lineEnds
	count := 0
	for _, c := range yamlfile.Comments(text) {
		m := suppressed.FindStringSubmatchIndex(text[c.Start.Offset:c.End.Offset])
		if m == nil {
			continue
		}
		if ends == nil {
			ends = linesOf(f)
		}
		at := f.Range(c.Start.Offset, 1)
		first, own := at.Start.Line, isAlone(text, c.Start.Offset)
		if own {
			first += linesBelow(text[c.End.Offset:])
		}
		last := max(first, ends[first].pair)
		if own {
			last = max(last, ends[first].entry)
		}
		from, to := c.Start.Offset+m[2], c.Start.Offset+m[3]
		for id := range strings.SplitSeq(text[from:to], ",") {
			if count++; count > maxSuppressions {
				return
			}
			key := suppressionKey{at.File, diag.Code(id)}
			s[key] = append(s[key], &suppression{at: f.Range(from, len(id)), first: first, last: last})
			from += len(id) + 1
		}
	}
}

// isAlone reports whether the comment at an offset is on a line of its own.
func isAlone(text string, offset int) bool {
	line := strings.LastIndexAny(text[:offset], "\r\n") + 1
	return strings.Trim(text[line:offset], " \t") == ""
}

// linesBelow returns the number of lines from the end of a comment to the next line that
// is not a comment.
func linesBelow(rest string) int {
	n := 0
	for line := range strings.Lines(rest) {
		if n > 0 && !strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") {
			break
		}
		n++
	}
	return n
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

// suppress reports whether a finding is suppressed.
func (s suppressions) suppress(d *diag.Diagnostic) bool {
	line, found := d.Range.Start.Line, false
	for _, x := range s[suppressionKey{d.Range.File, d.Code}] {
		if x.first <= line && line <= x.last {
			x.used, found = true, true
		}
	}
	return found
}

// reportUnused reports the suppressions that suppressed nothing. Those of analyzers that
// did not run may be needed by another run.
func (s suppressions) reportUnused(p *Pass, all []*Analyzer, passes []*Pass) {
	ran := map[diag.Code]*Pass{}
	for _, p := range passes {
		ran[p.Analyzer.ID] = p
	}
	var known []string
	for _, a := range slices.Concat(analyzers, all) {
		known = append(known, string(a.ID))
	}
	for key, list := range s {
		for _, x := range list {
			switch {
			case x.used:
			case key.id == "":
				p.Report(x.at, "this comment suppresses nothing, because no ID follows the colon").
					Hint = "write the IDs right after it, separated only by commas"
			case ran[key.id] != nil && ran[key.id].LevelIn(key.file) != Off:
				p.Report(x.at, "there is no finding %s to suppress here", key.id)
			case !slices.Contains(known, string(key.id)):
				p.Report(x.at, "unknown finding %q", key.id).Hint = suggest.Hint(string(key.id), slices.Values(known))
			}
		}
	}
}
