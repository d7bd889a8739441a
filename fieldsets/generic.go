package fieldsets

import (
	"slices"
	"strconv"
	"time"

	"github.com/falcorules/falcorules/ast"
)

// genericFields are the evt fields that all sources have.
type genericFields struct{}

var genericList = []Field{
	{Name: "evt.num", Type: Uint64, Sequential: true, Desc: "Number of the event in its stream, starting at 1."},
	{Name: "evt.time", Type: CharBuf, Print: PrintNone, TimeAsNumber: true, Desc: "Local time of day with nanoseconds: 13:53:31.726060287."},
	{Name: "evt.time.s", Type: CharBuf, Print: PrintNone, TimeAsNumber: true, Desc: "Local time of day with seconds: 13:53:31."},
	{Name: "evt.time.iso8601", Type: CharBuf, Print: PrintNone, TimeAsNumber: true, Desc: "Date and time in UTC in ISO 8601 format, with nanoseconds."},
	{Name: "evt.datetime", Type: CharBuf, Print: PrintNone, TimeAsNumber: true, Desc: "Local date and time with nanoseconds: 2026-03-24 13:53:31.726060287."},
	{Name: "evt.datetime.s", Type: CharBuf, Print: PrintNone, TimeAsNumber: true, Desc: "Local date and time with seconds: 2026-03-24 13:53:31."},
	{Name: "evt.rawtime", Type: AbsTime, Desc: "Time in nanoseconds since 1970."},
	{Name: "evt.rawtime.s", Type: AbsTime, Desc: "Whole seconds since 1970."},
	{Name: "evt.rawtime.ns", Type: AbsTime, Print: PrintNanos, Desc: "Nanoseconds within the second of the event."},
	{Name: "evt.reltime", Type: RelTime, Print: PrintNanos, Sequential: true, Desc: "Nanoseconds since the first event of the stream."},
	{Name: "evt.reltime.s", Type: RelTime, Sequential: true, Desc: "Whole seconds since the first event of the stream."},
	{Name: "evt.reltime.ns", Type: RelTime, Print: PrintNanos, Sequential: true, Desc: "Nanoseconds within the second of evt.reltime."},
	{Name: "evt.pluginname", Type: CharBuf, Print: PrintNone, Desc: "Name of the plugin that provides the event."},
	{Name: "evt.plugininfo", Type: CharBuf, Print: PrintNone, Desc: "The event as text, as its plugin formats it."},
	{Name: "evt.source", Type: CharBuf, Print: PrintNone, Desc: "Name of the event source."},
	{Name: "evt.is_async", Type: Bool, Desc: "Whether the event is asynchronous: not from its source, but about it. Only captures have such events."},
	{Name: "evt.asynctype", Type: CharBuf, Print: PrintNone, Desc: "Type of an asynchronous event; other events have no value."},
	{Name: "evt.hostname", Type: CharBuf, Print: PrintNone, Desc: "Name of the machine that reads the events."},
}

func (genericFields) Fields() []Field { return genericList }

// isGeneric reports whether all sources have a field with the given name.
func isGeneric(name string) bool {
	return slices.ContainsFunc(genericList, func(f Field) bool { return f.Name == name })
}

const second = uint64(time.Second)

func (genericFields) Extractor(f *Field, _ Arg) (Extractor, error) {
	switch f.Name {
	case "evt.num":
		return number(func(ev *Event) uint64 { return ev.Number }), nil
	case "evt.time":
		return clock("15:04:05.000000000", true), nil
	case "evt.time.s":
		return clock("15:04:05", true), nil
	case "evt.time.iso8601":
		return clock("2006-01-02T15:04:05.000000000-0700", false), nil
	case "evt.datetime":
		return clock("2006-01-02 15:04:05.000000000", true), nil
	case "evt.datetime.s":
		return clock("2006-01-02 15:04:05", true), nil
	case "evt.rawtime":
		return number(nanos), nil
	case "evt.rawtime.s":
		return number(func(ev *Event) uint64 { return nanos(ev) / second }), nil
	case "evt.rawtime.ns":
		return number(func(ev *Event) uint64 { return nanos(ev) % second }), nil
	case "evt.reltime":
		return number(since), nil
	case "evt.reltime.s":
		return number(func(ev *Event) uint64 { return since(ev) / second }), nil
	case "evt.reltime.ns":
		return number(func(ev *Event) uint64 { return since(ev) % second }), nil
	case "evt.source":
		return func(ev *Event, out *Values) { out.AddText(ev.Source) }, nil
	case "evt.is_async":
		return func(ev *Event, out *Values) { out.Add(BoolValue(ev.Async != "")) }, nil
	case "evt.asynctype":
		return func(ev *Event, out *Values) {
			if ev.Async != "" {
				out.AddText(ev.Async)
			}
		}, nil
	case "evt.hostname":
		return func(ev *Event, out *Values) {
			switch {
			case ev.Hostname != "":
				out.AddText(ev.Hostname)
			case ev.Stream != nil:
				out.AddText(ev.Stream.Hostname)
			}
		}, nil
	}
	// evt.pluginname and evt.plugininfo have no value unless the
	// source provides them.
	return func(*Event, *Values) {}, nil
}

// nanos returns the time as Falco reads it, unsigned.
func nanos(ev *Event) uint64 { return uint64(ev.Time) }

func since(ev *Event) uint64 { return uint64(ev.Time - ev.Start) }

func number(of func(*Event) uint64) Extractor {
	return func(ev *Event, out *Values) { out.Add(NumberValue(of(ev))) }
}

// clock returns an extractor for the event's time in the stream's time zone or, if
// local is false, in UTC.
func clock(layout string, local bool) Extractor {
	return func(ev *Event, out *Values) {
		loc := time.UTC
		if local && ev.Stream != nil && ev.Stream.Location != nil {
			loc = ev.Stream.Location
		}
		out.AddBuilt(func(buf []byte) []byte {
			return ev.Timestamp().In(loc).AppendFormat(buf, layout)
		})
	}
}

// ipNetText is what Falco prints for every value of type IPNet.
const ipNetText = "<IPNET>"

// AppendText appends v, a value of field f, to dst as Falco prints it in outputs.
func (f *Field) AppendText(dst []byte, v Value) []byte {
	switch {
	case f.Type.Kind() == ast.KindText || f.Type == ByteBuf:
		return append(dst, v.text...)
	case f.Type == Bool:
		return strconv.AppendBool(dst, v.Bool())
	case f.Type == IPNet:
		return append(dst, ipNetText...)
	case f.Type.Kind() == ast.KindAddress:
		return v.Addr().AppendTo(dst)
	case f.Type == Double:
		return strconv.AppendFloat(dst, v.Double(), 'f', 1, 64)
	case f.Print == PrintHex || f.Print == PrintOctal:
		// Falco prints the bits of a signed number.
		n := v.number
		if bits := f.Type.Bits(); bits > 0 {
			n = n << (64 - bits) >> (64 - bits)
		}
		if f.Print == PrintOctal {
			return strconv.AppendUint(dst, n, 8)
		}
		start := len(dst)
		dst = strconv.AppendUint(dst, n, 16)
		for i := start; i < len(dst); i++ {
			if dst[i] >= 'a' {
				dst[i] -= 'a' - 'A'
			}
		}
		return dst
	case f.Type.Signed():
		return strconv.AppendInt(dst, v.Int(), 10)
	case f.Print == PrintNanos:
		start := len(dst)
		dst = strconv.AppendUint(dst, v.number, 10)
		for len(dst)-start < 9 {
			dst = append(dst, 0)
			copy(dst[start+1:], dst[start:])
			dst[start] = '0'
		}
		return dst
	}
	return strconv.AppendUint(dst, v.number, 10)
}
