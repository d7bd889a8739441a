package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

var (
	flower = &schema.Object{Name: "a flower", Doc: "A flower.", Keys: []schema.Key{
		{Name: "name", Type: schema.Text, Required: true, Doc: "The name."},
		{Name: "colour", Type: schema.OneOf("red", "yellow"), Doc: "The colour."},
		{Name: "petals", Type: schema.Positive, Doc: "How many petals it has."},
	}}
	garden = &schema.Object{Name: "a garden", Doc: "A garden.", Keys: []schema.Key{
		{Name: "flowers", Type: schema.NonEmptyListOf(schema.ObjectOf(flower)), Doc: "The flowers."},
		{Name: "owner", Type: ownerType(), Doc: "The owner."},
	}, KeyHint: func(name string) string {
		if name == "size" {
			return "measure it"
		}
		return ""
	}}
)

func ownerType() *schema.Type {
	t := schema.Either(schema.Text, schema.NullType)
	t.WrongHint = func(n *yamlfile.Node) string {
		if n.ShortTag() == "!!bool" {
			return "write no"
		}
		return ""
	}
	return t
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"valid", "flowers:\n- {name: tulip, colour: red, petals: 6}\nowner: null\n", nil},
		{"unknown key", "flower: []\n", []string{`1:1: error: unknown key "flower" in a garden (did you mean flowers?)`}},
		{"unknown key unlike others", "zzz: 1\n", []string{`1:1: error: unknown key "zzz" in a garden (known keys: flowers, owner)`}},
		{"missing key", "flowers: [{petals: 1}]\n", []string{`1:11: error: missing key "name" in a flower`}},
		{"value not in enum", "flowers: [{name: a, colour: yelow}]\n", []string{`1:29: error: colour must be red or yellow, not "yelow" (did you mean yellow?)`}},
		{"hint about a key", "size: 1\n", []string{`1:1: error: unknown key "size" in a garden (measure it)`}},
		{"hint about a wrong type", "owner: true\n", []string{`1:8: error: owner must be text or null, not true (write no)`}},
		{"wrong type of item", "flowers: [tulip]\n", []string{`1:11: error: a flower must be a mapping, not text`}},
		{"wrong type of alternatives", "owner: 1\n", []string{`1:8: error: owner must be text or null, not a number (put it in quotes to make it text)`}},
		{"count", "flowers: [{name: a, petals: 0}]\n", []string{`1:29: error: petals must be a positive integer, not "0"`}},
		{"duplicate key", "owner: a\nowner: b\n", []string{`2:1: error: duplicate key "owner"`}},
		{"merge key", "flowers: &x [{name: a}]\n<<: *x\n", []string{`2:1: error: merge keys (<<) are not supported (repeat the keys)`}},
		{"alias", "flowers: [&x {name: a, size: 1}, *x]\n", []string{`1:24: error: unknown key "size" in a flower (known keys: name, colour, petals)`}},
		{"alias in itself", "flowers: &x [*x]\n", []string{`1:14: error: alias of a value that contains it`}},
		{"syntax error", "flowers: [\n", []string{`invalid YAML`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := schema.Checker{File: yamlfile.NewFile("", []byte(tt.text)), MergeHint: "repeat the keys"}
			for _, doc := range c.Documents() {
				c.Check(doc, schema.ObjectOf(garden), garden.Name)
			}
			var got []string
			for _, d := range c.Errors {
				text, _, _ := strings.Cut(diag.Text(diag.List{d}, diag.TextOptions{}), "\n")
				if d.Hint != "" {
					text += " (" + d.Hint + ")"
				}
				if strings.Contains(text, "invalid YAML") {
					text = "invalid YAML"
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestErrors checks that the number of errors is limited.
func TestErrors(t *testing.T) {
	c := schema.Checker{File: yamlfile.NewFile("", []byte("flowers: ["+strings.Repeat("1,", 1000)+"]"))}
	for _, doc := range c.Documents() {
		c.Check(doc, schema.ObjectOf(garden), garden.Name)
	}
	if len(c.Errors) != schema.MaxErrors {
		t.Errorf("%d errors, want %d", len(c.Errors), schema.MaxErrors)
	}
}
