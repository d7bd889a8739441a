package diag

import (
	"encoding/json"
	"testing"
)

func TestRangeString(t *testing.T) {
	for _, test := range []struct {
		name string
		r    Range
		want string
	}{
		{"zero", Range{}, ""},
		{"file", Range{File: "a.yaml"}, "a.yaml"},
		{"position", Range{Start: Pos{4, 1, 5}}, "1:5"},
		{"both", Range{File: "a.yaml", Start: Pos{4, 1, 5}, End: Pos{6, 1, 7}}, "a.yaml:1:5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.r.String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestRangeJSON(t *testing.T) {
	for _, test := range []struct {
		name string
		r    Range
		want string
	}{
		{"zero", Range{}, `{}`},
		{"file", Range{File: "a&b.yaml"}, `{"file":"a&b.yaml"}`},
		{"start", Range{Start: Pos{0, 1, 1}}, `{"start":{"offset":0,"line":1,"column":1}}`},
		{"span", Span{Pos{4, 2, 1}, Pos{6, 2, 3}}.In("a"), `{"file":"a","start":{"offset":4,"line":2,"column":1},"end":{"offset":6,"line":2,"column":3}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.r.MarshalJSON()
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
			var back Range
			if err := json.Unmarshal(got, &back); err != nil || back != test.r {
				t.Errorf("read back as %+v, %v", back, err)
			}
		})
	}
}

func TestLineAt(t *testing.T) {
	const text = "ab\r\nc\n\rd"
	for _, test := range []struct {
		offset int
		want   string
	}{{-1, "ab"}, {0, "ab"}, {2, "ab"}, {3, ""}, {4, "c"}, {5, "c"}, {6, ""}, {7, "d"}, {8, "d"}, {9, "d"}} {
		if got := LineAt(text, test.offset); got != test.want {
			t.Errorf("at %d: got %q, want %q", test.offset, got, test.want)
		}
	}
}

// TestRangeUntil extends a range.
func TestRangeUntil(t *testing.T) {
	at := func(file string, start, end int) Range {
		return Range{File: file, Start: Pos{Offset: start, Line: 1, Column: start + 1}, End: Pos{Offset: end, Line: 1, Column: end + 1}}
	}
	first := at("a", 5, 6)
	for _, tt := range []struct {
		name       string
		last, want Range
	}{
		{"later", at("a", 8, 9), at("a", 5, 9)},
		{"earlier", at("a", 2, 4), first},
		{"another file", at("b", 8, 9), first},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := first.Until(tt.last); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if got := first.WithoutEnd(); got.End.IsValid() || got.Start != first.Start || got.File != first.File {
				t.Errorf("WithoutEnd returns %v", got)
			}
		})
	}
}
