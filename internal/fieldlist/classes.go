// Package fieldlist arranges the fields of sources in lists for people and for
// programs, and says of a field what operators and transformers take it.
package fieldlist

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
)

// Class is a group of fields, as Falco groups them in its lists.
type Class struct {
	// Name is Falco's name of the class, Desc a sentence for people or empty.
	Name, Desc string
	// Sources are the names of the sources that have fields of the class.
	Sources []string
	// Fields are the fields, sorted by name.
	Fields []fieldsets.Field

	rank int
}

// Ranks of classes in a list.
const (
	genericRank = iota
	builtinRank
	pluginRank = builtinRank + 100
	jsonRank   = pluginRank + 1
)

// builtin are the classes of Falco itself in its order.
var builtin = [...]Class{
	{Name: "evt", Desc: "What a system call event tells of itself."},
	{Name: "process", Desc: "The process and the thread that the event happened in, and their ancestors."},
	{Name: "user", Desc: "The user that the process runs as."},
	{Name: "group", Desc: "The group that the process runs as."},
	{Name: "fd", Desc: "The file descriptor that the event is about."},
	{Name: "fs.path", Desc: "Paths that calls without a file descriptor are about."},
	{Name: "fdlist", Desc: "The file descriptors that poll waits for."},
	{Name: "util", Desc: "Help for outputs."},
}

// classes collects fields, source by source.
type classes struct {
	generic *fieldsets.Source
	list    []Class
	// places has where in the list each class is, and seen its fields.
	places map[classKey]int
	seen   map[classField]bool
}

type classKey struct {
	name string
	rank int
}

// classField is what makes two fields of a class the same.
type classField struct {
	class int
	fieldKey
}

// Classes returns the fields of the sources that keep takes, by class. A field
// that several sources have in common stands there once.
func Classes(sources []*fieldsets.Source, keep func(*fieldsets.Field) bool) []Class {
	c := &classes{generic: fieldsets.NewSource(""), places: map[classKey]int{}, seen: map[classField]bool{}}
	for _, s := range sources {
		for _, f := range s.Fields() {
			if keep(&f) {
				c.add(s.Name(), f)
			}
		}
	}
	slices.SortFunc(c.list, func(a, b Class) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return strings.Compare(a.Name, b.Name)
	})
	for i := range c.list {
		slices.SortStableFunc(c.list[i].Fields, func(a, b fieldsets.Field) int { return strings.Compare(a.Name, b.Name) })
	}
	return c.list
}

// Listed reports whether Falco lists the field.
func Listed(f *fieldsets.Field) bool { return !f.Hidden && !f.Deprecated }

func (c *classes) add(source string, f fieldsets.Field) {
	class := c.classOf(&f)
	key := classKey{class.Name, class.rank}
	i, known := c.places[key]
	if !known {
		i = len(c.list)
		c.places[key] = i
		c.list = append(c.list, class)
	}
	at := &c.list[i]
	if n := len(at.Sources); n == 0 || at.Sources[n-1] != source {
		at.Sources = append(at.Sources, source)
	}
	if field := (classField{i, keyOf(&f)}); !c.seen[field] {
		c.seen[field] = true
		at.Fields = append(at.Fields, f)
	}
}

// fieldKey is what of a field matters to rules.
type fieldKey struct {
	name        string
	typ         fieldsets.Type
	list        bool
	arg         fieldsets.ArgKind
	argRequired bool
}

func keyOf(f *fieldsets.Field) fieldKey {
	return fieldKey{f.Name, f.Type, f.List, f.Arg, f.ArgRequired}
}

// Same reports whether two fields of the same or of different sources look alike
// to rules.
func Same(a, b *fieldsets.Field) bool { return keyOf(a) == keyOf(b) }

func (c *classes) classOf(f *fieldsets.Field) Class {
	switch {
	case c.generic.Has(f.Name):
		return Class{Name: "evt", Desc: "What events of every source have.", rank: genericRank}
	case f.Plugin == "json":
		return Class{Name: "json (plugin)", Desc: "Events as JSON.", rank: jsonRank}
	case f.Plugin != "":
		return Class{Name: f.Plugin + " (plugin)", rank: pluginRank}
	}
	name, _, _ := strings.Cut(f.Name, ".")
	switch name {
	case "syscall":
		name = "evt"
	case "proc", "thread":
		name = "process"
	case "fs":
		name = "fs.path"
	}
	for i, class := range builtin {
		if class.Name == name {
			class.rank = builtinRank + i
			return class
		}
	}
	return Class{Name: name, rank: pluginRank}
}
