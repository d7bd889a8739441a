package loader_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"

	"os"
	"slices"
)

// TestRanges puts a mistake into all ways to write a condition, and checks that the
// range of the message is exactly what is written for it.
func TestRanges(t *testing.T) {
	for _, test := range []struct{ name, before, condition, want string }{
		{"plain", "", "ka.verb exists and ka.user.groups = a", "ka.user.groups = a"},
		{"field", "", "ka.vreb exists", "ka.vreb"},
		{"byte order mark", "\ufeff", "ka.user.groups = a", "ka.user.groups = a"},
		{"behind other characters", "", "ka.verb = ä𝒳 and ka.user.groups = ä", "ka.user.groups = ä"},
		{"single quotes", "", "'ka.verb = ''a'' and ka.user.groups = ''b'''", "ka.user.groups = ''b''"},
		{"escapes", "", `"ka.verb = \"a\" and ka.user.groups = \u00e4\xe4"`, `ka.user.groups = \u00e4\xe4`},
		{"literal", "", "|\n    ka.verb exists and\n    ka.user.groups = a\n", "ka.user.groups = a"},
		{"folded over lines", "", ">-\n    ka.verb exists and ka.user.groups\n    = a\n", "ka.user.groups\n    = a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := test.before + "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  source: k8s_audit\n  condition: " + test.condition + "\n"
			set, err := loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(text)}}, allSources())
			if err == nil {
				t.Fatal("the rules load")
			}
			checkRanges(t, []byte(text), set.Diagnostics())
			r := set.Errors[0].Range
			if got := text[r.Start.Offset:max(r.Start.Offset, r.End.Offset)]; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestWithin checks which item a message names if the mistake is in what a rule uses.
func TestWithin(t *testing.T) {
	const rule = "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n  condition: evt.type = open and %s\n"
	const list = "- list: l\n  items: [0, x]\n"
	for _, test := range []struct{ name, before, condition, want string }{
		{"rule", "", "fd.num in (x)", "rule R"},
		{"macro", "- macro: m\n  condition: fd.num = x\n", "m", "macro m; 3:9: used by rule \"R\""},
		{"list", list, "fd.num in (l)", "list l; 7:45: used by rule \"R\""},
		{"list of a list", list + "- list: k\n  items: [l]\n", "fd.num in (k)", "list l; 9:45: used by rule \"R\""},
		{"list in a macro", list + "- macro: m\n  condition: fd.num in (l)\n", "m", "list l; 4:25: used by macro \"m\"; 5:9: used by rule \"R\""},
		{"list where none belongs", "- list: l\n  items: [a, b]\n", "proc.name = l", "rule R; 2:12: expected \"and\", \"or\" or the end, found \",\" in list \"l\""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := test.before + fmt.Sprintf(rule, test.condition)
			_, err := loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(text)}}, allSources())
			var list diag.List
			if !errors.As(err, &list) {
				t.Fatalf("got %v", err)
			}
			d := list[0]
			got := d.Within[0].Kind + " " + d.Within[0].Name
			for _, r := range d.Related {
				got += "; " + strings.TrimPrefix(r.Range.String(), "f.yaml:") + ": " + r.Message
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, d)
			}
		})
	}
}

func TestSeverityOf(t *testing.T) {
	for code, want := range map[diag.Code]diag.Severity{
		loader.ErrValidate: diag.Error, loader.WarnUnknownKey: diag.Warning, loader.NoticeSkipped: diag.Notice,
	} {
		t.Run(string(code), func(t *testing.T) {
			if got := loader.SeverityOf(code); got != want {
				t.Errorf("%s is of severity %s, want %s", code, got, want)
			}
		})
	}
	if loader.Describe("no-such-code") != "" {
		t.Error("an unknown code has a description")
	}
}

// TestForeignDiagnostic asks for what Falco says of a diagnostic of another package.
func TestForeignDiagnostic(t *testing.T) {
	d := &diag.Diagnostic{Message: "m", Range: diag.Range{File: "a"}, Extra: 1}
	if c := loader.FalcoContextOf(d); c.Locations != nil || loader.InputOf(d) != "a" {
		t.Errorf("got %+v", c)
	}
}

// TestOwnDiagnostics loads files with diagnostics that the caller made, twice at the
// same time. It does not change them.
func TestOwnDiagnostics(t *testing.T) {
	skipped := diag.Diagnostic{Severity: diag.Notice, Message: "not today", Range: diag.Range{File: "a.yaml"}}
	unread := diag.Diagnostic{Code: loader.ErrFileRead, Message: "gone", Range: diag.Range{File: "b.yaml"}}
	gotSkipped, gotUnread := skipped, unread
	files := []loader.File{{Name: "a.yaml", Skipped: &gotSkipped}, {Name: "b.yaml", Err: &gotUnread}, {Name: "a.yaml", Data: []byte("[]")}}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			set, err := loader.Load(files, allSources())
			if err == nil || len(set.Errors) != 1 || set.Errors[0].Message != "gone" || len(set.Notices) != 1 || set.Notices[0].Message != "not today" {
				t.Errorf("got %v, %v", err, set.Notices)
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff([]diag.Diagnostic{skipped, unread}, []diag.Diagnostic{gotSkipped, gotUnread}); diff != "" {
		t.Errorf("changed (-before +after):\n%s", diff)
	}
}

// TestDiagnosticsPage looks that the page about codes has each.
func TestDiagnosticsPage(t *testing.T) {
	page, err := os.ReadFile("../docs/diagnostics.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.SplitSeq(string(page), "\n") {
		if code, ok := strings.CutPrefix(line, "### "); ok {
			got = append(got, code)
			if loader.Describe(diag.Code(code)) == "" {
				t.Errorf("%s has no description", code)
			}
		}
	}
	var want []string
	for _, code := range loader.Codes() {
		want = append(want, string(code))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-codes +page):\n%s", diff)
	}
}

// TestAsFalco has what Falco decides in ways that do not show in its language.
func TestAsFalco(t *testing.T) {
	skip := "  skip-if-unknown-filter: true\n"
	bad := fmt.Sprintf(syscallRule, "a", "ka.verb = get") + skip
	for _, test := range []struct{ name, yaml, want string }{
		{"a skipped rule, and one like it", bad + fmt.Sprintf(syscallRule, "b", "ka.verb = get"), "LOAD_ERR_COMPILE_CONDITION rules content/rule b/rule condition/condition expression"},
		{"two skipped rules alike", bad + fmt.Sprintf(syscallRule, "b", "ka.verb = get") + skip, "LOAD_UNKNOWN_FILTER LOAD_UNKNOWN_FILTER"},
		{"a blank behind a field", fmt.Sprintf(syscallRule, "r", "evt.type = open") + "  exceptions: [{name: e, fields: ['proc.name ']}]\n", "LOAD_ERR_VALIDATE rules content/rule r/exception e"},
		{"an unknown argument", fmt.Sprintf(syscallRule, "r", "evt.type = open") + "  exceptions: [{name: e, fields: [evt.arg.nosuch]}]\n", "LOAD_ERR_VALIDATE rules content"},
		{"a condition for a field", fmt.Sprintf(syscallRule, "r", "evt.type = open") + "  exceptions: [{name: e, fields: [not tolower(proc.name)]}]\n", ""},
		{"an empty text first in a cell", fmt.Sprintf(syscallRule, "r", "evt.type = open") + "  exceptions: [{name: e, fields: [proc.name], comps: [in], values: [[[~, a]]]}]\n", ""},
		{"a blank behind a number", fmt.Sprintf(syscallRule, "r", "evt.type = open") + "  capture_duration: '5 '\n- required_engine_version: +26\n", ""},
		{"a list named in no UTF-8", "- list: caf\xe9\n  items: [a]\n- macro: m\n  condition: fd.name in (caf\xe9)\n" + fmt.Sprintf(syscallRule, "r", "evt.type = open and m"), "LOAD_INVALID_LIST_NAME"},
		{"a deprecated field in a list", fmt.Sprintf(syscallRule, "r", "evt.type = open and join(',', (proc.name, evt.dir)) = a"), ""},
		{"a deprecated field", fmt.Sprintf(syscallRule, "r", "evt.type = open and concat(proc.name, evt.dir) = a"), "LOAD_DEPRECATED_ITEM"},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := loader.Load(files(test.yaml), allSources())
			var got []string
			for _, d := range set.Results[0].Warnings {
				got = append(got, string(d.Code))
			}
			if err != nil {
				d := set.Results[0].Errors[0]
				var chain []string
				for _, l := range loader.FalcoContextOf(d).Locations {
					chain = append(chain, strings.TrimSpace(l.Type+" "+l.Name))
				}
				got = []string{string(d.Code), strings.Join(chain, "/")}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%s: got %q, want %q", test.name, strings.Join(got, " "), test.want)
			}
		})
	}
}
