package rulesfile_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/falcorules/falcorules/rulesfile"
)

func ExampleKind_Key() {
	key, ok := rulesfile.Rule.Key("tags")
	fmt.Println(ok, key.Type, key.Append, key.Replace)

	key, _ = rulesfile.Rule.Key("capture")
	fmt.Println(key.Type, key.Append, key.Replace, key.Since)

	_, ok = rulesfile.Macro.Key("tags")
	fmt.Println(ok)
	// Output:
	// true list of text true true
	// true or false false true 57
	// false
}

func TestKeys(t *testing.T) {
	for kind := rulesfile.Unknown; kind <= rulesfile.Alternative; kind++ {
		t.Run(kind.String(), func(t *testing.T) {
			names := slices.Collect(kind.KeyNames())
			if (len(names) == 0) != (kind == rulesfile.Unknown) {
				t.Errorf("the kind has the keys %q", names)
			}
			for key := range kind.Keys() {
				if key.Append && !key.Replace {
					t.Errorf("%s can be appended to and not replaced", key.Name)
				}
				if key.Type.String() == "" {
					t.Errorf("%s has a type without a name", key.Name)
				}
			}
			slices.Sort(names)
			if unique := slices.Compact(slices.Clone(names)); len(unique) < len(names) {
				t.Errorf("a key is there twice: %q", names)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	for kind := range rulesfile.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			if key, ok := kind.Key(kind.String()); !ok || key.Replace {
				t.Errorf("the key that decides the kind is %+v, %v", key, ok)
			}
		})
	}
}
