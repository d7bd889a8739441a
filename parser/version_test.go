package parser_test

import (
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

func TestVersion(t *testing.T) {
	for text, want := range map[string][3]uint32{
		"0.31.0":             {0, 31, 0},
		" 1.+2.3-rc.4":       {1, 2, 3},
		"4294967297.0.0":     {1, 0, 0},
		"1.2.3.4.5 anything": {1, 2, 3},
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			if got, err := parser.Version(text); got != want || err != nil {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		})
	}
	for _, text := range []string{"", "1", "1.2", "v1.2.3", "1..2", "a.b.c"} {
		t.Run("not "+subtest.Name(text), func(t *testing.T) {
			if got, err := parser.Version(text); err == nil {
				t.Errorf("got %v", got)
			}
		})
	}
}
