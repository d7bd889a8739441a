package syscall

import (
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
)

// host is the container.id of what runs in no container.
const host = "host"

func containerDerivations() []derivation {
	whenHost := ofText("container.id", func(id string, out *fieldsets.Values) {
		if id == host {
			out.AddText(host)
		}
	})
	return []derivation{
		derive("container.id", "host, where nothing is said of a container or its pod", plain(func(in *fixture.Scope) fieldsets.Extractor {
			all := in.All()
			return func(ev *fieldsets.Event, out *fieldsets.Values) {
				for f, v := range all(ev) {
					if f.Plugin == containerPlugin && f.Name != "container.id" && v.Text() != host {
						return
					}
				}
				out.AddText(host)
			}
		})),
		derive("container.name", "host, where `container.id` is", whenHost),
		derive("container.type", "host, where `container.id` is", whenHost),
	}
}
