// Package all returns every built-in event source. Packages that take a list of
// sources use these by default.
package all

import (
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/plugins"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture"
)

// Sources returns the sources syscall, k8s_audit with the given options, and those
// of package plugins.
func Sources(options ...k8saudit.Option) []*fieldsets.Source {
	return append([]*fieldsets.Source{capture.NewSource(), k8saudit.NewSource(options...)}, plugins.Sources()...)
}
