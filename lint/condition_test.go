package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"
)

// load loads a rule of a source with some macros before it.
func load(t *testing.T, macros, source, condition string) *Condition {
	t.Helper()
	text := macros + "- rule: R\n  desc: d\n  source: " + source + "\n  condition: >\n    " + condition + "\n  output: o\n  priority: INFO\n"
	set, err := loader.Load([]loader.File{{Name: "r.yaml", Data: []byte(text)}}, loader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return conditionsOf(set)[0]
}

// outline shows a branch: its literals, and its choices in braces.
func outline(b *Branch) string {
	var parts []string
	for _, l := range b.Literals {
		text := ast.String(l.Check)
		if l.Negated {
			text = "!" + text
		}
		parts = append(parts, text)
	}
	for _, c := range b.Choices {
		var branches []string
		for _, inner := range c.Branches {
			branches = append(branches, outline(inner))
		}
		parts = append(parts, "{"+strings.Join(branches, " | ")+"}")
	}
	return strings.Join(parts, " & ")
}

func TestCondition(t *testing.T) {
	macros := "- macro: ab\n  condition: fd.name = a or fd.name = b\n- macro: cd\n  condition: fd.name = c and fd.name = d\n"
	for _, test := range []struct{ condition, want string }{
		{"evt.type = open", "evt.type = open"},
		{"evt.type = open and fd.name = a", "evt.type = open & fd.name = a"},
		{"evt.type = open and (fd.name = a or fd.name = b)", "evt.type = open & {fd.name = a | fd.name = b}"},
		{"evt.type = open and not (fd.name = a or fd.name = b)", "evt.type = open & !fd.name = a & !fd.name = b"},
		{"evt.type = open and not (fd.name = a and not fd.name = b)", "evt.type = open & {!fd.name = a | fd.name = b}"},
		{"evt.type = open and ab and not cd", "evt.type = open & {fd.name = a | fd.name = b} & {!fd.name = c | !fd.name = d}"},
		{"evt.type = open or (evt.type = close and ab) or not cd or ab", "{evt.type = open | evt.type = close & {fd.name = a | fd.name = b} | !fd.name = c | !fd.name = d | fd.name = a | fd.name = b}"},
		{"not (evt.type = open and not (ab or cd))", "{!evt.type = open | fd.name = a | fd.name = b | fd.name = c & fd.name = d}"},
	} {
		t.Run(subtest.Name(test.condition), func(t *testing.T) {
			c := load(t, macros, "syscall", test.condition)
			if diff := cmp.Diff(test.want, outline(c.Root)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrigin(t *testing.T) {
	c := load(t, "- list: l\n  items: [x, y]\n- macro: inner\n  condition: fd.name = a\n- macro: outer\n  condition: inner and proc.name in (z, l)\n", "syscall", "evt.type = open and not outer")
	var got []string
	for l := range c.Literals() {
		o := l.Origin()
		var line strings.Builder
		line.WriteString(fmt.Sprintf("%s at %s", ast.String(l.Check), o.Range))
		for _, m := range o.Macros {
			line.WriteString(fmt.Sprintf(" in %s used at %s", m.Macro.Name, m.At))
		}
		for _, v := range l.Check.Values() {
			if o := l.OriginOf(v); o.List != nil {
				line.WriteString(fmt.Sprintf(", %s at %s from %s", v.Text, o.Range, o.List.Name))
			}
		}
		got = append(got, line.String())
	}
	want := []string{
		"evt.type = open at r.yaml:11:5",
		"fd.name = a at r.yaml:4:14 in outer used at r.yaml:11:29 in inner used at r.yaml:6:14",
		"proc.name in (z, x, y) at r.yaml:6:24 in outer used at r.yaml:11:29, x at r.yaml:2:11 from l, y at r.yaml:2:14 from l",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRequires(t *testing.T) {
	isName := func(l *Literal) bool { return l.Operand == "fd.name" && !l.Negated }
	for _, test := range []struct {
		condition string
		want      bool
	}{
		{"evt.type = open and fd.name = a", true},
		{"evt.type = open and not fd.name = a", false},
		{"evt.type = open and (fd.name = a or fd.name = b)", true},
		{"evt.type = open and (fd.name = a or proc.name = b)", false},
		{"evt.type = open and (proc.name = b or (fd.name = a and proc.name = c))", false},
		{"evt.type = open and not (fd.name != a and not fd.name = b)", false},
	} {
		t.Run(subtest.Name(test.condition), func(t *testing.T) {
			if got := load(t, "", "syscall", test.condition).Root.Requires(isName); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestEvents(t *testing.T) {
	c := load(t, "", "syscall", "evt.type in (open, openat, unlink) and (fd.name = a or (evt.type = unlink and proc.name = b) or not evt.type in (open))")
	var got [][]string
	for b := range c.AllBranches() {
		var names []string
		for _, e := range syscall.EventTypes() {
			if !e.Generic && b.Events().Has(e.Name) {
				names = append(names, e.Name)
			}
		}
		got = append(got, names)
	}
	want := [][]string{{"open", "openat", "unlink"}, {"open", "openat", "unlink"}, {"unlink"}, {"openat", "unlink"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSingleValued(t *testing.T) {
	for operand, want := range map[string]bool{
		"proc.name = a": true, "proc.aname = a": false, "proc.aname[2] = a": true, "fd.name = a": true, "fd.ip = 1.2.3.4": false, "fd.port = 1": false,
		"fd.sport = 1": true, "fd.sip.name = a": false, "toupper(proc.name) = A": false,
	} {
		t.Run(operand, func(t *testing.T) {
			for l := range load(t, "", "syscall", "evt.type = open and "+operand).Literals() {
				if l.Operand != "evt.type" && l.SingleValued() != want {
					t.Errorf("got %t", !want)
				}
			}
		})
	}
	for l := range load(t, "", "k8s_audit", "ka.req.pod.volumes.hostpath intersects (/proc)").Literals() {
		if l.SingleValued() {
			t.Error("a list is not single-valued")
		}
	}
}

// TestLimits leaves out conditions that are too large.
func TestLimits(t *testing.T) {
	rule := func(name string, checks int) string {
		return "- rule: " + name + "\n  desc: d\n  condition: evt.type = open and (" + strings.Repeat("fd.num = 1 or ", checks-2) + "fd.num = 2)\n  output: o\n  priority: INFO\n"
	}
	set, err := loader.Load([]loader.File{{Name: "r.yaml", Data: []byte(rule("small", 10) + rule("large", maxLiterals+1) + rule("largest", maxLiterals))}}, loader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range conditionsOf(set) {
		got = append(got, c.Rule.Name)
	}
	if !slices.Equal(got, []string{"small", "largest"}) {
		t.Errorf("got %q", got)
	}
}
