package falcoconfig_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/growth"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"
)

// TestDiagnostics compares what is reported about the files in testdata with golden files.
func TestDiagnostics(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			config, err := falcoconfig.Read(path, falcoconfig.Options{})
			list := diag.Of(err)
			if config != nil {
				list = append(append(list, config.Warnings...), config.Notices...)
			}
			golden.Check(t, strings.TrimSuffix(path, ".yaml")+".txt", diag.Text(list, diag.TextOptions{}))
		})
	}
}

// valuesOnly ignores positions.
var valuesOnly = cmp.Options{
	cmpopts.IgnoreUnexported(falcoconfig.Config{}), cmpopts.IgnoreTypes(diag.Range{}),
	cmpopts.IgnoreFields(falcoconfig.Config{}, "Warnings", "Notices", "Name", "Files"),
}

func setting[T any](v T) falcoconfig.Setting[T] { return falcoconfig.Setting[T]{Value: v} }

func TestValues(t *testing.T) {
	config, err := falcoconfig.Read("testdata/valid.yaml", falcoconfig.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := &falcoconfig.Config{
		Rules:    []falcoconfig.Setting[string]{setting("rules.yaml"), setting("rules.d")},
		Priority: setting(eval.PriorityWarning), Matching: setting(eval.AllMatches),
		Switches: []falcoconfig.Setting[loader.Switch]{
			setting(loader.Switch{Rule: "*"}), setting(loader.Switch{Enable: true, Rule: "Terminal*", Tag: "network"}),
		},
		AppendOutput: []falcoconfig.AppendOutput{
			{
				Source: setting("syscall"), Tags: []falcoconfig.Setting[string]{setting("a"), setting("b")}, Rule: setting("Shell"),
				Format: setting("cmd=%proc.cmdline"),
				Fields: []loader.OutputField{{Name: "user", Format: "%user.name"}, {Name: "proc.name", Raw: true}},
			},
			{Suggested: true},
		},
		StaticFields: []falcoconfig.StaticField{{Name: "env", Value: "prod"}, {Name: "n", Value: "1"}, {Name: "nothing", Value: "null"}, {Name: "team", Value: "b c"}},
		Plugins: []falcoconfig.Plugin{
			{Name: setting("json"), LibraryPath: "libjson.so"},
			{
				Name: setting("k8saudit"), LibraryPath: "libk8saudit.so", OpenParams: setting("https://:9765/k8s-audit"),
				InitConfig: setting(`{"maxEventSize":1000,"sslCertificate":"/etc/falco.pem","useAsync":false,"webhookMaxBatchSize":16}`),
			},
		},
		JSON: true, AlertFormat: eval.AlertFormat{ISO8601: true, NoOutput: true, NoTags: true, NoFields: true, Message: true},
		Stdout: true, Syslog: true,
		File:    &falcoconfig.FileOutput{Filename: "./events.txt", KeepAlive: true},
		Program: &falcoconfig.ProgramOutput{Program: "cat"},
		HTTP: &falcoconfig.HTTPOutput{
			URL: "https://example.com", UserAgent: "falcosecurity/falco", CACert: "ca.pem", CAPath: "/etc/ssl/certs", MTLS: true,
			ClientCert: "/etc/ssl/certs/client.crt", ClientKey: "/etc/ssl/certs/client.key",
		},
		Webserver: falcoconfig.Webserver{Enabled: true, Address: "::1", Port: 80, Health: "/healthz", Certificate: "/etc/falco/falco.pem", Metrics: true},
		Metrics:   falcoconfig.Metrics{Enabled: true, Rule: true},
		Engine:    "replay", CaptureFile: "a.scap", LogLevel: "debug",
	}
	if diff := cmp.Diff(want, config, valuesOnly); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDefaults(t *testing.T) {
	for _, text := range []string{"stdout_output: {enabled: true}\n", "stdout_output: {enabled: true}\nmetrics:\nplugins:\npriority: DEBUG\n"} {
		config, err := falcoconfig.Parse("falco.yaml", []byte(text), falcoconfig.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := &falcoconfig.Config{
			Priority: setting(eval.PriorityDebug), Stdout: true,
			Webserver: falcoconfig.Webserver{Address: "0.0.0.0", Port: 8765, Health: "/healthz"}, Metrics: falcoconfig.Metrics{RulesCounters: true},
			Watch: true, Engine: "kmod", LogLevel: "info",
		}
		if diff := cmp.Diff(want, config, valuesOnly); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", text, diff)
		}
	}
}

func TestPositions(t *testing.T) {
	config, err := falcoconfig.Parse("falco.yaml", []byte("priority: error\nrules:\n- enable: {rule: a}\nrules_files: a.yaml\nstdout_output: {enabled: true}\nload_plugins: []\n"), falcoconfig.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		at   diag.Range
		want string
	}{
		"priority":     {config.Priority.Range, "falco.yaml:1:11"},
		"switch":       {config.Switches[0].Range, "falco.yaml:3:3"},
		"rules files":  {config.Rules[0].Range, "falco.yaml:4:14"},
		"matching":     {config.Matching.Range, ""},
		"load_plugins": {config.PluginsAt, "falco.yaml:6:1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.at.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	d := &diag.Diagnostic{Range: config.Priority.Range}
	if config.Locate(d); d.Line != "priority: error" {
		t.Errorf("line %q", d.Line)
	}
}

// TestEnv expands environment variables as Falco does.
func TestEnv(t *testing.T) {
	env := map[string]string{"A": "a", "B": "${A}b", "EMPTY": "", "LOOP": "x${LOOP}", "DOLLAR": "$"}
	for _, tt := range []struct{ text, want string }{
		{"a", "a"},
		{"${A}", "a"},
		{"x${A}y${A}z", "xayaz"},
		{"${B}", "ab"},
		{"${EMPTY}", ""},
		{"${UNSET}", ""},
		{"a${UNSET}b", "ab"},
		{"$${A}", "${A}"},
		{"$${A} ${A}", "${A} a"},
		{"$A ${A}", "$A ${A}"}, // the rest is left after a dollar sign alone
		{"$", "$"},
		{"${A", "${A"},
		{"$${A", "$${A"},
		{"${}", ""},
		{"a}${A}", "a}a"},
		{"${DOLLAR}{A}", "a"},
		{"${LOOP}", "!the environment variables in this value refer to each other or are too long"},
	} {
		t.Run(subtest.Name(tt.text), func(t *testing.T) {
			config, err := falcoconfig.Parse("falco.yaml", []byte("stdout_output: {enabled: true}\nrules_files: ['"+tt.text+"']\n"), falcoconfig.Options{
				Env: func(name string) (string, bool) { return env[name], true },
			})
			if message, bad := strings.CutPrefix(tt.want, "!"); bad {
				if err == nil || !strings.Contains(err.Error(), message) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := config.Rules[0].Value; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestGrowth reads large files.
func TestGrowth(t *testing.T) {
	for _, tt := range []struct {
		name string
		n    int
		text func(n int) string
	}{
		{"escaped variables", 500, func(n int) string { return "log_level: " + strings.Repeat("$${a}", n) }},
		{"open braces", 500, func(n int) string { return "log_level: '" + strings.Repeat("$${", n) + "}'" }},
		{"unknown keys", 200, func(n int) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, "key%d: 1\n", i)
			}
			return b.String()
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			growth.Linear(t, tt.n, func(n int) {
				if _, err := falcoconfig.Parse("falco.yaml", []byte(tt.text(n)), falcoconfig.Options{NoOutputs: true}); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// TestLimits reads lists with too many entries.
func TestLimits(t *testing.T) {
	for _, name := range []string{"rules_files", "load_plugins", "rules", "plugins", "append_output"} {
		t.Run(name, func(t *testing.T) {
			config, _ := falcoconfig.Parse("falco.yaml", []byte(name+": ["+strings.Repeat("a,", 1001)+"]\n"), falcoconfig.Options{NoOutputs: true})
			if !slices.ContainsFunc(config.Errors, func(d *diag.Diagnostic) bool { return strings.HasPrefix(d.Message, name+" has more than ") }) {
				t.Error(config.Errors)
			}
		})
	}
}

// TestIncludeLimits includes too many files, and too much.
func TestIncludeLimits(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		times      int
		want       string
	}{
		{"files", "a: b\n", 1000, "more than 1000 configuration files"},
		{"bytes", strings.Repeat("#", 1<<20), 17, "with a.yaml, the configuration files have more than 16777216 bytes in total"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "a.yaml", tt.text)
			write(t, "falco.yaml", "config_files: ["+strings.Repeat("a.yaml,", tt.times)+"]\n")
			_, err := falcoconfig.Read("falco.yaml", falcoconfig.Options{NoOutputs: true})
			if errs := diag.Of(err); len(errs) != 1 || errs[0].Message != tt.want {
				t.Errorf("got %v, want only: %s", err, tt.want)
			}
		})
	}
}

// TestUnknownEnv reads values of which nothing is known. Nothing is reported about them.
func TestUnknownEnv(t *testing.T) {
	text := `
rules_files: ["${DIR}/a.yaml"]
priority: ${P}
rule_matching: ${P}
json_output: ${P}
file_output: {enabled: "${P}", filename: "${P}"}
output_timeout: ${P}
engine: {kind: "${P}"}
webserver: {listen_address: "${P}"}
metrics: {enabled: true, interval: "${P}", output_rule: true}
plugins: [{name: k8saudit, library_path: libk8saudit.so, init_config: {maxEventSize: "${P}"}, open_params: "${P}"}]
`
	config, err := falcoconfig.Parse("falco.yaml", []byte(text), falcoconfig.Options{})
	if err != nil || len(config.Warnings) > 0 {
		t.Fatal(err, diag.Text(config.Warnings, diag.TextOptions{}))
	}
	if got := config.Rules[0].Value; got != "${DIR}/a.yaml" {
		t.Error(got)
	}
	if config.Priority.Value != eval.PriorityDebug || config.File != nil {
		t.Errorf("%+v", config)
	}
}

// TestInclude merges files with each strategy.
func TestInclude(t *testing.T) {
	const main = "config_files: [ENTRY]\nrules_files: [a]\nwebserver: {enabled: true, listen_port: 1}\nstdout_output: {enabled: true}\npriority: error\n"
	for _, tt := range []struct {
		name, entry string
		included    string // config.d/b.yaml
		rules       string
		port        uint32
		priority    eval.Priority
		diagnostics string
	}{
		{"append", "config.d/b.yaml", "rules_files: [b]\nwebserver: {enabled: true}\npriority: info\n", "a b", 8765, eval.PriorityInformational, ""},
		{"override", "{path: config.d/b.yaml, strategy: override}", "rules_files: [b]\nwebserver: {listen_port: 2}\n", "b", 2, eval.PriorityError, ""},
		{"add only", "{path: config.d/b.yaml, strategy: add-only}", "rules_files: [b]\npriority: info\nload_plugins: []\n", "a", 1, eval.PriorityError, ""},
		{"folder", "config.d", "rules_files: [b]\n", "a b c", 1, eval.PriorityError, ""},
		{"unknown strategy", "{path: config.d/b.yaml, strategy: replace}", "rules_files: [b]\n", "a b", 1, eval.PriorityError, `falco.yaml:1:50: CONFIG_IGNORED: Falco ignores the unknown strategy "replace", and uses append (use append, override or add-only)`},
		{"missing", "nope.yaml", "", "a", 1, eval.PriorityError, "falco.yaml:1:16: CONFIG_IGNORED: Falco ignores nope.yaml: no such file or directory"},
		{"itself", "./falco.yaml", "", "a", 1, eval.PriorityError, "falco.yaml:1:16: CONFIG_ERR_INVALID: config_files includes the main file itself"},
		{"nested", "config.d/b.yaml", "config_files: [c.yaml]\n", "a", 1, eval.PriorityError, "config.d/b.yaml:1:15: CONFIG_ERR_INVALID: an included file cannot have config_files"},
		{"not YAML", "config.d/b.yaml", "a: [", "a", 1, eval.PriorityError, "config.d/b.yaml:1:1: CONFIG_ERR_INVALID: the [ on line 1, column 4 is not closed"},
		{"a list", "config.d/b.yaml", "- a", "a", 1, eval.PriorityError, "config.d/b.yaml:1:1: CONFIG_ERR_INVALID: a configuration must be a mapping, not a list"},
		{"a text", "config.d/b.yaml", "a", "a", 1, eval.PriorityError, ""},
		{"no path", "{strategy: override}", "", "a", 1, eval.PriorityError, "falco.yaml:1:16: CONFIG_ERR_INVALID: missing key path in an entry of config_files"},
		{"cannot append", "config.d/b.yaml", "priority: [info]\n", "a", 1, eval.PriorityError, "config.d/b.yaml:1:11: CONFIG_ERR_INVALID: cannot append to priority, which is text in falco.yaml"},
		{"mistake in an included file", "config.d/b.yaml", "rules_files: [[b]]\njson_outputt: true\n", "a", 1, eval.PriorityError, "config.d/b.yaml:1:15: CONFIG_ERR_INVALID: an item of rules_files must be text, not a list; " +
			"config.d/b.yaml:2:1: CONFIG_IGNORED: Falco ignores the unknown key json_outputt (did you mean json_output?)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "falco.yaml", strings.Replace(main, "ENTRY", tt.entry, 1))
			if tt.included != "" {
				write(t, "config.d/b.yaml", tt.included)
			}
			write(t, "config.d/c.txt", "rules_files: [c]\n")
			write(t, "config.d/sub/d.yaml", "rules_files: [d]\n")
			config, err := falcoconfig.Read("falco.yaml", falcoconfig.Options{})
			var messages []string
			for _, d := range append(append(diag.Of(err), config.Warnings...), config.Notices...) {
				messages = append(messages, d.Error())
			}
			if got := strings.Join(messages, "; "); got != tt.diagnostics {
				t.Errorf("got diagnostics\n%s\nwant\n%s", got, tt.diagnostics)
			}
			var rules []string
			for _, r := range config.Rules {
				rules = append(rules, r.Value)
			}
			if got := strings.Join(rules, " "); got != tt.rules {
				t.Errorf("rules_files: got %s, want %s", got, tt.rules)
			}
			if config.Webserver.Port != tt.port || config.Priority.Value != tt.priority {
				t.Errorf("port %d, priority %s", config.Webserver.Port, config.Priority.Value)
			}
		})
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestUnreadable(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "large.yaml", "a: "+strings.Repeat("x", 1<<20))
	for name, want := range map[string]string{
		"nope.yaml":  "nope.yaml: CONFIG_ERR_INVALID: cannot read: no such file or directory",
		".":          ".: CONFIG_ERR_INVALID: cannot read: not a regular file",
		"large.yaml": "large.yaml: CONFIG_ERR_INVALID: the file has more than 1048576 bytes",
	} {
		t.Run(subtest.Name(name), func(t *testing.T) {
			config, err := falcoconfig.Read(name, falcoconfig.Options{})
			if config != nil || err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

// FuzzParse reads arbitrary configurations.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("a: &a ${A}\nb: *a\nconfig_files: [falco.yaml]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 20_000 {
			t.Skip("long")
		}
		config, err := falcoconfig.Parse("falco.yaml", data, falcoconfig.Options{Env: func(name string) (string, bool) { return "${" + name[:len(name)/2] + "}", len(name)%3 > 0 }})
		list := diag.Of(err)
		if config == nil {
			if len(list) == 0 {
				t.Fatal("no configuration and no error")
			}
			return
		}
		for _, d := range append(append(list, config.Warnings...), config.Notices...) {
			if d.Range.File != "falco.yaml" || d.Message == "" || d.Code == "" || d.Range.End.Offset > len(config.Text("falco.yaml")) {
				t.Errorf("%+v", d)
			}
		}
		for i := range config.Plugins {
			_, _ = config.Plugins[i].K8sAudit()
			_, _ = config.Plugins[i].Open()
		}
		_, _ = loader.Load([]loader.File{{Name: "a.yaml", Data: []byte("- rule: a\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n  tags: [a]\n")}}, config.LoaderOptions(loader.Options{}))
	})
}
