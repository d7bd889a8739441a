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
