package capture

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/state"
)

// Summary describes a capture.
type Summary struct {
	// Sections is the number of captures in the file: files can be joined.
	Sections int `json:"sections"`
	// Hostname and CPUs describe the machine of the last section.
	Hostname string `json:"hostname,omitempty"`
	CPUs     int    `json:"cpus"`
	// The lists that describe the state at the start.
	Threads    int `json:"threads"`
	Files      int `json:"files"`
	Interfaces int `json:"interfaces"`
	Users      int `json:"users"`
	Groups     int `json:"groups"`
	// Events is the number of events for rules: without the enter events of system calls.
	Events int64 `json:"events"`
	// First and Last are the times of the first and last of them.
	First *time.Time `json:"first,omitempty"`
	Last  *time.Time `json:"last,omitempty"`
	// LostEntries and LostEvents are as in [Reader.Lost].
	LostEntries int64 `json:"lost_entries,omitempty"`
	LostEvents  int64 `json:"lost_events,omitempty"`
	// Types has the numbers of events of each type, the most frequent first.
	Types []Count `json:"types"`
	// Containers are those in which processes ran or that events describe, by ID.
	Containers []Container `json:"containers"`
}

// Count is a number of events.
type Count struct {
	Type   string `json:"type"`
	Events int64  `json:"events"`
}

// Container is a container in a capture. Only the ID is known for sure.
type Container struct {
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"`
	Image string `json:"image,omitempty"`
}

// most limits the types and the containers of a Summary, which a hostile capture can invent.
const most = 10_000

// Summarize reads a capture to its end. The error is an [*Error]; the Summary then describes
// what comes before it.
func Summarize(in io.Reader) (*Summary, error) {
	s := new(Summary)
	r, err := NewReader(in, new(fieldsets.Stream))
	if err != nil {
		return s, err
	}
	r.item = s.count
	types, containers := map[string]int64{}, map[string]Container{}
	note := func(id string, c *state.Container) {
		if known, ok := containers[id]; id == "" || len(containers) >= most || ok && known.Image != "" {
			return
		}
		found := Container{ID: id}
		if c != nil {
			found.Name, found.Image = c.Name, c.Image
		}
		containers[id] = found
	}
	for {
		var ev *fieldsets.Event
		if ev, err = r.Next(); err != nil {
			break
		}
		s.Events++
		at := time.Unix(0, ev.Time).UTC()
		if s.First == nil {
			s.First = &at
		}
		s.Last = &at
		name := r.data.name()
		if _, ok := types[name]; ok || len(types) < most {
			types[name]++
		}
		if t := r.state.EventThread(); t != nil {
			note(t.ContainerID, r.state.KnownContainer(t))
		}
	}
	for _, c := range r.state.Containers() {
		note(c.ID, c)
	}
	for name, n := range types {
		s.Types = append(s.Types, Count{name, n})
	}
	slices.SortFunc(s.Types, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.Type, b.Type)) })
	for _, id := range slices.Sorted(maps.Keys(containers)) {
		s.Containers = append(s.Containers, containers[id])
	}
	s.Hostname, s.CPUs = r.state.Machine.Hostname, int(r.state.Machine.CPUs)
	s.LostEntries, s.LostEvents = r.Lost()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return s, err
}

// count counts an item of the lists.
func (s *Summary) count(kind scap.Kind) {
	switch kind {
	case scap.SectionItem:
		s.Sections++
	case scap.ProcessItem:
		s.Threads++
	case scap.FileItem:
		s.Files++
	case scap.IfaceItem:
		s.Interfaces++
	case scap.UserItem:
		s.Users++
	case scap.GroupItem:
		s.Groups++
	}
}
