// Package all lists every event source that this module knows. They are the default of
// everything that takes sources.
package all

import (
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/plugins"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

// Sources returns every source: syscall, k8s_audit with the given options, and
// those of the plugins.
func Sources(options ...k8saudit.Option) []*fieldsets.Source {
	return append([]*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource(options...)}, plugins.Sources()...)
}
