package fieldsets_test

import (
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

func TestEventsWithoutStream(t *testing.T) {
	source := fieldsets.NewSource("logins")
	for _, f := range source.Fields() {
		_, extract, err := source.Resolve(&ast.Field{Name: f.Name})
		if err != nil {
			t.Fatal(err)
		}
		var values fieldsets.Values
		extract(&fieldsets.Event{}, &values) // must not panic
	}
}
