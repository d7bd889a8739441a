package ruletest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/schema"
)

// TestDocsKeys compares the tables of keys in docs/testing.md with the format.
func TestDocsKeys(t *testing.T) {
	var b strings.Builder
	for _, o := range objects() {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n| key | value | |\n|---|---|---|\n", title(o.Name), o.Doc)
		for _, k := range o.Keys {
			name := "`" + k.Name + "`"
			if k.Required {
				name += ", required"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", name, allWords(k.Type), strings.TrimSuffix(k.Doc, "."))
		}
	}
	golden.CheckPart(t, "../docs/testing.md", "<!-- keys: go test ./ruletest -update -->\n", b.String()+"\n")
}

func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// allWords describes a shape with its alternatives.
func allWords(s *schema.Type) string {
	words := []string{linked(s)}
	for _, other := range s.Or {
		words = append(words, linked(other))
	}
	return schema.Join(words)
}

// plural describes several values of a shape.
func plural(s *schema.Type) string {
	var words []string
	for _, one := range append([]*schema.Type{s}, s.Or...) {
		word := linked(one)
		for _, article := range []string{"an ", "a single ", "a "} {
			word = strings.TrimPrefix(word, article)
		}
		switch {
		case one.Kind == schema.Null:
		case one.Kind == schema.List:
			word = strings.Replace(word, "list of", "lists of", 1)
		default:
			word += "s"
		}
		words = append(words, word)
	}
	return schema.Join(words)
}

// linked describes a shape without its alternatives, with the names of objects.
func linked(s *schema.Type) string {
	switch {
	case s.Kind == schema.String && s.Enum == nil:
		return "a string"
	case s.Kind == schema.Keyed:
		return s.Object.Name
	case s.Kind == schema.List:
		return "a list of " + plural(s.Of)
	case s.Kind == schema.Mapping:
		return "a mapping from names to " + plural(s.Of)
	case s.Enum != nil && len(s.Enum) < 5:
		return "`" + strings.Join(s.Enum, "`, `") + "`"
	}
	return s.Describe()
}
