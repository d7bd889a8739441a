package jsonfields

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
)

// Data is what the Data of an event must offer so that the event has values for
// the fields of this package. [*Document] does.
type Data interface {
	// JSON returns the document that the event is. Fields have a value only
	// where it is an object or an array, as in Falco.
	JSON() Node
}

// New returns the fields json.* and their older names jevt.*:
//
//   - json.value[pointer] is the value that the JSON pointer (RFC 6901) leads
//     to; its first slash may be left out. A string gives its text, any other
//     value its compact text. An empty pointer gives the compact text of the
//     whole event.
//   - json.obj is the whole event, indented by two blanks a level. Events that
//     are no JSON by the letter of the standard have none.
//   - json.rawtime is the time of the event as decimal text: nanoseconds since
//     1970.
//
// A text ends before its first NUL byte, as everywhere in Falco.
func New() fieldsets.FieldSet { return fieldSet{} }

type fieldSet struct{}

// pluginName is the Falco plugin that has these fields.
const pluginName = "json"

var fields = []fieldsets.Field{
	{Plugin: pluginName, Name: "json.value", Arg: fieldsets.KeyArg, ArgRequired: true, Desc: "Value that a JSON pointer leads to in the event: json.value[/user/name]."},
	{Plugin: pluginName, Name: "json.obj", Desc: "The whole event as indented JSON."},
	{Plugin: pluginName, Name: "json.rawtime", Desc: "Time of the event in nanoseconds since 1970, as text."},
	{Plugin: pluginName, Name: "jevt.value", Arg: fieldsets.KeyArg, ArgRequired: true, Desc: "Older name of json.value."},
	{Plugin: pluginName, Name: "jevt.obj", Desc: "Older name of json.obj."},
	{Plugin: pluginName, Name: "jevt.rawtime", Desc: "Older name of json.rawtime."},
}

// Fields lists the fields.
func (fieldSet) Fields() []fieldsets.Field { return fields }

// Extractor returns what reads the field f. It has no errors: every text is a
// pointer, though perhaps one to nothing.
func (fieldSet) Extractor(f *fieldsets.Field, arg fieldsets.Arg) (fieldsets.Extractor, error) {
	switch f.Name {
	case "json.value", "jevt.value":
		if arg.Key == "" {
			return document(func(_ *fieldsets.Event, root Node, out *fieldsets.Values) { root.AddText(out) }), nil
		}
		path := pointerPath(arg.Key)
		return document(func(_ *fieldsets.Event, root Node, out *fieldsets.Values) { root.At(path...).AddText(out) }), nil
	case "json.obj", "jevt.obj":
		return document(func(_ *fieldsets.Event, root Node, out *fieldsets.Values) { addIndented(out, root) }), nil
	}
	return document(func(ev *fieldsets.Event, _ Node, out *fieldsets.Values) {
		out.AddBuilt(func(buf []byte) []byte { return strconv.AppendUint(buf, uint64(ev.Time), 10) })
	}), nil
}

// document returns an extractor that gives read the event's document.
func document(read func(ev *fieldsets.Event, root Node, out *fieldsets.Values)) fieldsets.Extractor {
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		data, ok := ev.Data.(Data)
		if !ok {
			return
		}
		root := data.JSON()
		if kind := root.Kind(); kind == Object || kind == Array {
			read(ev, root, out)
		}
	}
}

// pointerPath returns the names in a JSON pointer that is not empty. Each of
// them has "~1" replaced before "~0", which is the order of the RFC.
func pointerPath(pointer string) []string {
	path := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, key := range path {
		path[i] = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
	}
	return path
}

// addIndented adds the value as indented JSON, or nothing where the standard
// library does not take it for JSON.
func addIndented(out *fieldsets.Values, n Node) {
	had := out.Len()
	ok := true
	AddBuilt(out, func(buf []byte) []byte {
		b := bytes.NewBuffer(buf)
		// Indent drops the white space that the event may have.
		ok = json.Indent(b, []byte(n.source()), "", "  ") == nil
		return b.Bytes()
	})
	if !ok {
		out.Truncate(had)
	}
}

// AddText adds the text of the value, as [Node.Text] returns it, up to its first
// NUL byte. A missing value adds nothing.
func (n Node) AddText(out *fieldsets.Values) {
	if !n.Exists() {
		return
	}
	if s, ok := n.inPlace(); ok {
		AddText(out, s)
		return
	}
	AddBuilt(out, n.AppendText)
}

// AddText adds s up to its first NUL byte. The plugins hand their texts to Falco
// as C strings, so this is what rules see of a text. Every text from a JSON
// document must be added with this function, [AddBuilt] or [Node.AddText]. As
// with [fieldsets.Values.AddText], s must live as long as the event.
func AddText(out *fieldsets.Values, s string) {
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	out.AddText(s)
}

// AddBuilt adds the text that build appends to the buffer it is given, up to
// its first NUL byte.
func AddBuilt(out *fieldsets.Values, build func(buf []byte) []byte) {
	out.AddBuilt(func(buf []byte) []byte {
		start := len(buf)
		buf = build(buf)
		if i := bytes.IndexByte(buf[start:], 0); i >= 0 {
			buf = buf[:start+i]
		}
		return buf
	})
}
