package report

import (
	"reflect"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
)

// TestDocs checks that docs/testing.md has all keys of the JSON reports.
func TestDocs(t *testing.T) {
	golden.JSONKeys(t, "../../docs/testing.md", reflect.TypeFor[jsonResults]())
}
