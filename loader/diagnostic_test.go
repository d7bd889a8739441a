package loader_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
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
		{"list where none belongs", "- list: l\n  items: [a, b]\n", "proc.name = l", "rule R; 2:12: expected and, or, or the end, found \",\" in list \"l\""},
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
		loader.ErrValidate: diag.Error, loader.WarnUnknownKey: diag.Warning, loader.NoticeValue: diag.Notice,
	} {
		if got := loader.SeverityOf(code); got != want {
			t.Errorf("%s is of severity %s, want %s", code, got, want)
		}
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

// TestOwnDiagnostics loads files with diagnostics that the caller made.
func TestOwnDiagnostics(t *testing.T) {
	skipped := &diag.Diagnostic{Severity: diag.Notice, Message: "not today", Range: diag.Range{File: "a.yaml"}}
	unread := &diag.Diagnostic{Code: loader.ErrFileRead, Message: "gone", Range: diag.Range{File: "b.yaml"}}
	set, err := loader.Load([]loader.File{{Name: "a.yaml", Skipped: skipped}, {Name: "b.yaml", Err: unread}}, allSources())
	if err == nil || len(set.Errors) != 1 || set.Errors[0].Message != "gone" || len(set.Notices) != 1 || set.Notices[0] != skipped {
		t.Errorf("got %v, %v", err, set.Notices)
	}
}
