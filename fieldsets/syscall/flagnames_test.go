package syscall_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/subtest"
)

func TestParamFlags(t *testing.T) {
	want := []syscall.FlagSet{{Events: []string{"llseek", "lseek"}, Enum: true, Flags: []syscall.Flag{{"SEEK_SET", 0}, {"SEEK_CUR", 1}, {"SEEK_END", 2}}}}
	if diff := cmp.Diff(want, syscall.ParamFlags("whence")); diff != "" {
		t.Errorf("whence (-want +got):\n%s", diff)
	}
	for _, set := range syscall.ParamFlags("flags") {
		has := slices.Contains(set.Flags, syscall.Flag{Name: "O_RDWR", Value: 3})
		if of := slices.Contains(set.Events, "openat"); has != of || set.Enum {
			t.Errorf("%v: O_RDWR is a flag: %v", set.Events, has)
		}
	}
	if got := syscall.ParamFlags("fd"); got != nil {
		t.Errorf("fd: got %v", got)
	}
}

// TestFlagsAreOfParameters checks that all flags are of existing parameters.
func TestFlagsAreOfParameters(t *testing.T) {
	of := map[string][]string{}
	for _, e := range syscall.EventTypes() {
		for _, p := range e.Params {
			of[p.Name] = append(of[p.Name], e.Name)
		}
	}
	n := 0
	for param, events := range of {
		t.Run(subtest.Name(param), func(t *testing.T) {
			for _, set := range syscall.ParamFlags(param) {
				if len(set.Flags) == 0 {
					t.Errorf("%s of %v has no flags", param, set.Events)
				}
				for _, event := range set.Events {
					if n++; !slices.Contains(events, event) && event != "umount" { // its old version has flags
						t.Errorf("%s has no parameter %s", event, param)
					}
				}
			}
		})
	}
	if n < 50 {
		t.Errorf("%d parameters have flags", n)
	}
}
