package psp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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
	"github.com/falcorules/falcorules/parser"
	"github.com/falcorules/falcorules/psp"
)

// TestGolden shows what a small rules file looks like.
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

// minimal is a policy with nothing but what Kubernetes demands, and more.
const minimal = `{"apiVersion": "extensions/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": %q%s}, "spec": {
"runAsUser": {"rule": "RunAsAny"}, "fsGroup": {"rule": "RunAsAny"}, "supplementalGroups": {"rule": "RunAsAny"}, "seLinux": {"rule": "RunAsAny"}%s}}`

func policyText(name, spec string) string {
	if spec != "" {
		spec = ", " + spec
	}
	return fmt.Sprintf(minimal, name, "", spec)
}

// nginx is a pod of one container, with what its spec and its container say.
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

// TestEvents is about which events are pods that are created or changed.
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
		{"what they take over", event("patch", "ephemeralcontainers", `{}`, inherits), fired{"Violation": {"runAsUser"}}},
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

// TestPatchedTakesOver is about what an ephemeral container that is patched into a pod
// has of the pod: its SELinux label, and its volumes.
func TestPatchedTakesOver(t *testing.T) {
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
		{"a mount that writes", mounting("/etc/x", written), []string{"allowedHostPaths"}},
		{"one that says so", mounting("/etc/x", `{"name":"v","readOnly":false,"mountPath":"/m"}`), []string{"allowedHostPaths"}},
		{"one with more between", mounting("/etc/x", `{"name":"v","recursiveReadOnly":"Disabled","mountPath":"/m"}`), []string{"allowedHostPaths"}},
		{"one that reads", mounting("/etc/x", `{"name":"v","readOnly":true,"recursiveReadOnly":"Disabled","mountPath":"/m"}`), nil},
		{"one of another volume", mounting("/etc/x", `{"name":"w","mountPath":"/m"}`), nil},
		{"one that may write", mounting("/tmp/x", written), nil},
		{"a volume that is the pod's fault", mounting("/var", written), nil},
		{"the label of the pod", labelled("t", ""), nil},
		{"another one", labelled("u", ""), []string{"seLinux"}},
		{"its own one", labelled("u", `"seLinuxOptions": {"type": "t"}`), nil},
		{"another one of its own", labelled("t", `"seLinuxOptions": {"type": "u"}`), []string{"seLinux"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := rules.judge(t, event("patch", "ephemeralcontainers", `{}`, tt.pod)); !slices.Equal(got["Violation"], tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
	if got := rules.judge(t, created(strings.Replace(mounting("/etc/x", `{"name":"v","recursiveReadOnly":"Disabled","mountPath":"/m"}`), "ephemeralContainers", "initContainers", 1))); !slices.Equal(got["Violation"], []string{"allowedHostPaths"}) {
		t.Errorf("a pod that is created with a mount that writes: %v", got)
	}
}

// TestImages is about which pods a policy with images is for, when they are created
// and when an ephemeral container is patched into them.
func TestImages(t *testing.T) {
	text := fmt.Sprintf(minimal, "p", `, "annotations": {"falco-rules-psp-images": "[nginx, 'a.b/c+']"}`, "")
	rules := newJudge(load(t, convert(t, text, psp.Options{Sources: []psp.Source{psp.K8sAudit}})))
	tests := []struct {
		images string
		about  bool
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
			if tt.about {
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

// TestLimits is about pods with more than the rules look at.
func TestLimits(t *testing.T) {
	rules := newJudge(load(t, convert(t, policyText("p", `"volumes": ["csi"], "allowedCSIDrivers": [{"name": "d"}]`), psp.Options{})))
	many := func(element string, n int) string {
		return "[" + strings.Repeat(element+",", n-1) + element + "]"
	}
	tests := []struct{ list, element string }{
		{"containers", `{"name": "c"}`},
		{"initContainers", `{"name": "c"}`},
		{"ephemeralContainers", `{"name": "c"}`},
		{"volumes", `{"name": "v", "csi": {"driver": "d"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.list, func(t *testing.T) {
			for n := 1; ; n++ {
				got := rules.judge(t, created(fmt.Sprintf(`{"spec": {%q: %s}}`, tt.list, many(tt.element, n))))
				if n > 100 {
					t.Fatal("nothing says that there are too many")
				}
				if len(got) == 0 {
					continue
				}
				if want := (fired{"Limit": {tt.list}}); n < 4 || !cmp.Equal(want, got) {
					t.Errorf("%d elements: %v, want %v", n, got, want)
				}
				return
			}
		})
	}
}

// TestNames is about policies with all kinds of names, whose rules have to load
// and to keep apart.
func TestNames(t *testing.T) {
	names := []string{"a.b", "a-b", "a b", "1st", "_", "Ж", "50% off", "it's", `say "no"`, "a: b # c", "true", strings.Repeat("x", 253), "[x]", "*", "-", "ka"}
	var text []string
	for _, name := range names {
		text = append(text, policyText(name, ""))
	}
	for _, options := range []psp.Options{{}, {NamePrefix: "9 of: mine"}} {
		c := convert(t, strings.Join(text, "\n---\n"), options)
		load(t, c)
		if len(c.Rules) < len(names) {
			t.Errorf("%d rules of %d policies", len(c.Rules), len(names))
		}
		for _, r := range c.Rules {
			if !strings.HasPrefix(r.Name, "PSP ") && options.NamePrefix == "" || !strings.HasPrefix(r.Name, options.NamePrefix) {
				t.Errorf("a rule %q", r.Name)
			}
		}
	}
	policies, err := psp.Read(strings.NewReader(policyText("a", "")+"\n---\n"+policyText("a", "")), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := psp.Convert(policies, psp.Options{}); err == nil {
		t.Error("two policies of one name, and no error")
	}
}

// TestPrefixes is about policies whose macros could have the same names.
func TestPrefixes(t *testing.T) {
	var text []string
	for _, name := range []string{"a", "a-patched", "a.patched", "a_pod", "2-a", "2", "b"} {
		text = append(text, policyText(name, ""))
	}
	c := convert(t, strings.Join(text, "\n---\n"), psp.Options{})
	load(t, c) // of two macros of one name there would be a notice
}

// TestRuleNames is about policies whose rules could have the same names, of which the
// later would take the place of the earlier.
func TestRuleNames(t *testing.T) {
	policies := []string{"a%b", "a_b 2", "a_b", "a%b 2"}
	var text []string
	for _, name := range policies {
		text = append(text, strings.Replace(policyText("NAME", ""), `"NAME"`, asJSON(t, name), 1))
	}
	c := convert(t, strings.Join(text, "\n---\n"), psp.Options{})
	load(t, c)
	of := map[string]string{}
	for _, r := range c.Rules {
		if other, ok := of[r.Name]; ok {
			t.Errorf("%q and %q have a rule %q", other, r.Of, r.Name)
		}
		of[r.Name] = r.Of
	}
	for rule, want := range map[string]string{"PSP a_b Violation (privileged) K8s Audit": "a%b", "PSP a_b 3 Violation (privileged) K8s Audit": "a_b"} {
		t.Run(subtest.Name(rule), func(t *testing.T) {
			if of[rule] != want {
				t.Errorf("%q is of %q, want %q", rule, of[rule], want)
			}
		})
	}
	runSuite(t, c)
}

// TestNothingForbidden is about a policy of which there is nothing to say.
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

func TestDoubts(t *testing.T) {
	spec := `, "volumes": ["secrets"], "allowedProcMountTypes": ["default"]`
	c := convert(t, fmt.Sprintf(minimal, "p", `, "annotations": {"falco-rules-psp-images": "[nginx:1, redis]"}`, spec), psp.Options{})
	load(t, c)
	var got []string
	for _, n := range c.Notes {
		got = append(got, n.String())
	}
	want := []string{
		`p: falco-rules-psp-images: no pod of an audit event has the image "nginx:1": images are cut at the first colon or @ there`,
		`p: volumes: there is no "secrets", so this allows nothing; did you mean secret?`,
		`p: allowedProcMountTypes: there is no "default", so this allows nothing; did you mean Default?`,
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

// TestLongConstants is about what the rule language cannot say: it is told, and
// there is no rule.
func TestLongConstants(t *testing.T) {
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

// TestLarge is about policies that are larger than any: what is too much is told,
// and the rest loads.
func TestLarge(t *testing.T) {
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

// TestManyCapabilities is about lists too long for one regular expression.
func TestManyCapabilities(t *testing.T) {
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("%c_CAPABILITY_%d", 'A'+i%26, i))
	}
	rules := newJudge(load(t, convert(t, policyText("p", `"allowedCapabilities": `+asJSON(t, names)), psp.Options{})))
	add := func(names ...string) fired {
		return rules.judge(t, created(nginx("", `, "securityContext": {"capabilities": {"add": `+asJSON(t, names)+`}}`)))
	}
	if got := add(names...); len(got) > 0 {
		t.Errorf("allowed ones: %v", got)
	}
	for _, bad := range []string{"A_CAPABILITY", "A_CAPABILITY_00", "a", "", "9", "Z_CAPABILITY_25x", "^", "]", "-", `\`} {
		t.Run(subtest.Name(bad), func(t *testing.T) {
			if got := add(append(slices.Clone(names), bad)...); !cmp.Equal(got, fired{"Violation": {"allowedCapabilities"}}) {
				t.Errorf("%q: %v", bad, got)
			}
		})
	}
}

// TestRanges holds regular expressions for numbers against the numbers.
func TestRanges(t *testing.T) {
	edges := []int64{0, 1, 9, 10, 11, 19, 20, 99, 100, 101, 999, 1000, 1001, 12345, 65535, 65536, 99999, 100000, math.MaxInt32, math.MaxInt64 - 1, math.MaxInt64}
	for i, low := range edges {
		for _, high := range edges[i:] {
			expressions := psp.Outside([]psp.Range{{Min: low, Max: high}})
			for _, e := range edges {
				for _, n := range []int64{e - 1, e, e + 1} {
					if n < -1 {
						continue // beyond the largest one
					}
					want := n < low || n > high
					got := slices.ContainsFunc(expressions, func(x string) bool { return regexp.MustCompile(`^(?:` + x + `)$`).MatchString(fmt.Sprint(n)) })
					if got != want {
						t.Errorf("%d outside of %d to %d: %v by %q", n, low, high, got, expressions)
					}
				}
			}
		}
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

// TestNamespaces checks that namespaces that cannot be are refused: rules that name
// them may not even load.
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

// TestNamePrefixes checks that rules load whatever their names begin with.
func TestNamePrefixes(t *testing.T) {
	for name, prefix := range map[string]string{"long": strings.Repeat("x", 5000), "NUL": "a\x00b", "not UTF-8": "a\xffb", "lines": "a\r\n- b: c", "direction": "a\u202e\u009bb", "signs": "%proc.name '\"#"} {
		t.Run(name, func(t *testing.T) {
			c := convert(t, policyText("p", ""), psp.Options{NamePrefix: prefix})
			load(t, c)
			for _, r := range c.Rules {
				if strings.ContainsFunc(r.Name, func(r rune) bool { return !strconv.IsPrint(r) }) {
					t.Errorf("the name %q does not print", r.Name)
				}
			}
		})
	}
}

// TestPlugins loads the files of a conversion for a Falco that lacks a plugin.
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
				has := map[string]parser.Version{"k8saudit-eks": {Minor: 12}}
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

func TestStandardErrors(t *testing.T) {
	for _, tt := range []struct{ level, version string }{{"privileged", "latest"}, {"", "latest"}, {"baseline", "v1.99"}, {"baseline", "v1.024"}, {"baseline", "v1.-1"}, {"baseline", ""}} {
		t.Run(subtest.Name(tt.level), func(t *testing.T) {
			if _, err := psp.Standard(psp.Level(tt.level), tt.version, psp.Options{}); err == nil {
				t.Errorf("level %q, version %q: no error", tt.level, tt.version)
			}
		})
	}
}

// TestStandardVersions is about what changed with versions.
func TestStandardVersions(t *testing.T) {
	sysctl := func(name string) string {
		return fmt.Sprintf(`{"spec": {"securityContext": {"sysctls": [{"name": %q, "value": "1"}]}}}`, name)
	}
	annotated := func(profile string) string {
		return fmt.Sprintf(`{"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/c": %q}}, "spec": {}}`, profile)
	}
	container := func(spec, text string) string {
		return fmt.Sprintf(`{"spec": {"containers": [{"name": "c", %s}]%s}}`, text, spec)
	}
	strict := `"securityContext": {"allowPrivilegeEscalation": false, "runAsNonRoot": true, "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}`
	tests := []struct {
		name, pod, level, version string
		want                      []string
	}{
		{"a sysctl before it was safe", sysctl("net.ipv4.tcp_rmem"), "baseline", "v1.31", []string{"sysctls"}},
		{"and after", sysctl("net.ipv4.tcp_rmem"), "baseline", "v1.32", nil},
		{"a probe with a host", container("", `"livenessProbe": {"httpGet": {"port": 80, "host": "h"}}`), "baseline", "v1.33", nil},
		{"and later", container("", `"livenessProbe": {"httpGet": {"port": 80, "host": "h"}}`), "baseline", "v1.34", []string{"hostProbesAndHostLifecycle"}},
		{"Windows", container(`, "os": {"name": "windows"}, "securityContext": {"runAsNonRoot": true}`, `"image": "x"`), "restricted", "v1.25", nil},
		{"and before", container(`, "os": {"name": "windows"}, "securityContext": {"runAsNonRoot": true}`, `"image": "x"`), "restricted", "v1.24",
			[]string{"allowPrivilegeEscalation", "capabilities_restricted", "seccompProfile_restricted"}},
		{"strict", container("", strict), "restricted", "latest", nil},
		{"root, outside of a user namespace", container(`, "securityContext": {"runAsUser": 0}`, strict), "restricted", "latest", []string{"runAsUser"}},
		{"root, in one", container(`, "hostUsers": false, "securityContext": {"runAsUser": 0}`, strict), "restricted", "latest", nil},
		{"the AppArmor profile of the runtime", annotated("runtime/default"), "baseline", "latest", nil},
		{"one of the host", annotated("localhost/x"), "baseline", "latest", nil},
		{"none", annotated("unconfined"), "baseline", "latest", []string{"appArmorProfile"}},
		{"one with a longer name", annotated("runtime/default2"), "baseline", "latest", []string{"appArmorProfile"}},
		{"half of one", annotated("localhost"), "baseline", "latest", []string{"appArmorProfile"}},
	}
	rules := map[string]*judge{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			standard := tt.level + " " + tt.version
			if rules[standard] == nil {
				c, err := psp.Standard(psp.Level(tt.level), tt.version, psp.Options{})
				if err != nil {
					t.Fatal(err)
				}
				rules[standard] = newJudge(load(t, c))
			}
			if got := rules[standard].judge(t, created(tt.pod))["Violation"]; !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// TestConformancePolicies compares rules with what Kubernetes decided on admission.
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

// TestConformanceStandards compares rules with the checks of Pod Security admission.
func TestConformanceStandards(t *testing.T) {
	t.Parallel()
	rules := map[string]*judge{}
	for _, version := range []string{"v1.24", "latest"} {
		c, err := psp.Standard(psp.Restricted, version, psp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rules[version] = newJudge(load(t, c))
	}
	type answer struct {
		Pod        json.RawMessage
		Violations map[string]struct{ Baseline, Restricted []string }
	}
	path := filepath.Join(conformance.Dir(t), "psp", "standards.jsonl")
	conformance.Run(t, path, func(t *testing.T, want answer) {
		for version, checks := range want.Violations {
			all := slices.Concat(checks.Baseline, checks.Restricted)
			slices.Sort(all)
			if got := rules[version].judge(t, created(string(want.Pod)))["Violation"]; !slices.Equal(got, all) {
				t.Errorf("%s: %v, want %v", version, got, all)
			}
		}
	})
}
