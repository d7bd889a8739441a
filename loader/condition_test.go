package loader_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/rulesfile"
)

// auditEvent returns an audit event with a verb.
func auditEvent(t *testing.T, verb string) *fieldsets.Event {
	t.Helper()
	var out *fieldsets.Event
	text := fmt.Sprintf(`{"kind":"Event","auditID":"x","stageTimestamp":"2024-01-01T00:00:00Z","verb":%q}`, verb)
	err := k8saudit.NewDecoder(&fieldsets.Stream{}).Decode([]byte(text), func(ev *fieldsets.Event) error {
		out = ev
		return nil
	})
	if err != nil || out == nil {
		t.Fatal(err)
	}
	return out
}

func TestLoadCondition(t *testing.T) {
	files := []loader.File{{Name: "m.yaml", Data: []byte("- list: l\n  items: [get]\n- macro: m\n  condition: ka.verb in (l)\n" + fmt.Sprintf(rule, "r", "m"))}}
	c, _, err := loader.LoadCondition("not m", "k8s_audit", files, options())
	if err != nil {
		t.Fatal(err)
	}
	for verb, want := range map[string]bool{"get": false, "list": true} {
		t.Run(subtest.Name(verb), func(t *testing.T) {
			var e eval.Evaluator
			e.SetEvent(auditEvent(t, verb))
			if got := e.Holds(c); got != want {
				t.Errorf("%s: got %t", verb, got)
			}
		})
	}
}

func TestLoadConditionErrors(t *testing.T) {
	files := []loader.File{{Name: "m.yaml", Data: []byte("- macro: m\n  condition: ka.verb = get\n- macro: bad\n  condition: ka.vreb = get\n")}}
	for _, test := range []struct{ name, source, condition, want string }{
		{"unknown macro", "k8s_audit", "m and nosuch", "condition:1:7: LOAD_ERR_VALIDATE: Undefined macro 'nosuch' used in filter. (if another file defines it, load that file first)"},
		{"unknown source", "nosuch", "ka.verb exists", `condition: LOAD_ERR_VALIDATE: unknown source "nosuch"`},
		{"in a macro", "k8s_audit", "m and bad", "m.yaml:4:14: LOAD_ERR_COMPILE_CONDITION: source k8s_audit has no field ka.vreb"},
		{"quote at the start", "k8s_audit", `"ka.verb" and nosuch`, "condition:1:1: LOAD_ERR_COMPILE_CONDITION"},
		{"backslash in quotes", "k8s_audit", `ka.verb = 'a\tb' and nosuch`, "condition:1:22: LOAD_ERR_VALIDATE"},
		{"double quotes", "k8s_audit", `ka.verb = "a" and nosuch`, "condition:1:19: LOAD_ERR_VALIDATE"},
		{"second line", "k8s_audit", "ka.verb = get\n  and nosuch", "condition:2:7: LOAD_ERR_VALIDATE"},
		{"what would be a comment in YAML", "k8s_audit", "# and", "condition:1:1: LOAD_ERR_COMPILE_CONDITION"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := loader.LoadCondition(test.condition, test.source, files, options())
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// TestLoadConditionFileNames reads files that are called as the condition or an
// override.
func TestLoadConditionFileNames(t *testing.T) {
	for name, text := range map[string]string{"condition": "- macro: m\n  condition: ka.vreb = get\n", "override of macro m": "x"} {
		t.Run(name, func(t *testing.T) {
			_, _, err := loader.LoadCondition("ka.verb exists and m", "k8s_audit", []loader.File{{Name: name, Data: []byte(text)}}, options())
			list := diag.Of(err)
			if len(list) == 0 || list[0].Range.File != "./"+name || list[0].Line == "" || !strings.HasPrefix(text, list[0].Line) && !strings.Contains(text, "\n"+list[0].Line) {
				t.Errorf("got %v with the line %q", err, list[0].Line)
			}
		})
	}
}

func TestOtherConditions(t *testing.T) {
	set, err := loader.Load([]loader.File{{Name: "m.yaml", Data: []byte("- list: l\n  items: [get]\n- macro: m\n  condition: ka.verb in (l)\n" + fmt.Sprintf(rule, "r", "m"))}}, options())
	if err != nil {
		t.Fatal(err)
	}
	_, values := rulesfile.Texts("x.yaml", "m and alert.priority <= WARNING", "not x.y in (l)")
	traces, err := set.Conditions(values)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"(ka.verb in (get) and alert.priority <= WARNING)", "not x.y in (get)"} {
		if got := ast.String(traces[i].Root().Expr); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	for node, check := range traces[0].Root().Checks() {
		want := "x.yaml:1:7"
		if ast.String(check) == "ka.verb in (get)" {
			want = "m.yaml:4:14"
		}
		if got := node.Origin().Range.String(); !strings.HasPrefix(got, want) {
			t.Errorf("%s is at %s, want %s", ast.String(check), got, want)
		}
	}
	_, values = rulesfile.Texts("x.yaml", "mm", "a.b <", "ka.verb < and m")
	_, err = set.Conditions(values)
	for i, want := range []string{"x.yaml:1:1: LOAD_ERR_VALIDATE: Undefined macro 'mm'", "x.yaml:2:6: LOAD_ERR", "x.yaml:3:11: LOAD_ERR"} {
		if list := diag.Of(err); len(list) != 3 || !strings.HasPrefix(list[i].Error(), want) {
			t.Fatalf("got %v, want %s", err, want)
		}
	}
}
