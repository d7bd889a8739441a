package fieldlist

import (
	"fmt"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/cputime"
)

// TestClassesGrowth shows that a list of many fields takes time in proportion to
// their number.
func TestClassesGrowth(t *testing.T) {
	source := func(n int) *fieldsets.Source {
		fields := make(fieldsets.Declared, n)
		for i := range fields {
			fields[i] = fieldsets.Field{Name: fmt.Sprintf("my.f%d", i), Type: fieldsets.CharBuf}
		}
		return fieldsets.NewSource("mine", fields)
	}
	const size, factor = 2000, 10
	sources := map[int]*fieldsets.Source{size: source(size), size * factor: source(size * factor)}
	growth := cputime.Growth(t, size, factor, func(n int) {
		classes := Classes([]*fieldsets.Source{sources[n]}, Listed)
		if got := len(classes[len(classes)-1].Fields); got != n {
			t.Fatalf("%d fields, want %d", got, n)
		}
	})
	if growth > 5*factor {
		t.Errorf("%d times the fields take %.0f times as long", factor, growth)
	}
}
