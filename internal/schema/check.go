package schema

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// MaxErrors limits how many errors are reported for a file.
const MaxErrors = 100

// Checker checks a file and collects the errors in it.
type Checker struct {
	File   *yamlfile.File
	Errors diag.List
	// MergeHint is the hint about merge keys, which are not supported.
	MergeHint string
}

// Fail reports an error at a node.
func (c *Checker) Fail(n *yamlfile.Node, hint, format string, args ...any) {
	if len(c.Errors) < MaxErrors {
		c.Errors = append(c.Errors, c.errorAt(n, hint, format, args...))
	}
}

func (c *Checker) errorAt(n *yamlfile.Node, hint, format string, args ...any) *diag.Diagnostic {
	d := &diag.Diagnostic{Message: fmt.Sprintf(format, args...), Hint: hint}
	if n.Start.IsValid() {
		d.Range = c.File.Range(n)
		d.Line = c.File.Line(n.Start)
	}
	return d
}

// Check compares a tree with a type. It reports what does not fit and removes it, so that
// the rest can be read. It returns false if nothing useful is left. The name describes the
// value in messages.
func (c *Checker) Check(n *yamlfile.Node, t *Type, name string) bool {
	fitting := t
	if !t.takes(n) {
		i := slices.IndexFunc(t.Or, func(other *Type) bool { return other.takes(n) })
		if i < 0 {
			c.wrongType(n, t, name)
			return false
		}
		fitting = t.Or[i]
	}
	switch fitting.Kind {
	case String:
		if known := fitting.Enum; known != nil && !slices.Contains(known, n.Value) {
			c.Fail(n, fitting.hint(n.Value), "%s must be %s, not %s", name, Join(shortEnum(known)), quote.Text(n.Value))
			return false
		}
	case List:
		n.Content = slices.DeleteFunc(n.Content, func(item *yamlfile.Node) bool { return !c.Check(item, fitting.Of, fitting.itemName(name)) })
	case Mapping:
		keep(n, func(key, value *yamlfile.Node) bool {
			good := c.Check(value, fitting.Of, quote.Name(key.Value))
			if o := fitting.Of.Object; !good && o != nil && o.Open { // others may refer to it
				*value = yamlfile.Node{Kind: yamlfile.Mapping, Start: value.Start}
				good = true
			}
			return good
		})
	case Keyed:
		return c.keys(n, fitting.Object)
	}
	return true
}

// keep removes the keys of a mapping that are not good.
func keep(n *yamlfile.Node, good func(key, value *yamlfile.Node) bool) {
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		if good(n.Content[i], n.Content[i+1]) {
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = kept
}

// keys checks the keys of an object. It returns false if a required key is missing or
// invalid.
func (c *Checker) keys(n *yamlfile.Node, o *Object) bool {
	wrong := map[string]bool{}
	keep(n, func(name, value *yamlfile.Node) bool {
		if k := o.Key(name.Value); k != nil {
			wrong[name.Value] = !c.Check(value, k.Type, k.Name)
			return !wrong[name.Value]
		}
		if o.Open {
			return true
		}
		c.Fail(name, o.keyHint(name.Value), "unknown key %s in %s", quote.Text(name.Value), o.Name)
		return false
	})
	whole := true
	for _, k := range o.Keys {
		if !k.Required || n.Get(k.Name) != nil {
			continue
		}
		if !wrong[k.Name] {
			c.Fail(n, "", "missing key %s in %s", quote.Text(k.Name), o.Name)
		}
		if k.Fallback == nil {
			whole = false
			continue
		}
		n.Content = append(n.Content, &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!str", Value: k.Name}, k.Fallback(n))
	}
	return whole
}

// keyHint returns the hint about an unknown key.
func (o *Object) keyHint(name string) string {
	if o.KeyHint != nil {
		if hint := o.KeyHint(name); hint != "" {
			return hint
		}
	}
	if hint := suggest.Hint(name, slices.Values(o.names())); hint != "" {
		return hint
	}
	return "known keys: " + strings.Join(o.names(), ", ")
}

// takes reports whether a node has the type t, ignoring alternatives.
func (t *Type) takes(n *yamlfile.Node) bool {
	tag := n.ShortTag()
	scalar := n.Kind == yamlfile.Scalar
	switch t.Kind {
	case String:
		return scalar && (tag == "!!str" || tag == "!!timestamp")
	case Scalar:
		return scalar && tag != "!!null"
	case Count:
		_, ok := CountOf(n)
		return ok
	case Bool:
		return scalar && tag == "!!bool"
	case Null:
		return scalar && tag == "!!null"
	case List:
		return n.Kind == yamlfile.Sequence
	}
	return n.Kind == yamlfile.Mapping
}

// CountOf returns the value of a node that is a positive integer.
func CountOf(n *yamlfile.Node) (int, bool) {
	count, err := strconv.Atoi(n.Value)
	return count, n.Kind == yamlfile.Scalar && n.ShortTag() == "!!int" && err == nil && count > 0 && count <= math.MaxInt32
}

// Duration returns the value of a node that is a duration, such as 10s. It reports others,
// and returns 0 for them and for nil.
func (c *Checker) Duration(n *yamlfile.Node) time.Duration {
	if n == nil {
		return 0
	}
	d, err := time.ParseDuration(n.Value)
	if err != nil || d <= 0 {
		c.Fail(n, "", "invalid duration %s: want a number with ms, s, m or h, such as 10s", quote.Text(n.Value))
		return 0
	}
	return d
}

// wrongType reports a value of the wrong type.
func (c *Checker) wrongType(n *yamlfile.Node, t *Type, name string) {
	var words []string
	takesString := false
	for _, one := range append([]*Type{t}, t.Or...) {
		if one.Kind == String && one.Enum != nil {
			words = append(words, shortEnum(one.Enum)...)
		} else {
			words = append(words, one.Describe())
		}
		takesString = takesString || one.Kind == String
	}
	hint, kind := "", n.Describe()
	if t.WrongHint != nil {
		hint = t.WrongHint(n)
	}
	switch {
	case hint != "" || n.IsNull():
	case takesString && n.Kind == yamlfile.Scalar:
		hint = "put it in quotes to make it text"
	case t.Kind == Count && n.Kind == yamlfile.Scalar:
		kind = quote.Text(n.Value)
	}
	c.Fail(n, hint, "%s must be %s, not %s", name, Join(words), kind)
}

// Describe names the type, without its alternatives.
func (t *Type) Describe() string {
	switch t.Kind {
	case String:
		if t.Enum != nil {
			return strings.Join(shortEnum(t.Enum), ", ")
		}
		return "text"
	case Scalar:
		return "a single value"
	case Count:
		return "a positive integer"
	case Bool:
		return "true or false"
	case Null:
		return "null"
	case List:
		return "a list"
	}
	return "a mapping"
}

// hint returns the hint about a string that is not in Enum.
func (t *Type) hint(text string) string {
	if t.Hint != nil {
		if hint := t.Hint(text); hint != "" {
			return hint
		}
	}
	return suggest.Hint(text, slices.Values(t.Enum))
}

// itemName describes an item of a list.
func (t *Type) itemName(list string) string {
	for _, item := range append([]*Type{t.Of}, t.Of.Or...) {
		if item.Object != nil {
			return item.Object.Name
		}
	}
	return "an item of " + list
}

// shortEnum leaves out strings that differ from an earlier one only in letter case.
func shortEnum(enum []string) []string {
	var out []string
	for _, text := range enum {
		if !slices.ContainsFunc(out, func(s string) bool { return strings.EqualFold(s, text) }) {
			out = append(out, text)
		}
	}
	return out
}

// Join returns "a, b or c".
func Join(words []string) string {
	n := len(words) - 1
	if n < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n], ", ") + " or " + words[n]
}
