package loader_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"
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
