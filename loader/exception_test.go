package loader_test

import (
	"fmt"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// TestExceptionValuesAppended appends values to an exception of the rule, twice.
func TestExceptionValuesAppended(t *testing.T) {
	set, err := load(fmt.Sprintf(rule, "r", "ka.verb exists") + `  exceptions:
    - name: e
      fields: [ka.verb]
      comps: [=]
- rule: r
  append: true
  exceptions: [{name: e, values: [[get]]}]
- rule: r
  exceptions: [{name: e, values: [[list]]}]
  override: {exceptions: append}
`)
	if err != nil {
		t.Fatal(err)
	}
	const want = "(ka.verb exists and not (ka.verb = get or ka.verb = list))"
	if got := ast.String(set.Engine.Rules()[0].Condition); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestExceptions looks at exceptions that a rule has from the start.
func TestExceptions(t *testing.T) {
	for _, tt := range []struct{ name, exceptions, want string }{
		{"values", "[{name: e, fields: [fd.num, proc.name], values: [[1, a]]}]", "(fd.num exists and not (fd.num = 1 and proc.name = a))"},
		{"no values", "[{name: e, fields: [fd.num]}]", "fd.num exists"},
		{"one field", "[{name: e, fields: proc.name, comps: in, values: [a, b]}]", "(fd.num exists and not proc.name in (a, b))"},
		{"two exceptions", "[{name: e, fields: [fd.num], values: [[1]]}, {name: f, fields: [fd.num], values: [[2]]}]", "(fd.num exists and not fd.num = 1 and not fd.num = 2)"},
		{"no name", "[{fields: [fd.num]}]", "LOAD_ERR_YAML_VALIDATE"},
		{"no fields", "[{name: e}]", "LOAD_ERR_YAML_VALIDATE"},
		{"fewer comps than fields", "[{name: e, fields: [fd.num, proc.name], comps: [=]}]", "LOAD_ERR_VALIDATE"},
		{"an unknown operator in comps", "[{name: e, fields: [fd.num], comps: [like]}]", "LOAD_ERR_VALIDATE"},
		{"a field that does not exist", "[{name: e, fields: [no.field]}]", "LOAD_ERR_VALIDATE"},
		{"fewer values than fields", "[{name: e, fields: [fd.num, proc.name], values: [[1]]}]", "LOAD_ERR_VALIDATE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			items := "- rule: x\n  desc: d\n  condition: fd.num exists\n  output: o\n  priority: info\n  exceptions: " + tt.exceptions + "\n"
			set, err := loader.Load(files(items), allSources())
			var got string
			if list := diag.Of(err); len(list) > 0 {
				got = string(list[0].Code)
			} else {
				got = ast.String(set.Rule("x").Compiled)
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
