package report

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestDocs looks whether the page about tests has all keys of the JSON reports.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var look func(reflect.Type)
	look = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice:
			look(of.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[of] {
			return
		}
		seen[of] = true
		for i := range of.NumField() {
			field := of.Field(i)
			key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !field.Anonymous && !strings.Contains(string(page), "`"+key+"`") {
				t.Errorf("docs/testing.md does not have the key %q of %s", key, of)
			}
			look(field.Type)
		}
	}
	look(reflect.TypeFor[jsonResults]())
	if len(seen) < 10 {
		t.Errorf("%d types were looked at", len(seen))
	}
}
