// Package plugins provides the event sources aws_cloudtrail, dummy, gcp_auditlog,
// github and okta of Falco's plugins.
//
// There are no decoders for their events. Rules of these sources can be checked,
// and run on fixtures; see package fixture.
package plugins

import (
	_ "embed" // the tables
	"slices"
	"sync"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/internal/fieldtable"
)

var (
	//go:embed cloudtrail.txt
	cloudtrailTable string
	//go:embed dummy.txt
	dummyTable string
	//go:embed gcpaudit.txt
	gcpauditTable string
	//go:embed github.txt
	githubTable string
	//go:embed okta.txt
	oktaTable string
)

type plugin struct {
	source, name string
	table        *string
}

var all = [...]plugin{
	{"aws_cloudtrail", "cloudtrail", &cloudtrailTable},
	{"dummy", "dummy", &dummyTable},
	{"gcp_auditlog", "gcpaudit", &gcpauditTable},
	{"github", "github", &githubTable},
	{"okta", "okta", &oktaTable},
}

// Names returns the names of the sources, sorted.
func Names() []string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.source
	}
	return names
}

// Sources returns the sources, sorted by name.
func Sources() []*fieldsets.Source { return slices.Clone(sources()) }

var sources = sync.OnceValue(func() []*fieldsets.Source {
	sources := make([]*fieldsets.Source, len(all))
	for i, p := range all {
		sources[i] = fieldsets.NewSource(p.source, fieldsets.Declared(fieldtable.MustParse(*p.table, p.name)), jsonfields.New())
	}
	return sources
})

// NewSource returns the source with the given name, the same one each time, or nil if
// it is not one of [Names].
func NewSource(name string) *fieldsets.Source {
	i := slices.IndexFunc(all[:], func(p plugin) bool { return p.source == name })
	if i < 0 {
		return nil
	}
	return sources()[i]
}
