// Package schema describes the format of YAML files by tables. It checks files against
// them and returns them as JSON schemas for editors.
//
//	var config = &schema.Object{Name: "a configuration", Keys: []schema.Key{
//		{Name: "profile", Type: schema.OneOf("default", "strict"), Doc: "The profile."},
//	}}
//
//	c := schema.Checker{File: yamlfile.NewFile(name, data)}
//	for _, doc := range c.Documents() {
//		if c.Check(doc, schema.ObjectOf(config), config.Name) {
//			profile := doc.Get("profile") // nil or text
//			…
//		}
//	}
package schema

import (
	"slices"

	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Kind is the kind of a value.
type Kind uint8

// The kinds.
const (
	String Kind = iota
	Scalar
	Count // a positive integer
	Bool
	Null
	List
	Mapping // with any keys
	Keyed   // a mapping that an Object describes
)

// Type is the type of a value with its details and alternatives.
type Type struct {
	Kind Kind
	// Of is the type of the items of a list, or of the values of a mapping.
	Of       *Type
	NonEmpty bool // of a list
	Object   *Object
	// Enum has the allowed strings. If it is empty, all are.
	Enum []string
	// Or has alternatives, of other kinds.
	Or []*Type
	// Hint returns a hint about a string that is not in Enum, or "". If it is nil, the
	// hint is the most similar string.
	Hint func(text string) string
	// WrongHint returns a hint about a value of the wrong type, or "". It may be nil.
	WrongHint func(n *yamlfile.Node) string
}

// Object describes a mapping with known keys.
type Object struct {
	Name string // in messages: "a test"
	Doc  string
	Keys []Key
	// Open says that there may be other keys.
	Open bool
	// KeyHint returns the hint about an unknown key. If it is nil or returns "", the hint
	// is the most similar key or, without one, all keys.
	KeyHint func(name string) string
}

// Key is a key of an object.
type Key struct {
	Name     string
	Type     *Type
	Doc      string
	Required bool
	// Fallback returns the value to continue with if a required key is missing or
	// invalid. If it is nil, the object is invalid.
	Fallback func(object *yamlfile.Node) *yamlfile.Node
}

// The types without details.
var (
	Text      = &Type{Kind: String}
	AnyScalar = &Type{Kind: Scalar}
	Positive  = &Type{Kind: Count}
	TrueFalse = &Type{Kind: Bool}
	NullType  = &Type{Kind: Null}
	// Texts is a list of strings.
	Texts = ListOf(Text)
	// OneOrMore is a string or a list of strings.
	OneOrMore = Either(Text, Texts)
)

// ListOf returns the type of a list.
func ListOf(t *Type) *Type { return &Type{Kind: List, Of: t} }

// NonEmptyListOf returns the type of a list of at least one item.
func NonEmptyListOf(t *Type) *Type { return &Type{Kind: List, Of: t, NonEmpty: true} }

// MappingOf returns the type of a mapping from any keys.
func MappingOf(t *Type) *Type { return &Type{Kind: Mapping, Of: t} }

// ObjectOf returns the type of a mapping with known keys.
func ObjectOf(o *Object) *Type { return &Type{Kind: Keyed, Object: o} }

// OneOf returns the type of a string that is one of several.
func OneOf(texts ...string) *Type { return &Type{Kind: String, Enum: texts} }

// Either returns the type of a value that has one of several types.
func Either(t *Type, others ...*Type) *Type {
	out := *t
	out.Or = others
	return &out
}

// Key returns the key with that name, or nil.
func (o *Object) Key(name string) *Key {
	i := slices.IndexFunc(o.Keys, func(k Key) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return &o.Keys[i]
}

func (o *Object) names() []string {
	names := make([]string, len(o.Keys))
	for i, k := range o.Keys {
		names[i] = k.Name
	}
	return names
}
