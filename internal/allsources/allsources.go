// Package allsources has every event source that this module knows.
package allsources

import (
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/plugins"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

// New returns every source, k8s_audit with the options given.
func New(options ...k8saudit.Option) []*fieldsets.Source {
	return append([]*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource(options...)}, plugins.Sources()...)
}

// Fixtures returns sources with fixtures, in their order: what is known of system calls
// is derived.
func Fixtures(sources []*fieldsets.Source) []*fixture.Source {
	out := make([]*fixture.Source, len(sources))
	for i, source := range sources {
		if source.Name() == syscall.SourceName {
			out[i] = syscall.FixturesOf(source)
		} else {
			out[i] = fixture.NewSource(source, fixture.Rules{})
		}
	}
	return out
}
