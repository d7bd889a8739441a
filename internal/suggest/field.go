package suggest

import (
	"iter"
	"slices"
	"strings"
	"unicode"
)

// maxName is the length in bytes of the longest word that is looked for: nobody
// misspells a name of more.
const maxName = 120

// Fields are the fields of a source, among which a name is looked for.
type Fields struct {
	// Source is the name of the source.
	Source string
	// Names are the names of all fields, sorted.
	Names []string
	// Plain are the names of those that are current and need no argument. They
	// are preferred.
	Plain []string
}

// Field returns the field that a name means which is none, or nothing. The field
// can have an argument. Nearness goes by meaning: the table of meanings comes
// first, then names that differ in separators and case alone, then names that the
// written one is the beginning of, or has the parts of, and in the end typing
// mistakes. Where two fields are equally near, neither is returned.
func (f Fields) Field(written string) string {
	if len(written) > maxName {
		return ""
	}
	words := []string{written}
	if other := regroup(written); other != "" {
		words = append(words, other)
	}
	for _, find := range []func(string) string{f.meant, f.respelled, f.ofEvent, f.begun, f.parted, f.mistyped, f.inDocument} {
		for _, word := range words {
			if name := find(word); name != "" {
				return name
			}
		}
	}
	return ""
}

// regroup returns the name with its group as it is called here, where the table
// has the group under another name.
func regroup(written string) string {
	for end := len(written); end > 0; end = strings.LastIndexByte(written[:end], '.') {
		if end == len(written) {
			continue
		}
		if group := meant(groupSection, written[:end]); group != "" {
			return group + written[end:]
		}
	}
	return ""
}

// meant looks the name up in the table.
func (f Fields) meant(written string) string { return meant(f.Source, written) }

// respelled looks for a name that differs in separators and case alone.
func (f Fields) respelled(written string) string {
	key := squash(written)
	return f.only(f.Names, func(name string) bool { return squashesTo(name, key) })
}

// ofEvent looks for a field behind evt: everything in a rule is about the event, as
// in evt.container.id.
func (f Fields) ofEvent(written string) string {
	name, ok := strings.CutPrefix(strings.ToLower(written), "evt.")
	if _, known := slices.BinarySearch(f.Names, name); !ok || !known {
		return ""
	}
	return name
}

// squashesTo reports whether squash makes key of an ASCII name.
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

// only returns the only one of some names that fits, or nothing.
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

// auditKeys are the keys that an audit event of Kubernetes has at its top, and the
// keys below them where these are always the same.
var auditKeys = map[string][]string{
	"kind": {}, "apiVersion": {}, "level": {}, "auditID": {}, "stage": {}, "requestURI": {}, "verb": {}, "sourceIPs": {}, "userAgent": {},
	"requestReceivedTimestamp": {}, "stageTimestamp": {},
	"user":             {"username", "uid", "groups", "extra"},
	"impersonatedUser": {"username", "uid", "groups", "extra"},
	"objectRef":        {"resource", "namespace", "name", "uid", "apiGroup", "apiVersion", "resourceVersion", "subresource"},
	"responseStatus":   {"metadata", "status", "message", "reason", "details", "code"},
	"requestObject":    nil, "responseObject": nil, "annotations": nil,
}

// inDocument returns the field for a path into the JSON document of an event,
// written with dots: ka.requestObject.spec.nodeName.
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
	case group != "jevt" && group != "json" && (group != "ka" || !nested):
		return ""
	}
	return "jevt.value[/" + strings.ReplaceAll(path, ".", "/") + "]"
}

// minBegun is how many letters of the last part of a name have to be written for
// the rest to be guessed.
const minBegun = 3

// begun looks for the names that the written one is the beginning of. The
// shortest is returned if all others only continue it, as fd.nameraw does fd.name.
func (f Fields) begun(written string) string {
	last := written[strings.LastIndexByte(written, '.')+1:]
	if len(last) < minBegun || len(last) == len(written) {
		return ""
	}
	shortest := ""
	for _, name := range f.Plain {
		if len(name) <= len(written) || !strings.EqualFold(name[:len(written)], written) || name[len(written)] == '.' {
			continue
		}
		switch {
		case shortest == "":
			shortest = name // the names are sorted: what continues it follows
		case !strings.HasPrefix(name, shortest):
			return ""
		}
	}
	return shortest
}

// generalParts are ends of names that say nothing without the part before them:
// ka.req.name is not ka.req.configmap.name.
var generalParts = []string{"name", "id", "type", "obj", "url", "raw", "description"}

// parted looks for a name that has all parts of the written one, in this order,
// and one more between them: container.image.tag for container.tag.
func (f Fields) parted(written string) string {
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

// mistyped looks for the name that a typing mistake made the written one of.
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

// maxTypos is how many typing mistakes a name can have.
const maxTypos = 2

// typos counts the typing mistakes that make the parts of a name of another name,
// or returns limit+1 where they are more than limit, or no typing mistakes.
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

// typing counts the typing mistakes that make one word of another, or returns 0
// where these are hardly the same word. The first letter counts: in names of
// fields it tells the parent, an ancestor and the two ends of a connection apart.
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
	case short <= 4 && len(a) == len(b) && !anagrams(a, b): // uid and gid, desc and dest are two words
		return 0
	case strings.HasSuffix(a, "id") && strings.HasSuffix(b, "id") && !anagrams(a, b): // and so are suid and sid
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

// Parameter returns the parameter of an event that was meant by a word that is none,
// or nothing. All are the parameters.
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
