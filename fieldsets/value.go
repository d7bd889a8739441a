package fieldsets

import (
	"math"
	"net/netip"
	"unsafe"
)

// Value is one value of a field. It does not know its type: that is the
// field's, known since the rule was compiled.
//
// A value's text may lie in memory that the event or the [Values] that hold it
// use again; it is good until the next event is matched. Copy what must live
// longer.
type Value struct {
	text   string
	number uint64
}

// TextValue returns the value of a field that is text or bytes.
func TextValue(s string) Value { return Value{text: s} }

// NumberValue returns the value of a field that is a number without a sign.
func NumberValue(n uint64) Value { return Value{number: n} }

// IntValue returns the value of a field that is a number with a sign.
func IntValue(n int64) Value { return Value{number: uint64(n)} }

// DoubleValue returns the value of a field of type Double.
func DoubleValue(n float64) Value { return Value{number: math.Float64bits(n)} }

// BoolValue returns the value of a field of type Bool.
func BoolValue(b bool) Value {
	if b {
		return Value{number: 1}
	}
	return Value{}
}

// AddrValue returns the value of a field that is an address, also of one of type
// IPNet. An address without zone is meant; the zero Addr is no value.
func AddrValue(a netip.Addr) Value { return Value{text: string(a.AsSlice())} }

// Text returns the text or the bytes of a value; those of an address in the
// order of the network.
func (v Value) Text() string { return v.text }

// Number returns the number of a value without a sign.
func (v Value) Number() uint64 { return v.number }

// Int returns the number of a value with a sign.
func (v Value) Int() int64 { return int64(v.number) }

// Double returns the number of a value of type Double.
func (v Value) Double() float64 { return math.Float64frombits(v.number) }

// Bool returns the truth of a value of type Bool.
func (v Value) Bool() bool { return v.number != 0 }

// Addr returns the address of a value, or the zero Addr.
func (v Value) Addr() netip.Addr {
	switch len(v.text) {
	case 4:
		return netip.AddrFrom4([4]byte([]byte(v.text)))
	case 16:
		return netip.AddrFrom16([16]byte([]byte(v.text)))
	}
	return netip.Addr{}
}

// Values collects what an [Extractor] finds. Nothing added means that the
// event has no value for the field, unless MarkPresent says otherwise. The zero
// Values is ready to use; Reset makes it ready for the next event and keeps its
// memory.
type Values struct {
	list    []Value
	scratch []byte
	present bool
}

// Reset forgets all values.
func (vs *Values) Reset() {
	vs.list = vs.list[:0]
	vs.scratch = vs.scratch[:0]
	vs.present = false
}

// MarkPresent says that a list is there, also if it has no elements. Only a list,
// and a field that conditions compare in several values at once, can be there
// without any; of other fields it says nothing.
func (vs *Values) MarkPresent() { vs.present = true }

// Present reports whether there is a value, or a list without elements.
func (vs *Values) Present() bool { return vs.present || len(vs.list) > 0 }

// All returns the values in the order in which they were added. It is good
// until the next Reset.
func (vs *Values) All() []Value { return vs.list }

// Len returns the number of values.
func (vs *Values) Len() int { return len(vs.list) }

// Truncate forgets all but the first n values, and that a list was marked present:
// what an extractor does that finds out late that the event has no value for its
// field.
func (vs *Values) Truncate(n int) {
	vs.list = vs.list[:n]
	vs.present = false
}

// First returns the first value that another extractor reads from an event. It
// leaves vs as it was, whatever that one does to it, so that an extractor can make
// its value of other fields' values.
func (vs *Values) First(ev *Event, read Extractor) (Value, bool) {
	n, present := len(vs.list), vs.present
	read(ev, vs)
	var first Value
	found := len(vs.list) > n
	if found {
		first = vs.list[n]
	}
	vs.list, vs.present = vs.list[:n], present
	return first, found
}

// AddAll adds what other has: its values, or that it is a list without elements.
func (vs *Values) AddAll(other *Values) {
	vs.list = append(vs.list, other.list...)
	vs.present = vs.present || other.present
}

// Add adds a value.
func (vs *Values) Add(v Value) { vs.list = append(vs.list, v) }

// AddText adds a text that lives at least as long as the event.
func (vs *Values) AddText(s string) { vs.Add(TextValue(s)) }

// AddBuilt adds the text that build appends to the buffer it is given. The
// text lives in memory of vs, so that no extractor needs memory of its own.
func (vs *Values) AddBuilt(build func(buf []byte) []byte) {
	start := len(vs.scratch)
	vs.scratch = build(vs.scratch)
	vs.AddText(textOf(vs.scratch[start:]))
}

// textOf returns b as a string without copying it; b must not change while
// the string is in use.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
