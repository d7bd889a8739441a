package lint

import (
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/rulesfile"
)

var lineLength = &Analyzer{
	ID:       "line-length",
	Category: Style,
	Level:    Off,
	Summary:  "A line is too long.",
	Options: []Option{{
		Name: "max", Doc: "The number of characters that a line can have.",
		Default: 130, // as for yamllint in the repository of Falco's rules
	}},
	Run: runLineLength,
}

func runLineLength(p *Pass) {
	for _, f := range p.Files() {
		limit := p.OptionIn(f.Root().Name(), "max").(int)
		outputs := linesOfOutputs(f)
		offset := 0
		for line := range strings.Lines(f.Text()) {
			text := strings.TrimRight(line, "\r\n")
			if n := utf8.RuneCountInString(text); n > limit && isBreakable(text) {
				if at := f.Range(offset, len(text)); !outputs[at.Start.Line] {
					p.Report(at, "the line has %d characters; the limit is %d", n, limit)
				}
			}
			offset += len(line)
		}
	}
}

// isBreakable reports whether a line has more than one word, as in yamllint, which accepts a
// long word after a dash or a #.
func isBreakable(line string) bool {
	line = strings.TrimLeft(line, " ")
	for _, mark := range []string{"- ", "# "} {
		line = strings.TrimPrefix(line, mark)
	}
	return strings.Contains(line, " ")
}

// linesOfOutputs returns the lines on which outputs are written. Falco's own rules have each
// of them in one line.
func linesOfOutputs(f *rulesfile.File) map[int]bool {
	lines := map[int]bool{}
	for item := range f.Items() {
		if output := item.Pair("output"); output.Key.Exists() {
			for n := output.Key.Range().Start.Line; n <= output.Value.Range().End.Line; n++ {
				lines[n] = true
			}
		}
	}
	return lines
}
