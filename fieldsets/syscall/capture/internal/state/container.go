package state

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// Container is what is known about a container. The host counts as one, with the ID host.
type Container struct {
	ID         string  `json:"id"`
	FullID     string  `json:"full_id"`
	Type       *uint32 `json:"type"`
	Name       string  `json:"name"`
	Image      string  `json:"image"`
	ImageID    string  `json:"imageid"`
	Repository string  `json:"imagerepo"`
	Tag        string  `json:"imagetag"`
	Digest     string  `json:"imagedigest"`
	User       string  `json:"User"`
	CNI        string  `json:"cni_json"`
	IP         string  `json:"ip"`
	SandboxID  string  `json:"pod_sandbox_id"`

	Privileged  bool `json:"privileged"`
	HostPID     bool `json:"host_pid"`
	HostNetwork bool `json:"host_network"`
	HostIPC     bool `json:"host_ipc"`

	Labels        map[string]string `json:"labels"`
	SandboxLabels map[string]string `json:"pod_sandbox_labels"`
	Mounts        []Mount           `json:"Mounts"`

	text int // bytes of the description
}

// Mount is a mount of a container.
type Mount struct {
	Source      string `json:"Source"`
	Destination string `json:"Destination"`
	Mode        string `json:"Mode"`
	Writable    bool   `json:"RW"`
	Propagation string `json:"Propagation"`
}

// Types of containers.
const (
	typeLXC        = 1
	typeLibvirtLXC = 2
	typeBPM        = 9
	typeHost       = 0xfffe
)

var typeNames = map[uint32]string{
	0: "docker", typeLXC: "lxc", typeLibvirtLXC: "libvirt-lxc", 3: "mesos", 4: "rkt", 5: "custom", 6: "cri", 7: "containerd",
	8: "cri-o", typeBPM: "bpm", 10: "static", 11: "podman", typeHost: "host",
}

// TypeName returns the name of the container's type, or "" if it is not known.
func (c *Container) TypeName() string {
	if c.Type == nil {
		return ""
	}
	return typeNames[*c.Type]
}

// LabelText returns the labels, sorted and without those that are internal, as text.
func LabelText(labels map[string]string) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if strings.HasPrefix(name, "annotation.") || strings.HasPrefix(name, "io.kubernetes.") {
			continue
		}
		if text.Len() > 0 {
			text.WriteString(", ")
		}
		text.WriteString(name)
		if value := labels[name]; value != "" {
			text.WriteString(":" + value)
		}
	}
	return text.String()
}

// containers are the known containers.
type containers struct {
	text int // bytes of all descriptions
	byID map[string]*Container
	// last is the container of the current event, if it describes one.
	last *Container
}

// maxContainers limits the containers of a capture.
const maxContainers = 1 << 16

// maxContainerText limits the bytes of their descriptions.
const maxContainerText = 128 << 20

func (c *containers) reset() {
	host := uint32(typeHost)
	*c = containers{byID: map[string]*Container{"": {ID: "host", FullID: "host", Name: "host", Type: &host}}}
}

func (c *containers) add(s *State, info *Container) {
	old := 0
	if known := c.byID[info.ID]; known != nil {
		old = known.text
	} else if len(c.byID) >= maxContainers {
		s.Dropped++
		return
	}
	if c.text+info.text-old > maxContainerText {
		s.Dropped++
		return
	}
	c.text += info.text - old
	c.byID[info.ID] = info
}

// remove removes a container.
func (c *containers) remove(id string) {
	if old := c.byID[id]; old != nil {
		c.text -= old.text
		delete(c.byID, id)
	}
}

// hasIP reports whether a container has an IPv4 address.
func (c *containers) hasIP(addr []byte) bool {
	for _, info := range c.byID {
		if ip, err := netip.ParseAddr(info.IP); err == nil && ip.Is4() {
			if own := ip.As4(); bytes.Equal(own[:], addr) {
				return true
			}
		}
	}
	return false
}

// Container returns the container of the current event, or nil if nothing is known about it,
// and its ID. It returns false if the event has no thread.
func (s *State) Container() (*Container, string, bool) {
	if s.containers.last != nil {
		return s.containers.last, s.containers.last.ID, true
	}
	t := s.EventThread()
	if t == nil {
		return nil, "", false
	}
	return s.containers.byID[t.ContainerID], t.ContainerID, true
}

// Containers returns the known containers, without the host.
func (s *State) Containers() []*Container {
	var all []*Container
	for id, c := range s.containers.byID {
		if id != "" {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *Container) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Sandbox returns the container with the sandbox of a pod, or nil.
func (s *State) Sandbox(c *Container) *Container {
	return s.containers.byID[c.SandboxID[:min(len(c.SandboxID), reportedID)]]
}

// process handles the events that describe containers, and those of threads that may be in
// another container now.
func (c *containers) process(s *State) {
	c.last = nil
	switch s.Event.Info.Code {
	case table.AsynceventE:
		switch name := string(Text(s.param(1))); name {
		case "container", "container_removed":
			if info := parseContainer(s.param(2)); info != nil {
				if c.last = info; name == "container" {
					c.add(s, info)
				} else {
					c.remove(info.ID)
				}
			}
		}
	case table.ContainerE:
		kind := s.uint32(1)
		c.last = &Container{ID: s.string(0), Type: &kind, Name: s.string(2), Image: s.string(3)}
		c.last.text = len(c.last.ID) + len(c.last.Name) + len(c.last.Image)
		c.add(s, c.last)
	case table.ContainerJSONE, table.ContainerJSON2E:
		if info := parseContainer(s.param(0)); info != nil {
			c.last = info
			c.add(s, info)
		}
	case table.Clone20X, table.Fork20X, table.Vfork20X, table.Clone3X, table.Execve19X, table.ExecveatX, table.ChrootX:
		if t := s.Thread(s.Event.TID); t != nil && s.result() >= 0 {
			s.findContainer(t)
		}
	}
}

// parseContainer parses the description of a container, and returns nil if it is invalid.
func parseContainer(text []byte) *Container {
	text = cut(text)
	var in struct {
		Container *Container `json:"container"`
	}
	if json.Unmarshal(text, &in) == nil && in.Container != nil {
		in.Container.text = len(text)
		return in.Container
	}
	info := new(Container) // without the outer object, as old events have it
	if json.Unmarshal(text, info) != nil || info.ID == "" {
		return nil
	}
	info.text = len(text)
	return info
}

// Cgroups are the control groups of a thread.
type Cgroups struct {
	raw   string
	names []string
	paths []string
	// Text has all of them as name=path, separated by spaces.
	Text string

	found bool
	id    string
	info  *Container // of a container about which there is no event
}

// Path returns the path of a control group.
func (c *Cgroups) Path(name string) (string, bool) {
	if c == nil {
		return "", false
	}
	if i := slices.Index(c.names, name); i >= 0 {
		return c.paths[i], true
	}
	return "", false
}

// newNames are the names of control groups that have other ones in captures.
var newNames = map[string]string{"perf": "perf_event", "mem": "memory", "io": "blkio"}

// cgroups makes Cgroups of a parameter. It returns old if that is the same.
func (s *State) cgroups(b []byte, old *Cgroups) *Cgroups {
	b = trimList(b)
	switch {
	case old != nil && old.raw == string(b):
		return old
	case len(b) == 0:
		return nil
	}
	c := &Cgroups{raw: s.text(b)}
	for part := range strings.SplitSeq(c.raw, "\x00") {
		name, path, ok := strings.Cut(part, "=")
		if !ok {
			return old
		}
		name = strings.Replace(name, "_cgroup", "", 1)
		if n, ok := newNames[name]; ok {
			name = n
		}
		c.names, c.paths = append(c.names, name), append(c.paths, path)
	}
	var text strings.Builder
	for i, name := range c.names {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(name + "=" + c.paths[i])
	}
	c.Text = text.String()
	return c
}

// findContainer finds the container of a thread by its control groups.
func (s *State) findContainer(t *Thread) {
	c := t.Cgroups
	if c == nil {
		t.ContainerID = ""
		return
	}
	if !c.found {
		c.found = true
		for _, path := range c.paths {
			if c.id, c.info = containerOf(path); c.id != "" {
				break
			}
		}
	}
	if t.ContainerID = c.id; c.info != nil {
		s.containers.add(s, c.info)
	}
}

// layouts are how the paths of control groups end for containers of a runtime, in the order
// in which they are tried.
var layouts = [...][2]string{
	// Podman
	{"/libpod-", ".scope"},
	{"/libpod-", ".scope/container"},
	{"/libpod-", ""},
	{"/libpod-payload-", ".scope"},
	{"/libpod-payload-", ".scope/container"},
	{"/libpod-payload-", ""},
	// Docker
	{"/", ""},
	{"/docker-", ".scope"},
	// CRI
	{"/crio-", ""},
	{"/cri-containerd-", ".scope"},
	{"/crio-", ".scope"},
	{":cri-containerd:", ""},
	{"/nerdctl-", ".scope"},
}

// The lengths of the IDs of containers, in control groups and in fields.
const (
	fullID     = 64
	reportedID = 12
)

// containerOf returns the ID of the container that a control group is for, or "". For some
// kinds, it also describes it.
func containerOf(cgroup string) (string, *Container) {
	if cgroup == "" {
		return "", nil
	}
	for _, l := range layouts {
		if id := idBetween(cgroup, l[0], l[1], false); id != "" {
			return id, nil
		}
	}
	if namespace := namespacePattern.FindString(cgroup); namespace != "" {
		if id := idBetween(cgroup, namespace, "", true); id != "" {
			return id, nil
		}
	}
	for _, find := range []struct {
		kind uint32
		id   func(string) string
	}{{typeLXC, lxcID}, {typeLibvirtLXC, libvirtID}, {typeBPM, bpmID}} {
		if id := find.id(cgroup); id != "" {
			return id, &Container{ID: id, Type: &find.kind}
		}
	}
	return "", nil
}

// namespacePattern finds the namespace of containerd.
var namespacePattern = regexp.MustCompile(`/[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*/`)

// idBetween returns the ID between the last prefix and the last suffix in a path, or "". Only
// containerd has IDs of other lengths than fullID.
func idBetween(cgroup, prefix, suffix string, containerd bool) string {
	start := strings.LastIndex(cgroup, prefix)
	if start < 0 {
		return ""
	}
	start += len(prefix)
	end := len(cgroup)
	if suffix != "" {
		end = strings.LastIndex(cgroup, suffix)
	}
	n := end - start
	if end < 0 || n <= 0 || n > fullID {
		return ""
	}
	if n == fullID {
		// Falco compares the position in the path with the length of the ID.
		other := strings.IndexFunc(cgroup[start:], func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
		if other < 0 || other+start >= fullID {
			return cgroup[start : start+reportedID]
		}
	}
	if !containerd || strings.HasSuffix(cgroup, ".service") || strings.HasSuffix(cgroup, ".slice") || strings.HasSuffix(cgroup, ".scope") {
		return ""
	}
	return cgroup[start:min(start+reportedID, end)]
}

func lxcID(cgroup string) string {
	for _, prefix := range []string{"/lxc/", "/lxc.payload/", "/lxc.payload."} {
		if _, rest, ok := strings.Cut(cgroup, prefix); ok {
			id, _, _ := strings.Cut(rest, "/")
			return id
		}
	}
	return ""
}

func libvirtID(cgroup string) string {
	if path, ok := strings.CutSuffix(cgroup, ".libvirt-lxc"); ok {
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			return path[i+1:]
		}
	}
	const systemd = `-lxc\x2`
	if i := strings.Index(cgroup, systemd); i >= 0 {
		end := ".scope"
		if strings.Contains(cgroup, ".scope/libvirt") {
			end = ".scope/libvirt"
		}
		start := i + len(systemd) + 1 // the last digit of the escaped dash
		if id, ok := strings.CutSuffix(cgroup, end); ok && start <= len(id) {
			return id[start:]
		}
	}
	if _, id, ok := strings.Cut(cgroup, "/libvirt/lxc/"); ok {
		return id
	}
	return ""
}

func bpmID(cgroup string) string {
	_, rest, ok := strings.Cut(cgroup, "bpm-")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, ".scope")
	for _, c := range id {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && !strings.ContainsRune("._-", c) {
			return ""
		}
	}
	return id
}

// KnownContainer returns the container of a thread, or nil if it is not known or if it is the
// host.
func (s *State) KnownContainer(t *Thread) *Container {
	if t.ContainerID == "" {
		return nil
	}
	return s.containers.byID[t.ContainerID]
}

// Described reports whether the current event describes a container.
func (s *State) Described() bool { return s.containers.last != nil }
