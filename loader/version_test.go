package loader_test

import (
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"
)

func TestVersions(t *testing.T) {
	for _, test := range []struct {
		text   string
		engine string // or an error
		plugin string
	}{
		{"15", "0.15.0", ""},
		{"0.31.0", "0.31.0", "0.31.0"},
		{"1.2.3-rc1+build", "1.2.3", "1.2.3"},
		{"", "", ""},
		{"0.31", "", ""},
		{"-1", "", ""},
		{"1.2.3.4", "1.2.3", "1.2.3"},
		{"1.2.3rc", "1.2.3", "1.2.3"},
		{"0100", "0.64.0", ""},
		{"08", "", ""},
		{"1_0", "", ""},
		{"0b1", "", ""},
		{"v1.2.3", "", ""},
		{"99999999999", "", ""},
		{"0x10", "0.16.0", ""},
	} {
		t.Run(subtest.Name(test.text), func(t *testing.T) {
			for _, kind := range []struct {
				parse func(string) (loader.Version, error)
				want  string
			}{{loader.ParseEngineVersion, test.engine}, {loader.ParsePluginVersion, test.plugin}} {
				v, err := kind.parse(test.text)
				if got := v.String(); (err == nil) != (kind.want != "") || err == nil && got != kind.want {
					t.Errorf("%q: got %s, %v, want %q", test.text, got, err, kind.want)
				}
			}
		})
	}
}

func TestSatisfies(t *testing.T) {
	v := loader.Version{Major: 0, Minor: 63, Patch: 1}
	for want, ok := range map[loader.Version]bool{
		{Minor: 63, Patch: 1}: true,
		{Minor: 63}:           true,
		{Minor: 15, Patch: 9}: true,
		{Minor: 63, Patch: 2}: false,
		{Minor: 64}:           false,
		{Major: 1}:            false,
	} {
		t.Run(want.String(), func(t *testing.T) {
			if v.Satisfies(want) != ok {
				t.Errorf("%s satisfies %s: want %v", v, want, ok)
			}
		})
	}
}
