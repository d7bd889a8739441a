package schema

import (
	"bytes"
	"encoding/json"
	"strings"
)

type member struct {
	name  string
	value any
}

// ordered is a JSON object that keeps the order of its members.
type ordered []member

// MarshalJSON writes the members in order.
func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// JSON returns the JSON schema of files whose documents are the first of some objects. The
// others are those that it uses, in the order of the schema.
func JSON(title string, objects ...*Object) []byte {
	defs := ordered{}
	for _, o := range objects {
		defs = append(defs, member{o.defName(), o.schema()})
	}
	root := ordered{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", title},
		{"$ref", "#/$defs/" + objects[0].defName()},
		{"$defs", defs},
	}
	text, _ := json.MarshalIndent(root, "", "  ") // never fails for strings, numbers and lists
	return append(text, '\n')
}

// defName is the name of the object in the schema.
func (o *Object) defName() string {
	name := strings.TrimPrefix(strings.TrimPrefix(o.Name, "an "), "a ")
	return strings.ReplaceAll(name, " ", "-")
}

func (o *Object) schema() ordered {
	properties, required := ordered{}, []string{}
	for _, k := range o.Keys {
		s := append(ordered{{"description", k.Doc}}, k.Type.schema()...)
		properties = append(properties, member{k.Name, s})
		if k.Required {
			required = append(required, k.Name)
		}
	}
	out := ordered{{"description", o.Doc}, {"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		out = append(out, member{"required", required})
	}
	return append(out, member{"additionalProperties", o.Open})
}

func (t *Type) schema() ordered {
	if len(t.Or) == 0 {
		return t.own()
	}
	anyOf := []ordered{t.own()}
	for _, other := range t.Or {
		anyOf = append(anyOf, other.schema())
	}
	return ordered{{"anyOf", anyOf}}
}

// own returns the schema of a type without its alternatives.
func (t *Type) own() ordered {
	switch t.Kind {
	case String:
		if t.Enum != nil {
			return ordered{{"type", "string"}, {"enum", t.Enum}}
		}
		return ordered{{"type", "string"}}
	case Scalar:
		return ordered{{"type", []string{"string", "number", "boolean"}}}
	case Count:
		return ordered{{"type", "integer"}, {"minimum", 1}}
	case Bool:
		return ordered{{"type", "boolean"}}
	case Null:
		return ordered{{"type", "null"}}
	case List:
		out := ordered{{"type", "array"}, {"items", t.Of.schema()}}
		if t.NonEmpty {
			out = append(out, member{"minItems", 1})
		}
		return out
	case Mapping:
		return ordered{{"type", "object"}, {"additionalProperties", t.Of.schema()}}
	}
	return ordered{{"$ref", "#/$defs/" + t.Object.defName()}}
}
