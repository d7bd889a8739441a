package k8saudit

import (
	"net/url"
	"testing"
)

// FuzzURIParam compares uriParam with the standard library, which the plugin uses.
func FuzzURIParam(f *testing.F) {
	for _, uri := range []string{
		"/p?a=1&b=2", "/p?a", "/p?%61=x%20y+z", "/p?a=%z1", "/p?a=1;b", "/p?a=1&;", "/%zz?a=1", "/p?a=1#%zz", "//h:x/p?a=1", "?a=1", "*", "", "/p?", "/?a=1?", "/p??a", "http://[::1]/?a=1", ":", "/\x7f?a", "/p?a=\n", "/p?%=41",
	} {
		f.Add(uri, "a")
	}
	f.Fuzz(func(t *testing.T, uri, name string) {
		want, found := "", false
		if u, err := url.Parse(uri); err == nil {
			if values, err := url.ParseQuery(u.RawQuery); err == nil && len(values[name]) > 0 {
				want, found = values[name][0], true
			}
		}
		got, ok := "", false
		if query, valid := rawQuery(uri); valid {
			got, ok = queryParam(query, name)
		}
		if ok != found || got != want {
			t.Errorf("%q: parameter %q is %q, %v, want %q, %v", uri, name, got, ok, want, found)
		}
	})
}
