package loader_test

import (
	"fmt"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

func TestOutputIsTrimmed(t *testing.T) {
	set, err := load("- rule: r\n  desc: d\n  condition: ka.verb exists\n  output: >\n    text %ka.verb\n\n  priority: INFO\n  source: k8s_audit\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := ast.Format(set.Engine.Rules()[0].Output.Tree()); got != "text %ka.verb" {
		t.Errorf("got %q", got)
	}
}

// TestRuleKeys looks at the keys of rules that are missing or have bad values.
func TestRuleKeys(t *testing.T) {
	const rest = "  condition: fd.num = 1\n"
	for _, tt := range []struct{ name, items, want string }{
		{"all", "- rule: x\n  desc: d\n  output: o\n  priority: info\n" + rest, "fd.num = 2"},
		{"no desc", "- rule: x\n  output: o\n  priority: info\n" + rest, "LOAD_ERR_YAML_VALIDATE"},
		{"no output", "- rule: x\n  desc: d\n  priority: info\n" + rest, "LOAD_ERR_YAML_VALIDATE"},
		{"no priority", "- rule: x\n  desc: d\n  output: o\n" + rest, "LOAD_ERR_YAML_VALIDATE"},
		{"no condition", "- rule: x\n  desc: d\n  output: o\n  priority: info\n", "LOAD_ERR_YAML_VALIDATE"},
		{"an unknown priority", "- rule: x\n  desc: d\n  output: o\n  priority: high\n" + rest, "LOAD_ERR_YAML_VALIDATE"},
		{"an enabled that is no boolean", "- rule: x\n  desc: d\n  output: o\n  priority: info\n  enabled: perhaps\n" + rest, "LOAD_ERR_YAML_VALIDATE"},
		{"a field that does not exist", "- rule: x\n  desc: d\n  output: o\n  priority: info\n  condition: no.field = 1\n", "LOAD_ERR_COMPILE_CONDITION"},
		{"an output field that does not exist", "- rule: x\n  desc: d\n  output: \"%no.field\"\n  priority: info\n" + rest, "LOAD_ERR_COMPILE_OUTPUT"},
		{"a source that does not exist", "- rule: x\n  desc: d\n  output: o\n  priority: info\n  source: nosuch\n" + rest, "fd.num = 2"},
		{"an empty name", "- rule: \"\"\n  desc: d\n  output: o\n  priority: info\n" + rest, "LOAD_ERR_YAML_VALIDATE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := compiled(tt.items, "fd.num = 2"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// compiled returns the condition of a rule after some items as it is compiled, or
// the code of the first error.
func compiled(items, condition string) string {
	text := items + fmt.Sprintf(syscallRule, "last", condition)
	set, err := loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(text)}}, allSources())
	if list := diag.Of(err); len(list) > 0 {
		return string(list[0].Code)
	}
	return ast.String(set.Rule("last").Compiled)
}
