package golden

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// JSONKeys fails the test where the page at path does not have, in backquotes, each
// key of the JSON of a type and of those in it.
func JSONKeys(t *testing.T, path string, of reflect.Type) {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	keys := jsonKeys(of, map[reflect.Type]bool{})
	if len(keys) == 0 {
		t.Fatalf("%s has no keys", of)
	}
	for _, key := range keys {
		if !strings.Contains(string(page), "`"+key+"`") {
			t.Errorf("%s does not have the key %q of %s", path, key, of)
		}
	}
}

// jsonKeys returns the keys of a type and of those in it that are not seen yet.
func jsonKeys(of reflect.Type, seen map[reflect.Type]bool) []string {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice:
		return jsonKeys(of.Elem(), seen)
	case reflect.Struct:
	default:
		return nil
	}
	if seen[of] {
		return nil
	}
	seen[of] = true
	var keys []string
	for field := range of.Fields() {
		if key, _, _ := strings.Cut(field.Tag.Get("json"), ","); !field.Anonymous {
			keys = append(keys, key)
		}
		keys = append(keys, jsonKeys(field.Type, seen)...)
	}
	return keys
}
