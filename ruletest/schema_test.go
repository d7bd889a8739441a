package ruletest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/ruletest"
)

func suiteSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(ruletest.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("suite.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("suite.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// documents returns the YAML documents of a file as JSON values.
func documents(t *testing.T, path string) []any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []any
	docs, _ := yamlfile.Read(text)
	for _, doc := range docs {
		var value any
		if err := doc.Decode(&value); err != nil {
			t.Fatal(err)
		}
		asJSON, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, document)
	}
	return out
}

// TestSchema validates suites against the schema. Only those with unknown keys or values of
// the wrong type are invalid.
func TestSchema(t *testing.T) {
	schema := suiteSchema(t)
	paths := slices.Concat(suites(t, "passing", 2), suites(t, "failing", 10))
	examples, err := filepath.Glob("../examples/*/*_test.yaml")
	if err != nil || len(examples) < 2 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	for _, path := range append(paths, examples...) {
		list := documents(t, path)
		if len(list) == 0 {
			t.Errorf("%s: no document", path)
		}
		for _, document := range list {
			if err := schema.Validate(document); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	for _, name := range []string{"unknown-key", "wrong-type", "empty"} {
		t.Run(subtest.Name(name), func(t *testing.T) {
			if err := schema.Validate(documents(t, "testdata/invalid/"+name+".yaml")[0]); err == nil {
				t.Errorf("%s is valid", name)
			}
		})
	}
}

// TestSchemaFile compares the schema in the repository with that of the code.
func TestSchemaFile(t *testing.T) {
	golden.Check(t, "suite.schema.json", string(ruletest.Schema()))
}
