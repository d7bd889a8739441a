package loader_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// unwrapped loads a file with what is inside it.
func unwrapped(yaml string) *loader.Ruleset {
	options := allSources()
	options.Unwrap = true
	set, _ := loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(yaml)}}, options)
	return set
}

// TestUnwrap reads rules inside other files. Each has one mistake, the macro nosuch,
// whose position in the file must be exact.
func TestUnwrap(t *testing.T) {
	rules := fmt.Sprintf(syscallRule, "r", "evt.type = open and nosuch")
	text := func(indent string) string {
		return "|-\n" + indent + strings.ReplaceAll(strings.TrimSpace(rules), "\n", "\n"+indent) + "\n"
	}
	for name, test := range map[string]struct{ yaml, file string }{
		"ConfigMap":               {"kind: ConfigMap\ndata:\n  other: x\n  rules.yaml: " + text("    "), "f.yaml#rules.yaml"},
		"ConfigMap, two spaces":   {"kind: ConfigMap\ndata:\n  rules.yaml: " + text("   "), "f.yaml#rules.yaml"},
		"ConfigMap, other key":    {"kind: ConfigMap\ndata:\n  rules: " + text("    "), "f.yaml#rules"},
		"ConfigMap, chart values": {"kind: ConfigMap\ndata:\n  values.yaml: |\n    customRules:\n      a.yaml: " + text("        "), "f.yaml#a.yaml"},
		"quoted":                  {"kind: ConfigMap\ndata: {a.yml: \"- macro: m\\n  condition: nosuch\\n\"}\n", "f.yaml#a.yml"},
		"alias":                   {"x: &x " + text("    ") + "kind: ConfigMap\ndata:\n  a.yaml: *x\n", "f.yaml#a.yaml"},
		"Secret":                  {"kind: Secret\nstringData:\n  a.yaml: " + text("    "), "f.yaml#a.yaml"},
		"List":                    {"kind: List\nitems:\n- kind: Namespace\n- kind: ConfigMap\n  data:\n    a.yml: " + text("      "), "f.yaml#a.yml"},
		"ConfigMapList":           {"kind: ConfigMapList\nitems:\n- data:\n    a.yml: " + text("      "), "f.yaml#a.yml"},
		"List in a List":          {"kind: List\nitems:\n- kind: List\n  items:\n  - kind: ConfigMap\n    data:\n      a.yml: " + text("        "), "f.yaml#a.yml"},
		"second document":         {"apiVersion: v1\nkind: Namespace\n---\nkind: ConfigMap\ndata:\n  a.yml: " + text("      "), "f.yaml#a.yml"},
		"Helm":                    {"falco: {x: y}\ncustomRules:\n  rules.yaml: " + text("    "), "f.yaml#rules.yaml"},
		"umbrella":                {"falco:\n  customRules:\n    rules.yaml: " + text("      "), "f.yaml#rules.yaml"},
		"umbrella of another":     {"security:\n  my-falco:\n    customRules:\n      rules.yaml: " + text("        "), "f.yaml#rules.yaml"},
		"Argo CD object":          {"kind: Application\nspec:\n  source:\n    helm:\n      valuesObject:\n        customRules:\n          a.yaml: " + text("            "), "f.yaml#a.yaml"},
		"Argo CD text":            {"kind: Application\nspec:\n  source:\n    helm:\n      values: |\n        falco:\n          customRules:\n            a.yaml: " + text("              "), "f.yaml#a.yaml"},
		"Argo CD sources":         {"kind: Application\nspec:\n  sources:\n  - helm:\n      values: |\n        customRules:\n          a.yaml: " + text("            "), "f.yaml#a.yaml"},
		"Argo CD parameter":       {"kind: Application\nspec:\n  source:\n    helm:\n      parameters:\n      - name: customRules.a\\.yaml\n        value: " + text("          "), "f.yaml#a.yaml"},
		"ApplicationSet":          {"kind: ApplicationSet\nspec:\n  template:\n    spec:\n      source:\n        helm:\n          valuesObject:\n            customRules:\n              a.yaml: " + text("                "), "f.yaml#a.yaml"},
		"Flux":                    {"kind: HelmRelease\nspec:\n  values:\n    customRules:\n      a.yaml: " + text("        "), "f.yaml#a.yaml"},
		"HelmChart":               {"kind: HelmChart\nspec:\n  valuesContent: |-\n    customRules:\n      a.yaml: " + text("        "), "f.yaml#a.yaml"},
		"Helm in Kustomize":       {"helmCharts:\n- name: falco\n  valuesInline:\n    customRules:\n      a.yaml: " + text("        "), "f.yaml#a.yaml"},
		"Kustomize":               {"configMapGenerator:\n- name: x\n  literals:\n  - x=y\n  - |-\n    a.yaml=- macro: m\n      condition: nosuch\n", "f.yaml#a.yaml"},
		"Kustomize, quoted":       {"secretGenerator:\n- name: x\n  literals:\n  - |-\n    a.yaml=\"- macro: m\n      condition: nosuch\n    \"\n", "f.yaml#a.yaml"},
		"Kustomize patch":         {"kind: Kustomization\npatches:\n- patch: |-\n    kind: ConfigMap\n    data:\n      a.yaml: " + text("        "), "f.yaml#a.yaml"},
		"Rulesfile":               {"kind: Rulesfile\nspec:\n  inlineRules: " + text("    "), "f.yaml#inlineRules"},
		"Rulesfile as YAML":       {"kind: Rulesfile\nspec:\n  inlineRules:\n  " + strings.ReplaceAll(strings.TrimSpace(rules), "\n", "\n  ") + "\n", "f.yaml#inlineRules"},
		"JSON":                    {`{"kind": "ConfigMap", "data": {"a.yaml": "- macro: m\n  condition: nosuch\n"}}`, "f.yaml#a.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			set := unwrapped(test.yaml)
			if len(set.Results) != 1 || set.Results[0].Name != test.file || len(set.Errors) != 1 {
				t.Fatalf("got %v and %d results", set.Errors, len(set.Results))
			}
			d := set.Errors[0]
			if want := rangeOf("f.yaml", test.yaml, "nosuch"); d.Range != want || loader.InputOf(d) != test.file || loader.FalcoContextOf(d).Locations[0].Content != test.file {
				t.Errorf("got %+v in %s, %v; want %+v", d.Range, loader.InputOf(d), d.Within, want)
			}
			if want := strings.Split(test.yaml, "\n")[d.Range.Start.Line-1]; d.Line != want {
				t.Errorf("the line is %q, not %q", d.Line, want)
			}
			// Without the option a hint names it.
			set, _ = loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(test.yaml)}}, allSources())
			if set.Errors[0].Hint != "there are rules inside this file; use --unwrap to read them" {
				t.Errorf("the hint is %q", set.Errors[0].Hint)
			}
		})
	}
}

// positionOf returns the position of the first occurrence of a word in a text.
func rangeOf(file, text, word string) diag.Range {
	before, _, _ := strings.Cut(text, word)
	start := diag.Pos{Offset: len(before), Line: strings.Count(before, "\n") + 1, Column: len(before) - strings.LastIndexByte(before, '\n')}
	end := diag.Pos{Offset: start.Offset + len(word), Line: start.Line, Column: start.Column + len(word)}
	return diag.Range{File: file, Start: start, End: end}
}

// TestUnwrapBase64 reads rules in base64. Positions are those in the decoded text.
func TestUnwrapBase64(t *testing.T) {
	rules := "- macro: m\n  condition: nosuch\n"
	encoded := base64.StdEncoding.EncodeToString([]byte(rules))
	values := base64.StdEncoding.EncodeToString([]byte("customRules:\n  a.yaml: |\n    - macro: m\n      condition: nosuch\n"))
	for name, test := range map[string]struct{ yaml, at, source string }{
		"Secret":         {"kind: Secret\ndata:\n  a.yaml: " + encoded + "\n", "f.yaml#a.yaml:2:14", "  condition: nosuch"},
		"several lines":  {"kind: Secret\ndata:\n  a.yaml: |\n    " + encoded[:20] + "\n    " + encoded[20:] + "\n", "f.yaml#a.yaml:2:14", "  condition: nosuch"},
		"ConfigMap":      {"kind: ConfigMap\nbinaryData:\n  a.yaml: " + encoded + "\n", "f.yaml#a.yaml:2:14", "  condition: nosuch"},
		"values in them": {"kind: Secret\ndata:\n  values.yaml: " + values + "\n", "f.yaml#values.yaml:4:18", "      condition: nosuch"},
	} {
		t.Run(name, func(t *testing.T) {
			set := unwrapped(test.yaml)
			if len(set.Results) != 1 || set.Results[0].Name != "f.yaml#a.yaml" || len(set.Errors) != 1 {
				t.Fatalf("got %v and %d results", set.Errors, len(set.Results))
			}
			if d := set.Errors[0]; d.Range.String() != test.at || d.Line != test.source || loader.InputOf(d) != "f.yaml#a.yaml" {
				t.Errorf("got %s in %s, line %q; want %s", d.Range, loader.InputOf(d), d.Line, test.at)
			}
		})
	}
}

// TestUnwrapReports has what must not pass in silence beside rules that are read.
func TestUnwrapReports(t *testing.T) {
	good := "kind: ConfigMap\ndata:\n  good.yaml: |\n    - list: l\n      items: []\n---\n"
	rules := "- macro: m\n  condition: evt.type = open\n"
	in := func(indent string) string {
		return indent + strings.ReplaceAll(strings.TrimSpace(rules), "\n", "\n"+indent) + "\n"
	}
	for name, test := range map[string]struct {
		yaml string
		want []string
	}{
		"objects without rules": {
			"apiVersion: v1\nkind: Namespace\n---\napiVersion: v1\nkind: Role\nrules: [{verbs: [get]}]\n---\napiVersion: v1\nkind: Role\n",
			[]string{"f.yaml:7:1: skipped: no rules are inside Namespace, Role (2 times)"},
		},
		"objects in a list": {
			"kind: List\nitems: [{apiVersion: v1, kind: Service}, {apiVersion: v1, kind: ConfigMap, data: {a.yaml: '[{list: m, items: []}]'}}]\n",
			[]string{"f.yaml:8:9: skipped: no rules are inside Service"},
		},
		"objects in a list of a kind": {
			"kind: ConfigMapList\nitems: [{metadata: {name: x}}, {data: {a.yaml: '[{list: m, items: []}]'}}]\n",
			[]string{"f.yaml:8:9: skipped: no rules are inside ConfigMap"},
		},
		"a document of no kind": {"x: y\n", []string{"f.yaml:7:1: LOAD_ERR_YAML_VALIDATE: there are no rules inside this mapping"}},
		"values without rules":  {"customRules: {}\n", []string{"f.yaml:7:1: LOAD_ERR_YAML_VALIDATE: there are no rules inside this mapping"}},
		"a Rulesfile with the wrong key": {
			"kind: Rulesfile\nspec:\n  ociArtifact:\n    inline: |\n" + in("      "),
			[]string{"f.yaml:11:7: LOAD_ERR_YAML_VALIDATE: the rules at spec.ociArtifact.inline have no effect"},
		},
		"rules under another key of values": {
			"customRule:\n  a.yaml: |\n" + in("    "),
			[]string{"f.yaml:9:5: LOAD_ERR_YAML_VALIDATE: the rules at customRule.a.yaml have no effect"},
		},
		"rules as YAML": {
			"x:\n  rules:\n" + in("  "),
			[]string{"f.yaml:9:3: LOAD_ERR_YAML_VALIDATE: the rules at x.rules have no effect"},
		},
		"a chart's rules as YAML": {
			"customRules:\n  a.yaml:\n" + in("  "),
			[]string{"f.yaml:8:3: LOAD_ERR_YAML_VALIDATE: the rules in a.yaml must be text, not a list"},
		},
		"not base64": {
			"kind: Secret\ndata:\n  a.yaml: '- macro: m'\n",
			[]string{"f.yaml:9:12: LOAD_ERR_YAML_VALIDATE: a.yaml must be base64: illegal base64 data at input byte 0"},
		},
		"values that are no YAML": {
			"kind: Application\nspec: {source: {helm: {values: 'customRules: [{'}}}\n",
			[]string{"LOAD_ERR_YAML_PARSE"},
		},
		"a key without an ending": {
			"kind: ConfigMap\ndata:\n  rules: |\n" + in("    "),
			[]string{"f.yaml:9:3: skipped: Falco reads no file named rules from a folder"},
		},
		"files of a generator": {
			"configMapGenerator:\n- files: [a.yaml]\n  literals: ['b.yaml=[{list: m, items: []}]']\n",
			[]string{"f.yaml:8:10: skipped: the files of the generator are not read"},
		},
		"nothing to unwrap": {
			"kind: ConfigMap\nmetadata:\n  annotations:\n    last: |\n" + in("      ") + "data:\n  falco.yaml: 'rules_files: [a]'\n  x.txt: 'a list: x'\n  b.yaml: ''\n",
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			set := unwrapped(good + test.yaml)
			var got []string
			for _, list := range []diag.List{set.Errors, set.Notices} {
				for _, d := range list {
					got = append(got, d.Error())
				}
			}
			for i, want := range test.want {
				if i >= len(got) || !strings.Contains(got[i], want) {
					t.Errorf("got %q, want %q", got, test.want)
				}
			}
			if test.want == nil && len(got) > 0 {
				t.Errorf("got %q", got)
			}
			if set.Results[len(set.Results)-1].Name == "f.yaml" || !strings.HasPrefix(set.Results[0].Name, "f.yaml") {
				t.Error("the file comes before what is inside it")
			}
		})
	}
}

// TestUnwrapNames gives several rules files of one name their own.
func TestUnwrapNames(t *testing.T) {
	item := "kind: ConfigMap\ndata: {a.yaml: '- list: l'}\n---\n"
	set := unwrapped(item + item + "kind: Rulesfile\nspec: {inlineRules: []}\n---\nkind: Rulesfile\nspec: {inlineRules: ''}\n")
	var got []string
	for _, r := range set.Results {
		got = append(got, r.Name)
	}
	if diff := cmp.Diff([]string{"f.yaml#a.yaml", "f.yaml#a.yaml(2)", "f.yaml#inlineRules", "f.yaml#inlineRules(2)"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
