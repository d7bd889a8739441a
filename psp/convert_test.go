package psp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/psp"
)

// TestGolden compares a small conversion with golden files.
func TestGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := convert(t, string(data), psp.Options{})
	load(t, c)
	golden.Check(t, "testdata/small.rules.yaml", written(t, c, psp.K8sAudit))
	golden.Check(t, "testdata/small.rules_syscall.yaml", written(t, c, psp.Syscall))
}

// minimal is a policy that sets only what Kubernetes requires. Its verbs are for the
// name, more metadata and more of the spec.
const minimal = `{"apiVersion": "extensions/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": %q%s}, "spec": {
"runAsUser": {"rule": "RunAsAny"}, "fsGroup": {"rule": "RunAsAny"}, "supplementalGroups": {"rule": "RunAsAny"}, "seLinux": {"rule": "RunAsAny"}%s}}`

func policyText(name, spec string) string {
	if spec != "" {
		spec = ", " + spec
	}
	return fmt.Sprintf(minimal, name, "", spec)
}

// nginx returns a pod with one container. spec and container are added to its spec and
// its container.
func nginx(spec, container string) string {
	return fmt.Sprintf(`{"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "nginx"%s}], "securityContext": {}%s}}`, container, spec)
}

func TestExamplePolicy(t *testing.T) {
	data, err := os.ReadFile("testdata/no_privileged.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := convert(t, string(data), psp.Options{})
	rules := newJudge(load(t, c))
	tests := []struct {
		name, pod string
		want      fired
	}{
		{"privileged", nginx("", `, "securityContext": {"privileged": true, "readOnlyRootFilesystem": true}`), fired{"Violation": {"privileged"}}},
		{"writable", nginx("", `, "securityContext": {"readOnlyRootFilesystem": false}`), fired{"Violation": {"readOnlyRootFilesystem"}}},
		{"unset", nginx("", ""), fired{"Mutation": {"readOnlyRootFilesystem"}}},
		{"as it should be", nginx(`, "hostPID": true`, `, "securityContext": {"readOnlyRootFilesystem": true}`), fired{}},
		{"another image", strings.ReplaceAll(nginx("", `, "securityContext": {"privileged": true}`), "nginx", "redis"), fired{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, rules.judge(t, created(tt.pod))); diff != "" {
				t.Error(diff)
			}
		})
	}
	var names []string
	for _, r := range c.Rules {
		names = append(names, r.Name)
	}
	for _, want := range []string{"PSP no_privileged Violation (privileged) K8s Audit", "PSP no_privileged Violation (privileged) System Activity", "PSP no_privileged Mutation (readOnlyRootFilesystem) K8s Audit"} {
		if !slices.Contains(names, want) {
			t.Errorf("no rule %q", want)
		}
	}
}

// TestEvents checks which audit events the rules match.
func TestEvents(t *testing.T) {
	text := strings.Replace(policyText("p", ""), `"runAsUser": {"rule": "RunAsAny"}`, `"runAsUser": {"rule": "MustRunAs", "ranges": [{"min": 5, "max": 9}]}`, 1)
	rules := newJudge(load(t, convert(t, text, psp.Options{NoMutations: true})))
	bad := nginx("", `, "securityContext": {"privileged": true}`)
	debugged := `{"spec": {"ephemeralContainers": [{"name": "d", "securityContext": {"privileged": true}}]}}`
	inherits := `{"spec": {"securityContext": {"runAsUser": 0}, "containers": [{"name": "c"}], "ephemeralContainers": [{"name": "d"}]}}`
	tests := []struct {
		name  string
		event []byte
		want  fired
	}{
		{"created", event("create", "", bad, bad), fired{"Violation": {"privileged"}}},
		{"replaced", event("update", "", bad, bad), fired{"Violation": {"privileged"}}},
		{"ephemeral containers replaced", event("update", "ephemeralcontainers", debugged, debugged), fired{"Violation": {"privileged"}}},
		{"ephemeral containers patched", event("patch", "ephemeralcontainers", `{}`, debugged), fired{"Violation": {"privileged"}}},
		{"inherited values", event("patch", "ephemeralcontainers", `{}`, inherits), fired{"Violation": {"runAsUser"}}},
		{"labels patched", event("patch", "", `{"metadata": {}}`, bad), fired{}},
		{"status", event("update", "status", bad, bad), fired{}},
		{"deleted", event("delete", "", bad, bad), fired{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, rules.judge(t, tt.event)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPatchedInherits checks what an ephemeral container that is patched into a pod
// inherits: the SELinux label and the volumes of the pod.
func TestPatchedInherits(t *testing.T) {
	spec := strings.Replace(policyText("p", `"volumes": ["hostPath"], "allowedHostPaths": [{"pathPrefix": "/etc", "readOnly": true}, {"pathPrefix": "/tmp"}]`),
		`"seLinux": {"rule": "RunAsAny"}`, `"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"type": "t"}}`, 1)
	rules := newJudge(load(t, convert(t, spec, psp.Options{Sources: []psp.Source{psp.K8sAudit}, NoMutations: true})))
	mounting := func(path, mount string) string {
		return fmt.Sprintf(`{"spec":{"volumes":[{"name":"v","hostPath":{"path":%q}}],"containers":[{"name":"c"}],"ephemeralContainers":[{"name":"d","volumeMounts":[%s]}]}}`, path, mount)
	}
	labelled := func(pods, own string) string {
		return fmt.Sprintf(`{"spec": {"securityContext": {"seLinuxOptions": {"type": %q}}, "containers": [{"name": "c"}], "ephemeralContainers": [{"name": "d", "securityContext": {%s}}]}}`, pods, own)
	}
	const written = `{"name":"v","mountPath":"/m"}`
	tests := []struct {
		name, pod string
		want      []string
	}{
		{"writable mount", mounting("/etc/x", written), []string{"allowedHostPaths"}},
		{"explicitly writable mount", mounting("/etc/x", `{"name":"v","readOnly":false,"mountPath":"/m"}`), []string{"allowedHostPaths"}},
		{"writable mount with recursiveReadOnly", mounting("/etc/x", `{"name":"v","recursiveReadOnly":"Disabled","mountPath":"/m"}`), []string{"allowedHostPaths"}},
		{"read-only mount", mounting("/etc/x", `{"name":"v","readOnly":true,"recursiveReadOnly":"Disabled","mountPath":"/m"}`), nil},
		{"mount of another volume", mounting("/etc/x", `{"name":"w","mountPath":"/m"}`), nil},
		{"mount of a writable path", mounting("/tmp/x", written), nil},
		{"volume that the pod may not have", mounting("/var", written), nil},
		{"inherited label", labelled("t", ""), nil},
		{"inherited wrong label", labelled("u", ""), []string{"seLinux"}},
		{"own label", labelled("u", `"seLinuxOptions": {"type": "t"}`), nil},
		{"own wrong label", labelled("t", `"seLinuxOptions": {"type": "u"}`), []string{"seLinux"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := rules.judge(t, event("patch", "ephemeralcontainers", `{}`, tt.pod)); !slices.Equal(got["Violation"], tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
	if got := rules.judge(t, created(strings.Replace(mounting("/etc/x", `{"name":"v","recursiveReadOnly":"Disabled","mountPath":"/m"}`), "ephemeralContainers", "initContainers", 1))); !slices.Equal(got["Violation"], []string{"allowedHostPaths"}) {
		t.Errorf("new pod with a writable mount: %v", got)
	}
}

// TestImages checks which pods a policy with images applies to, when they are created
// and when an ephemeral container is patched into them.
func TestImages(t *testing.T) {
	text := fmt.Sprintf(minimal, "p", `, "annotations": {"falco-rules-psp-images": "[nginx, 'a.b/c+']"}`, "")
	rules := newJudge(load(t, convert(t, text, psp.Options{Sources: []psp.Source{psp.K8sAudit}})))
	tests := []struct {
		images  string
		applies bool
	}{
		{"nginx", true},
		{"nginx:1.25", true},
		{"nginx@sha256:0123", true},
		{"a.b/c+", true},
		{"nginx:1 a.b/c+:2", true},
		{"nginx redis", false},
		{"redis nginx", false},
		{"nginxx", false},
		{"docker.io/nginx", false},
		{"axb/c+", false},
		{"nginx:1 nginx:2 nginx:3 nginx:4 nginx:5 nginx:6 nginx:7 nginx:8 nginx:9 redis", false},
	}
	for _, tt := range tests {
		t.Run(tt.images, func(t *testing.T) {
			var containers []string
			for i, image := range strings.Fields(tt.images) {
				containers = append(containers, fmt.Sprintf(`{"name": "c%d", "image": %q}`, i, image))
			}
			debug := `{"name": "d", "image": "busybox", "securityContext": {"privileged": true}}`
			pod := fmt.Sprintf(`{"spec": {"containers": [%s], "ephemeralContainers": [%s]}}`, strings.Join(containers, ","), debug)
			patch := fmt.Sprintf(`{"spec": {"ephemeralContainers": [%s]}}`, debug)
			want := fired{}
			if tt.applies {
				want["Violation"] = []string{"privileged"}
			}
			for _, e := range [][]byte{created(pod), event("update", "ephemeralcontainers", pod, pod), event("patch", "ephemeralcontainers", patch, pod)} {
				if diff := cmp.Diff(want, rules.judge(t, e)); diff != "" {
					t.Errorf("%s\n%s", e, diff)
				}
			}
		})
	}
}

// TestNothingForbidden converts a policy that allows everything.
func TestNothingForbidden(t *testing.T) {
	text := fmt.Sprintf(minimal, "p", `, "annotations": {"falco-rules-psp-images": "[nginx]", "seccomp.security.alpha.kubernetes.io/allowedProfileNames": "*"}`,
		`, "privileged": true, "hostPID": true, "hostIPC": true, "hostNetwork": true, "hostPorts": [{"min": 0, "max": 65535}], "volumes": ["*"], "allowedCapabilities": ["*"],
		"allowedProcMountTypes": ["Default", "Unmasked"], "allowedUnsafeSysctls": ["*"]`)
	c := convert(t, text, psp.Options{NoMutations: true})
	load(t, c)
	if rules := newJudge(load(t, c)); len(rules.judge(t, created(nginx(`, "hostPID": true`, "")))) > 0 {
		t.Error("a rule fires")
	}
}

func TestWarnings(t *testing.T) {
	spec := `, "volumes": ["secrets"], "allowedProcMountTypes": ["default"]`
	c := convert(t, fmt.Sprintf(minimal, "p", `, "annotations": {"falco-rules-psp-images": "[nginx:1, redis]"}`, spec), psp.Options{})
	load(t, c)
	var got []string
	for _, n := range c.Notes {
		got = append(got, n.String())
	}
	want := []string{
		`p: falco-rules-psp-images: image "nginx:1" matches no pod: image names in audit events have no tag or digest`,
		`p: volumes: unknown volume type "secrets" allows nothing; did you mean secret?`,
		`p: allowedProcMountTypes: unknown /proc mount type "default" allows nothing; did you mean Default?`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestScope(t *testing.T) {
	text := fmt.Sprintf(minimal, "p", `, "annotations": {"falco-rules-psp-namespaces": "[prod]"}`, "")
	pod := nginx("", `, "securityContext": {"privileged": true}`)
	in := func(namespace string) []byte {
		return bytes.Replace(created(pod), []byte(`"namespace": "default"`), fmt.Appendf(nil, `"namespace": %q`, namespace), 1)
	}
	rules := newJudge(load(t, convert(t, text, psp.Options{Namespaces: []string{"test"}})))
	for namespace, want := range map[string]int{"prod": 1, "test": 1, "dev": 0} {
		t.Run(subtest.Name(namespace), func(t *testing.T) {
			if got := rules.judge(t, in(namespace)); len(got["Violation"]) != want {
				t.Errorf("%s: %v, want %d", namespace, got, want)
			}
		})
	}
}

// TestLongValues checks that values too long for a condition are reported and get no
// rule.
func TestLongValues(t *testing.T) {
	long := strings.Repeat("x", 300)
	c := convert(t, policyText("p", fmt.Sprintf(`"runtimeClass": {"allowedRuntimeClassNames": [%q]}, "allowedCapabilities": [%q]`, long, long)), psp.Options{})
	load(t, c)
	var lost []string
	for _, n := range c.Report("").NotExpressed {
		lost = append(lost, n.Property)
	}
	if want := []string{"allowedCapabilities", "runtimeClass"}; !slices.Equal(lost, want) {
		t.Errorf("not expressed: %v, want %v", lost, want)
	}
	for _, r := range c.Rules {
		if slices.Contains(lost, r.Property) {
			t.Errorf("a rule %s", r.Name)
		}
	}
	if !strings.Contains(written(t, c, psp.K8sAudit), "# runtimeClass: cannot be expressed") {
		t.Error("no comment in the file")
	}
}

// TestLarge converts extremely large policies: properties that are too large are
// reported, and the rules for the others load.
func TestLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	var paths, names []string
	for i := range 1000 {
		name := fmt.Sprintf("/%c/%s/%d", 'a'+i%26, strings.Repeat("x", 200), i)
		paths = append(paths, fmt.Sprintf(`{"pathPrefix": %q, "readOnly": %v}`, name, i%2 == 0))
		names = append(names, name)
	}
	spec := fmt.Sprintf(`"volumes": ["hostPath"], "allowedHostPaths": [%s], "requiredDropCapabilities": %s, "allowedCapabilities": %s, "forbiddenSysctls": %s`,
		strings.Join(paths, ","), asJSON(t, names), asJSON(t, names), asJSON(t, names))
	c := convert(t, policyText("p", spec), psp.Options{})
	load(t, c)
	if notes := c.Report("").NotExpressed; len(notes) == 0 || !strings.Contains(notes[0].Text, "too large") {
		t.Errorf("not expressed: %v", notes)
	}
	var many []string
	for i := range 400 {
		many = append(many, policyText(fmt.Sprint("p", i), ""))
	}
	policies, err := psp.Read(strings.NewReader(strings.Join(many, "\n---\n")), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := psp.Convert(policies, psp.Options{}); err == nil {
		t.Error("400 policies, and no error")
	}
}

// TestVersions converts the same standard for two spellings of a version.
func TestVersions(t *testing.T) {
	var want string
	for _, version := range []string{"v1.24", "1.24"} {
		t.Run(subtest.Name(version), func(t *testing.T) {
			c, err := psp.Standard(psp.Baseline, version, psp.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := written(t, c, psp.K8sAudit); want != "" && got != want {
				t.Errorf("version %s makes other rules", version)
			} else {
				want = got
			}
		})
	}
}

// TestUnknownSource checks that a source without rules is an error, not no rules.
func TestUnknownSource(t *testing.T) {
	options := psp.Options{Sources: []psp.Source{psp.Syscall, "x"}}
	if _, err := psp.Convert(nil, options); err == nil {
		t.Error("Convert returns no error")
	}
	if _, err := psp.Standard(psp.Baseline, "latest", options); err == nil {
		t.Error("Standard returns no error")
	}
}

// TestNamespaces checks that invalid namespaces are errors: rules that name them may
// not even load.
func TestNamespaces(t *testing.T) {
	policies, err := psp.Read(strings.NewReader(policyText("p", "")), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, namespace string
		ok              bool
	}{
		{"simple", "kube-system", true}, {"one character", "a", true}, {"63 characters", strings.Repeat("x", 63), true},
		{"64 characters", strings.Repeat("x", 64), false}, {"300 characters", strings.Repeat("x", 300), false}, {"NUL", "a\x00b", false},
		{"empty", "", false}, {"line end", "a\n", false}, {"upper case", "Prod", false}, {"hyphen first", "-a", false}, {"not UTF-8", "a\xff", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			options := psp.Options{Namespaces: []string{"shop", tt.namespace}}
			c, err := psp.Convert(policies, options)
			if (err == nil) != tt.ok {
				t.Errorf("Convert: %v", err)
			}
			if err == nil {
				load(t, c)
			}
			if _, err := psp.Standard(psp.Baseline, "latest", options); (err == nil) != tt.ok {
				t.Errorf("Standard: %v", err)
			}
		})
	}
}

// TestPlugins loads the files of a conversion in a Falco that lacks a plugin.
func TestPlugins(t *testing.T) {
	policy := convert(t, fmt.Sprintf(minimal, "p", `, "annotations": {"falco-rules-psp-images": "[nginx]", "falco-rules-psp-namespaces": "[shop]"}`, ""), psp.Options{})
	standard, err := psp.Standard(psp.Restricted, "latest", psp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	versions := loader.DefaultPluginVersions()
	for name, c := range map[string]*psp.Conversion{"policy": policy, "standard": standard} {
		for _, tt := range []struct {
			name    string
			plugins []string
			loads   []psp.Source
		}{
			{"all", []string{"k8saudit", "json", "container"}, psp.Sources()},
			{"no container", []string{"k8saudit", "json"}, []psp.Source{psp.K8sAudit}},
			{"no k8saudit", []string{"json", "container"}, []psp.Source{psp.Syscall}},
			{"no json", []string{"k8saudit", "container"}, []psp.Source{psp.Syscall}},
			{"the audit log of EKS", []string{"k8saudit-eks", "json"}, []psp.Source{psp.K8sAudit}},
		} {
			t.Run(name+", "+tt.name, func(t *testing.T) {
				has := map[string]loader.Version{"k8saudit-eks": {Minor: 12}}
				for p := range versions {
					has[p] = versions[p]
				}
				for p := range has {
					if !slices.Contains(tt.plugins, p) {
						delete(has, p)
					}
				}
				var got []psp.Source
				for _, source := range c.Sources() {
					files := []loader.File{{Name: "rules.yaml", Data: []byte(written(t, c, source))}}
					if _, err := loader.Load(files, loader.Options{Sources: []*fieldsets.Source{k8saudit.NewSource(), syscall.NewSource()}, PluginVersions: has}); err == nil {
						got = append(got, source)
					}
				}
				if !slices.Equal(got, tt.loads) {
					t.Errorf("%v load, want %v", got, tt.loads)
				}
			})
		}
	}
}

// TestConformancePolicies compares the rules with decisions of Kubernetes.
func TestConformancePolicies(t *testing.T) {
	t.Parallel()
	type answer struct {
		PSP  json.RawMessage
		Pods []struct {
			Pod                   json.RawMessage
			Violations, Mutations []string
		}
	}
	path := filepath.Join(conformance.Dir(t), "psp", "admission.jsonl")
	conformance.RunSample(t, path, func(t *testing.T, want answer) {
		rules := newJudge(load(t, convert(t, string(want.PSP), psp.Options{Sources: []psp.Source{psp.K8sAudit}})))
		for i, p := range want.Pods {
			got := rules.judge(t, created(string(p.Pod)))
			slices.Sort(p.Violations)
			slices.Sort(p.Mutations)
			if !slices.Equal(got["Violation"], p.Violations) {
				t.Errorf("pod %d: violations %v, want %v", i, got["Violation"], p.Violations)
			}
			if len(p.Violations) == 0 && !slices.Equal(got["Mutation"], p.Mutations) {
				t.Errorf("pod %d: mutations %v, want %v", i, got["Mutation"], p.Mutations)
			}
		}
	})
}
