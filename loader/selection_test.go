package loader_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"
)

func TestMatchWildcard(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		yes, no []string
	}{
		{"", []string{""}, []string{"a"}},
		{"a", []string{"a"}, []string{"", "b", "aa", "A"}},
		{"*", []string{"", "a", "*"}, nil},
		{"***", []string{"", "a"}, nil},
		{"a*", []string{"a", "ab", "a*"}, []string{"", "ba"}},
		{"*a", []string{"a", "ba"}, []string{"", "ab", "aa", "aba"}}, // the first a must be the last letter
		{"*a*", []string{"a", "bab", "aa"}, []string{"", "b"}},
		{"a*b", []string{"ab", "axb"}, []string{"a", "b", "abb", "axbxb"}},
		{"a**b", []string{"ab", "axb"}, []string{"abb"}},
		{"a*b*c", []string{"abc", "axbbc"}, []string{"abcc", "acb"}},
		{"*.yaml", []string{"x.yaml", "/a/x.yaml"}, []string{"x.yaml.yaml", "/a.yaml/x.yaml", "x.yml"}},
		{"?", []string{"?"}, []string{"a"}},
	} {
		t.Run(subtest.Name(tt.pattern), func(t *testing.T) {
			for _, text := range tt.yes {
				if !loader.MatchWildcard(tt.pattern, text) {
					t.Errorf("%q does not match", text)
				}
			}
			for _, text := range tt.no {
				if loader.MatchWildcard(tt.pattern, text) {
					t.Errorf("%q matches", text)
				}
			}
		})
	}
}

// selectable are rules in order, some of them disabled.
const selectable = `
- rule: a
  desc: d
  condition: evt.type = open
  output: o
  priority: ERROR
  tags: [x]
- rule: b
  desc: d
  condition: evt.type = open
  output: o
  priority: NOTICE
  tags: [x, y]
- rule: c
  desc: d
  condition: evt.type = open
  output: o
  priority: DEBUG
  enabled: false
- rule: bb
  desc: d
  condition: evt.type = open
  output: o
  priority: WARNING
  tags: [y]
`

func TestSelection(t *testing.T) {
	on := func(rule, tag string) loader.Switch { return loader.Switch{Enable: true, Rule: rule, Tag: tag} }
	off := func(rule, tag string) loader.Switch { return loader.Switch{Rule: rule, Tag: tag} }
	for _, tt := range []struct {
		name     string
		priority eval.Priority
		switches []loader.Switch
		want     string
	}{
		{"nothing", eval.PriorityDebug, nil, "a b bb"},
		{"priority", eval.PriorityWarning, nil, "a bb"},
		{"priority is final", eval.PriorityWarning, []loader.Switch{on("*", "")}, "a bb"},
		{"enable", eval.PriorityDebug, []loader.Switch{on("c", "")}, "a b bb c"},
		{"enable again", eval.PriorityDebug, []loader.Switch{on("b*", "")}, "a b bb"},
		{"disable", eval.PriorityDebug, []loader.Switch{off("b*", "")}, "a"},
		{"disable by tag", eval.PriorityDebug, []loader.Switch{off("", "x")}, "bb"},
		{"tag has no wildcard", eval.PriorityDebug, []loader.Switch{off("", "*")}, "a b bb"},
		{"rule and tag", eval.PriorityDebug, []loader.Switch{off("a", "y")}, ""},
		{"last again", eval.PriorityDebug, []loader.Switch{off("a", ""), on("a", "")}, "b bb a"},
		{"several again", eval.PriorityDebug, []loader.Switch{off("*", ""), on("*", "")}, "a b c bb"},
		{"name before tag", eval.PriorityDebug, []loader.Switch{off("*", ""), on("bb", "x")}, "bb a b"},
		{"overruled", eval.PriorityDebug, []loader.Switch{on("c", ""), off("*", "")}, ""},
		{"unknown", eval.PriorityDebug, []loader.Switch{on("z", "z"), off("z", "z")}, "a b bb"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := loader.Load([]loader.File{{Name: "a.yaml", Data: []byte(selectable)}}, loader.Options{
				Selection: &loader.Selection{Priority: tt.priority, Switches: tt.switches},
			})
			if err != nil {
				t.Fatal(err)
			}
			var enabled []string
			for _, r := range set.Engine.Rules() {
				if !r.Disabled {
					enabled = append(enabled, r.Name)
				}
			}
			if got := strings.Join(enabled, " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(set.Engine.Rules()) != 4 || len(set.Rules) != 4 || !set.Rule("a").Enabled || set.Rule("c").Enabled {
				t.Error("the rules changed")
			}
		})
	}
}

// FuzzMatchWildcard compares with matchSlowly.
func FuzzMatchWildcard(f *testing.F) {
	f.Add("a*b*c", "axbbc")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 100 || len(text) > 100 {
			t.Skip("long")
		}
		if got, want := loader.MatchWildcard(pattern, text), matchSlowly(pattern, text); got != want {
			t.Errorf("MatchWildcard(%q, %q) = %v", pattern, text, got)
		}
	})
}

// matchSlowly is MatchWildcard on a pattern that is split at all stars first.
func matchSlowly(pattern, text string) bool {
	literals := strings.Split(pattern, "*")
	if len(literals) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, literals[0]) {
		return false
	}
	text = text[len(literals[0]):]
	rest := slices.DeleteFunc(literals[1:], func(s string) bool { return s == "" })
	for _, literal := range rest {
		at := strings.Index(text, literal)
		if at < 0 {
			return false
		}
		text = text[at+len(literal):]
	}
	return text == "" || strings.HasSuffix(pattern, "*")
}
