package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/serve/config"
)

// TestDocsKeys compares the table of keys in docs/serving.md with the format.
func TestDocsKeys(t *testing.T) {
	var b strings.Builder
	b.WriteString("\n| key | value |\n|---|---|\n")
	for _, k := range config.Keys() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", k.Name, strings.TrimSuffix(k.Doc, "."))
	}
	golden.CheckPart(t, "../../docs/serving.md", "<!-- keys: go test ./serve/config -update -->\n", b.String()+"\n")
}
