package suggest

import (
	"slices"
	"testing"
)

func TestShortened(t *testing.T) {
	if got := Nearest("fd.nam", slices.Values([]string{"fd.num", "fd.name", "fd.nameraw"})); got != "fd.name" {
		t.Errorf("got %q", got)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"contains", "icontains", "startswith", "in", "exists", "ka.verb", "ka.user.name", "warning", "spawned_process"}
	for word, want := range map[string]string{
		"contians":          "contains",
		"Contains":          "contains",
		"icontain":          "icontains",
		"startwith":         "startswith",
		"inn":               "in",
		"exist":             "exists",
		"ka.vreb":           "ka.verb",
		"ka.usr.name":       "ka.user.name",
		"warn":              "warning",
		"spawnd_proces":     "spawned_process",
		"HIGH":              "",
		"is":                "in",
		"":                  "",
		"something_else":    "",
		"ka.target.resorce": "",
		"contain":           "contains", // and not icontains
	} {
		if got := Nearest(word, slices.Values(words)); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
