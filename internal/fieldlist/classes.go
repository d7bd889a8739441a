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

// classes collects fields, those of every source apart.
type classes struct {
	generic *fieldsets.Source
	list    []Class
}

// Classes returns the fields of the sources that keep takes, by class. A field
// that several sources have in common stands there once.
func Classes(sources []*fieldsets.Source, keep func(*fieldsets.Field) bool) []Class {
	c := &classes{generic: fieldsets.NewSource("")}
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
	i := slices.IndexFunc(c.list, func(old Class) bool { return old.Name == class.Name && old.rank == class.rank })
	if i < 0 {
		i = len(c.list)
		c.list = append(c.list, class)
	}
	at := &c.list[i]
	if !slices.Contains(at.Sources, source) {
		at.Sources = append(at.Sources, source)
	}
	if !slices.ContainsFunc(at.Fields, func(old fieldsets.Field) bool { return Same(&f, &old) }) {
		at.Fields = append(at.Fields, f)
	}
}

// Same reports whether two fields of the same or of different sources look alike
// to rules.
func Same(a, b *fieldsets.Field) bool {
	return a.Name == b.Name && a.Type == b.Type && a.List == b.List && a.Arg == b.Arg && a.ArgRequired == b.ArgRequired
}

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
