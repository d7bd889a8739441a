package syscall_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

func TestEventTypes(t *testing.T) {
	types := map[string]syscall.EventType{}
	last := ""
	for _, e := range syscall.EventTypes() {
		t.Run(e.Name, func(t *testing.T) {
			types[e.Name] = e
			if e.Name <= last || !syscall.IsEventType(e.Name) {
				t.Errorf("%q is listed after %q or is not an event type", e.Name, last)
			}
			last = e.Name
			for _, p := range e.Params {
				if _, ok := syscall.EventParam(p.Name); !ok {
					t.Errorf("%s: evt.arg.%s does not exist", e.Name, p.Name)
				}
			}
		})
	}
	for _, want := range []syscall.EventType{
		{Name: "open", Direction: "<", Category: "file", IsCall: true, UsesFD: true, ReturnsFD: true, Params: []syscall.Param{{Name: "fd", Type: fieldsets.FD}, {Name: "name", Type: fieldsets.FSPath}, {Name: "flags", Type: fieldsets.Flags32, Print: fieldsets.PrintHex}, {Name: "mode", Type: fieldsets.Uint32, Print: fieldsets.PrintOctal}, {Name: "dev", Type: fieldsets.Uint32, Print: fieldsets.PrintHex}, {Name: "ino", Type: fieldsets.Uint64}}},
		{Name: "getpid", Direction: "<", Category: "other", IsCall: true, Generic: true, Params: []syscall.Param{{Name: "ID", Type: fieldsets.SyscallID}, {Name: "nativeID", Type: fieldsets.Uint16}}},
		{Name: "asyncevent", Direction: ">", Category: "other", Params: types["asyncevent"].Params},
	} {
		t.Run(want.Name, func(t *testing.T) {
			if diff := cmp.Diff(want, types[want.Name]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", want.Name, diff)
			}
		})
	}
	if _, ok := types["NA"]; ok || len(types) < 400 {
		t.Errorf("got %d event types", len(types))
	}
}
