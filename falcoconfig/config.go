// Package falcoconfig reads falco.yaml as Falco does.
//
//	config, err := falcoconfig.Read("falco.yaml", falcoconfig.Options{})
//	if err != nil {
//		log.Fatal(err) // a diag.List: why Falco would not start
//	}
//	files, _ := config.RulesFiles()
//	set, err := loader.Load(files, config.LoaderOptions(loader.Options{}))
//
// Falco silently ignores keys that it does not know and values of the wrong type. They are
// in [Config.Warnings]. Keys about capturing system calls have no effect in this module;
// they are in [Config.Notices].
package falcoconfig

import (
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
)

// The codes of diagnostics.
const (
	// Invalid is for mistakes with which Falco does not start.
	Invalid diag.Code = "CONFIG_ERR_INVALID"
	// Ignored is for what Falco silently ignores.
	Ignored diag.Code = "CONFIG_IGNORED"
	// Removed is for keys that Falco has removed or renamed, and therefore ignores.
	Removed diag.Code = "CONFIG_REMOVED"
	// Suspicious is for what Falco accepts and that probably does not do what it should.
	Suspicious diag.Code = "CONFIG_SUSPICIOUS"
	// Unsupported is for keys that have no effect in this module.
	Unsupported diag.Code = "CONFIG_UNSUPPORTED"
)

// Config is the configuration of Falco. Values that are missing or that Falco ignores have
// Falco's defaults.
type Config struct {
	// Name is the name of the main file. Files has it and those that it includes.
	Name  string
	Files []string

	// Errors are the mistakes with which Falco does not start. Warnings are about what
	// Falco ignores, and about values that are probably wrong. Notices are about what has
	// no effect in this module, and about files in config_files that do not exist.
	Errors, Warnings, Notices diag.List
	// Incomplete is true if config_files names something that does not exist, or that
	// depends on an unknown environment variable.
	Incomplete bool

	// Rules are the entries of rules_files; see [Config.RulesFiles].
	Rules []Setting[string]
	// Priority, Switches and Matching are priority, rules and rule_matching.
	Priority Setting[eval.Priority]
	Switches []Setting[loader.Switch]
	Matching Setting[eval.Mode]
	// AppendOutput and StaticFields are append_output and static_fields.
	AppendOutput []AppendOutput
	StaticFields []StaticField

	// Plugins are the plugins that Falco loads, in this order. PluginsAt is where they are
	// chosen: the key load_plugins or else plugins, or the zero Range if there is neither.
	Plugins   []Plugin
	PluginsAt diag.Range

	// JSON prints alerts as JSON. AlertFormat has the details of alerts.
	JSON        bool
	AlertFormat eval.AlertFormat

	// Stdout and Syslog are true if these outputs are enabled. File, Program and HTTP are
	// nil if they are not.
	Stdout, Syslog bool
	File           *FileOutput
	Program        *ProgramOutput
	HTTP           *HTTPOutput

	Webserver Webserver
	Metrics   Metrics
	// Watch restarts Falco when a configuration or rules file changes.
	Watch bool
	// AllSyscalls is base_syscalls.all.
	AllSyscalls bool
	// Engine is engine.kind, and CaptureFile the file to read if that is replay.
	Engine      string
	CaptureFile string
	// LogLevel is the least severity in Falco's own log.
	LogLevel string

	files map[string]*yamlfile.File
}

// Setting is a value and where it is written. The range is the zero Range if the value is
// a default.
type Setting[T any] struct {
	Value T
	Range diag.Range
}

// AppendOutput is an entry of append_output.
type AppendOutput struct {
	// Source, Tags and Rule choose the rules: those with this source, all of these tags
	// and this name. Each is empty for any.
	Source Setting[string]
	Tags   []Setting[string]
	Rule   Setting[string]
	// Format is extra_output, and Fields are extra_fields.
	Format Setting[string]
	Fields []loader.OutputField
	// Suggested is suggested_output, and Range the whole entry.
	Suggested bool
	Range     diag.Range
}

// StaticField is a field of static_fields. Its name in rules begins with static and a dot.
type StaticField struct {
	Name, Value string
	Range       diag.Range
}

// FileOutput is file_output.
type FileOutput struct {
	Filename  string
	KeepAlive bool
}

// ProgramOutput is program_output.
type ProgramOutput struct {
	Program   string
	KeepAlive bool
}

// HTTPOutput is http_output.
type HTTPOutput struct {
	URL       string
	UserAgent string
	// Insecure does not verify the certificate of the server.
	Insecure bool
	// CACert is a file, and so is CABundle, which is used if CACert is empty. CAPath is a
	// folder, which is used if both are empty.
	CACert, CABundle, CAPath string
	// MTLS sends the certificate in ClientCert, whose key is in ClientKey.
	MTLS                  bool
	ClientCert, ClientKey string
	// Compress compresses alerts with gzip. KeepAlive reuses connections.
	Compress, KeepAlive bool
}

// Webserver is webserver.
type Webserver struct {
	Enabled bool
	// Address is an IP address.
	Address string
	Port    uint32
	// Health is the path that answers health checks.
	Health string
	// Certificate is the file of certificate and key. It is empty without TLS.
	Certificate string
	// Metrics serves metrics at /metrics.
	Metrics bool
}

// Metrics is metrics.
type Metrics struct {
	Enabled bool
	// Rule prints the metrics as alerts of the rule "Falco internal: metrics snapshot",
	// and File, if not empty, is a file to write them to.
	Rule bool
	File string
	// RulesCounters counts the alerts of each rule.
	RulesCounters bool
}

// Locate sets the Line of a diagnostic that is about one of the files.
func (c *Config) Locate(d *diag.Diagnostic) {
	if f := c.files[d.Range.File]; f != nil && d.Line == "" {
		d.Line = f.Line(d.Range.Start)
	}
}

// Text returns the text of one of the files that were read, or "".
func (c *Config) Text(name string) string {
	if f := c.files[name]; f != nil {
		return f.Text
	}
	return ""
}
