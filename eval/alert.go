package eval

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// Match is a rule that fired on an event. Its methods read the event, so it is valid only
// until its matcher matches the next event, or the event's decoder decodes the next one.
// After its matcher has matched another event, its methods panic. To keep a match, use
// [Match.Clone].
type Match struct {
	Rule *Rule
	// frame has the event as long as it has the same generation. A clone has kept
	// instead.
	frame      *frame
	generation uint32
	kept       *kept
}

// AlertFormat changes how alerts are printed. The zero AlertFormat is Falco's default.
type AlertFormat struct {
	// ISO8601 prints the date and the time in UTC instead of the local time of day:
	// 2026-03-24T13:53:31.726060287+0000. In Falco this is time_format_iso_8601.
	ISO8601 bool
	// NoOutput, NoTags and NoFields leave output, tags and output_fields out of the JSON
	// of alerts.
	NoOutput, NoTags, NoFields bool
	// Message adds message to the JSON: the output without time and priority.
	Message bool
}

// timeField returns the output field that Falco adds for the time in the text.
func (f AlertFormat) timeField() string {
	if f.ISO8601 {
		return "evt.time.iso8601"
	}
	return "evt.time"
}

// kept is the content of a clone.
type kept struct {
	event fieldsets.Event
	// line is time, priority and, from message on, the output. fields is the JSON of
	// the output fields.
	line    []byte
	message int
	fields  []byte
}

// Clone returns a copy of the match that stays valid and is safe for concurrent use. Its
// Event has no Data.
func (m Match) Clone() Match {
	if m.kept != nil {
		return m
	}
	ev := m.Event()
	k := &kept{event: fieldsets.Event{Stream: ev.Stream, Source: m.Rule.Source, Number: ev.Number, Time: ev.Time, Start: ev.Start}}
	k.line = m.appendPrefix(nil)
	k.message = len(k.line)
	k.line = m.AppendMessage(k.line)
	k.fields = m.appendFields(nil)
	return Match{Rule: m.Rule, kept: k}
}

// current returns the frame, which still has the event.
func (m Match) current() *frame {
	if m.frame.generation != m.generation {
		panic("eval: a Match was used after its matcher matched another event; keep a Clone of it")
	}
	return m.frame
}

// Event returns the event that the rule fired on.
func (m Match) Event() *fieldsets.Event {
	if m.kept != nil {
		return &m.kept.event
	}
	return m.current().event
}

// AppendMessage appends the rule's output with the event's values.
func (m Match) AppendMessage(dst []byte) []byte {
	if m.kept != nil {
		return append(dst, m.kept.line[m.kept.message:]...)
	}
	return m.current().appendMessage(dst, m.Rule.Output)
}

// Message returns the rule's output with the event's values.
func (m Match) Message() string { return string(m.AppendMessage(nil)) }

// Fields returns the values of the output's fields by name. A value is nil if the event
// has none; otherwise it is a string, a bool, a [json.Number] or a list of these, as in
// the alert's JSON.
func (m Match) Fields() map[string]any {
	dec := json.NewDecoder(bytes.NewReader(append(m.appendFields([]byte{'{'}), '}')))
	dec.UseNumber() // float64 cannot represent all 64-bit numbers
	var fields map[string]any
	if err := dec.Decode(&fields); err != nil {
		return nil // appendFields writes valid JSON
	}
	return fields
}

// String returns the alert as a line of text; see [Match.AppendText].
func (m Match) String() string { return string(m.AppendText(nil)) }

// AppendText appends the alert as Falco's line of text, without a line feed: time,
// priority and output, with the escapes of a JSON string. The time is in the Location of
// the event's stream.
func (m Match) AppendText(dst []byte) []byte {
	return appendEscaped(dst, m.line())
}

// line returns time, priority and output without escapes. It is valid until the next call.
func (m Match) line() []byte {
	if m.kept != nil {
		return m.kept.line
	}
	f := m.current()
	f.line = m.AppendMessage(m.appendPrefix(f.line[:0]))
	return f.line
}

// appendPrefix appends time and priority: "13:53:31.726060287: Warning ".
func (m Match) appendPrefix(dst []byte) []byte {
	ev := m.Event()
	if m.format().ISO8601 {
		dst = append(appendDateTime(dst, ev.Timestamp()), "+0000"...)
	} else {
		loc := time.UTC
		if ev.Stream != nil && ev.Stream.Location != nil {
			loc = ev.Stream.Location
		}
		dst = appendClock(dst, ev.Timestamp().In(loc))
	}
	dst = append(dst, ": "...)
	dst = append(dst, m.Rule.Priority.String()...)
	return append(dst, ' ')
}

// format returns the format of the engine's alerts.
func (m Match) format() AlertFormat { return m.Rule.Output.program.format }

// AppendJSON appends the alert as Falco's JSON object, without a line feed.
func (m Match) AppendJSON(dst []byte) []byte {
	r, ev, format := m.Rule, m.Event(), m.format()
	dst = append(dst, `{"hostname":`...)
	hostname := ""
	if ev.Stream != nil {
		hostname = ev.Stream.Hostname
	}
	dst = appendQuoted(dst, hostname)
	if format.Message {
		dst = append(dst, `,"message":"`...)
		dst = m.appendQuotedMessage(dst)
		dst = append(dst, '"')
	}
	if !format.NoOutput {
		dst = append(dst, `,"output":`...)
		dst = appendQuoted(dst, m.line())
	}
	if !format.NoFields {
		dst = append(dst, `,"output_fields":{`...)
		dst = m.appendFields(dst)
		dst = append(dst, '}')
	}
	dst = append(dst, `,"priority":"`...)
	dst = append(dst, r.Priority.String()...)
	dst = append(dst, `","rule":`...)
	dst = appendQuoted(dst, r.Name)
	dst = append(dst, `,"source":`...)
	dst = appendQuoted(dst, r.Source)
	if !format.NoTags {
		dst = append(dst, `,"tags":[`...)
		for i, t := range r.Tags {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendQuoted(dst, t)
		}
		dst = append(dst, ']')
	}
	dst = append(dst, `,"time":"`...)
	dst = appendDateTime(dst, ev.Timestamp())
	return append(dst, `Z"}`...)
}

// appendQuotedMessage appends the output with the escapes of a JSON string.
func (m Match) appendQuotedMessage(dst []byte) []byte {
	if m.kept != nil {
		return appendEscaped(dst, m.kept.line[m.kept.message:])
	}
	f := m.current()
	f.line = m.AppendMessage(f.line[:0])
	return appendEscaped(dst, f.line)
}

// appendFields appends the members of the JSON object of output fields. Like Falco, it
// adds the field of the time and sorts them by name.
func (m Match) appendFields(dst []byte) []byte {
	if m.kept != nil {
		return append(dst, m.kept.fields...)
	}
	f := m.current()
	timeField := m.format().timeField()
	timeDone := false
	sep := ""
	addTime := func() {
		if !timeDone {
			dst = append(append(append(dst, sep...), '"'), timeField...)
			dst = strconv.AppendUint(append(dst, `":`...), uint64(f.event.Time), 10)
			timeDone, sep = true, ","
		}
	}
	for i := range m.Rule.Output.fields {
		field := &m.Rule.Output.fields[i]
		if field.name >= timeField {
			if field.name == timeField && field.added {
				timeDone = true
			}
			addTime()
			if field.name == timeField && !field.added {
				continue
			}
		}
		dst = append(dst, sep...)
		dst = appendQuoted(dst, field.name)
		dst = append(dst, ':')
		dst = f.appendField(dst, field)
		sep = ","
	}
	addTime()
	return dst
}

// appendField appends the value of an output field as JSON.
func (f *frame) appendField(dst []byte, field *outputField) []byte {
	switch {
	case field.text != nil:
		f.line = f.appendMessage(f.line[:0], field.text)
		return appendQuoted(dst, f.line)
	case field.slot < 0:
		return append(dst, "null"...)
	}
	return f.appendJSON(dst, field.slot)
}

// appendDateTime appends a date and a time of day: 2026-03-24T13:53:31.726060287.
func appendDateTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	dst = appendDigits(dst, year, 4)
	dst = appendDigits(append(dst, '-'), int(month), 2)
	dst = appendDigits(append(dst, '-'), day, 2)
	return appendClock(append(dst, 'T'), t)
}

// appendClock appends a time of day: 13:53:31.726060287. It is several times as fast as
// formatting with a layout.
func appendClock(dst []byte, t time.Time) []byte {
	hour, minute, sec := t.Clock()
	dst = appendDigits(dst, hour, 2)
	dst = appendDigits(append(dst, ':'), minute, 2)
	dst = appendDigits(append(dst, ':'), sec, 2)
	return appendDigits(append(dst, '.'), t.Nanosecond(), 9)
}

// appendDigits appends the last decimal digits of n.
func appendDigits(dst []byte, n, digits int) []byte {
	start := len(dst)
	dst = append(dst, "000000000"[:digits]...)
	for i := len(dst) - 1; i >= start; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// appendJSON appends the value of a slot as JSON, or null if it has no value.
func (f *frame) appendJSON(dst []byte, id int) []byte {
	s, values := &f.program.slots[id], f.values(id)
	switch {
	case len(values) == 0 || s.isSilent():
		return append(dst, "null"...)
	case s.field != nil && s.field.TimeAsNumber:
		return strconv.AppendUint(dst, uint64(f.event.Time), 10)
	case !s.list:
		return s.appendJSONValue(dst, values[0])
	}
	for i, v := range values {
		dst = append(dst, "[,"[min(i, 1)])
		dst = s.appendJSONValue(dst, v)
	}
	return append(dst, ']')
}

func (s *slot) appendJSONValue(dst []byte, v fieldsets.Value) []byte {
	switch {
	case s.typ.Kind() == ast.KindText || s.typ == fieldsets.ByteBuf:
		return appendQuoted(dst, v.Text())
	case s.typ.Kind() == ast.KindAddress || s.field != nil && (s.field.Print == fieldsets.PrintHex || s.field.Print == fieldsets.PrintOctal):
		return appendQuoted(dst, s.appendValue(nil, v))
	case s.typ == fieldsets.Bool:
		return strconv.AppendBool(dst, v.Bool())
	case s.typ == fieldsets.Double:
		return appendDouble(dst, v.Double())
	case s.typ.Signed():
		return strconv.AppendInt(dst, v.Int(), 10)
	}
	return strconv.AppendUint(dst, v.Number(), 10)
}

// appendDouble appends a number with a point or an exponent: 0.0, 12.5.
func appendDouble(dst []byte, n float64) []byte {
	if math.IsInf(n, 0) || math.IsNaN(n) { // not valid in JSON
		return append(dst, "null"...)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, n, 'g', -1, 64)
	if !bytes.ContainsAny(dst[start:], ".e") {
		dst = append(dst, ".0"...)
	}
	return dst
}

func appendQuoted[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, s)
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

// runeLen returns the length of the character at the start of s. If it is invalid or
// incomplete, runeLen returns false and the length of what Falco replaces by one U+FFFD:
// the longest start of a valid character, and at least one byte.
func runeLen(s string) (int, bool) {
	if r, n := utf8.DecodeRuneInString(s); r != utf8.RuneError || n > 1 {
		return n, true
	}
	n := 1
	for n < len(s) && n < utf8.UTFMax && !utf8.FullRuneInString(s[:n+1]) {
		n++ // s[:n+1] is the start of a character
	}
	return n, false
}

// plain has the bytes that need no escape in a JSON string.
var plain = func() (set [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		set[c] = c != '"' && c != '\\'
	}
	return set
}()

// appendEscaped appends s as the content of a JSON string. Like Falco, it replaces bytes
// that are not UTF-8 by U+FFFD.
func appendEscaped[T string | []byte](dst []byte, s T) []byte {
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && plain[s[i]] {
			i++
		}
		dst = append(dst, s[start:i]...)
		if i == len(s) {
			break
		}
		c := s[i]
		if c >= utf8.RuneSelf {
			n, ok := runeLen(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if ok {
				dst = append(dst, s[i:i+n]...)
			} else {
				dst = append(dst, "\uFFFD"...)
			}
			i += n
			continue
		}
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hexDigits[c>>4], hexDigits[c&0xf])
		}
		i++
	}
	return dst
}
