package routesfile_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/routesfile"
)

const page = "../../docs/routes.md"

// TestDocsKeys compares the table of keys in docs/routes.md with the format.
func TestDocsKeys(t *testing.T) {
	var b strings.Builder
	b.WriteString("\n| key | value |\n|---|---|\n")
	for _, k := range routesfile.Object.Keys {
		fmt.Fprintf(&b, "| `%s` | %s |\n", k.Name, strings.TrimSuffix(k.Doc, "."))
		if of := k.Type.Object; of != nil {
			for _, inner := range of.Keys {
				fmt.Fprintf(&b, "| `%s.%s` | %s |\n", k.Name, inner.Name, strings.TrimSuffix(inner.Doc, "."))
			}
		}
	}
	golden.CheckPart(t, page, "<!-- keys: go test ./internal/routesfile -update -->\n", b.String()+"\n")
}

// TestDocsExample reads the configuration in docs/routes.md.
func TestDocsExample(t *testing.T) {
	_, text, _ := strings.Cut(readPage(t), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	routes, err := routesfile.Parse(page, []byte(text))
	if err != nil || len(routes) != 4 {
		t.Errorf("%v, %v", routes, err)
	}
}

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
