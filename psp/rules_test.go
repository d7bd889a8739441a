package psp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/psp"
)

// written returns the text of the rules file of a source.
func written(t testing.TB, c *psp.Conversion, source psp.Source) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.WriteRules(&b, source); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// ruleFiles returns the rules files of a conversion.
func ruleFiles(t testing.TB, c *psp.Conversion) []loader.File {
	t.Helper()
	var files []loader.File
	for _, source := range c.Sources() {
		files = append(files, loader.File{Name: string(source) + ".yaml", Data: []byte(written(t, c, source))})
	}
	return files
}

func texts(files []loader.File) [][]byte {
	var out [][]byte
	for _, f := range files {
		out = append(out, f.Data)
	}
	return out
}

// load loads the rules of a conversion. It fails the test on errors, warnings and
// notices.
func load(t testing.TB, c *psp.Conversion) *loader.Ruleset {
	t.Helper()
	files := ruleFiles(t, c)
	set, err := loader.Load(files, loader.Options{Sources: []*fieldsets.Source{k8saudit.NewSource(), syscall.NewSource()}, PluginVersions: loader.DefaultPluginVersions()})
	if err != nil {
		t.Fatalf("%v\n%s", err, bytes.Join(texts(files), nil))
	}
	if notices := lint.Notices(t.Context(), set); len(set.Warnings) > 0 || len(set.Notices) > 0 || len(notices) > 0 {
		t.Fatalf("warnings %v, notices %v and %v", set.Warnings, set.Notices, notices)
	}
	return set
}

// loads fails the test if the rules of a conversion do not load.
func loads(t testing.TB, c *psp.Conversion) {
	t.Helper()
	files := ruleFiles(t, c)
	if _, err := loader.Load(files, loader.Options{Sources: []*fieldsets.Source{k8saudit.NewSource(), syscall.NewSource()}}); err != nil {
		t.Fatalf("%v\n%s", err, bytes.Join(texts(files), nil))
	}
}

// convert converts the policies in a text.
func convert(t testing.TB, text string, options psp.Options) *psp.Conversion {
	t.Helper()
	policies, err := psp.Read(strings.NewReader(text), "policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := psp.Convert(policies, options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fired has the properties for which rules fire, by the kind of rule.
type fired map[string][]string

var ruleName = regexp.MustCompile(`(Violation|Mutation|Limit) \(([A-Za-z_]+)`)

// judge matches rules with events.
type judge struct {
	matcher *eval.Matcher
	decoder *k8saudit.Decoder
}

func newJudge(set *loader.Ruleset) *judge {
	return &judge{set.Engine.NewMatcher(eval.AllMatches), k8saudit.NewDecoder(&fieldsets.Stream{})}
}

// judge returns the rules that fire on an event, sorted by property.
func (j *judge) judge(t testing.TB, event []byte) fired {
	t.Helper()
	out := fired{}
	err := j.decoder.Decode(event, func(ev *fieldsets.Event) error {
		for _, m := range j.matcher.Match(ev) {
			parts := ruleName.FindStringSubmatch(m.Rule.Name)
			if parts == nil {
				return fmt.Errorf("unexpected rule %q", m.Rule.Name)
			}
			out[parts[1]] = append(out[parts[1]], parts[2])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range out {
		slices.Sort(names)
	}
	return out
}

// created returns an audit event for the creation of a pod.
func created(pod string) []byte { return event("create", "", pod, pod) }

// event returns an audit event about a pod.
func event(verb, subresource, request, response string) []byte {
	return fmt.Appendf(nil, `{"kind": "Event", "auditID": "1", "stage": "ResponseComplete", "verb": %q, "user": {"username": "u"},
		"objectRef": {"resource": "pods", "namespace": "default", "name": "p"%s}, "stageTimestamp": "2026-03-01T10:20:30.5Z",
		"requestObject": %s, "responseObject": %s}`, verb, subresourceKey(subresource), request, response)
}

func subresourceKey(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(`, "subresource": %q`, name)
}

// asJSON returns a value as JSON.
func asJSON(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
