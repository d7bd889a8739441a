package k8saudit

import (
	"net/url"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// uriParam reads the first value of the query parameter named by the key. There is no
// value if the URI or any of its parameters is malformed.
func uriParam() reader {
	return keyed(func(root jsonfields.Node, key string, out *fieldsets.Values) {
		n := root.Get("requestURI")
		if !n.Exists() {
			return
		}
		// API servers write & as \u0026, so the text has to be built. It uses the memory
		// of out, which stays valid after Truncate.
		had := out.Len()
		out.AddBuilt(n.AppendText)
		uri := out.All()[had].Text()
		out.Truncate(had)
		if query, ok := rawQuery(uri); ok {
			if value, ok := queryParam(query, key); ok {
				jsonfields.AddText(out, value)
			}
		}
	})
}

// rawQuery returns the query of a URI if [url.Parse] accepts the URI.
func rawQuery(uri string) (string, bool) {
	if path, query, _ := strings.Cut(uri, "?"); isPlainPath(path) && isPlain(query, "#") {
		return query, true
	}
	u, err := url.Parse(uri)
	if err != nil {
		return "", false
	}
	return u.RawQuery, true
}

// isPlainPath reports whether s is a path that [url.Parse] certainly accepts. This covers
// the paths of API servers and saves url.Parse's allocations.
func isPlainPath(s string) bool {
	return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && isPlain(s, "#%")
}

// isPlain reports whether s has no control characters and none of special.
func isPlain(s, special string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return !strings.ContainsAny(s, special)
}

// queryParam returns the first value of a query parameter. As in [url.ParseQuery], all
// parameters must be well-formed.
func queryParam(query, name string) (value string, ok bool) {
	for query != "" {
		var param string
		param, query, _ = strings.Cut(query, "&")
		if strings.Contains(param, ";") || !isWellEscaped(param) {
			return "", false
		}
		if ok || param == "" {
			continue
		}
		k, v, _ := strings.Cut(param, "=")
		if unescape(k) == name {
			value, ok = v, true
		}
	}
	return unescape(value), ok
}

// isWellEscaped reports whether each % is followed by two hexadecimal digits.
func isWellEscaped(s string) bool {
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			return true
		}
		if len(s) < i+3 || !isHex(s[i+1]) || !isHex(s[i+2]) {
			return false
		}
		s = s[i+3:]
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// unescape decodes the escapes of a well-formed name or value.
func unescape(s string) string {
	s, _ = url.QueryUnescape(s) // cannot fail
	return s
}
