package jsonfields

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
)

// Data is implemented by the Data of events that are JSON documents, such as
// [*Document].
type Data interface {
	// JSON returns the document. As in Falco, the fields have a value only if it is
	// an object or an array.
	JSON() Node
}

// New returns a field set with the fields json.* and their older names jevt.*:
//
//   - json.value[pointer] is the value at a JSON pointer (RFC 6901), whose leading
//     slash is optional: the text of a string, or the compact text of any other
//     value. An empty pointer selects the whole event.
//   - json.obj is the whole event, indented by two spaces. It has no value if the
//     event is not standard JSON.
//   - json.rawtime is the time of the event as decimal text, in nanoseconds since
//     1970.
//
// As everywhere in Falco, text ends before its first NUL byte.
func New() fieldsets.FieldSet { return fieldSet{} }

type fieldSet struct{}

// pluginName is the name of the Falco plugin that provides these fields.
const pluginName = "json"

var fields = []fieldsets.Field{
	{Plugin: pluginName, Name: "json.value", Arg: fieldsets.KeyArg, ArgRequired: true, Desc: "Value at a JSON pointer in the event: json.value[/user/name]."},
	{Plugin: pluginName, Name: "json.obj", Desc: "The whole event as indented JSON."},
	{Plugin: pluginName, Name: "json.rawtime", Desc: "Time of the event in nanoseconds since 1970, as text."},
	{Plugin: pluginName, Name: "jevt.value", Arg: fieldsets.KeyArg, ArgRequired: true, Desc: "Older name of json.value."},
	{Plugin: pluginName, Name: "jevt.obj", Desc: "Older name of json.obj."},
	{Plugin: pluginName, Name: "jevt.rawtime", Desc: "Older name of json.rawtime."},
}

func (fieldSet) Fields() []fieldsets.Field { return fields }

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

// document returns an extractor that calls read with the event's document.
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

// pointerPath returns the keys of a JSON pointer that is not empty. The RFC demands that
// "~1" is replaced before "~0".
func pointerPath(pointer string) []string {
	path := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, key := range path {
		path[i] = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
	}
	return path
}

// addIndented adds the value as indented JSON, or nothing if it is not standard JSON.
func addIndented(out *fieldsets.Values, n Node) {
	had := out.Len()
	ok := true
	AddBuilt(out, func(buf []byte) []byte {
		b := bytes.NewBuffer(buf)
		// Indent also removes existing white space.
		ok = json.Indent(b, []byte(n.source()), "", "  ") == nil
		return b.Bytes()
	})
	if !ok {
		out.Truncate(had)
	}
}

// AddText adds the result of [Node.Text] up to its first NUL byte. It adds nothing for a
// missing value.
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

// AddText adds s up to its first NUL byte, because plugins pass text to Falco as C
// strings. All text from JSON documents must be added with this function, [AddBuilt] or
// [Node.AddText]. As with [fieldsets.Values.AddText], s must stay unchanged as long as
// the event.
func AddText(out *fieldsets.Values, s string) {
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	out.AddText(s)
}

// AddBuilt adds the text that build appends to its argument, up to its first NUL byte.
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
