package loader_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// overridable has a macro, two lists and a disabled rule.
const overridable = `- list: verbs
  items: [get, list]
- list: more
  items: [verbs, watch]
- macro: reads
  condition: ka.verb in (more)
- macro: unused
  condition: ka.verb exists
- rule: r
  desc: d
  condition: reads and ka.verb != x
  output: o
  priority: INFO
  source: k8s_audit
  enabled: false
`

func loadOverridden(o loader.Overrides) (*loader.Ruleset, error) {
	with := options()
	with.Overrides = o
	return loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(overridable)}}, with)
}

func TestOverrides(t *testing.T) {
	for _, test := range []struct {
		name      string
		overrides loader.Overrides
		want      string
	}{
		{"none", loader.Overrides{}, "(ka.verb in (get, list, watch) and ka.verb != x) false"},
		{"macro", loader.Overrides{Macros: map[string]string{"reads": "ka.verb = 'a \"b'"}}, `(ka.verb = "a \"b" and ka.verb != x) false`},
		{"list in a list", loader.Overrides{Lists: map[string][]string{"verbs": {"a b", "c"}}}, `(ka.verb in ("a b", c, watch) and ka.verb != x) false`},
		{"empty list", loader.Overrides{Lists: map[string][]string{"more": {}}}, "(ka.verb in () and ka.verb != x) false"},
		{"rule", loader.Overrides{Enable: []string{"r", "r"}}, "(ka.verb in (get, list, watch) and ka.verb != x) true"},
		{"a macro that uses an overridden list", loader.Overrides{
			Macros: map[string]string{"reads": "ka.verb in (verbs)"}, Lists: map[string][]string{"verbs": {"z"}}, Enable: []string{"r"},
		}, "(ka.verb in (z) and ka.verb != x) true"},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := loadOverridden(test.overrides)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(ast.String(set.Rules[0].Compiled), " ", set.Rules[0].Enabled); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if len(set.Results) != 1 || len(set.Notices) > 0 {
				t.Errorf("%d results, notices %v", len(set.Results), set.Notices)
			}
		})
	}
}

func TestBadOverrides(t *testing.T) {
	for _, test := range []struct {
		name      string
		overrides loader.Overrides
		want      string
	}{
		{"unknown macro", loader.Overrides{Macros: map[string]string{"raeds": "ka.verb exists"}}, `override of macro raeds: LOAD_ERR_VALIDATE: unknown macro "raeds" (did you mean reads?)`},
		{"unknown list", loader.Overrides{Lists: map[string][]string{"x": nil}}, `override of list x: LOAD_ERR_VALIDATE: unknown list "x"`},
		{"unknown rule", loader.Overrides{Enable: []string{"x"}}, `override of rule x: LOAD_ERR_VALIDATE: unknown rule "x"`},
		{"syntax", loader.Overrides{Macros: map[string]string{"reads": "ka.verb = get\nand"}}, "override of macro reads:2:1: LOAD_ERR_COMPILE_CONDITION: "},
		{"field", loader.Overrides{Macros: map[string]string{"reads": "ka.verb = get and ka.vreb = x"}}, "override of macro reads:1:19: LOAD_ERR_COMPILE_CONDITION: "},
		{"a macro of its own", loader.Overrides{Macros: map[string]string{"reads": "ka.verb exists and reads"}}, "override of macro reads:1:20: LOAD_ERR_VALIDATE: "},
		{"empty macro", loader.Overrides{Macros: map[string]string{"reads": ""}}, "override of macro reads"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := loadOverridden(test.overrides)
			var list diag.List
			if !errors.As(err, &list) || len(list) != 1 {
				t.Fatalf("got %v", err)
			}
			if !strings.HasPrefix(list[0].Error(), test.want) || !loader.IsOverrideName(list[0].Range.File) {
				t.Errorf("got %v, want %s", list[0], test.want)
			}
		})
	}
}

// TestOverridesKeepWarnings loads the same with an override and compares the warnings: they
// are about the files, and where those were before.
func TestOverridesKeepWarnings(t *testing.T) {
	var got [2][]string
	for i, o := range []loader.Overrides{{}, {Macros: map[string]string{"unused": "ka.verb = a"}, Enable: []string{"r"}}} {
		set, err := loadOverridden(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range set.Warnings {
			got[i] = append(got[i], w.Error())
		}
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" || len(got[0]) == 0 {
		t.Errorf("warnings %q (-without +with):\n%s", got[0], diff)
	}
}

// TestOverrideFileNames loads files that are called as the override of a macro. What is
// wrong in them is not wrong in the override.
func TestOverrideFileNames(t *testing.T) {
	name := loader.OverrideName("macro", "m")
	gone := &diag.Diagnostic{Code: loader.ErrFileRead, Message: "gone", Range: diag.Range{File: name}}
	for _, test := range []struct {
		name string
		file loader.File
		want string
	}{
		{"mistake", loader.File{Data: []byte("- macro: m\n  condition: nosuch\n")}, "./override of macro m:2:14: LOAD_ERR"},
		{"not read", loader.File{Err: gone}, "./override of macro m: LOAD_ERR_FILE_READ: gone"},
		{"skipped", loader.File{Skipped: gone}, "./override of macro m: LOAD_ERR_FILE_READ: gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.file.Name = name
			set, _ := loader.Load([]loader.File{test.file}, options())
			list := set.Diagnostics()
			if len(list) == 0 || !strings.HasPrefix(list[0].Error(), test.want) || loader.IsOverrideName(loader.InputOf(list[0])) {
				t.Errorf("got %v", list)
			}
		})
	}
}
