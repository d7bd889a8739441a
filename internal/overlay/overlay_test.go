package overlay

import (
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

func TestPut(t *testing.T) {
	for _, test := range []struct{ values, mapping, want string }{
		{`{}`, `{a: 1}`, `{a: 1}`},
		{`{a: 2}`, `{a: 1}`, `{a: 2}`},
		{`{b: 2}`, `{a: 1}`, `{a: 1, b: 2}`},
		{`{a: null}`, `{a: 1, b: 2}`, `{a: null, b: 2}`},
		{`{a: null}`, `{a: [1], b: 2}`, `{a: null, b: 2}`},
		{`{a: null}`, `{a: {x: 1}, b: 2}`, `{b: 2}`},
		{`{a: 3}`, `{a: null, b: 2}`, `{a: 3, b: 2}`},
		{`{c: null}`, `{a: 1}`, `{a: 1, c: null}`},
		{`{a: {y: 3}}`, `{a: {x: 1, y: 2}, b: 1}`, `{a: {x: 1, y: 3}, b: 1}`},
		{`{a: {x: null}}`, `{a: {x: 1, y: 2}}`, `{a: {x: null, y: 2}}`},
		{`{a: [3]}`, `{a: [1, 2]}`, `{a: [3]}`},
		{`{a: {x: 1}}`, `{a: text}`, `{a: {x: 1}}`},
		{`text`, `{a: 1}`, `text`},
	} {
		t.Run(subtest.Name(test.values), func(t *testing.T) {
			values, mapping := parse(t, test.values), parse(t, test.mapping)
			got, err := yamlfile.Encode(Put(values, mapping))
			if err != nil || string(got) != test.want+"\n" {
				t.Errorf("%s over %s: %s %v", test.values, test.mapping, got, err)
			}
			if before, err := yamlfile.Encode(mapping); err != nil || string(before) != test.mapping+"\n" {
				t.Errorf("%s over %s changed it to %s %v", test.values, test.mapping, before, err)
			}
		})
	}
}

func parse(t *testing.T, text string) *yamlfile.Node {
	t.Helper()
	docs, err := yamlfile.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return docs[0]
}
