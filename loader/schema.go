package loader

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

// schema is a part of Falco's JSON schema of rules files, as far as that one
// goes. As in Falco every text may stand for a string, and one that reads as a
// truth or a number for that too.
type schema struct {
	kind     string // string, boolean, integer, array, object; empty takes anything
	enum     []string
	items    *schema            // of an array
	keys     map[string]*schema // of an object; it has no others
	required []string
	some     bool // of an object: it has a key at least
}

var (
	stringSchema  = &schema{kind: "string"}
	booleanSchema = &schema{kind: "boolean"}
	anySchema     = &schema{}

	// rulesSchema is the schema of a document.
	rulesSchema = &schema{kind: "array", items: itemSchema()}
)

func itemSchema() *schema {
	version := map[string]*schema{"name": stringSchema, "version": stringSchema}
	both := []string{"name", "version"}
	how := &schema{kind: "string", enum: []string{"append", "replace"}}
	override := map[string]*schema{"items": how}
	for _, key := range ruleReplaceable {
		override[key] = how
	}
	return &schema{kind: "object", keys: map[string]*schema{
		"append": booleanSchema, "capture": booleanSchema, "enabled": booleanSchema, "skip-if-unknown-filter": booleanSchema, "warn_evttypes": booleanSchema,
		"capture_duration": {kind: "integer"},
		"condition":        stringSchema, "desc": stringSchema, "list": stringSchema, "macro": stringSchema, "output": stringSchema,
		"required_engine_version": stringSchema, "rule": stringSchema, "source": stringSchema,
		"exceptions": {kind: "array", items: &schema{kind: "object", required: []string{"name"}, keys: map[string]*schema{
			"name": stringSchema, "comps": anySchema, "fields": anySchema, "values": anySchema,
		}}},
		"items":    {kind: "array", items: stringSchema},
		"tags":     {kind: "array", items: stringSchema},
		"override": {kind: "object", keys: override, some: true},
		"priority": {kind: "string", enum: []string{
			"EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "INFORMATIONAL", "DEBUG",
		}},
		"required_plugin_versions": {kind: "array", items: &schema{kind: "object", required: both, keys: map[string]*schema{
			"name": stringSchema, "version": stringSchema, "alternatives": {kind: "array", items: &schema{kind: "object", required: both, keys: version}},
		}}},
	}}
}

// schemaErrors says where documents depart from the schema, or nothing.
func schemaErrors(docs []*yamlfile.Node) []string {
	v := &validator{}
	for _, doc := range docs {
		v.check(rulesSchema, doc, "the file")
	}
	return v.errs
}

// validator gathers what does not fit.
type validator struct {
	errs []string
}

func (v *validator) fail(path, format string, args ...any) {
	if len(v.errs) < maxSchemaErrors {
		v.errs = append(v.errs, path+fmt.Sprintf(format, args...))
	}
}

const maxSchemaErrors = 1000

// check holds a node against the schema; path names it.
func (v *validator) check(s *schema, n *yamlfile.Node, path string) {
	n = n.Deref()
	if !s.fits(n) {
		v.fail(path, " is no %s", s.kind)
		return
	}
	if s.enum != nil && !slices.Contains(s.enum, n.Value) {
		v.fail(path, " is %q and none of %s", n.Value, strings.Join(s.enum, ", "))
	}
	switch s.kind {
	case "array":
		for i, item := range n.Content {
			v.check(s.items, item, fmt.Sprintf("%s, item %d", path, i))
		}
	case "object":
		if s.some && len(n.Content) == 0 {
			v.fail(path, " is empty")
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Deref().Value
			if inner, known := s.keys[key]; known {
				v.check(inner, n.Content[i+1], path+", "+key)
			} else {
				v.fail(path, " has the unknown key %q", key)
			}
		}
		for _, key := range s.required {
			if keyNode(n, key) == nil {
				v.fail(path, " has no %s", key)
			}
		}
	}
}

// fits reports whether a node is of the schema's kind.
func (s *schema) fits(n *yamlfile.Node) bool {
	text := n.Kind == yamlfile.Scalar && !n.IsNull()
	switch s.kind {
	case "string":
		return text
	case "boolean":
		return text && (n.Value == "true" || n.Value == "false")
	case "integer":
		_, err := strconv.ParseInt(strings.TrimPrefix(n.Value, "+"), 10, 64)
		return text && err == nil
	case "array":
		return n.Kind == yamlfile.Sequence
	case "object":
		return n.Kind == yamlfile.Mapping
	}
	return true
}
