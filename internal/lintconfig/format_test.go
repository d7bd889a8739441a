package lintconfig_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/lintconfig"
)

const page = "../../docs/linting.md"

// TestDocsKeys compares the table of keys in docs/linting.md with the format.
func TestDocsKeys(t *testing.T) {
	var b strings.Builder
	b.WriteString("\n| key | value |\n|---|---|\n")
	for _, k := range lintconfig.Keys() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", k.Name, strings.TrimSuffix(k.Doc, "."))
	}
	golden.CheckPart(t, page, "<!-- keys: go test ./internal/lintconfig -update -->\n", b.String()+"\n")
}

// TestDocsExample reads the configuration in docs/linting.md.
func TestDocsExample(t *testing.T) {
	_, section, _ := strings.Cut(readPage(t), "\n## Configuration\n")
	_, text, _ := strings.Cut(section, "```yaml\n")
	text, _, ok := strings.Cut(text, "```")
	if !ok {
		t.Fatal("there is no example")
	}
	config, errs := lintconfig.Read(strings.NewReader(text), page)
	if len(errs) > 0 || config.Profile == "" {
		t.Errorf("%+v, %v", config, errs)
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
