package explain

import (
	"reflect"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
)

// TestDocs looks whether the page about explanations has all keys of their JSON.
func TestDocs(t *testing.T) {
	golden.JSONKeys(t, "../../docs/explain.md", reflect.TypeFor[jsonExplanation]())
}
