package falcoconfig_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/loader"
)

// alertsOf loads the rules of the falco.yaml in the working directory, and returns its
// alerts on the file that the plugin k8saudit reads, one a line. The error says why Falco
// would not start.
func alertsOf(t *testing.T) (string, error) {
	t.Helper()
	config, err := falcoconfig.Read("falco.yaml", falcoconfig.Options{})
	if err != nil {
		return "", err
	}
	files, _ := config.RulesFiles()
	if len(files) == 0 {
		return "", diag.List{{Message: "no rules files"}}
	}
	set, err := loader.Load(files, config.LoaderOptions(loader.Options{}))
	if err != nil {
		return "", err
	}
	var inputs []string
	for i := range config.Plugins {
		if open, err := config.Plugins[i].Open(); err == nil && config.Plugins[i].Name.Value == "k8saudit" {
			inputs = append(inputs, open.Path)
		}
	}
	if len(inputs) == 0 {
		return "", diag.List{{Message: "no source of events"}}
	}
	var out []byte
	matcher := set.Engine.NewMatcher(config.Matching.Value)
	decoder := events.NewDecoder(events.DecoderOptions{Stream: &fieldsets.Stream{Hostname: "here"}})
	for ev, err := range events.All(t.Context(), events.Files(inputs, events.InputOptions{}), decoder) {
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range matcher.Match(ev) {
			if config.JSON {
				out = m.AppendJSON(out)
			} else {
				out = m.AppendText(out)
			}
			out = append(out, '\n')
		}
	}
	return string(out), nil
}

const alertRules = `
- rule: Any verb
  desc: d
  condition: ka.verb exists
  output: verb=%ka.verb
  priority: NOTICE
  source: k8s_audit
  tags: [all]
- rule: Secret
  desc: d
  condition: ka.target.resource = secrets
  output: name=%ka.target.name
  priority: WARNING
  source: k8s_audit
  tags: [secrets, all]
- rule: Quiet
  desc: d
  condition: ka.verb = delete
  output: deleted
  priority: DEBUG
  source: k8s_audit
  enabled: false
`

const alertEvents = `{"kind":"Event","auditID":"1","stage":"ResponseComplete","verb":"get","user":{"username":"ann"},"objectRef":{"resource":"secrets","name":"a"},"stageTimestamp":"2026-03-01T10:00:00.5Z"}
{"kind":"Event","auditID":"2","stage":"ResponseComplete","verb":"delete","user":{"username":"tom"},"objectRef":{"resource":"pods","name":"b"},"stageTimestamp":"2026-03-01T10:00:01Z"}
`

// TestAlerts runs configurations.
func TestAlerts(t *testing.T) {
	const (
		first  = "10:00:00.500000000: "
		second = "10:00:01.000000000: "
	)
	for _, tt := range []struct{ name, config, want string }{
		{"defaults", "", first + "Notice verb=get\n" + second + "Notice verb=delete\n"},
		{"all matches", "rule_matching: all\n", first + "Notice verb=get\n" + first + "Warning name=a\n" + second + "Notice verb=delete\n"},
		{"priority", "priority: warning\n", first + "Warning name=a\n"},
		{"selection", "rules: [{disable: {rule: Any*}}, {enable: {rule: Quiet}}]\n", first + "Warning name=a\n" + second + "Debug deleted\n"},
		{"enabled again", "rules: [{disable: {tag: all}}, {enable: {rule: Secret}}, {enable: {tag: all}}]\n", first + "Warning name=a\n" + second + "Notice verb=delete\n"},
		{"priority is final", "priority: notice\nrules: [{enable: {rule: Quiet}}, {disable: {rule: Any verb}}]\n", first + "Warning name=a\n"},
		{"nothing", "rules: [{disable: {rule: '*'}}]\n", ""},
		{"iso8601", "time_format_iso_8601: yes\npriority: warning\n", "2026-03-01T10:00:00.500000000+0000: Warning name=a\n"},
		{
			"appended", "priority: warning\nstatic_fields: {env: prod}\nappend_output:\n- {extra_output: 'by %ka.user.name'}\n- {suggested_output: true, match: {tags: [secrets]}}\n- {extra_output: x, match: {rule: Any verb}}\n",
			first + "Warning name=a by ann static_env=%static.env\n",
		},
		{
			"JSON", "priority: warning\njson_output: true\njson_include_tags_property: false\njson_include_message_property: true\nappend_output:\n- extra_fields: [evt.num, {who: 'user %ka.user.name'}, {ka.target.name: none}]\n",
			`{"hostname":"here","message":"name=a","output":"10:00:00.500000000: Warning name=a","output_fields":{"evt.num":1,"evt.time":1772359200500000000,"ka.target.name":"none","who":"user ann"},` +
				`"priority":"Warning","rule":"Secret","source":"k8s_audit","time":"2026-03-01T10:00:00.500000000Z"}` + "\n",
		},
		{"unknown priority", "priority: 4\n", "!unknown priority"},
		{"unknown field", "append_output: [{extra_output: '%ka.nope'}]\n", "!has no field ka.nope"},
		{"field of another source", "append_output: [{extra_fields: [proc.name]}]\n", "!has no field proc.name"},
		{"plugin not loaded", "load_plugins: []\n", "!no source of events"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "rules.yaml", alertRules)
			write(t, "events.jsonl", alertEvents)
			write(t, "falco.yaml", "rules_files: [rules.yaml]\nplugins: [{name: k8saudit, library_path: libk8saudit.so, open_params: events.jsonl}]\nstdout_output: {enabled: true}\n"+tt.config)
			got, err := alertsOf(t)
			if message, refused := strings.CutPrefix(tt.want, "!"); refused {
				if err == nil || !strings.Contains(err.Error(), message) {
					t.Errorf("got %v, want an error with %s", err, message)
				}
				return
			}
			if want := strings.ReplaceAll(tt.want, "%static.env", "prod"); err != nil || got != want {
				t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

// TestConformance compares alerts with those that Falco printed for the same configuration.
func TestConformance(t *testing.T) {
	dir := conformance.WholeDir(t)
	packed, err := os.Open(filepath.Join(dir, "config.jsonl.gz"))
	if err != nil {
		t.Skip(err)
	}
	defer packed.Close()
	text, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	audit, err := os.ReadFile(filepath.Join(dir, "config-events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	write(t, "events.jsonl", string(audit))
	for d := json.NewDecoder(text); ; {
		var row struct {
			ID     string           `json:"id"`
			Config json.RawMessage  `json:"config"`
			Rules  string           `json:"rules"`
			Alerts []map[string]any `json:"alerts"`
			Error  *string          `json:"error"`
		}
		if err := d.Decode(&row); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		t.Run(row.ID, func(t *testing.T) {
			write(t, "rules.yaml", row.Rules)
			write(t, "falco.yaml", string(row.Config))
			printed, err := alertsOf(t)
			if (err != nil) != (row.Error != nil) {
				t.Fatalf("got error %v", err)
			}
			var got []map[string]any
			for line := range bytes.Lines([]byte(printed)) {
				var alert map[string]any
				if err := json.Unmarshal(line, &alert); err != nil {
					t.Fatal(err)
				}
				delete(alert, "hostname")
				got = append(got, alert)
			}
			if diff := cmp.Diff(row.Alerts, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
