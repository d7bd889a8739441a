package capture

import (
	"regexp"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/state"
)

// ofContainer returns a reader that needs the description of the container.
func ofContainer(read func(e *Event, c *state.Container, out *fieldsets.Values)) reader {
	return func(e *Event, out *fieldsets.Values) {
		if c, _, ok := e.state.Container(); ok && c != nil {
			read(e, c, out)
		}
	}
}

func containerText(of func(c *state.Container) string) reader {
	return ofContainer(func(_ *Event, c *state.Container, out *fieldsets.Values) { out.AddText(of(c)) })
}

func containerBool(of func(c *state.Container) bool) reader {
	return ofContainer(func(_ *Event, c *state.Container, out *fieldsets.Values) { out.Add(fieldsets.BoolValue(of(c))) })
}

// label returns the reader of a label, if the container has it.
func label(name string) reader {
	return ofContainer(func(_ *Event, c *state.Container, out *fieldsets.Values) {
		if value, ok := c.Labels[name]; ok {
			out.AddText(value)
		}
	})
}

// containerField returns the reader of a field of the container plugin.
func containerField(name string, arg fieldsets.Arg) reader {
	switch name {
	case "container.id":
		return func(e *Event, out *fieldsets.Values) {
			if c, id, ok := e.state.Container(); ok {
				if c != nil {
					id = c.ID
				}
				out.AddText(id)
			}
		}
	case "container.full_id":
		return containerText(func(c *state.Container) string { return c.FullID })
	case "container.name":
		return containerText(func(c *state.Container) string { return c.Name })
	case "container.type":
		return containerText((*state.Container).TypeName)
	case "container.image":
		return containerText(func(c *state.Container) string { return c.Image })
	case "container.image.id":
		return containerText(func(c *state.Container) string { return c.ImageID })
	case "container.image.repository":
		return containerText(func(c *state.Container) string { return c.Repository })
	case "container.image.tag":
		return containerText(func(c *state.Container) string { return c.Tag })
	case "container.image.digest":
		return containerText(func(c *state.Container) string { return c.Digest })
	case "container.ip":
		return containerText(func(c *state.Container) string { return c.IP })
	case "container.cni.json":
		return containerText(func(c *state.Container) string { return c.CNI })
	case "container.privileged":
		return containerBool(func(c *state.Container) bool { return c.Privileged })
	case "container.host_pid":
		return containerBool(func(c *state.Container) bool { return c.HostPID })
	case "container.host_network":
		return containerBool(func(c *state.Container) bool { return c.HostNetwork })
	case "container.host_ipc":
		return containerBool(func(c *state.Container) bool { return c.HostIPC })
	case "container.label":
		return label(arg.Key)
	case "container.labels":
		return containerText(func(c *state.Container) string { return state.LabelText(c.Labels) })
	case "container.start_ts", "container.duration":
		return containerStart(name == "container.duration")
	case "container.mounts":
		return ofContainer(func(_ *Event, c *state.Container, out *fieldsets.Values) {
			out.AddBuilt(func(buf []byte) []byte {
				for i := range c.Mounts {
					if i > 0 {
						buf = append(buf, ',')
					}
					buf = appendMount(buf, &c.Mounts[i])
				}
				return buf
			})
		})
	}
	if part, ok := strings.CutPrefix(name, "container.mount"); ok {
		return mountField(strings.TrimPrefix(part, "."), arg)
	}
	return podField(name, arg)
}

// containerStart returns the reader of the start of the container, or of the time since then.
func containerStart(duration bool) reader {
	return func(e *Event, out *fieldsets.Values) {
		t := e.state.Thread(e.ev.TID)
		switch {
		case e.state.Described() || t == nil || t.PIDNSStart == 0:
		case duration:
			out.Add(fieldsets.NumberValue(e.ev.Time - t.PIDNSStart))
		default:
			out.Add(fieldsets.NumberValue(t.PIDNSStart))
		}
	}
}

// appendMount appends a mount as source:destination:mode:writable:propagation.
func appendMount(buf []byte, m *state.Mount) []byte {
	buf = append(append(buf, m.Source...), ':')
	buf = append(append(buf, m.Destination...), ':')
	buf = append(append(buf, m.Mode...), ':')
	buf = append(append(buf, writable(m)...), ':')
	return append(buf, m.Propagation...)
}

func writable(m *state.Mount) string {
	if m.Writable {
		return "true"
	}
	return "false"
}

// mountField returns the reader of a field of one mount, by number or by a regular expression
// for its path.
func mountField(what string, arg fieldsets.Arg) reader {
	pattern, err := regexp.Compile("(?m)" + arg.Key)
	if err != nil { // Falco would fail
		pattern = regexp.MustCompile(regexp.QuoteMeta(arg.Key))
	}
	find := func(c *state.Container) *state.Mount {
		if arg.IsIndex {
			if arg.Index < uint64(len(c.Mounts)) {
				return &c.Mounts[arg.Index]
			}
			return nil
		}
		for i := range c.Mounts {
			m := &c.Mounts[i]
			path := m.Source
			if what == "source" {
				path = m.Destination
			}
			if pattern.MatchString(path) {
				return m
			}
		}
		return nil
	}
	return ofContainer(func(_ *Event, c *state.Container, out *fieldsets.Values) {
		m := find(c)
		if m == nil {
			return
		}
		switch what {
		case "":
			out.AddBuilt(func(buf []byte) []byte { return appendMount(buf, m) })
		case "source":
			out.AddText(m.Source)
		case "dest":
			out.AddText(m.Destination)
		case "mode":
			out.AddText(m.Mode)
		case "rdwr":
			out.AddText(writable(m))
		case "propagation":
			out.AddText(m.Propagation)
		}
	})
}

// podField returns the reader of a field of the pod.
func podField(name string, arg fieldsets.Arg) reader {
	switch name {
	case "k8s.pod.name":
		return label("io.kubernetes.pod.name")
	case "k8s.ns.name":
		return label("io.kubernetes.pod.namespace")
	case "k8s.pod.id", "k8s.pod.uid":
		return label("io.kubernetes.pod.uid")
	case "k8s.pod.full_sandbox_id":
		return containerText(func(c *state.Container) string { return c.SandboxID })
	case "k8s.pod.sandbox_id":
		return containerText(func(c *state.Container) string { return c.SandboxID[:min(len(c.SandboxID), 12)] })
	case "k8s.pod.labels":
		return ofContainer(func(e *Event, c *state.Container, out *fieldsets.Values) {
			if sandbox := e.sandbox(c); sandbox != nil {
				c = sandbox
			}
			out.AddText(state.LabelText(c.SandboxLabels))
		})
	case "k8s.pod.label":
		return ofContainer(func(e *Event, c *state.Container, out *fieldsets.Values) {
			if sandbox := e.sandbox(c); sandbox != nil {
				if value, ok := sandbox.SandboxLabels[arg.Key]; ok {
					out.AddText(value)
					return
				}
			}
			if value, ok := c.SandboxLabels[arg.Key]; ok {
				out.AddText(value)
			}
		})
	case "k8s.pod.ip":
		return ofContainer(func(e *Event, c *state.Container, out *fieldsets.Values) {
			if c.CNI == "" {
				c = e.sandbox(c)
			}
			if c != nil {
				out.AddText(c.IP)
			}
		})
	case "k8s.pod.cni.json":
		return ofContainer(func(e *Event, c *state.Container, out *fieldsets.Values) {
			if c.CNI == "" {
				c = e.sandbox(c)
			}
			if c != nil {
				out.AddText(c.CNI)
			}
		})
	}
	return nil
}

// sandbox returns the container with the sandbox of the pod if the container itself has no
// description of its network, or nil.
func (e *Event) sandbox(c *state.Container) *state.Container {
	if c.CNI != "" {
		return nil
	}
	return e.state.Sandbox(c)
}
