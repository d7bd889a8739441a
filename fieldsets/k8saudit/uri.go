package k8saudit

import (
	"net/url"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// uriParam reads the first value of the parameter of the request that the key
// names. A request whose URI or whose parameters, any of them, cannot be read
// has no value.
func uriParam() reader {
	return keyed(func(root jsonfields.Node, key string, out *fieldsets.Values) {
		n := root.Get("requestURI")
		if !n.Exists() {
			return
		}
		// API servers write & as \u0026: the text is put together in the
		// memory of out, where it stays good after the value is dropped.
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

// rawQuery returns what stands behind the question mark of a URI, if
// [url.Parse] takes it.
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

// isPlainPath reports whether s is a path that [url.Parse] takes without
// further ado, which the paths of API servers are: url.Parse asks for memory.
func isPlainPath(s string) bool {
	return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && isPlain(s, "#%")
}

// isPlain reports whether s has neither control characters nor any of special.
func isPlain(s, special string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return !strings.ContainsAny(s, special)
}

// queryParam returns the first value of a parameter of a query. As
// [url.ParseQuery] has it, all parameters must be well-formed.
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

// isWellEscaped reports whether two hexadecimal digits follow every %.
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

// unescape undoes the escapes of a well-formed name or value.
func unescape(s string) string {
	s, _ = url.QueryUnescape(s) // There are no other errors.
	return s
}
