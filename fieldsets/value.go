package fieldsets

import (
	"math"
	"net/netip"
	"unsafe"
)

// Value is one value of a field. It does not record its type, which is the
// field's.
//
// The text of a value may share memory with the event or with [Values] and is
// valid only until the next event is matched. Copy it to keep it longer.
type Value struct {
	text   string
	number uint64
}

// TextValue returns a value for a field with text or bytes.
func TextValue(s string) Value { return Value{text: s} }

// NumberValue returns a value for a field of an unsigned integer type.
func NumberValue(n uint64) Value { return Value{number: n} }

// IntValue returns a value for a field of a signed integer type.
func IntValue(n int64) Value { return Value{number: uint64(n)} }

// DoubleValue returns a value for a field of type [Double].
func DoubleValue(n float64) Value { return Value{number: math.Float64bits(n)} }

// BoolValue returns a value for a field of type [Bool].
func BoolValue(b bool) Value {
	if b {
		return Value{number: 1}
	}
	return Value{}
}

// AddrValue returns a value for a field of type [IPAddr], [IPv4Addr] or [IPNet].
// It drops the zone of the address, which must be valid.
func AddrValue(a netip.Addr) Value { return Value{text: string(a.AsSlice())} }

// Text returns the text or bytes of a value. Addresses are in network byte order.
func (v Value) Text() string { return v.text }

// Number returns the value of an unsigned integer.
func (v Value) Number() uint64 { return v.number }

// Int returns the value of a signed integer.
func (v Value) Int() int64 { return int64(v.number) }

// Double returns the value of a [Double].
func (v Value) Double() float64 { return math.Float64frombits(v.number) }

// Bool returns the value of a [Bool].
func (v Value) Bool() bool { return v.number != 0 }

// Addr returns the value of an address, or the zero Addr if v is not an address.
func (v Value) Addr() netip.Addr {
	switch len(v.text) {
	case 4:
		return netip.AddrFrom4([4]byte([]byte(v.text)))
	case 16:
		return netip.AddrFrom16([16]byte([]byte(v.text)))
	}
	return netip.Addr{}
}

// Values collects the values that an [Extractor] finds. If it is left empty, and
// MarkPresent is not called, the event has no value for the field. The zero Values
// is ready to use.
type Values struct {
	list    []Value
	scratch []byte
	present bool
}

// Reset removes all values and keeps the memory for the next event.
func (vs *Values) Reset() {
	vs.list = vs.list[:0]
	vs.scratch = vs.scratch[:0]
	vs.present = false
}

// MarkPresent records that the event has the field even if no value is added. Only
// lists, and fields with a [Match] other than [MatchOne], can be present without a
// value; other fields ignore it.
func (vs *Values) MarkPresent() { vs.present = true }

// Present reports whether there is a value or an empty list.
func (vs *Values) Present() bool { return vs.present || len(vs.list) > 0 }

// All returns the values in the order they were added. The slice is valid until
// the next Reset.
func (vs *Values) All() []Value { return vs.list }

// Len returns the number of values.
func (vs *Values) Len() int { return len(vs.list) }

// Truncate removes all but the first n values, if there are more, and undoes
// MarkPresent. Extractors use it if they find out late that the event has no value.
func (vs *Values) Truncate(n int) {
	vs.list = vs.list[:min(max(n, 0), len(vs.list))]
	vs.present = false
}

// First returns the first value that read finds in an event, and leaves vs
// unchanged. It lets an extractor derive its value from other fields.
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

// AddAll adds the values of other, or marks vs present if other is.
func (vs *Values) AddAll(other *Values) {
	vs.list = append(vs.list, other.list...)
	vs.present = vs.present || other.present
}

// Add adds a value.
func (vs *Values) Add(v Value) { vs.list = append(vs.list, v) }

// AddText adds a text, which must stay unchanged as long as the event.
func (vs *Values) AddText(s string) { vs.Add(TextValue(s)) }

// AddBuilt adds the text that build appends to its argument. The text uses memory
// of vs, so the extractor does not allocate.
func (vs *Values) AddBuilt(build func(buf []byte) []byte) {
	start := len(vs.scratch)
	vs.scratch = build(vs.scratch)
	vs.AddText(textOf(vs.scratch[start:]))
}

// textOf converts b without copying; b must not change while the string is used.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
