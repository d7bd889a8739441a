package diag

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
)

// at returns a range in one line.
func at(file string, offset, line, column, length int) Range {
	return Range{file, Pos{offset, line, column}, Pos{offset + length, line, column + length}}
}

// lists are written to a golden file in each format.
var lists = []struct {
	name string
	list List
}{
	{"empty", nil},
	{"bare", List{
		{Code: "CODE", Message: "no file"},
		{Code: "CODE", Message: "about a file", Range: Range{File: "gone.yaml"}, Err: fs.ErrNotExist},
		{Code: "other-code", Severity: Notice, Message: "twice", Range: Range{File: "a.yaml"}},
		{Code: "other-code", Severity: Notice, Message: "twice", Range: Range{File: "a.yaml"}},
		{Message: "no code", Range: Range{Start: Pos{4, 1, 5}}},
	}},
	{"full", List{
		{
			Code: "ERR_FIELD", Message: "no field proc.nam", Hint: "did you mean proc.name?", Line: "  condition: proc.nam = x",
			Range: at("./rules/a.yaml", 40, 3, 14, 8), Within: []Item{{"rule", "R"}},
			Edits: []Edit{{at("./rules/a.yaml", 40, 3, 14, 8), "proc.name"}},
		},
		{
			Code: "WARN_UNUSED", Severity: Warning, Message: "used nowhere", Line: "- macro: m",
			Range: at("/etc/falco/b.yaml", 9, 1, 10, 1), Within: []Item{{"macro", "m"}, {"exception", "e"}},
			Related: []Related{{at("./rules/a.yaml", 0, 1, 1, 4), "the first one"}, {Range{}, "nowhere"}},
		},
		{
			Code: "several-lines", Severity: Notice, Message: "open", Line: "a: [b", Range: Range{"../c.yaml", Pos{3, 1, 4}, Pos{9, 3, 1}},
		},
		{Code: "ERR_FIELD", Message: "start alone", Line: "ä b", Range: Range{File: "d.yaml", Start: Pos{3, 1, 4}}},
	}},
	{"odd", List{
		{Code: "a:b,c%", Message: "100%: {a},\r\nb \xff\x1b[2J", Hint: "c\nd", Range: Range{File: "x,y:%\n\r\xff.yaml"}},
		{Code: "c", Message: "::error::", Line: "é \"<&>\" 𝒳\x00", Range: at("rules/Nächte & \"Tage\", 100%: 1.yaml", 0, 1, 4, 5), Within: []Item{{"rule", "\x1b\xff"}}},
		{Code: "c", Message: "behind the line", Line: "ab", Range: at("-", 9, 1, 40, 10)},
		{Code: "c", Message: "end before the start", Line: "ab", Range: Range{"-", Pos{1, 1, 2}, Pos{0, 1, 1}}},
	}},
}

// testFormat compares what a writer writes of each list with its golden file, and
// returns it to check, which returns what is in the golden file.
func testFormat(t *testing.T, format string, write func(io.Writer, List) error, check func(t *testing.T, list List, out []byte) string) {
	for _, l := range lists {
		t.Run(l.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b, l.list); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, filepath.Join("testdata", l.name+"."+format+".golden"), check(t, l.list, b.Bytes()))
		})
	}
}

// many returns thousands of diagnostics in a hundred files.
func many() List {
	var list List
	for i := range 9000 {
		list = append(list, &Diagnostic{
			Code: "CODE", Message: fmt.Sprintf("mistake %d", i%7), Line: strings.Repeat("ä", 50), Range: at(fmt.Sprintf("%d.yaml", i%100), 100*i, i+1, 5, 4),
		})
	}
	return list
}
