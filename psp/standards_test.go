package psp_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/psp"
)

func TestStandardErrors(t *testing.T) {
	for _, tt := range []struct{ level, version string }{{"privileged", "latest"}, {"", "latest"}, {"baseline", "v1.99"}, {"baseline", "v1.024"}, {"baseline", "v1.-1"}, {"baseline", ""}} {
		t.Run(subtest.Name(tt.level), func(t *testing.T) {
			if _, err := psp.Standard(psp.Level(tt.level), tt.version, psp.Options{}); err == nil {
				t.Errorf("level %q, version %q: no error", tt.level, tt.version)
			}
		})
	}
}

// TestStandardVersions checks changes of the standards between versions.
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
		{"sysctl before it was safe", sysctl("net.ipv4.tcp_rmem"), "baseline", "v1.31", []string{"sysctls"}},
		{"sysctl after it was safe", sysctl("net.ipv4.tcp_rmem"), "baseline", "v1.32", nil},
		{"probe with a host before the check", container("", `"livenessProbe": {"httpGet": {"port": 80, "host": "h"}}`), "baseline", "v1.33", nil},
		{"probe with a host after", container("", `"livenessProbe": {"httpGet": {"port": 80, "host": "h"}}`), "baseline", "v1.34", []string{"hostProbesAndHostLifecycle"}},
		{"Windows", container(`, "os": {"name": "windows"}, "securityContext": {"runAsNonRoot": true}`, `"image": "x"`), "restricted", "v1.25", nil},
		{"Windows before 1.25", container(`, "os": {"name": "windows"}, "securityContext": {"runAsNonRoot": true}`, `"image": "x"`), "restricted", "v1.24",
			[]string{"allowPrivilegeEscalation", "capabilities_restricted", "seccompProfile_restricted"}},
		{"strict", container("", strict), "restricted", "latest", nil},
		{"root outside a user namespace", container(`, "securityContext": {"runAsUser": 0}`, strict), "restricted", "latest", []string{"runAsUser"}},
		{"root in a user namespace", container(`, "hostUsers": false, "securityContext": {"runAsUser": 0}`, strict), "restricted", "latest", nil},
		{"AppArmor profile of the runtime", annotated("runtime/default"), "baseline", "latest", nil},
		{"local AppArmor profile", annotated("localhost/x"), "baseline", "latest", nil},
		{"no AppArmor profile", annotated("unconfined"), "baseline", "latest", []string{"appArmorProfile"}},
		{"longer AppArmor profile", annotated("runtime/default2"), "baseline", "latest", []string{"appArmorProfile"}},
		{"incomplete AppArmor profile", annotated("localhost"), "baseline", "latest", []string{"appArmorProfile"}},
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

// TestConformanceStandards compares the rules with Pod Security admission.
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
