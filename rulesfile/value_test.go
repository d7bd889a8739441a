package rulesfile_test

import (
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

// A key that is missing is as common as a typo, so callers need not ask first.
func TestMissingValue(t *testing.T) {
	var v rulesfile.Value
	if v.Exists() || v.IsScalar() || v.IsList() || v.IsMapping() || v.IsNull() || v.Text() != "" || v.Len() != 0 || v.Has("a") || v.Get("a").Exists() {
		t.Error("the zero Value has something")
	}
	for range v.Entries() {
		t.Error("the zero Value has entries")
	}
	for range v.Pairs() {
		t.Error("the zero Value has pairs")
	}
	if c := v.Pair("a").Comments(); len(c.Head)+len(c.Foot) > 0 {
		t.Error("a missing key has comments")
	}
	if v.Range() != (diag.Range{}) || v.TextRange(0, 1) != (diag.Range{}) || v.Pos() != (diag.Pos{}) || v.Describe() != "nothing" {
		t.Error("the zero Value is somewhere")
	}
}
