package explain

import (
	"reflect"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
)

// TestDocs checks that the page about explanations describes all keys of their JSON.
func TestDocs(t *testing.T) {
	golden.JSONKeys(t, "../../docs/explain.md", reflect.TypeFor[jsonExplanation]())
}
