// Package syscall has the event source syscall: the fields of system call events
// and of the processes, files, users and containers that they are about.
//
// The package holds Falco's tables of fields and event types, so that rules can be
// checked against them. It reads no events: package fixtures, below it, reads events
// that people write down.
package syscall

import (
	_ "embed" // the tables

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/fieldtable"
)

// SourceName is the name of the source, which rules without one have.
const SourceName = "syscall"

// ContainerPlugin is the plugin that the fields container.* and k8s.* come from.
const ContainerPlugin = "container"

var (
	//go:embed fields.txt
	fieldTable string
	//go:embed container.txt
	containerTable string
)

// NewSource returns the source.
func NewSource() *fieldsets.Source {
	return fieldsets.NewSource(SourceName, newFieldSet(), fieldsets.Declared(fieldtable.MustParse(containerTable, ContainerPlugin)))
}

// fieldSet is the fields of Falco itself.
type fieldSet struct {
	fieldsets.Declared
	byName  map[string]*fieldsets.Field
	longest int
}

func newFieldSet() *fieldSet {
	s := &fieldSet{
		Declared: fieldtable.MustParse(fieldTable, ""),
		byName:   map[string]*fieldsets.Field{},
	}
	for i := range s.Declared {
		f := &s.Declared[i]
		switch f.Name {
		case "evt.type":
			f.CheckValue, f.EventType = eventTypeConstant, true
		case "syscall.type":
			f.EventType = true
		case "evt.around":
			f.CheckValue = onlyEqual
		}
		f.Print = printOf(f)
		s.byName[f.Name] = f
		s.longest = max(s.longest, len(f.Name))
	}
	return s
}

// Discriminating returns the event's type, by which rules are sorted.
func (s *fieldSet) Discriminating() []string { return []string{"evt.type"} }

// printOf returns how Falco prints numbers of a field. A text field has the length
// of its value.
func printOf(f *fieldsets.Field) fieldsets.Print {
	switch f.Name {
	case "fd.dev":
		return fieldsets.PrintHex
	case "evt.latency.ns", "evt.deltatime.ns":
		return fieldsets.PrintNanos
	case "evt.type.is":
		return fieldsets.PrintNone
	case "evt.res", "fd.type", "fd.typechar", "fd.types", "fdlist.nums", "fdlist.cports", "fdlist.sports":
		return fieldsets.PrintDecimal
	}
	if k := f.Type.Kind(); k == ast.KindText || k == ast.KindBuffer {
		return fieldsets.PrintNone
	}
	return fieldsets.PrintDecimal
}
