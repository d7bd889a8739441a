package fieldlist

import (
	"fmt"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/growth"
)

// TestClassesGrowth checks that listing fields takes linear time.
func TestClassesGrowth(t *testing.T) {
	source := func(n int) *fieldsets.Source {
		fields := make(fieldsets.Declared, n)
		for i := range fields {
			fields[i] = fieldsets.Field{Name: fmt.Sprintf("my.f%d", i), Type: fieldsets.CharBuf}
		}
		return fieldsets.NewSource("mine", fields)
	}
	const size = 2000
	sources := map[int]*fieldsets.Source{}
	for n := size; n <= 8*size; n *= 8 {
		sources[n] = source(n)
	}
	growth.Linear(t, size, func(n int) {
		classes := Classes([]*fieldsets.Source{sources[n]}, Listed)
		if got := len(classes[len(classes)-1].Fields); got != n {
			t.Fatalf("%d fields, want %d", got, n)
		}
	})
}
