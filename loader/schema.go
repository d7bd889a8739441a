package loader

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/rulesfile"
)

// schema is a part of Falco's JSON schema of rules files. As in Falco, any scalar counts as
// a string, and one that reads as a truth value or a number also counts as that.
type schema struct {
	kind     string // string, boolean, integer, array, object; empty takes anything
	enum     []string
	items    *schema            // of an array
	keys     map[string]*schema // of an object, which has no other keys
	required []string
	some     bool // an object has at least one key
}

// rulesSchema is the schema of a document. It does not tell the kinds of items apart.
var rulesSchema = listSchema(mappingSchema(slices.Collect(rulesfile.Kinds())))

func listSchema(items *schema) *schema { return &schema{kind: "array", items: items} }

// mappingSchema returns the schema of a mapping that is of one of the kinds and has the
// required keys.
func mappingSchema(kinds []rulesfile.Kind, required ...string) *schema {
	s := &schema{kind: "object", keys: map[string]*schema{}, required: required}
	for _, kind := range kinds {
		for key := range kind.Keys() {
			s.keys[key.Name] = valueSchema(key.Type)
		}
	}
	return s
}

func valueSchema(t rulesfile.Type) *schema {
	switch t {
	case rulesfile.Text:
		return &schema{kind: "string"}
	case rulesfile.Boolean:
		return &schema{kind: "boolean"}
	case rulesfile.Integer:
		return &schema{kind: "integer"}
	case rulesfile.TextList:
		return listSchema(valueSchema(rulesfile.Text))
	case rulesfile.Priority:
		return &schema{kind: "string", enum: []string{
			"EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "INFORMATIONAL", "DEBUG",
		}}
	case rulesfile.Exceptions:
		return listSchema(mappingSchema([]rulesfile.Kind{rulesfile.Exception}, "name"))
	case rulesfile.Plugins:
		return listSchema(mappingSchema([]rulesfile.Kind{rulesfile.Plugin}, "name", "version"))
	case rulesfile.Alternatives:
		return listSchema(mappingSchema([]rulesfile.Kind{rulesfile.Alternative}, "name", "version"))
	case rulesfile.Overrides:
		return overrideSchema()
	}
	return &schema{}
}

// overrideSchema returns the schema of a mapping of keys to append or replace.
func overrideSchema() *schema {
	s := &schema{kind: "object", keys: map[string]*schema{}, some: true}
	for kind := range rulesfile.Kinds() {
		for key := range kind.Keys() {
			if key.Append || key.Replace {
				s.keys[key.Name] = &schema{kind: "string", enum: []string{"append", "replace"}}
			}
		}
	}
	return s
}

// schemaErrors returns where documents depart from the schema.
func schemaErrors(docs []*rulesfile.Document) []string {
	v := &validator{}
	for _, doc := range docs {
		v.check(rulesSchema, doc.Value, "the file")
	}
	return v.errs
}

// validator collects what does not match the schema.
type validator struct {
	errs []string
}

func (v *validator) fail(path, format string, args ...any) {
	if len(v.errs) < maxSchemaErrors {
		v.errs = append(v.errs, path+fmt.Sprintf(format, args...))
	}
}

const maxSchemaErrors = 1000

// check compares a node with the schema; path names it.
func (v *validator) check(s *schema, n rulesfile.Value, path string) {
	if !s.fits(n) {
		v.fail(path, " is not of type %s", s.kind)
		return
	}
	if s.enum != nil && !slices.Contains(s.enum, n.Text()) {
		v.fail(path, " is %q: want one of %s", n.Text(), strings.Join(s.enum, ", "))
	}
	switch s.kind {
	case "array":
		i := 0
		for item := range n.Entries() {
			v.check(s.items, item, fmt.Sprintf("%s, item %d", path, i))
			i++
		}
	case "object":
		if s.some && n.Len() == 0 {
			v.fail(path, " is empty")
		}
		for p := range n.Pairs() {
			key := p.Key.Text()
			if inner, known := s.keys[key]; known {
				v.check(inner, p.Value, path+", "+key)
			} else {
				v.fail(path, " has the unknown key %q", key)
			}
		}
		for _, key := range s.required {
			if !n.Pair(key).Key.Exists() {
				v.fail(path, " has no key %q", key)
			}
		}
	}
}

// fits reports whether a node is of the schema's kind.
func (s *schema) fits(n rulesfile.Value) bool {
	text := n.IsScalar() && !n.IsNull()
	switch s.kind {
	case "string":
		return text
	case "boolean":
		return text && (n.Text() == "true" || n.Text() == "false")
	case "integer":
		_, err := strconv.ParseInt(strings.TrimPrefix(n.Text(), "+"), 10, 64)
		return text && err == nil
	case "array":
		return n.IsList()
	case "object":
		return n.IsMapping()
	}
	return true
}
