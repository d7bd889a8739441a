package auditpolicy_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/auditpolicy"
	"github.com/falcorules/falcorules/internal/golden"
)

const header = "apiVersion: audit.k8s.io/v1\nkind: Policy\n"

// TestErrors compares the errors in the files of testdata, and the warnings in those named
// ok*.
func TestErrors(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			policy, list := auditpolicy.Read(bytes.NewReader(data), filepath.Base(path))
			if ok := strings.HasPrefix(filepath.Base(path), "ok"); ok != (policy != nil) || ok != (len(list) == 0) {
				t.Errorf("policy %v with errors %v", policy, list)
			} else if ok {
				list = policy.Warnings
			}
			golden.Check(t, strings.TrimSuffix(path, ".yaml")+".txt", diag.Text(list, diag.TextOptions{}))
		})
	}
}

func TestRead(t *testing.T) {
	type rules = []*auditpolicy.Rule
	for _, tt := range []struct {
		name, text string
		want       rules
	}{
		{"full", header + `
metadata: {name: x}
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- level: RequestResponse
  users: [a, b]
  userGroups: [c]
  verbs: [get]
  resources:
  - group: ""
    resources: [pods, pods/*]
    resourceNames: [d]
  - {group: apps}
  - {group: "*", resources: ["*"]}
  namespaces: ["", e]
  omitStages: [Panic, RequestReceived]
  omitManagedFields: false
- level: None
  nonResourceURLs: ["/a*", "*"]
`, rules{
			{
				Number: 1, Level: auditpolicy.RequestResponse, Users: []string{"a", "b"}, UserGroups: []string{"c"}, Verbs: []string{"get"},
				Resources: []auditpolicy.GroupResources{
					{Group: "", Resources: []string{"pods", "pods/*"}, ResourceNames: []string{"d"}}, {Group: "apps"}, {Group: "*", Resources: []string{"*"}},
				},
				Namespaces: []string{"", "e"}, OmitStages: []string{"Panic", "RequestReceived"},
			},
			{Number: 2, NonResourceURLs: []string{"/a*", "*"}, OmitStages: []string{"RequestReceived"}, OmitManagedFields: true},
		}},
		{"JSON", `{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata", "users": null}]}`, rules{{Number: 1, Level: auditpolicy.Metadata}}},
		{"no kind", "apiVersion: audit.k8s.io/v1\nrules: [{level: Request}]\n", rules{{Number: 1, Level: auditpolicy.Request}}},
		{"null", header + "omitStages: ~\nomitManagedFields: ~\nmetadata: ~\nrules: [{level: None, users: [~], resources: [~]}]\n", rules{
			{Number: 1, Users: []string{""}, Resources: []auditpolicy.GroupResources{{}}},
		}},
		{"the last value counts", header + "rules: [{level: None, level: Metadata}]\n", rules{{Number: 1, Level: auditpolicy.Metadata}}},
		{"aliases", header + "rules:\n- &a {level: Metadata, verbs: &v [get]}\n- *a\n- {level: None, verbs: *v}\n", rules{
			{Number: 1, Level: auditpolicy.Metadata, Verbs: []string{"get"}}, {Number: 2, Level: auditpolicy.Metadata, Verbs: []string{"get"}}, {Number: 3, Verbs: []string{"get"}},
		}},
		{"merge keys", header + "rules:\n- <<: [{level: Metadata}, {level: Request, verbs: [get]}]\n- level: None\n  <<: {level: Request}\n- <<: {level: Request}\n  level: None\n", rules{
			{Number: 1, Level: auditpolicy.Metadata, Verbs: []string{"get"}}, {Number: 2, Level: auditpolicy.Request}, {Number: 3},
		}},
		{"booleans of YAML 1.1", header + "omitManagedFields: yes\nrules: [{level: None}, {level: None, omitManagedFields: Off}]\n", rules{{Number: 1, OmitManagedFields: true}, {Number: 2}}},
		{"unusual resources", header + `rules: [{level: None, resources: [{resources: ["*/*", "", "pods/", "/x"]}]}]`, rules{
			{Number: 1, Resources: []auditpolicy.GroupResources{{Resources: []string{"*/*", "", "pods/", "/x"}}}},
		}},
		{"byte order mark and CRLF", "\ufeff" + strings.ReplaceAll(header+"rules:\n- level: None\n", "\n", "\r\n"), rules{{Number: 1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			policy, errs := auditpolicy.Read(strings.NewReader(tt.text), "p.yaml")
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			ignore := cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(auditpolicy.Rule{}, "Range"), cmpopts.IgnoreUnexported(auditpolicy.Rule{})}
			if diff := cmp.Diff(tt.want, policy.Rules, ignore); diff != "" {
				t.Error(diff)
			}
			for _, r := range policy.Rules {
				if r.Range.File != "p.yaml" || !r.Range.Start.IsValid() || r.Size() < 1 {
					t.Errorf("rule %d has range %v and size %d", r.Number, r.Range, r.Size())
				}
			}
		})
	}
}

func TestReadLimits(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
		errs             int
	}{
		{"large", strings.Repeat("#", 1<<20+1), "the file has more than 1048576 bytes", 1},
		{"many errors", header + "rules: [" + strings.Repeat("{},", 1000) + "]", "missing key level", 100},
		{"deep", header + "rules: " + strings.Repeat("[", 5000), "invalid YAML", 1},
		{"growing aliases", header + "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n" +
			"c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" +
			"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nrules: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n", "aliases expand to more than", 1},
		{"not UTF-8", header + "rules: [{level: None, users: ['\xff']}]", "invalid YAML", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, errs := auditpolicy.Read(strings.NewReader(tt.text), "x.yaml")
			if len(errs) != tt.errs || !strings.Contains(errs[len(errs)-1].Message, tt.want) {
				t.Errorf("%d errors, want %d: %v", len(errs), tt.errs, errs[:min(len(errs), 3)])
			}
		})
	}
	t.Run("many warnings", func(t *testing.T) {
		policy, errs := auditpolicy.Read(strings.NewReader(header+"rules: ["+strings.Repeat("{level: None, x: y},", 1000)+"]"), "x.yaml")
		if len(errs) > 0 || len(policy.Warnings) != 100 {
			t.Errorf("%d warnings, errors %v", len(policy.Warnings), errs)
		}
	})
	t.Run("broken reader", func(t *testing.T) {
		_, errs := auditpolicy.Read(iotest.ErrReader(errors.New("disk on fire")), "x.yaml")
		if got := diag.Text(errs, diag.TextOptions{}); got != "x.yaml: error: cannot read: disk on fire\n" {
			t.Error(got)
		}
	})
}

// FuzzRead reads arbitrary policies and matches their rules.
func FuzzRead(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(header + "rules: [{level: None, users: [a], resources: [{group: apps, resources: ['*/x', 'pods/*']}]}, {level: Request, nonResourceURLs: ['/a*']}]")
	f.Fuzz(func(t *testing.T, text string) {
		policy, errs := auditpolicy.Read(strings.NewReader(text), "x.yaml")
		if (policy == nil) != (len(errs) > 0) {
			t.Fatalf("a policy with errors: %v", errs)
		}
		for _, d := range errs {
			if d.Message == "" || d.Severity != diag.Error {
				t.Errorf("invalid error %+v", d)
			}
		}
		if policy == nil {
			return
		}
		one := auditpolicy.One("pods")
		for _, r := range policy.Rules {
			exact := r.Match(&auditpolicy.Requests{
				Users: one, Verbs: one, OfResources: true, Groups: one, Resources: one, Subresources: one, Namespaces: one, Names: one, Paths: one,
			})
			if exact == auditpolicy.Some && len(r.UserGroups) == 0 {
				t.Errorf("rule %d may match a single request", r.Number)
			}
			if exact == auditpolicy.All && r.Match(&auditpolicy.Requests{OfResources: true, OfPaths: true}) == auditpolicy.Nothing {
				t.Errorf("rule %d matches a request, but none at all", r.Number)
			}
		}
	})
}
