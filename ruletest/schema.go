package ruletest

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
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(appendJSONString(nil, m.name))
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Schema returns the JSON schema of suites, which editors use to complete and check them.
func Schema() []byte {
	defs := ordered{}
	for _, o := range objects() {
		defs = append(defs, member{o.defName(), o.schema()})
	}
	root := ordered{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "Test suite of Falco rules for falcorules test"},
		{"$ref", "#/$defs/suite"},
		{"$defs", defs},
	}
	text, _ := json.MarshalIndent(root, "", "  ") // never fails for strings, numbers and lists
	return append(text, '\n')
}

// objects returns all objects of the format, top down.
func objects() []*object {
	return []*object{suiteObject, overrideObject, testObject, caseObject, eventObject, expectationObject, outputObject, loadObject}
}

// defName is the name of the object in the schema.
func (o *object) defName() string {
	name := strings.TrimPrefix(strings.TrimPrefix(o.name, "an "), "a ")
	return strings.ReplaceAll(name, " ", "-")
}

// schema returns the schema of an object. Only an event may have further keys.
func (o *object) schema() ordered {
	properties, required := ordered{}, []string{}
	for _, k := range o.keys {
		s := append(ordered{{"description", k.doc}}, k.shape.schema()...)
		properties = append(properties, member{k.name, s})
		if k.required {
			required = append(required, k.name)
		}
	}
	out := ordered{{"description", o.doc}, {"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		out = append(out, member{"required", required})
	}
	return append(out, member{"additionalProperties", o == eventObject})
}

// schema returns the schema of a value.
func (s *shape) schema() ordered {
	if len(s.or) == 0 {
		return s.own()
	}
	anyOf := []ordered{s.own()}
	for _, other := range s.or {
		anyOf = append(anyOf, other.schema())
	}
	return ordered{{"anyOf", anyOf}}
}

// own returns the schema of a value without its alternatives.
func (s *shape) own() ordered {
	switch s.kind {
	case isString:
		if s.enum != nil {
			return ordered{{"type", "string"}, {"enum", s.enum}}
		}
		return ordered{{"type", "string"}}
	case isScalar:
		return ordered{{"type", []string{"string", "number", "boolean"}}}
	case isCount:
		return ordered{{"type", "integer"}, {"minimum", 1}}
	case isBool:
		return ordered{{"type", "boolean"}}
	case isNull:
		return ordered{{"type", "null"}}
	case isList:
		out := ordered{{"type", "array"}, {"items", s.of.schema()}}
		if s.nonEmpty {
			out = append(out, member{"minItems", 1})
		}
		return out
	case isMapping:
		return ordered{{"type", "object"}, {"additionalProperties", s.of.schema()}}
	case isEvent:
		return ordered{{"$ref", "#/$defs/" + eventObject.defName()}}
	}
	return ordered{{"$ref", "#/$defs/" + s.object.defName()}}
}
