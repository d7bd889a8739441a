package rulesfile_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
)

// TestUnwrap finds rules inside other files. Package loader tests what they load as.
func TestUnwrap(t *testing.T) {
	const item = "- macro: m\n  condition: a\n"
	for _, test := range []struct {
		name, text string
		// want has the names of files and the positions of their first items, what is
		// left of the file, problems and what is skipped.
		want []string
	}{
		{"no file", item, nil},
		{"ConfigMap", "kind: ConfigMap\ndata:\n  a.yaml: '- macro: m'\n  b.yml: '- list: l'\n  c.txt: x\n", []string{
			"f.yaml#a.yaml f.yaml:3:14", "f.yaml#b.yml f.yaml:4:13",
		}},
		{"equal names", "kind: List\nitems:\n- {kind: ConfigMap, data: {a.yaml: '- macro: m'}}\n- {kind: ConfigMap, data: {a.yaml: '- macro: n'}}\n", []string{
			"f.yaml#a.yaml f.yaml:3:39", "f.yaml#a.yaml(2) f.yaml:4:39",
		}},
		{"base64", "kind: Secret\ndata:\n  a.yaml: LSBtYWNybzogbQo=\n  b.yaml: '!'\n", []string{
			"f.yaml#a.yaml f.yaml#a.yaml:1:3", "error f.yaml:4:12: b.yaml must be base64: illegal base64 data at input byte 0",
		}},
		{"alias", "x: &x '- macro: m'\ncustomRules:\n  a.yaml: *x\n", []string{"f.yaml#a.yaml f.yaml:1:10"}},
		{"YAML", "kind: Rulesfile\nspec:\n  inlineRules:\n  - macro: m\n", []string{"f.yaml#inlineRules f.yaml:4:5"}},
		{"a list where text belongs", "kind: ConfigMap\ndata:\n  a.yaml:\n  - macro: m\n    condition: a\n", []string{
			"f.yaml#a.yaml f.yaml:4:5", "error f.yaml:3:3: the rules in a.yaml must be text, not a list",
		}},
		{"nothing reads it", "spec:\n  rules:\n  - macro: m\n    condition: a\n", []string{"error f.yaml:3:3: the rules at spec.rules have no effect"}},
		{"objects without rules", "kind: ConfigMap\ndata: {a.yaml: '- macro: m'}\n---\nkind: Pod\napiVersion: v1\n---\nkind: Pod\napiVersion: v1\n---\n" + item, []string{
			"f.yaml#a.yaml f.yaml:2:19", "left f.yaml:10:1", "skipped f.yaml:4:1: no rules are inside Pod (2 times)",
		}},
		{"a name that Falco does not read", "kind: ConfigMap\ndata: {rules: '- {macro: m, condition: a}'}\n", []string{
			"f.yaml#rules f.yaml:2:18", "skipped f.yaml:2:8: Falco reads no file named rules from a folder",
		}},
		{"files of a generator", "configMapGenerator:\n- literals: ['a.yaml=- macro: m']\n  files: [b.yaml]\n", []string{
			"f.yaml#a.yaml f.yaml:2:24", "skipped f.yaml:3:10: the files of the generator are not read",
		}},
		{"values of values", "kind: HelmChart\nspec:\n  valuesContent: |\n    customRules:\n      a.yaml: |\n        - macro: m\n", []string{"f.yaml#a.yaml f.yaml:6:11"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := parse(t, test.text)
			unwrapped, ok := file.Unwrap()
			if ok != file.Wraps() || ok != (test.want != nil) {
				t.Fatalf("Unwrap returns %v, and Wraps %v", ok, file.Wraps())
			}
			if !ok {
				return
			}
			var got []string
			for _, inner := range unwrapped.Files {
				at := firstItem(inner).Range()
				got = append(got, fmt.Sprint(inner.Name(), " ", at))
				if in := file.FileAt(at.Start, inner); at.File == file.Name() && in != inner {
					t.Errorf("%v is in %s", at, in.Name())
				}
			}
			for _, d := range unwrapped.Rest {
				got = append(got, fmt.Sprint("left ", d.Range()))
			}
			for _, d := range slices.Concat(unwrapped.Problems, unwrapped.Skipped) {
				kind := map[diag.Severity]string{diag.Error: "error", diag.Notice: "skipped"}[d.Severity]
				got = append(got, fmt.Sprintf("%s %v: %s", kind, d.Range, d.Message))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
