// Package all lists every event source that this module knows, ready for
// [loader.Options] and for decoders of events.
//
// [loader.Options]: https://pkg.go.dev/github.com/falcorules/falcorules/loader#Options
package all

import (
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/plugins"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
)

// Sources returns every source: syscall, k8s_audit with the given options, and
// those of the plugins.
func Sources(options ...k8saudit.Option) []*fieldsets.Source {
	return append([]*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource(options...)}, plugins.Sources()...)
}

// Fixtures returns sources whose events can also be fixtures, in the order given.
// Load rules with these sources if fixtures are to be matched.
func Fixtures(sources []*fieldsets.Source) []*fixture.Source {
	out := make([]*fixture.Source, len(sources))
	for i, source := range sources {
		if source.Name() == syscall.SourceName {
			out[i] = fixtures.Of(source)
		} else {
			out[i] = fixture.NewSource(source, fixture.Rules{})
		}
	}
	return out
}
