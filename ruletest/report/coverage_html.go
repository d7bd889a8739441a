package report

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/ruletest/coverage"
)

//go:embed coverage.html.tmpl
var coverageTemplate string

// CoverageHTML writes a self-contained page with the rules files, in which the checks are
// coloured by their coverage. It has no scripts.
func CoverageHTML(w io.Writer, c *coverage.Report) error {
	t, err := template.New("coverage").Parse(coverageTemplate)
	if err != nil {
		return err
	}
	page := htmlPage{htmlRatio: ratioOf(coverage.OutcomesOf(c.Checks)), Fired: firedOf(c.Rules)}
	for i, f := range coveredFiles(c) {
		page.Files = append(page.Files, fileOf(f, i+1))
	}
	var b strings.Builder
	if err := t.Execute(&b, page); err != nil {
		return err
	}
	_, err = io.WriteString(w, quote.Lines(b.String()))
	return err
}

type htmlPage struct {
	htmlRatio
	Fired string
	Files []htmlFile
}

type htmlRatio struct {
	coverage.Ratio
	Percent, Outcomes, Shade string
	Width                    int
}

type htmlFile struct {
	htmlRatio
	ID, Name                 string
	RulesFired, RulesEnabled int
	Checks                   int
	Rules                    []htmlRule
	Missing                  []htmlMissing
	Few                      bool
	Lines                    []htmlLine
}

type htmlRule struct {
	htmlRatio
	Name                     string
	Line                     int
	Enabled, Fired, NotFired bool
}

type htmlMissing struct {
	Line              int
	Class, What, Text string
}

// htmlLine is a line of a file. Its class is the class of its least covered check. The badge of
// a rule says what is missing.
type htmlLine struct {
	Number                   int
	Class, Badge, BadgeClass string
	Pieces                   []htmlPiece
}

type htmlPiece struct{ Text, Class, Title string }

// few is the largest list of missing outcomes that is shown open.
const few = 40

func ratioOf(s coverage.Ratio) htmlRatio {
	shade := ""
	switch p := s.Percent(); {
	case p < 60:
		shade = "poor"
	case p < 90:
		shade = "fair"
	}
	return htmlRatio{s, percent(s), outcomes(s), shade, int(s.Percent())}
}

func fileOf(f *coveredFile, number int) htmlFile {
	out := htmlFile{htmlRatio: ratioOf(f.ratio()), ID: fmt.Sprintf("f%d", number), Name: f.name, Checks: len(f.checks)}
	badges := map[int]*coverage.Rule{}
	for _, r := range f.rules {
		rule := htmlRule{ratioOf(coverage.OutcomesOf(r.Checks)), r.Name, r.Position.Start.Line, r.Enabled, r.Fired, r.NotFired}
		if r.Enabled {
			out.RulesEnabled++
		} else {
			rule.Shade = "off"
		}
		if r.Fired {
			out.RulesFired++
		}
		out.Rules = append(out.Rules, rule)
		badges[r.Position.Start.Line] = r
	}
	for _, c := range f.checks {
		if what := missingOfCheck(c); what != "" {
			out.Missing = append(out.Missing, htmlMissing{c.Position.Start.Line, classOf(c), what, short(c.Text)})
		}
	}
	out.Few = len(out.Missing) <= few
	out.Lines = linesOf(f)
	for i := range out.Lines {
		if r := badges[i+1]; r != nil {
			out.Lines[i].Badge, out.Lines[i].BadgeClass = badgeOf(r)
		}
	}
	return out
}

func badgeOf(r *coverage.Rule) (text, class string) {
	ratio := ratioOf(coverage.OutcomesOf(r.Checks))
	switch missing := missingOf(r); {
	case !r.Enabled:
		return "disabled", "off"
	case missing != "" && ratio.Total == 0:
		return missing, "bad"
	case ratio.Total == 0:
		return "", ""
	case missing != "":
		return ratio.Percent + ", " + missing, "bad"
	}
	return ratio.Percent, cmp.Or(ratio.Shade, "ok")
}

// classOf returns the CSS class of a check: both, true, false or none covered.
func classOf(c *coverage.Check) string {
	switch {
	case c.True && c.False:
		return "b"
	case c.True:
		return "t"
	case c.False:
		return "f"
	}
	return "n"
}

// linesOf returns the lines of a file, split into pieces at the checks.
func linesOf(f *coveredFile) []htmlLine {
	texts := strings.Split(strings.TrimSuffix(f.text, "\n"), "\n")
	lines := make([]htmlLine, len(texts))
	done := make([]int, len(texts)) // how much of each line is in its pieces
	for _, c := range leastCovered(f.checks) {
		for n := c.Position.Start.Line; n >= 1 && n <= len(texts); n++ {
			from, to := columnsOf(c, n, texts[n-1])
			if from = max(from, done[n-1]); from < to {
				line := &lines[n-1]
				line.add(texts[n-1][done[n-1]:from], nil)
				line.add(texts[n-1][from:to], c)
				done[n-1] = to
			}
			if n >= c.Position.End.Line {
				break
			}
		}
	}
	for i := range lines {
		lines[i].Number = i + 1
		lines[i].add(texts[i][done[i]:], nil)
	}
	return lines
}

// leastCovered returns the least covered check at each position: conditions that share a
// YAML anchor have checks at the same positions.
func leastCovered(checks []*coverage.Check) []*coverage.Check {
	var out []*coverage.Check
	for _, c := range checks { // in the order of positions
		switch n := len(out); {
		case n == 0 || out[n-1].Position != c.Position:
			out = append(out, c)
		case rankOf(c) > rankOf(out[n-1]):
			out[n-1] = c
		}
	}
	return out
}

// columnsOf returns the part of a line that a check takes up, without surrounding blanks.
// If the end of the check is unknown, it is one word.
func columnsOf(c *coverage.Check, n int, text string) (from, to int) {
	to = len(strings.TrimRight(text, " \t\r"))
	from = len(text) - len(strings.TrimLeft(text, " \t"))
	if n == c.Position.Start.Line {
		from = min(c.Position.Start.Column-1, to)
	}
	switch {
	case c.Position.End.Line == 0:
		if end := strings.IndexAny(text[from:to], " \t,])}"); end >= 0 {
			to = from + max(end, 1)
		}
	case n == c.Position.End.Line:
		to = min(max(c.Position.End.Column-1, from), to)
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return from, to
}

// add adds a piece of text, which is a check unless c is nil.
func (l *htmlLine) add(text string, c *coverage.Check) {
	switch {
	case c != nil:
		class := classOf(c)
		title := "true and false covered"
		if missing := missingOfCheck(c); missing != "" {
			title = missing
		}
		l.Pieces = append(l.Pieces, htmlPiece{text, class, title})
		if worse := strings.ToUpper(class); rank(worse) > rank(l.Class) {
			l.Class = worse
		}
	case text != "":
		l.Pieces = append(l.Pieces, htmlPiece{Text: text})
	}
}

// rank orders the classes of lines by how much is missing.
func rank(class string) int { return strings.Index("BFTN", class) + len(class) }

func rankOf(c *coverage.Check) int { return rank(strings.ToUpper(classOf(c))) }
