package loader_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// TestNotices looks at what Falco does not say.
func TestNotices(t *testing.T) {
	for _, test := range []struct{ name, yaml, want string }{
		{"a key twice", "- list: l\n  items: [a]\n  items: [b]\n", "f0.yaml:3:3 duplicate-key "},
		{"a definition twice", "- list: l\n  items: [a]\n- list: l\n  items: [b]\n", "f0.yaml:3:9 redefined "},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := loader.Load(files(test.yaml), allSources())
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
				return
			}
			var got []string
			for _, d := range set.Notices {
				got = append(got, fmt.Sprintf("%s %s %s", d.Range, d.Code, d.Hint))
			}
			if strings.Join(got, "\n") != test.want {
				t.Errorf("%s: got %q, want %q", test.name, got, test.want)
			}
		})
	}
}

// TestOddBytes looks at what becomes of bytes that are no text.
func TestOddBytes(t *testing.T) {
	set, err := loader.Load(files("- list: l\n  items: [\"a\xffb\", 'c\x01', \"\u0085d\"]\n"), allSources())
	if err != nil {
		t.Fatal(err)
	}
	if got := set.Lists[0].Items; !slices.Equal(got, []string{"a\xffb", "c\x01", "\u0085d"}) {
		t.Errorf("got %q", got)
	}
	_, err = loader.Load(files("- macro: \"\xff\xff\"\n  condition: [a]\n- macro: \xffm\n  condition: nosuch\n"), allSources())
	var ds diag.List
	if !errors.As(err, &ds) || ds[0].Range.String() != "f0.yaml:2:14" || ds[1].Range.String() != "f0.yaml:4:14" {
		t.Errorf("got %v", ds)
	}
}
