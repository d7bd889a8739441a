package k8saudit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/golden"
)

// TestFieldsPage holds the page about the fields of the source against the
// fields.
func TestFieldsPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Fields of the source k8s_audit\n\nA field with KEY or INDEX takes an argument in brackets, an optional one where the brackets are in parentheses.\n\n" +
		"| field | value | what it is |\n|---|---|---|\n")
	for _, f := range k8saudit.NewSource().Fields() {
		name := f.Name
		if f.Arg != fieldsets.NoArg {
			arg := "[" + map[fieldsets.ArgKind]string{fieldsets.KeyArg: "KEY", fieldsets.IndexArg: "INDEX"}[f.Arg] + "]"
			if !f.ArgRequired {
				arg = "(" + arg + ")"
			}
			name += arg
		}
		value := f.Type.Kind().String()
		if f.List {
			value = "a list, " + value
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, value, strings.ReplaceAll(f.Desc, "|", `\|`))
	}
	golden.Check(t, "../../docs/k8s_audit.md", b.String())
}
