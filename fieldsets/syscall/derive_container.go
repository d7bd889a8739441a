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
		derive("container.id", "host, where nothing is said of a container", plain(func(in *fixture.Scope) fieldsets.Extractor {
			var others []fieldsets.Extractor
			for _, ref := range []string{"container.full_id", "container.name", "container.image", "container.image.repository", "container.type"} {
				others = append(others, in.Given(ref))
			}
			return func(ev *fieldsets.Event, out *fieldsets.Values) {
				for _, x := range others {
					if v, ok := take(x, ev, out); ok && v.Text() != host {
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
