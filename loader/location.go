package loader

import (
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

// step returns Falco's location of a value.
func step(kind, name string, v rulesfile.Value) Location {
	at := v.Pos()
	if !at.IsValid() {
		at = diag.Pos{Line: 1, Column: 1}
	}
	return Location{Type: kind, Name: name, Content: v.File().Name(), Line: at.Line - 1, Column: at.Column - 1, Offset: at.Offset}
}

// under returns Falco's locations of a value inside another one.
func under(parent []Location, kind, name string, v rulesfile.Value) []Location {
	return append(parent[:len(parent):len(parent)], step(kind, name, v))
}

// oneLine puts a text on one line.
var oneLine = strings.NewReplacer("\n", " ", "\r", " ")

// inCondition returns the locations of a position in a condition; the zero Pos represents
// the condition as a whole. The parent ends with the item or the value that the condition
// is in.
func inCondition(parent []Location, condition string, at diag.Pos) []Location {
	const longest = 20
	name := condition
	if len(name) > longest {
		name = name[:longest-3] + "..."
	}
	last := parent[len(parent)-1]
	return append(parent[:len(parent):len(parent)], Location{
		Type: "condition expression", Content: `"` + oneLine.Replace(name) + `"`,
		Line: last.Line + at.Line, Column: last.Column + at.Column, Offset: last.Offset + at.Offset,
	})
}

// falcoSnippet returns what Falco shows of a position in a text: the line, or the part of it
// that is near, and a mark below.
func falcoSnippet(text string, offset int) string {
	const half = 80
	const none = "<No context available>\n"
	if text == "" {
		return none
	}
	at := max(0, min(offset, len(text)-1))
	for at > 0 && text[at] == '\n' {
		at--
	}
	from := at
	for from > 0 && text[from] != '\n' && at-from < half {
		from--
	}
	to := at
	for to < len(text)-1 && text[to] != '\n' && to-at < half {
		to++
	}
	if text[from] == '\n' {
		from++
	}
	if text[to] == '\n' {
		to--
	}
	if to < from {
		return none
	}
	line := text[from : to+1]
	if at-from >= half {
		line = "..." + line[min(3, len(line)):]
	}
	if to-at >= half {
		line = line[:len(line)-3] + "..."
	}
	return line + "\n" + strings.Repeat(" ", max(0, at-from)) + "^\n"
}
