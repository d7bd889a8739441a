package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const deployDir = "../../deploy"

// object is what the tests read of a Kubernetes object.
type object struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name string }
	Data       map[string]string
	Spec       struct {
		ClusterIP string `yaml:"clusterIP"`
	}
	Clusters []struct{ Cluster struct{ Server string } }
}

// readObjects returns the objects in a file.
func readObjects(t *testing.T, path string) []object {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []object
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var o object
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out = append(out, o)
	}
}

// find returns the object of a kind and name.
func find(t *testing.T, objects []object, kind, name string) object {
	t.Helper()
	for _, o := range objects {
		if o.Kind == kind && o.Metadata.Name == name {
			return o
		}
	}
	t.Fatalf("there is no %s %s", kind, name)
	return object{}
}

// TestDeploy checks the files in deploy.
func TestDeploy(t *testing.T) {
	manifests := readObjects(t, filepath.Join(deployDir, "kubernetes/falcorules.yaml"))
	kubeconfig := readObjects(t, filepath.Join(deployDir, "kubernetes/apiserver/kubeconfig.yaml"))
	policy := filepath.Join(deployDir, "kubernetes/apiserver/audit-policy.yaml")
	all := append(append(readObjects(t, policy), manifests...), kubeconfig...)
	t.Run("objects", func(t *testing.T) {
		for _, o := range all {
			if o.APIVersion == "" || o.Kind == "" {
				t.Errorf("an object has no apiVersion or kind: %+v", o)
			}
		}
	})
	t.Run("address", func(t *testing.T) {
		want := "https://" + find(t, manifests, "Service", "falcorules").Spec.ClusterIP + ":9765/k8s-audit"
		if got := kubeconfig[0].Clusters[0].Cluster.Server; got != want {
			t.Errorf("got %s in the kubeconfig, want %s", got, want)
		}
	})
	dir := t.TempDir()
	var rules []string
	for name, text := range find(t, manifests, "ConfigMap", "falcorules-rules").Data {
		rules = append(rules, filepath.Join(dir, name))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	unit, err := os.ReadFile(filepath.Join(deployDir, "systemd/serve.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	configs := map[string]string{
		"systemd":    string(unit),
		"kubernetes": find(t, manifests, "ConfigMap", "falcorules-config").Data["serve.yaml"],
	}
	for name, text := range configs {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "serve.yaml")
			text = strings.Replace(text, "/etc/falcorules/rules.d", dir, 1)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			out := runCommand(t, "serve", "-c", path, "--check")
			for _, want := range []string{"rules: 1 rule\n", "source: webhook https://0.0.0.0:9765/k8s-audit\n", "operations: "} {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
	t.Run("audit policy", func(t *testing.T) {
		runCommand(t, append([]string{"lint", "--audit-policy", policy}, rules...)...)
	})
}

// runCommand runs the command, which must succeed, and returns what it prints.
func runCommand(t *testing.T, args ...string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), runAsCommand+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// TestExampleRules checks that lint finds nothing in the example.
func TestExampleRules(t *testing.T) {
	if out := runCommand(t, "lint", "../../examples/k8s_audit/rules"); out != "" {
		t.Errorf("got\n%s", out)
	}
}
