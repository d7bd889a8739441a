package golden

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// JSONKeys fails the test unless the page at path mentions, in backquotes, every
// JSON key of the type and of the types nested in it.
func JSONKeys(t *testing.T, path string, of reflect.Type) {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	keys := jsonKeys(of, map[reflect.Type]bool{})
	if len(keys) == 0 {
		t.Fatalf("type %s has no JSON keys", of)
	}
	for _, key := range keys {
		if !strings.Contains(string(page), "`"+key+"`") {
			t.Errorf("%s does not mention the key %q of %s", path, key, of)
		}
	}
}

// jsonKeys returns the keys of a type and its nested types, except those seen.
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
