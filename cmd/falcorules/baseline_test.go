package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzBaseline reads arbitrary baselines. Those that are valid are the same after they are
// written and read again.
func FuzzBaseline(f *testing.F) {
	f.Add(`{"findings": [{"id": "a", "file": "b", "item": "rule c", "message": "d \u202e \" 🙂"}]}`)
	f.Add(`{"findings": [{"id": 1}, []]}`)
	f.Add(`{"findings": []}`)
	f.Fuzz(func(t *testing.T, text string) {
		entries, errs := readBaseline(strings.NewReader(text), "base.json")
		if len(errs) > 0 || !utf8.ValidString(text) || strings.Contains(text, "!!binary") {
			return
		}
		written, err := encodeBaseline(entries)
		if err != nil {
			t.Fatal(err)
		}
		again, errs := readBaseline(bytes.NewReader(written), "base.json")
		if len(errs) > 0 || !slices.Equal(again, entries) {
			t.Errorf("%q became %q, %v", entries, again, errs)
		}
	})
}

func TestBaselineLimit(t *testing.T) {
	_, errs := readBaseline(strings.NewReader(strings.Repeat(" ", maxBaseline+1)), "base.json")
	if len(errs) != 1 || errs[0].Message != "the file has more than 16777216 bytes" {
		t.Error(errs)
	}
}
