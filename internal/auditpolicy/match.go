package auditpolicy

import (
	"slices"
	"strings"
)

// Extent is how much of a set something applies to.
type Extent uint8

// The extents.
const (
	// Nothing is no element of the set.
	Nothing Extent = iota
	// Some is possibly some elements, possibly all, and possibly none.
	Some
	// All is every element.
	All
)

// Texts is a set of texts.
type Texts interface {
	// Has reports whether a text is in the set.
	Has(text string) bool
	// List returns the texts in the set. It returns false if there are too many to list.
	List() ([]string, bool)
}

// Requests is a set of requests: all those whose attributes are in the sets. A set that is
// nil has every text. The empty text means that a request does not have the attribute.
//
// The groups of users can be any.
type Requests struct {
	// Users are the names of authenticated users. The empty text stands for requests
	// that were not authenticated.
	Users Texts
	Verbs Texts

	// OfResources says that there are requests of API resources. The fields below are
	// about them.
	OfResources                                        bool
	Groups, Resources, Subresources, Namespaces, Names Texts

	// OfPaths says that there are requests of other paths, which are in Paths.
	OfPaths bool
	Paths   Texts
}

// Match returns to which of the requests the rule applies, if no rule before it does. It
// may return Some instead of Nothing or All.
func (r *Rule) Match(q *Requests) Extent {
	extent := min(r.matchUsers(q.Users), extentOf(q.Verbs, r.Verbs))
	if len(r.UserGroups) > 0 {
		extent = min(extent, Some)
	}
	switch {
	case len(r.Namespaces) > 0 || len(r.Resources) > 0:
		return min(extent, kindExtent(q.OfResources, q.OfPaths), extentOf(q.Namespaces, r.Namespaces), r.matchResources(q))
	case len(r.NonResourceURLs) > 0:
		return min(extent, kindExtent(q.OfPaths, q.OfResources), r.matchPaths(q.Paths))
	}
	return extent
}

// matchUsers returns the extent of the users that Users match. They match no request that
// was not authenticated, even if the empty text is among them.
func (r *Rule) matchUsers(users Texts) Extent {
	named := r.Users
	if slices.Contains(named, "") {
		named = slices.DeleteFunc(slices.Clone(named), func(name string) bool { return name == "" })
		if len(named) == 0 {
			return Nothing
		}
	}
	return extentOf(users, named)
}

// kindExtent returns the extent of one kind of requests among two, given whether there are
// any of them.
func kindExtent(kind, other bool) Extent {
	switch {
	case !kind:
		return Nothing
	case other:
		return Some
	}
	return All
}

// matchResources returns the extent of the requests of resources that Resources match.
func (r *Rule) matchResources(q *Requests) Extent {
	if len(r.Resources) == 0 {
		return All
	}
	extent := Nothing
	for i := range r.Resources {
		extent = max(extent, r.Resources[i].match(q))
	}
	return extent
}

func (g *GroupResources) match(q *Requests) Extent {
	group := All
	if g.Group != "*" {
		group = extentOf(q.Groups, []string{g.Group})
	}
	if len(g.Resources) == 0 || group == Nothing {
		return group
	}
	extent := Nothing
	for _, pattern := range g.Resources {
		extent = max(extent, matchResource(pattern, q))
	}
	return min(group, extent, extentOf(q.Names, g.ResourceNames))
}

// matchResource returns the extent of a pattern such as pods, pods/log, pods/*, */status
// or *. As in the API server, pods/* also matches pods.
func matchResource(pattern string, q *Requests) Extent {
	if pattern == "*" {
		return All
	}
	resource, subresource, found := strings.Cut(pattern, "/")
	if !found {
		return min(extentOf(q.Resources, []string{resource}), extentOf(q.Subresources, []string{""}))
	}
	if subresource == "" {
		return Nothing
	}
	extent := min(extentOf(q.Resources, []string{resource}), extentOf(q.Subresources, []string{subresource}))
	if resource == "*" {
		extent = max(extent, extentOf(q.Subresources, []string{subresource}))
	}
	if resource, ok := strings.CutSuffix(pattern, "/*"); ok {
		extent = max(extent, extentOf(q.Resources, []string{resource}))
	}
	return extent
}

// matchPaths returns the extent of the paths that NonResourceURLs match. A * at the end
// matches any continuation.
func (r *Rule) matchPaths(paths Texts) Extent {
	if slices.Contains(r.NonResourceURLs, "*") {
		return All
	}
	list, ok := listOf(paths)
	if !ok {
		return Some
	}
	exact, prefixes := map[string]bool{}, map[string]bool{}
	for _, spec := range r.NonResourceURLs {
		if prefix, isPrefix := strings.CutSuffix(spec, "*"); isPrefix {
			prefixes[prefix] = true
		} else {
			exact[spec] = true
		}
	}
	matched := 0
	for _, path := range list {
		found := exact[path]
		for i := 0; i <= len(path) && !found; i++ {
			found = prefixes[path[:i]]
		}
		if found {
			matched++
		}
	}
	return extentAmong(matched, len(list))
}

// extentOf returns the extent of a list in a set. An empty list stands for every text.
func extentOf(set Texts, list []string) Extent {
	if len(list) == 0 {
		return All
	}
	if texts, ok := listOf(set); ok {
		return extentAmong(count(texts, list), len(texts))
	}
	if slices.ContainsFunc(list, func(text string) bool { return has(set, text) }) {
		return Some
	}
	return Nothing
}

// count returns how many texts are in a list.
func count(texts, list []string) int {
	const few = 8
	in := func(text string) bool { return slices.Contains(list, text) }
	if len(texts) > few {
		set := make(map[string]bool, len(list))
		for _, text := range list {
			set[text] = true
		}
		in = func(text string) bool { return set[text] }
	}
	n := 0
	for _, text := range texts {
		if in(text) {
			n++
		}
	}
	return n
}

func extentAmong(matched, all int) Extent {
	switch matched {
	case 0:
		return Nothing
	case all:
		return All
	}
	return Some
}

func has(set Texts, text string) bool { return set == nil || set.Has(text) }

func listOf(set Texts) ([]string, bool) {
	if set == nil {
		return nil, false
	}
	return set.List()
}

// One is the set of one text.
type One string

// Has reports whether the text is the one in the set.
func (o One) Has(text string) bool { return text == string(o) }

// List returns the text in the set.
func (o One) List() ([]string, bool) { return []string{string(o)}, true }
