package config_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/config"
)

// TestErrors compares the diagnostics about the files in testdata with the golden files
// beside them.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			var out bytes.Buffer
			c, err := config.Read(file)
			if err != nil {
				if err := diag.WriteText(&out, diag.Of(err), diag.TextOptions{}); err != nil {
					t.Fatal(err)
				}
			} else if err := diag.WriteText(&out, c.Notices, diag.TextOptions{}); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, strings.TrimSuffix(file, ".yaml")+".txt", out.String())
		})
	}
}

func TestReadErrors(t *testing.T) {
	big := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(big, bytes.Repeat([]byte("#"), 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{big, "testdata/missing.yaml", "testdata"} {
		_, err := config.Read(name)
		var list diag.List
		if !errors.As(err, &list) || len(list) != 1 || list[0].Code != config.Invalid || !strings.HasPrefix(list[0].Message, "cannot read: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

const rules = `
- rule: Secret read
  desc: Somebody read a secret.
  condition: ka.verb = get and ka.target.resource = secrets
  output: "%ka.user.name read %ka.target.name"
  priority: NOTICE
  source: k8s_audit
  tags: [k8s]
`

const event = `{"kind":"Event","level":"Metadata","auditID":"1","stage":"ResponseComplete","verb":"get","user":{"username":"ann"},` +
	`"objectRef":{"resource":"secrets","name":"a"},"stageTimestamp":"2026-03-01T10:00:00.5Z"}`

// run runs a configuration whose sources end, and returns what it prints.
func run(t *testing.T, name string) string {
	t.Helper()
	c, err := config.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	built, err := c.Build(config.Streams{Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	s, err := serve.New(built)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err != nil {
		t.Error(err)
	}
	return out.String()
}

// TestRun runs configurations that read a file.
func TestRun(t *testing.T) {
	tests := []struct {
		name, config, want string
	}{
		{"ours", "rules_files: rules.yaml\nread: audit.log\noutputs: {out: {stdout: {format: text}}}\n", "10:00:00.500000000: Notice ann read a\n"},
		{"ours, changed", "rules_files: [rules.yaml]\nread: [audit.log]\nstatic_fields: {cluster: prod}\nappend_output: [{extra_output: 'in %static.cluster'}]\n" +
			"time_format_iso_8601: true\noutputs: {out: {stdout: {format: text}}}\n", "2026-03-01T10:00:00.500000000+0000: Notice ann read a in prod\n"},
		{"wrapped", "rules_files: rules.yaml\nread: eks.log\nevents_from: eks\noutputs: {out: {stdout: {format: text}}}\n", "10:00:00.500000000: Notice ann read a\n"},
		{"wrapped by another provider", "rules_files: rules.yaml\nread: eks.log\nevents_from: gke\noutputs: {out: {stdout: {format: text}}}\n", ""},
		{"selection", "rules_files: [rules.yaml]\nread: [audit.log]\nrules: [{disable: {tag: k8s}}]\noutputs: {out: {stdout: {}}}\n", ""},
		{"falco", "rules_files: [rules.yaml]\nload_plugins: [k8saudit, json]\nplugins:\n- {name: k8saudit, library_path: a, open_params: audit.log}\n- {name: json, library_path: b}\n" +
			"stdout_output: {enabled: true}\nsyslog_output: {enabled: false}\n", "10:00:00.500000000: Notice ann read a\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for name, text := range map[string]string{"rules.yaml": rules, "audit.log": event, "eks.log": fmt.Sprintf(`{"message":%q}`, event), "serve.yaml": test.config} {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got := run(t, "serve.yaml")
			if got != test.want {
				t.Errorf("got  %swant %s", got, test.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("serve.yaml", data)
		if (c == nil) == (err == nil) {
			t.Errorf("got %v, %v", c, err)
		}
	})
}

// TestSchema compares the JSON schema with the golden file.
func TestSchema(t *testing.T) {
	golden.Check(t, "testdata/schema.json", string(config.Schema()))
}

// TestReadFolder checks that the files of a folder are read in the order in which they were
// modified.
func TestReadFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("logs/below", 0o700); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"b", "a", "c"} {
		path := filepath.Join("logs", name)
		if err := os.WriteFile(path, []byte(strings.Replace(event, `"name":"a"`, `"name":"`+name+`"`, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		modified := time.Unix(1700000000+int64(i), 0)
		if err := os.Chtimes(path, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"rules.yaml": rules, "serve.yaml": "rules_files: rules.yaml\nread: logs\noutputs: {out: {stdout: {format: text}}}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const prefix = "10:00:00.500000000: Notice ann read "
	if got := run(t, "serve.yaml"); got != prefix+"b\n"+prefix+"a\n"+prefix+"c\n" {
		t.Errorf("got %q", got)
	}
}

// TestFalcoHTTP builds the http_output of a falco.yaml.
func TestFalcoHTTP(t *testing.T) {
	for _, test := range []struct{ name, options, want string }{
		{"http", "url: 'http://127.0.0.1:1/', ca_path: /missing", ""},
		{"https", "url: 'https://127.0.0.1:1/', ca_path: ''", ""},
		{"insecure", "url: 'https://127.0.0.1:1/', insecure: true, ca_path: /missing", ""},
		{"no authorities", "url: 'https://127.0.0.1:1/', ca_path: /missing", "/missing"},
		{"invalid authority", "url: 'https://127.0.0.1:1/', ca_cert: config_test.go", "no certificate authority found in config_test.go"},
		{"no client certificate", "url: 'https://127.0.0.1:1/', ca_path: '', mtls: true, client_cert: missing.crt", "certificate missing.crt"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := config.Parse("falco.yaml", []byte("rules_files: [r.yaml]\nplugins: [{name: k8saudit, library_path: a, open_params: audit.log}]\nhttp_output: {enabled: true, "+test.options+"}\n"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Build(config.Streams{})
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
