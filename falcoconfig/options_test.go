package falcoconfig_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/loader"
)

// parse reads a valid configuration that enables stdout_output.
func parse(t testing.TB, text string) *falcoconfig.Config {
	t.Helper()
	config, err := falcoconfig.Parse("falco.yaml", []byte("stdout_output: {enabled: true}\n"+text), falcoconfig.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return config
}

const rules = `
- rule: Opened
  desc: d
  condition: evt.type = open
  output: file=%fd.name
  priority: ERROR
  tags: [x]
- rule: Read
  desc: d
  condition: ka.verb = get
  output: verb=%ka.verb
  priority: NOTICE
  source: k8s_audit
- rule: Traced
  desc: d
  condition: ct.name = x
  output: name=%ct.name
  priority: DEBUG
  source: aws_cloudtrail
`

// load loads the rules with a configuration.
func load(t testing.TB, config *falcoconfig.Config) *loader.Ruleset {
	t.Helper()
	set, err := loader.Load([]loader.File{{Name: "a.yaml", Data: []byte(rules)}}, config.LoaderOptions(loader.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const (
	audit     = "- {name: k8saudit, library_path: libk8saudit.so, open_params: audit.log}\n"
	container = "- {name: container, library_path: libcontainer.so}\n"
)

func TestLoaderOptions(t *testing.T) {
	for _, tt := range []struct {
		name, config string
		want         string // the outputs of the enabled rules
		warnings     string
	}{
		{"no plugins", "", "file=%fd.name", `the rule is skipped: unknown source "k8s_audit", the rule is skipped: unknown source "aws_cloudtrail"`},
		{"plugin", "plugins:\n" + audit, "file=%fd.name, verb=%ka.verb", `the rule is skipped: unknown source "aws_cloudtrail"`},
		{"plugin with the same events", "plugins:\n- {name: k8saudit-eks, library_path: libk8saudit-eks.so}\n", "file=%fd.name, verb=%ka.verb", `the rule is skipped: unknown source "aws_cloudtrail"`},
		{"plugin that is not loaded", "load_plugins: []\nplugins:\n" + audit, "file=%fd.name", `the rule is skipped: unknown source "k8s_audit", the rule is skipped: unknown source "aws_cloudtrail"`},
		{"selection", "rules: [{disable: {rule: '*'}}, {enable: {tag: x}}]\n", "file=%fd.name", "-"},
		{"priority", "priority: error\nplugins:\n" + audit, "file=%fd.name", "-"},
		{"extra output", "append_output: [{extra_output: a}, {match: {source: syscall}, extra_output: b}]\nplugins:\n" + audit, "file=%fd.name a b, verb=%ka.verb a", "-"},
		{"suggested without the plugin", "append_output: [{suggested_output: true}]\nplugins:\n" + audit, "file=%fd.name, verb=%ka.verb", "-"},
		{
			"suggested", "append_output: [{suggested_output: true, extra_output: a}]\nplugins:\n" + audit + container,
			"file=%fd.name a container_id=%container.id container_name=%container.name container_image_repository=%container.image.repository " +
				"container_image_tag=%container.image.tag k8s_pod_name=%k8s.pod.name k8s_ns_name=%k8s.ns.name, verb=%ka.verb a", "-",
		},
		{"suggested static fields", "append_output: [{suggested_output: true}]\nstatic_fields: {env: prod, b.c: d}\nplugins:\n" + audit, "file=%fd.name static_b_c=%static.b.c static_env=%static.env, verb=%ka.verb static_b_c=%static.b.c static_env=%static.env", "-"},
		{"suggested of a source", "append_output: [{suggested_output: true, match: {source: k8s_audit}}]\nstatic_fields: {env: prod}\nplugins:\n" + audit, "file=%fd.name, verb=%ka.verb static_env=%static.env", "-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set := load(t, parse(t, tt.config))
			var outputs, warnings []string
			for _, r := range set.Engine.Rules() {
				if !r.Disabled {
					outputs = append(outputs, set.Rule(r.Name).CompiledOutput)
				}
			}
			if got := strings.Join(outputs, ", "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			for _, w := range set.Warnings {
				warnings = append(warnings, w.Message)
			}
			if got := strings.Join(warnings, ", "); tt.warnings != "-" && got != tt.warnings {
				t.Errorf("got warnings %s, want %s", got, tt.warnings)
			}
		})
	}
}

func TestRequiredPlugins(t *testing.T) {
	text := "- required_plugin_versions:\n  - {name: json, version: 0.7.0}\n"
	for config, good := range map[string]bool{"": false, "plugins: [{name: json, library_path: libjson.so}]\n": true} {
		_, err := loader.Load([]loader.File{{Name: "a.yaml", Data: []byte(text)}}, parse(t, config).LoaderOptions(loader.Options{}))
		if (err == nil) != good {
			t.Errorf("%q: %v", config, err)
		}
	}
}

func TestMissingPlugins(t *testing.T) {
	set := load(t, parse(t, "plugins:\n"+audit+"- {name: cloudtrail, library_path: libcloudtrail.so}\n"))
	config := parse(t, "plugins:\n"+audit)
	for name, want := range map[string][]string{"Opened": nil, "Read": nil, "Traced": {"cloudtrail"}} {
		if got := config.MissingPlugins(set.Rule(name)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// TestStaticFields prints a static field.
func TestStaticFields(t *testing.T) {
	set := load(t, parse(t, "static_fields: {env: prod}\nappend_output: [{extra_output: \"%static.env\", extra_fields: [static.env]}]\nplugins:\n"+audit))
	matcher := set.Engine.NewMatcher(0)
	var got string
	err := k8saudit.NewDecoder(nil).Decode([]byte(`{"kind": "Event", "auditID": "1", "stageTimestamp": "2026-05-04T09:10:11Z", "verb": "get"}`), func(ev *fieldsets.Event) error {
		for _, m := range matcher.Match(ev) {
			got += fmt.Sprint(m.Message(), " ", m.Fields()["static.env"])
		}
		return nil
	})
	if want := "verb=get prod prod"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestAppendOutputErrors(t *testing.T) {
	config := parse(t, "append_output:\n- extra_output: '%static.nope'\n- extra_fields: [ka.nope]\n  match: {source: k8s_audit}\nplugins:\n"+audit)
	_, err := loader.Load([]loader.File{{Name: "a.yaml", Data: []byte(rules)}}, config.LoaderOptions(loader.Options{}))
	var got []string
	for _, d := range diag.Of(err) {
		got = append(got, d.Range.String()+": "+d.Message)
	}
	want := `falco.yaml:3:17: "%static.nope": source syscall has no field static.nope; falco.yaml:3:17: "%static.nope": source k8s_audit has no field static.nope`
	if text := strings.Join(got, "; "); text != want {
		t.Errorf("got %s\nwant %s", text, want)
	}
}

func TestRulesFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"b.yaml", "a.txt", "rules.d/z.yml", "rules.d/a_test.yaml", "rules.d/no.txt", "rules.d/sub/c.yaml", "odd.yaml.d/c.yaml", "b.yaml.yaml"} {
		write(t, name, "[]")
	}
	config := parse(t, "rules_files: [b.yaml, rules.d, a.txt, nope.yaml, odd.yaml.d, b.yaml.yaml, b.yaml]\n")
	files, warnings := config.RulesFiles()
	var got []string
	for _, f := range files {
		got = append(got, f.Name)
	}
	if want := "b.yaml rules.d/a_test.yaml rules.d/z.yml b.yaml"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var messages []string
	for _, w := range warnings {
		messages = append(messages, w.Message)
	}
	want := "Falco ignores a.txt, because of its name, Falco ignores nope.yaml: no such file or directory, Falco ignores b.yaml.yaml, because of its name"
	if got := strings.Join(messages, ", "); got != want {
		t.Errorf("got warnings %s\nwant %s", got, want)
	}
}

func TestOpen(t *testing.T) {
	for _, tt := range []struct {
		params string
		want   falcoconfig.Open
		err    string
	}{
		{"http://:9765/k8s-audit", falcoconfig.Open{Transport: falcoconfig.HTTP, Address: ":9765", Path: "/k8s-audit"}, ""},
		{"https://localhost:9765/a/", falcoconfig.Open{Transport: falcoconfig.HTTPS, Address: "localhost:9765", Path: "/a/"}, ""},
		{"http://:9765", falcoconfig.Open{}, `the URL "http://:9765" has no path`},
		{"http://:9765/{a}", falcoconfig.Open{}, `the path of the URL "http://:9765/{a}" must not have braces`},
		{"file:///var/log/audit.log", falcoconfig.Open{Transport: falcoconfig.Follow, Path: "/var/log/audit.log"}, ""},
		{"audit.log", falcoconfig.Open{Path: "audit.log"}, ""},
		{"/var/log/audit/", falcoconfig.Open{Path: "/var/log/audit/"}, ""},
		{"", falcoconfig.Open{}, ""},
		{"ftp://a", falcoconfig.Open{}, "unknown scheme ftp: want http, https, file or none"},
		{"http://[::1/a", falcoconfig.Open{}, `parse "http://[::1/a": missing ']' in host`},
	} {
		t.Run(tt.params, func(t *testing.T) {
			p := falcoconfig.Plugin{OpenParams: setting(tt.params)}
			got, err := p.Open()
			if err != nil {
				if err.Error() != tt.err {
					t.Errorf("got error %v, want %s", err, tt.err)
				}
				return
			}
			if got != tt.want || tt.err != "" {
				t.Errorf("got %+v, want %+v, error %q", got, tt.want, tt.err)
			}
		})
	}
}

func TestK8sAudit(t *testing.T) {
	preset := falcoconfig.K8sAudit{SSLCertificate: "/etc/falco/falco.pem", UseAsync: true, MaxEventSize: 262144, WebhookMaxBatchSize: 12582912}
	small := preset
	small.MaxEventSize, small.UseAsync = 5, false
	for text, want := range map[string]falcoconfig.K8sAudit{"": preset, "{}": preset, `{"maxEventSize": 5, "useAsync": false, "other": 1}`: small} {
		p := falcoconfig.Plugin{InitConfig: setting(text)}
		if got, err := p.K8sAudit(); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"a":                               "not a JSON object: invalid character 'a' looking for beginning of value",
		"[]":                              "not a JSON object: json: cannot unmarshal array into Go value of type falcoconfig.K8sAudit",
		`{"useAsync": 1}`:                 "useAsync must be true or false, not number",
		`{"sslCertificate": 1}`:           "sslCertificate must be text, not number",
		`{"webhookMaxBatchSize": 3000.0}`: "webhookMaxBatchSize must be a whole number that is not negative, not number 3000.0",
	} {
		p := falcoconfig.Plugin{InitConfig: setting(text)}
		if _, err := p.K8sAudit(); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
