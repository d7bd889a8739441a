package auditpolicy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/auditpolicy"
	"github.com/falcorules/falcorules/internal/subtest"
)

// list is a set of texts. The text * stands for all texts that are not in it.
type list []string

func (l list) Has(text string) bool { return slices.Contains(l, text) != slices.Contains(l, "*") }

func (l list) List() ([]string, bool) { return l, !slices.Contains(l, "*") }

// setOf returns the set of the words in a text; nil if it is *, and the empty text if it is
// -.
func setOf(text string) auditpolicy.Texts {
	if text == "*" {
		return nil
	}
	words := list(strings.Fields(text))
	for i, word := range words {
		if word == "-" {
			words[i] = ""
		}
	}
	return words
}

// requests returns requests from a text such as "verb=get resource=pods". Attributes that
// are missing in it are absent, and a text with path is about other paths.
func requests(text string) *auditpolicy.Requests {
	values := map[string]string{}
	for pair := range strings.SplitSeq(text, ", ") {
		key, value, _ := strings.Cut(pair, "=")
		values[key] = value
	}
	get := func(key string) auditpolicy.Texts {
		if value, ok := values[key]; ok {
			return setOf(value)
		}
		return auditpolicy.One("")
	}
	_, isPath := values["path"]
	_, isResource := values["resource"]
	return &auditpolicy.Requests{
		Users: get("user"), Verbs: get("verb"), OfResources: isResource, Groups: get("group"), Resources: get("resource"),
		Subresources: get("subresource"), Namespaces: get("namespace"), Names: get("name"), OfPaths: isPath, Paths: get("path"),
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		rule string
		want map[string]auditpolicy.Extent
	}{
		{"{}", map[string]auditpolicy.Extent{"resource=pods": auditpolicy.All, "path=/": auditpolicy.All, "resource=*, path=*, user=*": auditpolicy.All}},
		{"users: [a, b]", map[string]auditpolicy.Extent{
			"user=a": auditpolicy.All, "user=a b": auditpolicy.All, "user=a c": auditpolicy.Some, "user=c": auditpolicy.Nothing,
			"user=*": auditpolicy.Some, "user=-": auditpolicy.Nothing, "user=- a": auditpolicy.Some, "user=a * ": auditpolicy.Some, "user=a b *": auditpolicy.Nothing,
		}},
		{"users: ['']", map[string]auditpolicy.Extent{"user=-": auditpolicy.Nothing, "user=*": auditpolicy.Nothing}},
		{"userGroups: [g]", map[string]auditpolicy.Extent{"user=a": auditpolicy.Some}},
		{"verbs: [get, list]", map[string]auditpolicy.Extent{"verb=get": auditpolicy.All, "verb=get watch": auditpolicy.Some, "verb=watch": auditpolicy.Nothing}},
		{"namespaces: ['', kube-system]", map[string]auditpolicy.Extent{
			"resource=nodes": auditpolicy.All, "resource=pods, namespace=kube-system": auditpolicy.All, "resource=pods, namespace=x": auditpolicy.Nothing,
			"resource=pods, namespace=*": auditpolicy.Some, "path=/": auditpolicy.Nothing, "resource=*, path=*": auditpolicy.Some,
		}},
		{"resources: [{}]", map[string]auditpolicy.Extent{"resource=pods, subresource=exec": auditpolicy.All, "resource=deployments, group=apps": auditpolicy.Nothing, "resource=*, group=*": auditpolicy.Some, "path=/": auditpolicy.Nothing}},
		{"resources: [{group: '*'}]", map[string]auditpolicy.Extent{"resource=*, group=*": auditpolicy.All, "resource=*, group=*, path=*": auditpolicy.Some}},
		{"resources: [{resources: [pods]}]", map[string]auditpolicy.Extent{
			"resource=pods": auditpolicy.All, "resource=pods, subresource=exec": auditpolicy.Nothing, "resource=pods, subresource=*": auditpolicy.Some,
			"resource=pods secrets": auditpolicy.Some, "resource=secrets": auditpolicy.Nothing, "resource=pods *": auditpolicy.Nothing,
		}},
		{"resources: [{resources: [pods/log]}]", map[string]auditpolicy.Extent{"resource=pods": auditpolicy.Nothing, "resource=pods, subresource=log": auditpolicy.All, "resource=*, subresource=log": auditpolicy.Some}},
		// As in the API server, this also matches the resource itself.
		{"resources: [{resources: [pods/*]}]", map[string]auditpolicy.Extent{"resource=pods": auditpolicy.All, "resource=pods, subresource=*": auditpolicy.All, "resource=secrets, subresource=log": auditpolicy.Nothing}},
		{"resources: [{resources: ['*/status']}]", map[string]auditpolicy.Extent{"resource=*, subresource=status": auditpolicy.All, "resource=pods": auditpolicy.Nothing, "resource=pods, subresource=status log": auditpolicy.Some}},
		{"resources: [{resources: ['*']}]", map[string]auditpolicy.Extent{"resource=*, subresource=*": auditpolicy.All}},
		{"resources: [{resources: ['*/*', '*/', 'pods/', '']}]", map[string]auditpolicy.Extent{"resource=pods": auditpolicy.Nothing, "resource=pods, subresource=log": auditpolicy.Nothing}},
		{"resources: [{resources: [pods], resourceNames: [a]}]", map[string]auditpolicy.Extent{"resource=pods, name=a": auditpolicy.All, "resource=pods": auditpolicy.Nothing, "resource=pods, name=*": auditpolicy.Some}},
		{"resources: [{group: apps, resources: [x]}, {group: batch}]", map[string]auditpolicy.Extent{"group=batch, resource=jobs": auditpolicy.All, "group=apps, resource=x": auditpolicy.All, "group=apps batch, resource=x": auditpolicy.Some, "group=apps, resource=y": auditpolicy.Nothing}},
		{"nonResourceURLs: [/a, /b*]", map[string]auditpolicy.Extent{
			"path=/a": auditpolicy.All, "path=/a/": auditpolicy.Nothing, "path=/b": auditpolicy.All, "path=/bc": auditpolicy.All, "path=/a /c": auditpolicy.Some,
			"path=*": auditpolicy.Some, "resource=pods": auditpolicy.Nothing, "path=/a, resource=pods": auditpolicy.Some,
		}},
		{"nonResourceURLs: ['*']", map[string]auditpolicy.Extent{"path=*": auditpolicy.All, "resource=pods": auditpolicy.Nothing}},
		{"{verbs: [get], namespaces: [x]}", map[string]auditpolicy.Extent{"verb=get, resource=pods, namespace=x": auditpolicy.All, "verb=get list, resource=pods, namespace=x": auditpolicy.Some, "verb=list, resource=pods, namespace=x": auditpolicy.Nothing}},
	} {
		t.Run(subtest.Name(tt.rule), func(t *testing.T) {
			text := header + "rules:\n- level: None\n"
			if fields := strings.Trim(tt.rule, "{}"); fields == tt.rule {
				text += "  " + tt.rule + "\n"
			} else if fields != "" {
				text = header + "rules:\n- {level: None, " + fields + "}\n"
			}
			policy, errs := auditpolicy.Read(strings.NewReader(text), "p.yaml")
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			for text, want := range tt.want {
				if got := policy.Rules[0].Match(requests(text)); got != want {
					t.Errorf("%s: got %d, want %d", text, got, want)
				}
			}
		})
	}
}

// TestManyTexts compares lists that are long on both sides.
func TestManyTexts(t *testing.T) {
	r := &auditpolicy.Rule{Verbs: []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}}
	for text, want := range map[string]auditpolicy.Extent{
		"verb=a b c d e f g h i j": auditpolicy.All,
		"verb=a b c d e f g h i k": auditpolicy.Some,
		"verb=k l m n o p q r s t": auditpolicy.Nothing,
	} {
		if got := r.Match(requests(text)); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}

func TestUnselective(t *testing.T) {
	r := &auditpolicy.Rule{
		Users: []string{"u"}, UserGroups: []string{"g"}, Namespaces: []string{"n"}, Verbs: []string{"get"},
		Resources: []auditpolicy.GroupResources{{Resources: []string{"pods"}, ResourceNames: []string{"a"}}},
	}
	all := r.Unselective()
	for text, want := range map[string]auditpolicy.Extent{
		"user=*, verb=get, resource=pods, namespace=*, name=*":  auditpolicy.All,
		"user=u, verb=list, resource=pods, namespace=n, name=a": auditpolicy.Nothing,
		"user=u, verb=get, resource=jobs, namespace=n, name=a":  auditpolicy.Nothing,
	} {
		if got := all.Match(requests(text)); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
	if len(r.Resources[0].ResourceNames) != 1 {
		t.Error("the rule itself changed")
	}
}

func TestLookup(t *testing.T) {
	if got := auditpolicy.Lookup("events"); len(got) != 2 || got[0].Group != "" || got[1].Group != "events.k8s.io" {
		t.Errorf("events: %v", got)
	}
	if got := auditpolicy.Lookup("widgets"); got != nil {
		t.Errorf("widgets: %v", got)
	}
	pods := auditpolicy.Lookup("pods")
	if len(pods) != 1 || !slices.IsSorted(pods[0].Subresources) || !slices.Contains(pods[0].Subresources, "exec") {
		t.Errorf("pods: %v", pods)
	}
	for _, tt := range []struct {
		subresource, verb string
		want              bool
	}{{"exec", "get", true}, {"exec", "delete", false}, {"scale", "create", false}, {"nothing", "get", false}} {
		if got := auditpolicy.Supports(tt.subresource, tt.verb); got != tt.want {
			t.Errorf("%s with %s: %v", tt.subresource, tt.verb, got)
		}
	}
}

func TestLevel(t *testing.T) {
	for level, want := range map[auditpolicy.Level]string{auditpolicy.None: "None", auditpolicy.RequestResponse: "RequestResponse", 9: "Level(9)"} {
		if got := level.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
