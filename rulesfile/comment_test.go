package rulesfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/rulesfile"
)

// describe returns comments as text: head | line | foot.
func describe(c rulesfile.Comments) string {
	var out []string
	for _, list := range [][]rulesfile.Comment{c.Head, c.Line, c.Foot} {
		var texts []string
		for _, c := range list {
			texts = append(texts, strings.TrimPrefix(c.Text, "# "))
		}
		out = append(out, strings.Join(texts, ","))
	}
	return strings.Join(out, "|")
}

func TestComments(t *testing.T) {
	const text = `# file

# head 1
# head 2
- macro: m # name
  # condition
  condition: > # header
    a # text
    # text
  # foot of condition

  append: true
  # foot of append
# foot of m

# alone
  # indented
# list
- list: l
  items: # items
    # a
    - a # after a
    # end
  # after items
# end of file
`
	want := map[string]string{
		"macro m":    "head 1,head 2|name|foot of append,foot of m",
		".macro":     "|name|",
		".condition": "condition|header|foot of condition",
		".append":    "||foot of append",
		"list l":     "list||end,after items,end of file",
		".list":      "||",
		".items":     "|items,after a|end,after items",
	}
	for _, text := range []string{text, "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n")} {
		file := parse(t, text)
		got := map[string]string{}
		for item := range file.Items() {
			kind := item.Kind.String()
			got[kind+" "+item.Get(kind).Text()] = describe(item.Comments())
			if !item.HasComments() || item.Get(kind).HasComments() {
				t.Errorf("%s: HasComments is wrong", kind)
			}
			for p := range item.Pairs() {
				got["."+p.Key.Text()] = describe(p.Comments())
				for _, c := range p.Comments().Head {
					if at := c.Range; text[at.Start.Offset:at.End.Offset] != c.Text {
						t.Errorf("comment %q is at %q", c.Text, text[at.Start.Offset:at.End.Offset])
					}
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if n := len(file.Comments()); n != strings.Count(text, "#")-2 {
			t.Errorf("%d comments", n)
		}
		for _, c := range file.Comments() {
			line := text[:c.Range.Start.Offset]
			line = line[strings.LastIndexByte(line, '\n')+1:]
			if alone := strings.Trim(line, "\ufeff ") == ""; c.Alone != alone {
				t.Errorf("comment %q: Alone is %v", c.Text, c.Alone)
			}
			if at := c.Part(2, len(c.Text)); text[at.Start.Offset:at.End.Offset] != c.Text[2:] {
				t.Errorf("comment %q: Part returns %q", c.Text, text[at.Start.Offset:at.End.Offset])
			}
		}
	}
}
