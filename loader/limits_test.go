package loader_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/loader"
)

// largeInput makes rules files of about that many bytes.
type largeInput func(size int) string

// fill repeats what item makes of 0, 1, 2 and so on.
func fill(first string, item func(i int) string) largeInput {
	return func(size int) string {
		var b strings.Builder
		b.WriteString(first)
		for i := 0; b.Len() < size; i++ {
			b.WriteString(item(i))
		}
		return b.String()
	}
}

// same is an item that is the same each time.
func same(item string) func(int) string { return func(int) string { return item } }

func ruleWith(i int, condition string) string {
	return fmt.Sprintf("- {rule: r%d, desc: d, output: o, priority: INFO, condition: '%s'}\n", i, condition)
}

// oneLine is an item with values on one line.
func oneLine(before string, value func(i int) string, after string) largeInput {
	return func(size int) string { return fill(before, value)(size) + after }
}

func listOf(items int) string {
	return "- list: l\n  items: [" + fill("", func(i int) string { return fmt.Sprintf("i%d, ", i) })(items*6) + "]\n"
}

// largeInputs are files for which memory or time grew far beyond their size.
var largeInputs = []struct {
	name string
	make largeInput
	// code is that of the first error, or empty.
	code diag.Code
	// most is how many MiB may be allocated for 256 KiB.
	most uint64
}{
	{"a list in many equal conditions", fill(listOf(20_000), func(i int) string { return ruleWith(i, "evt.type = open and proc.name in (l)") }), "", 1000},
	{"a list in many different conditions", fill(listOf(2000), func(i int) string { return ruleWith(i, fmt.Sprintf("evt.type = open and proc.aname[%d] in (l)", i)) }), loader.ErrValidate, 1500},
	{"a list many times in a condition", oneLine(listOf(2000)+"- rule: r\n  condition: evt.type = open", same(" and proc.name in (l)"), ""), loader.ErrYAMLValidate, 100},
	{"a list in many lists", fill("- list: l\n  items: ["+strings.Repeat("abc, ", 5000)+"]\n", func(i int) string { return fmt.Sprintf("- list: k%d\n  items: [l]\n", i) }), loader.ErrValidate, 800},
	{"lists of lists", fill("- list: l0\n  items: [a, b]\n", func(i int) string { return fmt.Sprintf("- list: l%d\n  items: [l%d, l%d]\n", i+1, i, i) }), "", 100},
	{"many lists in a condition", func(size int) string {
		return fill("", func(i int) string { return fmt.Sprintf("- {list: l%d, items: [a]}\n", i) })(size/2) +
			ruleWith(0, "proc.name in ("+fill("l", func(i int) string { return fmt.Sprintf(", l%d", i) })(size/2)+")")
	}, loader.ErrValidate, 1500},
	{"many lists with blanks in their names", fill("", func(i int) string {
		return fmt.Sprintf("- {list: 'a %d', items: [a]}\n", i) + ruleWith(i, "proc.name in (a)")
	}), "", 250},
	{"a macro of many checks in many rules", fill("- macro: m\n  condition: proc.name = x"+strings.Repeat(" or proc.name = y", 5000)+"\n", func(i int) string { return ruleWith(i, "m and evt.type = open") }), "", 100},
	{"a macro of many warnings in many rules", fill("- macro: m\n  condition: proc.name = x"+strings.Repeat(" or proc.name regex a", 2000)+"\n", func(i int) string { return ruleWith(i, "m and evt.type = open") }), "", 100},
	{"macros of macros", fill("- macro: m0\n  condition: evt.type = open\n", func(i int) string { return fmt.Sprintf("- macro: m%d\n  condition: m%d and m%d\n", i+1, i, i) }), loader.ErrValidate, 100},
	{"a chain of macros", fill("- macro: m0\n  condition: evt.type = open\n", func(i int) string {
		return fmt.Sprintf("- macro: m%d\n  condition: m%d and evt.type = open\n", i+1, i)
	}), loader.ErrValidate, 100},
	{"items with append", fill("- list: l\n  items: [a]\n", func(i int) string { return fmt.Sprintf("- {list: l, append: true, items: [b%d]}\n", i) }), "", 100},
	{"macros with append", fill("- macro: m\n  condition: evt.type = open\n", same("- {macro: m, append: true, condition: or evt.type = close}\n")), "", 100},
	{"conditions with append", fill(ruleWith(0, "evt.type = open"), same("- {rule: r0, append: true, condition: or evt.type = close}\n")), "", 100},
	{"outputs that are appended", fill(ruleWith(0, "evt.type = open"), same("- {rule: r0, output: '%evt.type', override: {output: append}}\n")), loader.ErrCompileOutput, 100},
	{"descriptions that are appended", fill(ruleWith(0, "evt.type = open"), same("- {rule: r0, desc: d, override: {desc: append}}\n")), "", 100},
	{"tags that are appended", fill(ruleWith(0, "evt.type = open"), func(i int) string { return fmt.Sprintf("- {rule: r0, tags: [t%d], override: {tags: append}}\n", i) }), "", 100},
	{"exceptions that are appended", fill(ruleWith(0, "evt.type = open"), func(i int) string {
		return fmt.Sprintf("- {rule: r0, exceptions: [{name: e%d, fields: [proc.name], values: [[a]]}], override: {exceptions: append}}\n", i)
	}), "", 100},
	{"exceptions with many fields", func(size int) string {
		row := strings.Repeat("a, ", size/400)
		return "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: evt.type = open\n  exceptions:\n  - name: e\n    fields: [" +
			strings.Repeat("proc.name, ", size/400) + "]\n    values:\n" + strings.Repeat("    - ["+row+"]\n", 133)
	}, loader.ErrValidate, 250},
	{"priorities that are replaced", fill(ruleWith(0, "evt.type = open"), same("- {rule: r0, priority: INFO, override: {priority: replace}}\n")), "", 100},
	{"misspelt fields", fill("", func(i int) string { return ruleWith(i, fmt.Sprintf("pr%s%d.name = x", strings.Repeat("o", 190), i)) }), loader.ErrCompileCondition, 100},
	{"misspelt macros", func(size int) string {
		macros := fill("", func(i int) string {
			return fmt.Sprintf("- {macro: m%s%d, condition: evt.type = open}\n", strings.Repeat("o", 190), i)
		})
		rules := fill("", func(i int) string { return ruleWith(i, fmt.Sprintf("n%s%d", strings.Repeat("o", 190), i)) })
		return macros(size/2) + rules(size/2)
	}, loader.ErrValidate, 100},
	{"misspelt keys", fill("- rule: r\n", func(i int) string { return fmt.Sprintf("  pr%s%d: x\n", strings.Repeat("o", 190), i) }), loader.ErrYAMLValidate, 30},
	{"items that are defined later", func(size int) string {
		return fill("", func(i int) string { return fmt.Sprintf("- {list: l%d, append: true, items: [a]}\n", i) })(size/2) +
			fill("", func(i int) string { return fmt.Sprintf("- {list: l%d, items: [a]}\n", i) })(size/2)
	}, loader.ErrValidate, 100},
	{"open brackets", fill("", same("[ ")), loader.ErrYAMLParse, 150},
	{"items that are not written", fill("", same("-\n")), loader.ErrYAMLParse, 100},
	{"rules", fill("", func(i int) string { return ruleWith(i, "evt.type = open and proc.name = x") }), "", 100},
}

// TestLargeInputs bounds what files take. They are small enough to be quick; what
// they take grows no faster than their size.
func TestLargeInputs(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	const size = 256 << 10
	options := loader.Options{Sources: all.Sources()}
	for _, tt := range largeInputs {
		t.Run(tt.name, func(t *testing.T) {
			data := tt.make(size)
			var set *loader.Ruleset
			got := allocated(func() { set, _ = loader.Load([]loader.File{{Name: "x.yaml", Data: []byte(data)}}, options) })
			code := diag.Code("")
			if len(set.Errors) > 0 {
				code = set.Errors[0].Code
			}
			if code != tt.code {
				t.Errorf("code %q, want %q: %v", code, tt.code, set.Errors)
			}
			if got > overhead*tt.most<<20 {
				t.Errorf("%d bytes allocated for %d, want at most %d MiB", got, len(data), overhead*tt.most)
			}
		})
	}
}

// allocated returns how many bytes are allocated while f runs.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// manyFiles are files that are compiled one after the other, each with what those
// before it brought.
var manyFiles = []struct {
	name string
	file func(i int) string
	// code is that of the first error, or empty.
	code diag.Code
	// most is how many MiB may be allocated for 500 files.
	most uint64
}{
	{"macros", func(i int) string { return fmt.Sprintf("- {macro: m%d, condition: evt.type = open}\n", i) }, "", 100},
	{"lists", func(i int) string { return fmt.Sprintf("- {list: l%d, items: [a]}\n", i) }, "", 100},
	{"rules", func(i int) string { return ruleWith(i, "evt.type = open") }, "", 100},
	{"rules with warnings", func(i int) string { return ruleWith(i, `proc.name = "proc.pname"`) }, "", 100},
	{"a list that is appended to", func(i int) string {
		if i == 0 {
			return "- {list: l, items: [a]}\n"
		}
		return fmt.Sprintf("- {list: l, items: [b%d], override: {items: append}}\n", i)
	}, "", 150},
	{"macros with mistakes", func(i int) string { return fmt.Sprintf("- {macro: m%d, condition: evt.type ==}\n", i) }, loader.ErrCompileCondition, 400},
	{"rules with mistakes", func(i int) string { return ruleWith(i, "proc.nme = a") }, loader.ErrCompileCondition, 400},
	{"a mistake in the first file", func(i int) string {
		if i == 0 {
			return "- {macro: m, condition: evt.type ==}\n"
		}
		return fmt.Sprintf("- {macro: m%d, condition: evt.type = open}\n", i)
	}, loader.ErrCompileCondition, 400},
	{"many warnings in the first file", func(i int) string {
		if i == 0 {
			return ruleWith(0, `evt.type = open and proc.name in (a`+strings.Repeat(`, "proc.pname"`, 3000)+")")
		}
		return fmt.Sprintf("- {macro: m%d, condition: evt.type = open}\n", i)
	}, "", 250},
}

// TestManyFiles bounds what many small files take, in a folder and in a ConfigMap.
func TestManyFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	const files = 500
	options := loader.Options{Sources: all.Sources(), Unwrap: true}
	for _, tt := range manyFiles {
		t.Run(tt.name, func(t *testing.T) {
			var folder []loader.File
			var wrapped strings.Builder
			wrapped.WriteString("apiVersion: v1\nkind: ConfigMap\ndata:\n")
			for i := range files {
				text := tt.file(i)
				folder = append(folder, loader.File{Name: fmt.Sprintf("%04d.yaml", i), Data: []byte(text)})
				fmt.Fprintf(&wrapped, "  %04d.yaml: |\n    %s", i, text)
			}
			for name, in := range map[string][]loader.File{"folder": folder, "ConfigMap": {{Name: "x.yaml", Data: []byte(wrapped.String())}}} {
				var set *loader.Ruleset
				got := allocated(func() { set, _ = loader.Load(in, options) })
				code := diag.Code("")
				if len(set.Errors) > 0 {
					code = set.Errors[0].Code
				}
				if code != tt.code || len(set.Results) != files {
					t.Errorf("%s: code %q of %d files, want %q of %d: %v", name, code, len(set.Results), tt.code, files, set.Errors)
				}
				if got > overhead*tt.most<<20 {
					t.Errorf("%s: %d bytes allocated, want at most %d MiB", name, got, tt.most)
				}
			}
		})
	}
}

// TestFilesInOrder shows that to compile only what a file adds says the same as to
// compile all again. A file that changes an item makes the loader do that.
func TestFilesInOrder(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	options := loader.Options{Sources: all.Sources()}
	pick := func(from ...string) string { return from[random.Intn(len(from))] }
	item := func() string {
		condition := pick("evt.type = open", "proc.name in (a)", "proc.name in (x, b, c)", "proc.name = d", "proc.name in (e f)", "proc.name = \"proc.pname\"", "m0", "m1", "m2 or m3")
		if random.Intn(2) == 0 {
			condition += " and " + pick("evt.type = open", "proc.pname in (b)", "m0")
		}
		switch random.Intn(6) {
		case 0, 1:
			return fmt.Sprintf("- {list: '%s', items: [%s, %s]}\n", pick("a", "b", "c", "d", "e f"), pick("x", "y z", "a", "b"), pick("x", "c", "d"))
		case 2, 3:
			return fmt.Sprintf("- {macro: m%d, condition: '%s'}\n", random.Intn(5), condition)
		}
		return ruleWith(random.Intn(5), condition)
	}
	for range samples.Of(1000) {
		var texts []string
		for range 2 + random.Intn(4) {
			text := ""
			for range 1 + random.Intn(3) {
				text += item()
			}
			texts = append(texts, text)
		}
		load := func(extra string) string {
			var files []loader.File
			for i, text := range texts {
				files = append(files, loader.File{Name: fmt.Sprintf("%d.yaml", i), Data: []byte(text + strings.ReplaceAll(extra, "#", fmt.Sprint(i)))})
			}
			set, _ := loader.Load(files, options)
			return said(set)
		}
		added, changed := load("- {list: extra#, items: []}\n"), load("- {list: extra, items: []}\n")
		if added != changed {
			t.Fatalf("files %q\nadded:\n%s\nchanged:\n%s", texts, added, changed)
		}
	}
}

// said returns what a ruleset says, but for what is about the extra lists.
func said(set *loader.Ruleset) string {
	var b strings.Builder
	say := func(lists ...diag.List) {
		for _, list := range lists {
			for _, d := range list {
				if !strings.Contains(d.Message, "extra") {
					fmt.Fprintf(&b, "%v %v\n", d, loader.FalcoContextOf(d).Locations)
				}
			}
		}
	}
	say(set.Errors, set.Warnings, set.Notices)
	for _, r := range set.Results {
		fmt.Fprintln(&b, r.Name, r.Successful())
		say(r.Errors, r.Warnings)
	}
	for _, r := range set.Rules {
		fmt.Fprintln(&b, r.Name, ast.Format(r.Compiled))
	}
	return b.String()
}

// TestFileLimits shows that Load refuses what is too large, wherever it comes from, and
// judges the other files.
func TestFileLimits(t *testing.T) {
	rule := loader.File{Name: "rule.yaml", Data: []byte(ruleWith(0, "evt.type = open"))}
	comment := func(size int) []byte { return bytes.Repeat([]byte("#"), size) }
	items := fill("", same("- {}\n"))
	wrapped := strings.Builder{}
	wrapped.WriteString("apiVersion: v1\nkind: ConfigMap\ndata:\n")
	for i := range 50_100 {
		fmt.Fprintf(&wrapped, " a%d.yaml: ''\n", i)
	}
	for _, tt := range []struct {
		name  string
		files []loader.File
		code  diag.Code
		want  string
	}{
		{"a file", []loader.File{{Name: "x.yaml", Data: comment(16<<20 + 1)}, rule}, loader.ErrFileRead, "the file has more than 16777216 bytes"},
		{"all files", append(slices.Repeat([]loader.File{{Name: "x.yaml", Data: comment(16 << 20)}}, 4), rule), loader.ErrFileRead, "the files so far have more than 67108864 bytes in total"},
		{"number of files", []loader.File{{Name: "x.yaml", Data: []byte(wrapped.String())}}, loader.ErrFileRead, "more than 49999 files"},
		{"items", []loader.File{{Name: "x.yaml", Data: []byte(items(1 << 20))}}, loader.ErrValidate, "more than 150000 items"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if testing.Short() && tt.name != "a file" {
				t.Skip("long")
			}
			set, _ := loader.Load(tt.files, loader.Options{Sources: all.Sources(), Unwrap: true})
			if len(set.Errors) == 0 || set.Errors[0].Code != tt.code || !strings.Contains(set.Errors[0].Message, tt.want) {
				t.Fatalf("errors %v, want %s: %s", set.Errors, tt.code, tt.want)
			}
			if n := len(set.Results); tt.name == "a file" && !set.Results[n-1].Successful() {
				t.Errorf("%s: %v", set.Results[n-1].Name, set.Results[n-1].Errors)
			}
		})
	}
}
