package k8saudit_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
)

var update = flag.Bool("update", false, "rewrite docs/k8s_audit.md")

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
	const page = "../../docs/k8s_audit.md"
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("docs/k8s_audit.md is out of date; run go test ./fieldsets/k8saudit -update (-page +fields):\n%s", diff)
	}
}
