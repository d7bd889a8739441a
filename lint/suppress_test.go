package lint_test

import (
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// TestSuppressions counts the findings about a list with a long name in it.
func TestSuppressions(t *testing.T) {
	const rule = "\n- rule: R\n  desc: d\n  condition: evt.type = execve and proc.name in (l)\n  output: o\n  priority: INFO\n"
	for _, test := range []struct {
		name, list string
		want       int
	}{
		{"none", "- list: l\n  items: [a-name-of-16-byt]\n", 1},
		{"behind the line", "- list: l\n  items: [a-name-of-16-byt] # falcorules ignore:comm-length\n", 0},
		{"with a reason and others", "- list: l\n  items: [a-name-of-16-byt] #falcorules  ignore:crlf,comm-length it is so\n", 0},
		{"above the line", "- list: l\n  # falcorules ignore:comm-length\n  items: [a-name-of-16-byt]\n", 0},
		{"above the line in a list", "- list: l\n  items:\n    # falcorules ignore:comm-length\n    - a-name-of-16-byt\n    - b-name-of-16-byt\n", 1},
		{"behind the key", "- list: l\n  items: # falcorules ignore:comm-length\n    - a-name-of-16-byt\n    - b-name-of-16-byt\n", 0},
		{"above the item", "# falcorules ignore:comm-length\n- list: l\n  items: [a-name-of-16-byt]\n", 0},
		{"behind the first line of the item", "- list: l # falcorules ignore:comm-length\n  items: [a-name-of-16-byt]\n", 1},
		{"above a blank line", "# falcorules ignore:comm-length\n\n- list: l\n  items: [a-name-of-16-byt]\n", 1},
		{"below", "- list: l\n  items: [a-name-of-16-byt]\n  # falcorules ignore:comm-length\n", 1},
		{"another finding", "- list: l\n  items: [a-name-of-16-byt] # falcorules ignore:crlf\n", 1},
		{"blanks in the list of IDs", "- list: l\n  items: [a-name-of-16-byt] # falcorules ignore: comm-length\n", 1},
		{"in a text", "- list: l\n  items: ['a-name-of-16-byt', '# falcorules ignore:comm-length']\n", 2},
		{"with other line ends", "- list: l\r\n  # falcorules ignore:comm-length\r\n  items: [a-name-of-16-byt]\r\n", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var analyzers []*lint.Analyzer
			for _, a := range lint.Default() {
				if a.ID == "comm-length" {
					analyzers = append(analyzers, a)
				}
			}
			found := findings(t, analyzers, loader.File{Name: "l.yaml", Data: []byte(test.list + rule)})
			if len(found) != test.want {
				t.Errorf("%d findings, want %d:\n%s", len(found), test.want, diag.Text(found, diag.TextOptions{}))
			}
		})
	}
}

// TestSuppressionsInside suppresses findings in files inside another one.
func TestSuppressionsInside(t *testing.T) {
	for name, text := range map[string]string{
		"a text":   "kind: ConfigMap\ndata:\n  r.yaml: |\n    # falcorules ignore:redefined\n    - list: l\n      items: [b]\n",
		"the YAML": "kind: Rulesfile\nspec:\n  inlineRules:\n    - list: l\n      items: [a]\n    # falcorules ignore:redefined\n    - list: l\n      items: [b]\n",
	} {
		t.Run(name, func(t *testing.T) {
			text = strings.Replace(text, "r.yaml: |\n", "r.yaml: |\n    - list: l\n      items: [a]\n", 1)
			set, err := loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(text)}}, loader.Options{Unwrap: true})
			if err != nil {
				t.Fatal(err)
			}
			if found := lint.Run(t.Context(), set, lint.Options{}); len(found) > 0 {
				t.Errorf("unexpected findings:\n%s", diag.Text(found, diag.TextOptions{}))
			}
			set, _ = loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(strings.Replace(text, "ignore:redefined", "", 1))}}, loader.Options{Unwrap: true})
			if found := lint.Run(t.Context(), set, lint.Options{}); len(found) != 1 {
				t.Errorf("got %v without the comment", found)
			}
		})
	}
}

// TestSuppressionsLimit has many comments, and many IDs in a comment.
func TestSuppressionsLimit(t *testing.T) {
	const list = "- list: l\n  items: [a]\n"
	const again = "# falcorules ignore:redefined\n" + list
	for _, test := range []struct {
		name, text string
		want       int
	}{
		{"other comments", strings.Repeat("# x\n", 10_001) + list + again, 0},
		{"many IDs", list + "# falcorules ignore:" + strings.Repeat("x,", 9_999) + "redefined\n" + list, 9_999},
		{"too many IDs", list + "# falcorules ignore:" + strings.Repeat("x,", 10_000) + "redefined\n" + list, 10_000},
		{"too many IDs before", list + "# falcorules ignore:" + strings.Repeat(",", 100_000) + "\n" + again, 10_000},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := findings(t, nil, loader.File{Name: "l.yaml", Data: []byte(test.text)})
			if len(found) != test.want {
				t.Errorf("%d findings, want %d", len(found), test.want)
			}
		})
	}
}

// TestSuppressionOfOthers suppresses findings of an analyzer that is not in Default.
func TestSuppressionOfOthers(t *testing.T) {
	set, err := loader.Load([]loader.File{{Name: "r.yaml", Data: []byte("# falcorules ignore:x\n" + twoRules)}}, loader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []lint.Level{lint.Info, lint.Off} {
		t.Run(level.String(), func(t *testing.T) {
			options := lint.Options{Analyzers: append(lint.Default(), everyRule("x", level))}
			for _, d := range lint.Run(t.Context(), set, options) {
				if d.Code == "unused-suppression" {
					t.Error(d)
				}
			}
		})
	}
}
