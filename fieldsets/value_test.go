package fieldsets_test

import (
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
)

// TestFirst checks that First leaves nothing behind, whatever the extractor does.
func TestFirst(t *testing.T) {
	for _, test := range []struct {
		name  string
		read  fieldsets.Extractor
		want  string
		found bool
	}{
		{"nothing", func(*fieldsets.Event, *fieldsets.Values) {}, "", false},
		{"a value", func(_ *fieldsets.Event, out *fieldsets.Values) { out.AddText("a") }, "a", true},
		{"several", func(_ *fieldsets.Event, out *fieldsets.Values) { out.AddText("a"); out.AddText("b") }, "a", true},
		{"a list without elements", func(_ *fieldsets.Event, out *fieldsets.Values) { out.MarkPresent() }, "", false},
		{"a list and a value", func(_ *fieldsets.Event, out *fieldsets.Values) { out.MarkPresent(); out.AddText("a") }, "a", true},
		{"a change of mind", func(_ *fieldsets.Event, out *fieldsets.Values) {
			n := out.Len()
			out.AddText("a")
			out.Truncate(n)
		}, "", false},
		{"another", func(ev *fieldsets.Event, out *fieldsets.Values) {
			v, _ := out.First(ev, func(_ *fieldsets.Event, out *fieldsets.Values) { out.AddText("inner") })
			out.AddText(v.Text() + "!")
		}, "inner!", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, before := range []struct {
				name    string
				add     func(*fieldsets.Values)
				length  int
				present bool
			}{
				{"empty", func(*fieldsets.Values) {}, 0, false},
				{"present", func(vs *fieldsets.Values) { vs.MarkPresent() }, 0, true},
				{"with a value", func(vs *fieldsets.Values) { vs.AddText("x") }, 1, true},
			} {
				var vs fieldsets.Values
				before.add(&vs)
				v, found := vs.First(&fieldsets.Event{}, test.read)
				if v.Text() != test.want || found != test.found {
					t.Errorf("%s: got %q, %v", before.name, v.Text(), found)
				}
				if vs.Len() != before.length || vs.Present() != before.present {
					t.Errorf("%s: %d values are left, present is %v", before.name, vs.Len(), vs.Present())
				}
			}
		})
	}
}

func TestTruncate(t *testing.T) {
	var vs fieldsets.Values
	vs.MarkPresent()
	vs.AddText("a")
	vs.AddText("b")
	if vs.Truncate(1); vs.Len() != 1 || !vs.Present() {
		t.Errorf("%d values, present is %v", vs.Len(), vs.Present())
	}
	if vs.Truncate(9); vs.Len() != 1 || !vs.Present() {
		t.Errorf("%d values, present is %v", vs.Len(), vs.Present())
	}
	if vs.Truncate(0); vs.Len() != 0 || vs.Present() {
		t.Errorf("%d values, present is %v", vs.Len(), vs.Present())
	}
	if vs.Truncate(-1); vs.Len() != 0 {
		t.Errorf("%d values", vs.Len())
	}
}
