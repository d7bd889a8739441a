package ruletest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
)

// TestDocsKeys compares the tables of keys in docs/testing.md with the format.
func TestDocsKeys(t *testing.T) {
	const page, begin, end = "../docs/testing.md", "<!-- keys: go test ./ruletest -update -->\n", "<!-- end -->"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no tables of keys", page)
	}
	var b strings.Builder
	b.WriteString(before + begin)
	for _, o := range objects() {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n| key | value | |\n|---|---|---|\n", title(o.name), o.doc)
		for _, k := range o.keys {
			name := "`" + k.name + "`"
			if k.required {
				name += ", required"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", name, k.shape.allWords(), strings.TrimSuffix(k.doc, "."))
		}
	}
	b.WriteString("\n" + end + after)
	golden.Check(t, page, b.String())
}

func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// allWords describes a shape with its alternatives.
func (s *shape) allWords() string {
	words := []string{s.linked()}
	for _, other := range s.or {
		words = append(words, other.linked())
	}
	return joinWords(words)
}

// plural describes several values of a shape.
func (s *shape) plural() string {
	var words []string
	for _, one := range append([]*shape{s}, s.or...) {
		word := one.linked()
		for _, article := range []string{"an ", "a single ", "a "} {
			word = strings.TrimPrefix(word, article)
		}
		switch {
		case one.kind == isNull:
		case one.kind == isList:
			word = strings.Replace(word, "list of", "lists of", 1)
		default:
			word += "s"
		}
		words = append(words, word)
	}
	return joinWords(words)
}

// linked describes a shape without its alternatives, with the names of objects.
func (s *shape) linked() string {
	switch {
	case s.kind == isString && s.enum == nil:
		return "a string"
	case s.kind == isObject:
		return s.object.name
	case s.kind == isEvent:
		return eventObject.name
	case s.kind == isList:
		return "a list of " + s.of.plural()
	case s.kind == isMapping:
		return "a mapping from names to " + s.of.plural()
	case s.enum != nil && len(s.enum) < 5:
		return "`" + strings.Join(s.enum, "`, `") + "`"
	}
	return s.describe()
}
