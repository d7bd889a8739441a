// Package syscall provides the event source syscall: the fields of system call events and
// of the processes, files, users and containers involved, and Falco's event types.
//
//	set, err := loader.Load(files, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource()}})
//
// With this source, rules can be checked. The fields have no values; to match events, use
// package syscall/capture, which reads captures, or package syscall/fixtures, which reads
// events written by hand.
package syscall

import (
	_ "embed" // the tables
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/fieldtable"
)

// SourceName is the name of the event source, and the default source of rules.
const SourceName = "syscall"

// ContainerPlugin is the plugin that provides the fields container.* and k8s.*.
const ContainerPlugin = "container"

var (
	//go:embed fields.txt
	fieldTable string
	//go:embed container.txt
	containerTable string
)

// NewSource returns the source syscall, the same one each time. Events have no values for it.
func NewSource() *fieldsets.Source { return source() }

var source = sync.OnceValue(func() *fieldsets.Source { return NewSourceWith(nil) })

// Values returns the extractor for a field with an argument, or nil if there is none, and f or
// a changed copy of it. See [fieldsets.Resolver].
type Values func(f *fieldsets.Field, arg fieldsets.Arg) (*fieldsets.Field, fieldsets.Extractor)

// NewSourceWith returns the source syscall with values for its fields. It is for packages that
// have events; nil means no values.
func NewSourceWith(values Values) *fieldsets.Source {
	own := newFieldSet()
	own.values = values
	container := valueSet{fieldsets.Declared(fieldtable.MustParse(containerTable, ContainerPlugin)), values}
	return fieldsets.NewSource(SourceName, own, container)
}

// valueSet has fields with values.
type valueSet struct {
	fieldsets.Declared
	values Values
}

// Resolve implements [fieldsets.Resolver].
func (s valueSet) Resolve(f *fieldsets.Field, arg fieldsets.Arg) (*fieldsets.Field, fieldsets.Extractor, error) {
	if s.values != nil {
		if f, x := s.values(f, arg); x != nil {
			return f, x, nil
		}
	}
	x, err := s.Extractor(f, arg)
	return f, x, err
}

// fieldSet has Falco's own fields.
type fieldSet struct {
	valueSet
	byName  map[string]*fieldsets.Field
	longest int
}

func newFieldSet() *fieldSet {
	s := &fieldSet{
		valueSet: valueSet{Declared: fieldtable.MustParse(fieldTable, "")},
		byName:   map[string]*fieldsets.Field{},
	}
	for i := range s.Declared {
		f := &s.Declared[i]
		switch f.Name {
		case "evt.type":
			f.CheckValue, f.EventType = checkEventType, true
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

// Discriminating returns evt.type, by which rules are indexed.
func (s *fieldSet) Discriminating() []string { return []string{"evt.type"} }

// printOf returns Falco's number format of a field. For a text field, it is the format of
// its length.
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
