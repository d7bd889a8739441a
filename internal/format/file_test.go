package format

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/growth"
	"github.com/falcorules/falcorules/internal/proof"
	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/loader"
)

// testFile is a file, and what is expected of it if lines have 40 characters. An empty
// text is the file itself.
type testFile struct{ name, text, want string }

// run formats the file, also with other line endings.
func (f testFile) run(t *testing.T) {
	t.Run(f.name, func(t *testing.T) {
		for _, eol := range []string{"\n", "\r\n"} {
			text, want := strings.ReplaceAll(f.text, "\n", eol), strings.ReplaceAll(f.want, "\n", eol)
			if f.want == "" {
				want = text
			}
			checkFile(t, []byte(text), 40)
			got, err := File("rules.yaml", []byte(text), 40)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != want {
				t.Fatalf("got\n%s\nwant\n%s\n(%q)", got, want, got)
			}
		}
	})
}

// checkFile checks that File does not change its argument, nor anything when it is
// called again. It returns the formatted file.
func checkFile(t *testing.T, data []byte, width int) []byte {
	t.Helper()
	original := bytes.Clone(data)
	out, err := File("rules.yaml", data, width)
	if !bytes.Equal(data, original) {
		t.Fatal("the argument has changed")
	}
	if err != nil {
		if strings.Contains(err.Error(), differs) {
			t.Fatalf("%q: %v", data, err)
		}
		return data
	}
	again, err := File("rules.yaml", out, width)
	if err != nil || !bytes.Equal(again, out) {
		t.Errorf("%q becomes\n%q, and then\n%q, %v", data, out, again, err)
	}
	return out
}

func TestFile(t *testing.T) {
	for _, test := range []testFile{
		{"empty", "", ""},
		{"no rules", "a: {tags: [a,b]}\n---\n- name: x\n  tags: [a,b]\n  condition: a=b\n", ""},
		{"kinds of items", "- required_engine_version: 0.40.0\n  tags: [a,b]\n- a\n-\n- [x]\n", ""},
		{"several documents", "# a\n---\n- macro: m\n  condition: a=b # c\n...\n---\n- macro: n\n  condition: a=b\n",
			"# a\n---\n- macro: m\n  condition: a=b # c\n...\n---\n- macro: n\n  condition: a=b\n"},
		{"flow style", "- {macro: m, condition: a.b=c}\n---\n[{macro: m, condition: a.b=c}]\n", ""},
		{"aliases, anchors and tags", "- macro: m\n  condition: &c a.b=c\n- macro: n\n  condition: *c\n- macro: o\n  condition: !!str a.b=c\n", ""},
		{"nulls", "- macro: m\n  condition:\n- list: l\n  items: ~\n- list: l\n  items: []\n", ""},
		{"spaces around dashes and colons", "-   macro:   m\n    condition:   a.b=c\n", "-   macro:   m\n    condition: a.b = c\n"},
		{"indented documents", "  - macro: m\n    condition: >\n     a\n     and b\n", "  - macro: m\n    condition: >\n      a\n      and b\n"},
	} {
		test.run(t)
	}
}

func TestFileEncodings(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"byte order mark", "\xef\xbb\xbf- macro: m\n  condition: a.b=c\n", "\xef\xbb\xbf- macro: m\n  condition: a.b = c\n"},
		{"UTF-16 without conditions", "\xff\xfe-\x00 \x00l\x00:\x00 \x00x\x00", "\xff\xfe-\x00 \x00l\x00:\x00 \x00x\x00"},
		{"carriage returns", "- macro: m\r  condition:\r    a.b=c\r", "- macro: m\r  condition: a.b = c\r"},
		{"no line ending at the end", "- condition: a.b=c\n  macro: m", "- macro: m\n  condition: a.b = c"},
		{"not UTF-8", "- macro: m\n  condition: a.b = '\xff'  and c\n", "- macro: m\n  condition: a.b = '\xff'  and c\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := checkFile(t, []byte(tt.text), 40); string(got) != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFileErrors(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"YAML", "- a: [b\n- c: d\n", "rules.yaml:2:4: invalid YAML: "},
		{"UTF-16", "\xff\xfe" + strings.Join(strings.Split("- macro: m\n  condition: a.b=c\n", ""), "\x00") + "\x00", "rules.yaml cannot be edited: its encoding is not UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if out, err := File("rules.yaml", []byte(tt.text), 40); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %q, %v, want %s", out, err, tt.want)
			}
		})
	}
}

// TestFileMeaning formats rules files: Falco must read the result as it reads the file.
func TestFileMeaning(t *testing.T) {
	var paths []string
	for _, pattern := range []string{
		"../../examples/*/*.yaml", "../../examples/*/*/*.yaml", "../../*/testdata/*.yaml", "../../*/testdata/*/*.yaml",
		conformance.Dir(t) + "/official/*.yaml", conformance.Dir(t) + "/load-*/*.yaml", conformance.Dir(t) + "/psp/*.yaml",
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	if len(paths) < 50 {
		t.Fatalf("there are %d files", len(paths))
	}
	for i, path := range paths {
		if strings.HasPrefix(filepath.Base(filepath.Dir(path)), "load-") && i%samples.Every() != 0 {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			checkMeaning(t, data, checkFile(t, data, 100))
		})
	}
}

// checkMeaning checks that Falco reads two files in the same way.
func checkMeaning(t *testing.T, before, after []byte) {
	t.Helper()
	if bytes.Equal(before, after) {
		return
	}
	of := func(data []byte) []loader.File { return []loader.File{{Name: "rules.yaml", Data: data}} }
	options := loader.Options{Sources: all.Sources(), PluginVersions: loader.DefaultPluginVersions()}
	if err := proof.Files(of(before), of(after), options)[0]; err != nil {
		t.Errorf("%q becomes\n%q: %v", before, after, err)
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte("- rule: r\n  condition: a=b and c # d\n  desc: e\n  tags: [a,\n    b,]\n  override: {}\n  # f\n  output: >+\n    x\n\n"), 20)
	f.Add([]byte("- macro: m\r\n  # c\r\n  condition: |- # d\r\n     a and\r\n      b  \r\n\r\n  append: true\r\n- list: l\r\n  items:\r\n    [a, 'b']\r\n"), 10)
	f.Add([]byte("- override: &x {}\n  list: a\n  items: [a, # b\n  c]\n---\n- condition: \"a\n     and b\"\n  macro: x"), 30)
	f.Add([]byte("- condition:\n      not (a or b) and x in (a, b)\n  \n   # c\n  macro: x\n"), 30)
	f.Fuzz(func(t *testing.T, data []byte, width int) { checkFile(t, data, width) })
}

// TestFileGenerated formats files that are put together from parts.
func TestFileGenerated(t *testing.T) {
	for seed := range samples.Of(2000) {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			g := generator(uint32(seed)*2654435761 + 1)
			text := []byte(g.file())
			checkMeaning(t, text, checkFile(t, text, 40))
		})
	}
}

// TestFileGrowth formats long files.
func TestFileGrowth(t *testing.T) {
	for _, tt := range []struct{ name, start, repeated, end string }{
		{"operands", "- macro: m\n  condition: ", "a.b=c and ", "x\n"},
		{"nots", "- macro: m\n  condition: ", "not ", "x\n"},
		{"items of a condition", "- macro: m\n  condition: a.b in (", "abc,", "x)\n"},
		{"items of a list", "- list: l\n  items: [", "abc,", "x]\n"},
		{"macros", "", "- macro: m\n  condition: a.b=c\n", ""},
		{"keys", "- list: l\n", "  items: []\n  # a comment\n", "  desc: d\n"},
		{"comments", "- condition: >\n    a\n", "# a comment\n", "  macro: m\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			growth.Linear(t, 300, func(n int) {
				text := tt.start + strings.Repeat(tt.repeated, n) + tt.end
				if _, err := File("rules.yaml", []byte(text), 100); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// generator is the state of a generator of random numbers.
type generator uint32

// pick returns one of several texts.
func (g *generator) pick(texts ...string) string { return texts[g.number(len(texts))] }

// number returns a number below n.
func (g *generator) number(n int) int {
	*g ^= *g << 13
	*g ^= *g >> 17
	*g ^= *g << 5
	return int(*g>>7) % n
}

// file returns a rules file. Most of them load.
func (g *generator) file() string {
	var out strings.Builder
	out.WriteString(g.pick("", "# a comment\n", "---\n", "\ufeff"))
	for _, item := range [][]string{
		{"list: l1", "items: " + g.list()},
		{"macro: m1", "condition: " + g.scalar(g.condition("never_true"))},
		{"rule: r1", "desc: " + g.scalar("a text"), "condition: " + g.scalar(g.condition("m1")), "output: " + g.scalar("of %proc.name  and more"), "priority: INFO", "tags: " + g.list()},
		{"rule: r1", "condition: " + g.scalar(g.pick("and m1 and not proc.name in(l1,y)", "or proc.name in(l1)and(m1)")), "override: " + g.pick("{condition: append}", "\n    condition: append")},
	} {
		for i := range item { // shuffle
			j := i + g.number(len(item)-i)
			item[i], item[j] = item[j], item[i]
		}
		if g.number(4) == 0 {
			item = append(item, g.pick("exceptions:\n  - name: x\n    fields: proc.name\n    values: [a]", "extra: &x 1", "tags: [a]", "enabled: false", "append: true"))
		}
		for i, key := range item {
			above := "- "
			if i > 0 {
				above = g.pick("", "", "", "\n", "  # a comment\n", "    # an indented comment\n", "#\n") + "  "
			}
			out.WriteString(above + key + g.pick("", "", "", "  ", "\n") + "\n")
		}
		out.WriteString(g.pick("", "\n", "# between\n", "  # behind\n", "---\n"))
	}
	text := out.String()
	if g.number(3) == 0 {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if g.number(3) == 0 {
		text = strings.TrimRight(text, "\r\n")
	}
	return text
}

// condition returns a condition that uses a macro. Its lines are indented with %s.
func (g *generator) condition(macro string) string {
	if macro == "never_true" {
		macro = "evt.num=0"
	}
	return strings.ReplaceAll(g.pick("evt.type=open", "evt.type = open and not (proc.name in (a,l1, \"b c\") or M)", "evt.type=execve and M and proc.cmdline contains \"a  b\"",
		"evt.type in (open,openat)\n%sand\n\n%s  fd.name='x'\n", "evt.type=open or (proc.name=a and\n%sproc.pname=b)", "M", "evt.type=open and proc.name=#x", "(evt.type=open)and(M)",
		"proc.cmdline contains \"a #b: c\""), "M", macro)
}

// scalar returns a text as a scalar of some style.
func (g *generator) scalar(text string) string {
	indent := g.pick("    ", "      ")
	text = strings.ReplaceAll(text, "%s", indent)
	switch style := g.pick("plain", "plain", "below", "'", "\"", ">", "|", ">-", "|+", ">2", "> # c"); style {
	case "plain":
		return text + g.pick("", "  # behind")
	case "below":
		return "\n" + indent + text
	case "'":
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	case "\"":
		return "\"" + strings.NewReplacer("\\", "\\\\", "\"", "\\\"").Replace(text) + "\""
	default:
		return style + g.pick("\n", " \n", "\n\n") + indent + text
	}
}

func (g *generator) list() string {
	return g.pick("[a,b]", "[]", "[ a, 'b c',\n    x ]", "\n  - a\n  - b", "\n    [a,\n     b, # c\n     d,]", "[\n  aaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbb, ccccccccccccccc]", "[\n    a,\n    b\n  ]")
}
