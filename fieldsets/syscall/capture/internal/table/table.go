// Package table describes the events that captures hold.
package table

import (
	_ "embed" // the tables
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/internal/names"
)

var (
	//go:embed events.txt
	eventText string
	//go:embed calls.txt
	callText string
)

// Codes is the number of event codes.
const Codes = 454

// MaxParams is the maximum number of parameters of an event.
const MaxParams = 32

// Event describes an event code.
type Event struct {
	Code Code
	// Name is the value of evt.type.
	Name string
	// Category is the value of evt.category, or io-read, io-write or io if it depends on
	// the file descriptor.
	Category string
	Class    Class
	Flags    Flags
	// FD is the number of the parameter with the file descriptor, or -1.
	FD     int
	Params []Param

	symbol string
}

// IsEnter reports whether the event is the entry of a system call. Events that are neither
// count as enter events, as in the Falco libs.
func (e *Event) IsEnter() bool { return e.Code&1 == 0 }

// Has reports whether the event has all given properties.
func (e *Event) Has(f Flags) bool { return e.Flags&f == f }

// Param describes a parameter.
type Param struct {
	Name  string
	Type  fieldsets.Type
	Print fieldsets.Print
	// Dir is the number of the parameter with the directory of a relative path, or -1.
	Dir int
	// Variants are the types that a dynamic parameter can have. The first byte of its value
	// selects one.
	Variants []fieldsets.Type
	// Flags are the names of the bits or values, if HasFlags.
	Flags    names.FlagSet
	HasFlags bool
}

// Code is the code of an event.
type Code uint16

// Class is the kind of an event's origin.
type Class uint8

// The classes of events.
const (
	Other Class = iota
	Syscall
	Tracepoint
	Plugin
	Meta
)

// Flags are properties of an event.
type Flags uint16

// The properties of events. KeepsState marks events that do not look up their thread,
// Converted those whose old versions are converted to the current one.
const (
	CreatesFD Flags = 1 << iota
	DestroysFD
	UsesFD
	Reads
	Writes
	Unused
	Waits
	KeepsState
	Old
	Large
	Converted
)

var classes = map[string]Class{"syscall": Syscall, "tracepoint": Tracepoint, "plugin": Plugin, "meta": Meta, "iter": Other}

var flags = map[string]Flags{
	"creates-fd": CreatesFD, "destroys-fd": DestroysFD, "uses-fd": UsesFD, "reads": Reads, "writes": Writes, "unused": Unused,
	"waits": Waits, "keeps-state": KeepsState, "old": Old, "large": Large, "converted": Converted,
}

var variants = map[string][]fieldsets.Type{
	"sockopt": {fieldsets.ByteBuf, fieldsets.Errno, fieldsets.Uint32, fieldsets.Uint64, fieldsets.RelTime},
	"ptrace":  {fieldsets.Uint64, fieldsets.SigType},
	"bpf":     {fieldsets.FD, fieldsets.Errno},
	"keyctl":  {fieldsets.Int64, fieldsets.CharBuf},
}

// Events returns the descriptions of all events, by code.
var Events = sync.OnceValue(func() *[Codes]Event {
	events := new([Codes]Event)
	codes := syscall.EventCodes()
	code := 0
	for line := range strings.Lines(eventText) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		e := &events[code]
		*e = Event{Code: Code(code), Name: codes[code].Name, symbol: words[0], Category: words[1], FD: -1}
		for _, p := range codes[code].Params {
			q := Param{Name: p.Name, Type: p.Type, Print: p.Print, Dir: -1}
			q.Flags, q.HasFlags = names.FlagsOf(e.Name, p.Name)
			e.Params = append(e.Params, q)
		}
		for _, w := range words[2:] {
			e.set(w)
		}
		code++
	}
	if code != Codes || len(codes) != Codes {
		panic(fmt.Sprintf("table: %d events and %d descriptions, want %d", len(codes), code, Codes))
	}
	return events
})

// set sets a property.
func (e *Event) set(word string) {
	key, value, _ := strings.Cut(word, "=")
	if c, ok := classes[word]; ok {
		e.Class = c
		return
	}
	if f, ok := flags[word]; ok {
		e.Flags |= f
		return
	}
	if name, ok := strings.CutPrefix(key, "dyn:"); ok {
		e.param(name).Variants = variants[value]
		return
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		panic("table: events.txt: " + word)
	}
	if name, ok := strings.CutPrefix(key, "dir:"); ok {
		e.param(name).Dir = n
		return
	}
	e.FD = n
}

func (e *Event) param(name string) *Param {
	return &e.Params[slices.IndexFunc(e.Params, func(p Param) bool { return p.Name == name })]
}

// Lookup returns the code with a symbolic name such as SYSCALL_OPEN_X.
func Lookup(symbol string) (Code, bool) {
	code, ok := symbols()[symbol]
	return code, ok
}

var symbols = sync.OnceValue(func() map[string]Code {
	m := make(map[string]Code, Codes)
	for i := range Events() {
		m[Events()[i].symbol] = Code(i)
	}
	return m
})

// Calls returns the names of the system calls by the number that generic events have. Gaps
// have the name "".
func Calls() []string { return calls().names }

// NativeCall returns the name of a system call by its number on x86-64. Events of calls that
// the capturing program did not know have that number.
func NativeCall(number int) (string, bool) {
	name, ok := calls().native[number]
	return name, ok
}

type callTable struct {
	names  []string
	native map[int]string
}

var calls = sync.OnceValue(func() callTable {
	t := callTable{native: map[int]string{}}
	for line := range strings.Lines(callText) {
		name, number, ok := strings.Cut(strings.TrimSpace(line), " ")
		if name == "-" {
			name = ""
		}
		t.names = append(t.names, name)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(number)
		if err != nil {
			panic("table: calls.txt: " + line)
		}
		t.native[n] = name
	}
	return t
})

// Size returns the size of values of a type in bytes, or 0 if it varies.
func Size(t fieldsets.Type) int {
	switch t {
	case fieldsets.SigSet, fieldsets.Mode, fieldsets.UID, fieldsets.GID, fieldsets.IPv4Addr, fieldsets.Bool:
		return 4
	case fieldsets.CharBuf, fieldsets.FSPath, fieldsets.FSRelPath, fieldsets.ByteBuf, fieldsets.SockAddr, fieldsets.SockTuple,
		fieldsets.FDList, fieldsets.Dynamic, fieldsets.CharBufArray, fieldsets.CharBufPairArray:
		return 0
	}
	return t.Bits() / 8
}
