package syscall

import (
	"maps"
	"slices"
	"sync"

	"github.com/falcorules/falcorules/fieldsets/syscall/internal/names"
)

// results are the values of evt.res.
var results = sync.OnceValue(func() []string {
	return append([]string{"SUCCESS"}, slices.Sorted(maps.Keys(names.Errors().ByName))...)
})

// Results returns the values of evt.res: SUCCESS, and the names of errors, sorted. For errors
// that Falco does not know, evt.res is their negative number.
func Results() []string { return slices.Clone(results()) }
