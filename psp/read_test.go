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
		{"empty file", "", "p.yaml: the file has no PodSecurityPolicy"},
		{"other object", "kind: Role\n", "p.yaml: the file has no PodSecurityPolicy"},
		{"not an object", "- a\n", "p.yaml:1:1: not a Kubernetes object: want a mapping with apiVersion and kind"},
		{"not YAML", "kind: [\n", "p.yaml:2:1: the [ on line 1, column 7 is not closed"},
		{"no kind", "apiVersion: v1\n", `p.yaml:1:1: Kubernetes object: missing key "kind"`},
		{"other version", "apiVersion: policy/v1\nkind: PodSecurityPolicy\n", `p.yaml:1:1: invalid apiVersion "policy/v1": want policy/v1beta1 or extensions/v1beta1`},
		{"no name", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {}\nspec: {}\n", `p.yaml:3:11: metadata: missing key "name"`},
		{"number as name", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: 1}\nspec: {}\n", "p.yaml:3:18: name must be text, not a number (put it in quotes to make it text)"},
		{"no spec", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: p}\n", `p.yaml:1:1: policy: missing key "spec"`},
		{"unknown key", head + "  priviledged: true\n", `p.yaml:5:3: spec: unknown key "priviledged" (did you mean privileged?)`},
		{"duplicate key", head + "  hostPID: true\n  hostPID: false\n", `p.yaml:6:3: spec: duplicate key "hostPID"`},
		{"not a boolean", head + "  hostPID: 1\n", `p.yaml:5:12: invalid value "1": want true or false`},
		{"not a list", head + "  volumes: csi\n", "p.yaml:5:12: must be a list, not text"},
		{"invalid rule", head + "  fsGroup: {rule: MustRunAsNonRoot}\n", `p.yaml:5:19: invalid rule "MustRunAsNonRoot" for fsGroup: want MustRunAs, MayRunAs or RunAsAny`},
		{"no rule", head + "  fsGroup: {}\n", `p.yaml:5:12: fsGroup: missing key "rule"`},
		{"no ranges", head + "  fsGroup: {rule: MustRunAs}\n", "p.yaml:5:12: fsGroup: MustRunAs needs ranges"},
		{"range without max", head + "  fsGroup: {rule: MustRunAs, ranges: [{min: 1}]}\n", "p.yaml:5:39: range: want both min and max"},
		{"min greater than max", head + "  hostPorts: [{min: 2, max: 1}]\n", "p.yaml:5:15: range: min is greater than max"},
		{"invalid port", head + "  hostPorts: [{min: 2, max: 70000}]\n", `p.yaml:5:29: invalid number "70000": want 0 to 65535`},
		{"no label", head + "  seLinux: {rule: MustRunAs}\n", "p.yaml:5:12: seLinux: MustRunAs needs seLinuxOptions"},
		{"no driver", head + "  allowedFlexVolumes: [{}]\n", `p.yaml:5:24: FlexVolume: missing key "driver"`},
		{"no prefix", head + "  allowedHostPaths: [{readOnly: true}]\n", `p.yaml:5:22: host path: missing key "pathPrefix"`},
		{"control character", head + "  allowedCapabilities: [\"a\\x01\"]\n", "p.yaml:5:25: element contains an unprintable character"},
		{"annotation without list", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: p\n  annotations: {falco-rules-psp-images: nginx}\nspec: {}\n",
			`p.yaml:5:41: invalid annotation: want a list in quotes, such as "[nginx, redis]"`},
		{"column after wide characters", head + "  volumes: [éé, 日, 1]\n", "p.yaml:5:24: element must be text, not a number (put it in quotes to make it text)"},
		{"invalid namespace", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: p\n  annotations: {falco-rules-psp-namespaces: '[a, B]'}\nspec: {}\n",
			`p.yaml:5:45: invalid namespace "B": want 1 to 63 lowercase letters, digits and inner hyphens`},
		{"long image", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: p\n  annotations: {falco-rules-psp-images: '[" + strings.Repeat("x", 300) + "]'}\nspec: {}\n",
			`p.yaml:5:41: image "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"… of 300 bytes exceeds the limit of 255`},
		{"NUL in an image", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: p\n  annotations: {falco-rules-psp-images: '[\"a\\0b\"]'}\nspec: {}\n",
			`p.yaml:5:41: image "a\x00b" contains an unprintable character`},
		{"error in the second policy", policyText("a", "") + "\n---\n" + policyText("b", `"x": 1`), `p.yaml:5:146: spec: unknown key "x"`},
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

// TestReadAllErrors reads policies with several errors. All of them are reported in
// file order, without follow-up errors.
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
			`3:11: metadata: missing key "name"`,
			`3:12: metadata: unknown key "nam" (did you mean name?)`,
			`5:3: spec: unknown key "priviledged" (did you mean privileged?)`,
			`6:12: invalid value "1": want true or false`,
			"7:12: fsGroup: MustRunAs needs ranges",
			"8:15: range: min is greater than max",
			`8:39: invalid number "x": want 0 to 65535`,
			`8:47: invalid number "70000": want 0 to 65535`,
			"8:55: range: want both min and max",
			`9:22: host path: missing key "pathPrefix"`,
			"9:39: pathPrefix must be text, not a list",
			`9:72: invalid value "1": want true or false`,
			"10:21: rule must be text, not a list",
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
			`1:1: invalid apiVersion "policy/v1": want policy/v1beta1 or extensions/v1beta1`,
			`6:3: policy: missing key "spec"`,
			`7:3: Kubernetes object: missing key "kind"`,
			"8:3: not a Kubernetes object: want a mapping with apiVersion and kind",
		}},
		{"one error in several aliases", head + "  fsGroup: {rule: MayRunAs, ranges: &r [{min: 1}]}\n  supplementalGroups: {rule: MayRunAs, ranges: *r}\n", []string{
			"5:41: range: want both min and max",
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

// TestReadManyErrors reads a policy with more errors than are reported.
func TestReadManyErrors(t *testing.T) {
	_, err := psp.Read(strings.NewReader(policyText("p", `"hostPorts": [`+strings.Repeat("1, ", 900)+"1]")), "p.yaml")
	var all diag.List
	if !errors.As(err, &all) || len(all) != 100 {
		t.Errorf("%d errors, want 100", len(all))
	}
}

// TestReadLists reads Lists as printed by kubectl, and files with other objects.
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

// FuzzRead checks that the rules for all valid policies load.
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
