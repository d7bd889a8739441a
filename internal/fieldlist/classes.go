// Package fieldlist lists fields by class as JSON or Markdown, and describes single
// fields: the operators and transformers that accept them, and an example.
package fieldlist

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
)

// Class is a group of fields, as in Falco's lists.
type Class struct {
	// Name is Falco's name for the class. Desc describes it and may be empty.
	Name, Desc string
	// Sources are the names of the event sources with fields of the class.
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

// builtin has Falco's own classes in Falco's order.
var builtin = [...]Class{
	{Name: "evt", Desc: "System call events."},
	{Name: "process", Desc: "The process and the thread that caused the event, and their ancestors."},
	{Name: "user", Desc: "The user that the process runs as."},
	{Name: "group", Desc: "The group that the process runs as."},
	{Name: "fd", Desc: "The file descriptor that the event uses."},
	{Name: "fs.path", Desc: "Paths of calls without a file descriptor."},
	{Name: "fdlist", Desc: "The file descriptors that poll waits for."},
	{Name: "util", Desc: "Helpers for outputs."},
}

// classes collects fields, source by source.
type classes struct {
	generic *fieldsets.Source
	list    []Class
	indexes map[classKey]int // into list
	seen    map[classField]bool
}

type classKey struct {
	name string
	rank int
}

// classField identifies a field of a class.
type classField struct {
	class int
	fieldKey
}

// Classes returns the fields of the sources that keep accepts, grouped by class. A
// field that several sources share is listed once.
func Classes(sources []*fieldsets.Source, keep func(*fieldsets.Field) bool) []Class {
	c := &classes{generic: fieldsets.NewSource(""), indexes: map[classKey]int{}, seen: map[classField]bool{}}
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
	i, known := c.indexes[key]
	if !known {
		i = len(c.list)
		c.indexes[key] = i
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

// fieldKey has the properties of a field that matter to rules.
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

// Same reports whether rules can use two fields in the same way.
func Same(a, b *fieldsets.Field) bool { return keyOf(a) == keyOf(b) }

func (c *classes) classOf(f *fieldsets.Field) Class {
	switch {
	case c.generic.Has(f.Name):
		return Class{Name: "evt", Desc: "Events of all sources.", rank: genericRank}
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
