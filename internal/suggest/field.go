package suggest

import (
	"iter"
	"slices"
	"strings"
	"unicode"
)

// maxName limits the length of words in bytes. Longer words get no suggestion.
const maxName = 120

// Fields are the fields of a source, which are candidates for suggestions.
type Fields struct {
	// Source is the name of the source.
	Source string
	// Names are the names of all fields, sorted.
	Names []string
	// Plain are the names of those that are not deprecated and need no argument. They
	// are preferred.
	Plain []string
}

// Field returns the field that the author of an unknown name probably meant, with an
// argument if it needs one, or "". It tries the table of meanings first, then names that
// differ only in separators and letter case, then names with the same words, then paths in
// JSON events, then names that continue the unknown one or have its parts, and finally
// typing mistakes. If two fields are equally likely, it returns "".
func (f Fields) Field(written string) string {
	if len(written) > maxName {
		return ""
	}
	names := f.inGroups(written)
	for _, find := range []func(string) string{f.meant, f.respelled, f.labeled, f.inOtherWords, f.inDocument} {
		for _, name := range names {
			if field := find(name); field != "" {
				return field
			}
		}
	}
	names = names[:1]
	if other := regroup(written); other != "" {
		names = append(names, other)
	}
	for _, find := range []func(string) string{f.completed, f.extended, f.mistyped} {
		for _, name := range names {
			if field := find(name); field != "" {
				return field
			}
		}
	}
	return ""
}

// inGroups returns the name and the same name with other groups: those that the table has
// for its group, those inside of its group, and the group of the source's own fields.
func (f Fields) inGroups(written string) []string {
	names := []string{written}
	for rest := written; rest != ""; rest = inner(rest) {
		if rest != written {
			names = append(names, rest)
		}
		if other := regroup(rest); other != "" {
			names = append(names, other)
		}
	}
	if group := meant(sourceGroupSection, f.Source); group != "" && !strings.HasPrefix(written, group+".") {
		names = append(names, group+"."+written)
	}
	return names
}

// inner returns the name without its first group, if the table has the next group as one
// that can be inside of it, or "".
func inner(name string) string {
	group, rest, _ := strings.Cut(name, ".")
	next, _, nested := strings.Cut(rest, ".")
	if !nested || !slices.Contains(strings.Fields(meant(outerGroupSection, group)), strings.ToLower(next)) {
		return ""
	}
	return rest
}

// regroup returns the name with another group of fields, if the table has one for its
// group, or "".
func regroup(written string) string {
	for end := strings.LastIndexByte(written, '.'); end > 0; end = strings.LastIndexByte(written[:end], '.') {
		if group := meant(groupSection, written[:end]); group != "" {
			return group + written[end:]
		}
	}
	return ""
}

// meant looks the name up in the table of meanings.
func (f Fields) meant(written string) string { return meant(f.Source, written) }

// respelled returns the name that differs only in separators and letter case.
func (f Fields) respelled(written string) string {
	key := squash(written)
	return f.only(f.Names, func(name string) bool { return squashesTo(name, key) })
}

// labeled returns the field with an argument that is written like a part of the name, as
// in k8s.pod.labels.app and proc.env.HOME.
func (f Fields) labeled(written string) string {
	for _, list := range []struct{ written, field string }{{".labels.", ".label"}, {".label.", ".label"}, {".env.", ".env"}} {
		object, key, ok := strings.Cut(written, list.written)
		if _, known := slices.BinarySearch(f.Names, object+list.field); ok && known && key != "" {
			return object + list.field + "[" + key + "]"
		}
	}
	return ""
}

// squashesTo reports whether squash returns key for an ASCII name.
func squashesTo(name, key string) bool {
	at := 0
	for _, r := range name {
		switch {
		case isSeparator(r):
		case at == len(key) || byte(unicode.ToLower(r)) != key[at]:
			return false
		default:
			at++
		}
	}
	return at == len(key)
}

// only returns the name that fits, or "" unless exactly one does.
func (f Fields) only(names []string, fits func(string) bool) string {
	found := ""
	for _, name := range names {
		if fits(name) {
			if found != "" {
				return ""
			}
			found = name
		}
	}
	return found
}

// auditKeys are the keys of a Kubernetes audit event. Their values are the keys below them,
// or nil if there can be any.
var auditKeys = map[string][]string{
	"kind": {}, "apiVersion": {}, "level": {}, "auditID": {}, "stage": {}, "requestURI": {}, "verb": {}, "sourceIPs": {}, "userAgent": {},
	"requestReceivedTimestamp": {}, "stageTimestamp": {},
	"user":             {"username", "uid", "groups", "extra"},
	"impersonatedUser": {"username", "uid", "groups", "extra"},
	"objectRef":        {"resource", "namespace", "name", "uid", "apiGroup", "apiVersion", "resourceVersion", "subresource"},
	"responseStatus":   {"metadata", "status", "message", "reason", "details", "code"},
	"requestObject":    nil, "responseObject": nil, "annotations": nil,
}

// inDocument returns the field for a path with dots in the JSON of an event, such as
// ka.requestObject.spec.nodeName.
func (f Fields) inDocument(written string) string {
	if _, ok := slices.BinarySearch(f.Names, "jevt.value"); !ok {
		return ""
	}
	group, path, _ := strings.Cut(written, ".")
	if group == "jevt" || group == "json" {
		path = strings.TrimPrefix(path, "value.")
	}
	key, below, nested := strings.Cut(path, ".")
	keys, known := auditKeys[key]
	below, _, _ = strings.Cut(below, ".")
	switch {
	case !known || strings.Contains(path, "..") || strings.HasSuffix(path, "."):
		return ""
	case nested && keys != nil && !slices.Contains(keys, below):
		return ""
	case group != "jevt" && group != "json" && (group != "ka" || !nested && (keys == nil || len(keys) > 0)):
		return ""
	}
	return "jevt.value[/" + strings.ReplaceAll(path, ".", "/") + "]"
}

// minPrefix is the minimum length of the last part of a name that is completed.
const minPrefix = 3

// completed returns the name that starts with the written one. If there are several, it
// returns the shortest if the others start with that, as fd.nameraw does with fd.name.
func (f Fields) completed(written string) string {
	last := written[strings.LastIndexByte(written, '.')+1:]
	if len(last) < minPrefix || len(last) == len(written) {
		return ""
	}
	shortest := ""
	for _, name := range f.Plain {
		if len(name) <= len(written) || !strings.EqualFold(name[:len(written)], written) || name[len(written)] == '.' {
			continue
		}
		switch {
		case shortest == "":
			shortest = name // names are sorted, so longer ones follow
		case !strings.HasPrefix(name, shortest):
			return ""
		}
	}
	return shortest
}

// generalParts are last parts of names that mean nothing without the part before them:
// ka.req.name is not ka.req.configmap.name.
var generalParts = []string{"name", "id", "type", "obj", "url", "raw", "description"}

// extended returns the name that has the parts of the written one and one more between
// them, as container.image.tag for container.tag.
func (f Fields) extended(written string) string {
	parts := strings.Split(strings.ToLower(written), ".")
	if len(parts) < 2 || parts[0] == "evt" { // evt.exit is not evt.count.exit
		return ""
	}
	return f.only(f.Plain, func(name string) bool {
		if len(name) <= len(written) || strings.Count(name, ".") != len(parts) {
			return false
		}
		more := strings.Split(strings.ToLower(name), ".")
		last := parts[len(parts)-1]
		if more[0] != parts[0] || more[len(more)-1] != last {
			return false
		}
		if slices.Contains(generalParts, last) && more[len(more)-2] != parts[len(parts)-2] {
			return false
		}
		next := 0
		for _, part := range more {
			if next < len(parts) && part == parts[next] {
				next++
			}
		}
		return next == len(parts)
	})
}

// mistyped returns the name with the fewest typing mistakes.
func (f Fields) mistyped(written string) string {
	parts := strings.Split(strings.ToLower(written), ".")
	if len(parts) < 2 {
		return ""
	}
	_, known := slices.BinarySearchFunc(f.Names, parts[0]+".", func(name, group string) int {
		if strings.HasPrefix(name, group) {
			return 0
		}
		return strings.Compare(name, group)
	})
	for _, names := range [][]string{f.Plain, f.Names} {
		best, least, tie := "", maxTypos+1, false
		for _, name := range names {
			if known && !strings.HasPrefix(name, parts[0]+".") {
				continue
			}
			switch n := typos(parts, name, least); {
			case n < least:
				best, least, tie = name, n, false
			case n == least && n <= maxTypos:
				tie = true
			}
		}
		if best != "" {
			if tie {
				return ""
			}
			return best
		}
	}
	return ""
}

// maxTypos limits the typing mistakes in a name.
const maxTypos = 2

// typos returns the number of typing mistakes between the parts of a name and another name.
// It returns limit+1 if there are more than limit, or if the names differ otherwise.
func typos(parts []string, name string, limit int) int {
	if strings.Count(name, ".") != len(parts)-1 {
		return limit + 1
	}
	sum := 0
	for _, part := range parts {
		var other string
		other, name, _ = strings.Cut(name, ".")
		if other = strings.ToLower(other); other != part {
			n := typing(part, other)
			if n == 0 {
				return limit + 1
			}
			if sum += n; sum > limit {
				return limit + 1
			}
		}
	}
	return sum
}

// typing returns the number of typing mistakes between two words, or 0 if they are probably
// different words. The first letters must be equal, because in names of fields they
// distinguish parents, ancestors and the ends of a connection.
func typing(a, b string) int {
	short := min(len(a), len(b))
	swapped := short > 1 && a[0] == b[1] && a[1] == b[0]
	if short < 3 || a[0] != b[0] && !swapped {
		return 0
	}
	limit := 1
	if short >= 8 {
		limit = 2
	}
	n := distance(a, b, limit+1)
	switch {
	case n > limit:
		return 0
	case short <= 4 && len(a) == len(b) && !anagrams(a, b): // such as uid and gid, desc and dest
		return 0
	case strings.HasSuffix(a, "id") && strings.HasSuffix(b, "id") && !anagrams(a, b): // such as suid and sid
		return 0
	}
	return n
}

// anagrams reports whether two words have the same letters.
func anagrams(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	var count [256]int
	for i := range len(a) {
		count[a[i]]++
		count[b[i]]--
	}
	return count == [256]int{}
}

// Parameter returns the event parameter that the author of an unknown one probably meant, or
// "". All parameters are candidates.
func Parameter(word string, all iter.Seq[string]) string {
	if len(word) > maxName {
		return ""
	}
	name := meant(parameterSection, word)
	if name == "" {
		least := maxTypos + 1
		for param := range all {
			n := typing(strings.ToLower(word), param)
			switch {
			case n == 0 || n > least:
			case n == least:
				name = ""
			default:
				name, least = param, n
			}
		}
	}
	if name == "-" {
		return ""
	}
	return name
}
