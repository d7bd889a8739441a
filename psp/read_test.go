package psp_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/psp"
)

const head = "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: p}\nspec:\n"

func TestReadErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", "p.yaml: there is no PodSecurityPolicy in the file"},
		{"something else", "kind: Role\n", "p.yaml: there is no PodSecurityPolicy in the file"},
		{"no object", "- a\n", "p.yaml:1:1: not an object of Kubernetes: that is a mapping with apiVersion and kind"},
		{"no YAML", "kind: [\n", "p.yaml:2:1: the [ on line 1, column 7 is not closed"},
		{"no kind", "apiVersion: v1\n", "p.yaml:1:1: an object of Kubernetes needs a kind"},
		{"another version", "apiVersion: policy/v1\nkind: PodSecurityPolicy\n", `p.yaml:1:1: apiVersion is policy/v1beta1 or extensions/v1beta1, not "policy/v1"`},
		{"no name", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {}\nspec: {}\n", "p.yaml:3:11: the policy needs a name"},
		{"a number for a name", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: 1}\nspec: {}\n", "p.yaml:3:18: name is not text (put it in quotes if it is meant as text)"},
		{"no spec", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: p}\n", "p.yaml:1:1: the policy needs a spec"},
		{"a key", head + "  priviledged: true\n", "p.yaml:5:3: spec has no key priviledged (did you mean privileged?)"},
		{"a key twice", head + "  hostPID: true\n  hostPID: false\n", "p.yaml:6:3: spec has the key hostPID twice"},
		{"no flag", head + "  hostPID: 1\n", `p.yaml:5:12: this is true or false, not "1"`},
		{"no list", head + "  volumes: csi\n", "p.yaml:5:12: this is text: want a list"},
		{"a rule", head + "  fsGroup: {rule: MustRunAsNonRoot}\n", `p.yaml:5:19: there is no rule "MustRunAsNonRoot" here; known are MustRunAs, MayRunAs, RunAsAny`},
		{"no rule", head + "  fsGroup: {}\n", "p.yaml:5:12: this needs a rule"},
		{"no ranges", head + "  fsGroup: {rule: MustRunAs}\n", "p.yaml:5:12: MustRunAs needs ranges"},
		{"half a range", head + "  fsGroup: {rule: MustRunAs, ranges: [{min: 1}]}\n", "p.yaml:5:39: a range needs min and max"},
		{"a range upside down", head + "  hostPorts: [{min: 2, max: 1}]\n", "p.yaml:5:15: min is greater than max"},
		{"a port", head + "  hostPorts: [{min: 2, max: 70000}]\n", "p.yaml:5:29: this is a number from 0 to 65535"},
		{"no label", head + "  seLinux: {rule: MustRunAs}\n", "p.yaml:5:12: MustRunAs needs seLinuxOptions"},
		{"no driver", head + "  allowedFlexVolumes: [{}]\n", "p.yaml:5:24: this needs a driver"},
		{"no prefix", head + "  allowedHostPaths: [{readOnly: true}]\n", "p.yaml:5:22: a host path needs a pathPrefix"},
		{"a control character", head + "  allowedCapabilities: [\"a\\x01\"]\n", "p.yaml:5:25: an element has a character that does not print"},
		{"no list in the annotation", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: p\n  annotations: {falco-rules-psp-images: nginx}\nspec: {}\n",
			`p.yaml:5:41: the annotation is a text with a list of names, such as "[nginx, redis]"`},
		{"a column behind wide characters", head + "  volumes: [éé, 日, 1]\n", "p.yaml:5:24: an element is not text (put it in quotes if it is meant as text)"},
		{"a namespace", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: p\n  annotations: {falco-rules-psp-namespaces: '[a, B]'}\nspec: {}\n",
			`p.yaml:5:45: invalid namespace "B": want 1 to 63 lower-case letters, digits and inner hyphens`},
		{"a long image", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: p\n  annotations: {falco-rules-psp-images: '[" + strings.Repeat("x", 300) + "]'}\nspec: {}\n",
			`p.yaml:5:41: image "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"… has 300 bytes: want at most 255`},
		{"a NUL in an image", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: p\n  annotations: {falco-rules-psp-images: '[\"a\\0b\"]'}\nspec: {}\n",
			`p.yaml:5:41: image "a\x00b" has a character that does not print`},
		{"the second one", policyText("a", "") + "\n---\n" + policyText("b", `"x": 1`), "p.yaml:5:146: spec has no key x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := psp.Read(strings.NewReader(tt.text), "p.yaml")
			var list diag.List
			if !errors.As(err, &list) || !strings.HasPrefix(list[0].Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// TestReadAllErrors reads policies with several mistakes: all are reported, in file
// order, and none for what follows from another.
func TestReadAllErrors(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"one policy", `apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata: {nam: p}
spec:
  priviledged: true
  hostPID: 1
  fsGroup: {rule: MustRunAs}
  hostPorts: [{min: 2, max: 1}, {min: x, max: 70000}, {min: 3}]
  allowedHostPaths: [{}, {pathPrefix: [a]}, {pathPrefix: /a, readOnly: 1}]
  runAsUser: {rule: [a]}
`, []string{
			"3:11: the policy needs a name",
			"3:12: metadata has no key nam (did you mean name?)",
			"5:3: spec has no key priviledged (did you mean privileged?)",
			`6:12: this is true or false, not "1"`,
			"7:12: MustRunAs needs ranges",
			"8:15: min is greater than max",
			"8:39: this is a number from 0 to 65535",
			"8:47: this is a number from 0 to 65535",
			"8:55: a range needs min and max",
			"9:22: a host path needs a pathPrefix",
			"9:39: pathPrefix is not text (put it in quotes if it is meant as text)",
			`9:72: this is true or false, not "1"`,
			"10:21: rule is not text (put it in quotes if it is meant as text)",
		}},
		{"several documents", `apiVersion: policy/v1
kind: PodSecurityPolicy
---
kind: List
items:
- {kind: PodSecurityPolicy, apiVersion: policy/v1beta1, metadata: {name: a}}
- {apiVersion: v1}
- text
`, []string{
			`1:1: apiVersion is policy/v1beta1 or extensions/v1beta1, not "policy/v1"`,
			"6:3: the policy needs a spec",
			"7:3: an object of Kubernetes needs a kind",
			"8:3: not an object of Kubernetes: that is a mapping with apiVersion and kind",
		}},
		{"one mistake behind aliases", head + "  fsGroup: {rule: MayRunAs, ranges: &r [{min: 1}]}\n  supplementalGroups: {rule: MayRunAs, ranges: *r}\n", []string{
			"5:41: a range needs min and max",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := psp.Read(strings.NewReader(tt.text), "p.yaml")
			var got []string
			for _, d := range diag.Of(err) {
				got = append(got, strings.TrimPrefix(d.Error(), "p.yaml:"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestReadManyErrors reads a policy with more mistakes than are reported.
func TestReadManyErrors(t *testing.T) {
	_, err := psp.Read(strings.NewReader(policyText("p", `"hostPorts": [`+strings.Repeat("1, ", 900)+"1]")), "p.yaml")
	var all diag.List
	if !errors.As(err, &all) || len(all) != 100 {
		t.Errorf("%d errors, want 100", len(all))
	}
}

// TestReadLists is about what kubectl prints, and about the company that policies
// keep.
func TestReadLists(t *testing.T) {
	text := `{"apiVersion": "v1", "kind": "List", "items": [` + policyText("a", "") + `, {"kind": "ClusterRole"}, ` + policyText("b", `"volumes": null`) + "]}\n---\n\n---\n" +
		"kind: RoleBinding\n---\n" + policyText("c", "")
	policies, err := psp.Read(strings.NewReader(text), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range policies {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "a b c" {
		t.Errorf("policies %s", got)
	}
}

// FuzzRead makes rules of whatever reads as policies: they load.
func FuzzRead(f *testing.F) {
	f.Add(policyText("a", ""))
	f.Add(policyText("a-b", `"allowedCapabilities": ["A\\", "^", "-]"], "hostPorts": [{"min": 3, "max": 70}]`))
	f.Add(policyText("x%y", `"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"level": "s0:c1,c2"}}, "allowedHostPaths": [{"pathPrefix": "'\"/", "readOnly": true}]`))
	f.Add("kind: List\nitems: [{kind: &a x, items: *a}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		policies, err := psp.Read(strings.NewReader(text), "p.yaml")
		if err != nil || len(policies) > 3 {
			return
		}
		c, err := psp.Convert(policies, psp.Options{})
		if err != nil {
			return
		}
		loads(t, c)
	})
}
