package falcoconfig

import (
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// sections reads the merged files. The defaults are those of Falco's configuration.cpp.
func (r *reader) sections() {
	r.scalarSections()
	r.readEngine()
	r.readRulesFiles()
	r.readRules()
	r.readAppendOutput()
	r.readStaticFields()
	r.readPlugins()
	s := r.root()
	r.JSON = s.flag("json_output", false)
	r.AlertFormat = eval.AlertFormat{
		ISO8601:  s.flag("time_format_iso_8601", false),
		NoOutput: !s.flag("json_include_output_property", true),
		NoTags:   !s.flag("json_include_tags_property", true),
		NoFields: !s.flag("json_include_output_fields_property", true),
		Message:  s.flag("json_include_message_property", false),
	}
	if s.flag("buffer_format_base64", false) {
		r.notice(Unsupported, s.get("buffer_format_base64"), "buffer_format_base64 has no effect in falcorules")
	}
	r.readOutputs()
	r.readWebserver()
	r.readMetrics()
	r.readSystemCalls()
	r.Watch = s.flag("watch_config_files", true)
	r.AllSyscalls = r.section("base_syscalls").flag("all", false)
	r.LogLevel = s.text("log_level", "info")
	r.suspicions()
}

func (r *reader) readEngine() {
	s := r.section("engine")
	r.Engine = s.oneOf("kind", "kmod", "kmod", "modern_ebpf", "replay", "nodriver")
	if r.Engine != "replay" {
		return
	}
	r.CaptureFile = section{r, "engine.replay", s.get("replay").get}.text("capture_file", "")
	if r.CaptureFile == "" {
		r.fail(s.get("kind"), "", "engine.kind is replay, but engine.replay.capture_file is missing")
	}
}

func (r *reader) readRulesFiles() {
	list, old := r.get(rulesFiles), r.get(rulesFile)
	r.Rules = r.textList(list, rulesFiles)
	if !old.exists() {
		return
	}
	key := old.ofKey()
	if list.exists() {
		r.fail(key, "remove it", "%s and %s cannot both be set", rulesFile, rulesFiles)
		return
	}
	r.warn(Removed, key, "use "+rulesFiles, "%s is deprecated", rulesFile)
	r.Rules = r.textList(old, rulesFile)
}

// readOutputs reads the outputs. Falco does not start if what an enabled output needs is
// missing.
func (r *reader) readOutputs() {
	needed := func(s section, key string) string {
		t, v := s.text(key, ""), s.get(key)
		if t == "" && !r.isUnknown(v) {
			if !v.exists() {
				of := r.get(s.name)
				v = of.ofKey()
			}
			r.fail(v, "set "+key+", or set enabled to false", "%s is enabled without %s", s.name, key)
		}
		return t
	}
	r.Stdout = r.section("stdout_output").flag("enabled", false)
	r.Syslog = r.section("syslog_output").flag("enabled", false)
	if s := r.section("file_output"); s.flag("enabled", false) {
		r.File = &FileOutput{needed(s, "filename"), s.flag("keep_alive", false)}
	}
	if s := r.section("program_output"); s.flag("enabled", false) {
		r.Program = &ProgramOutput{needed(s, "program"), s.flag("keep_alive", false)}
	}
	if s := r.section("http_output"); s.flag("enabled", false) {
		r.HTTP = &HTTPOutput{
			URL: needed(s, "url"), UserAgent: s.text("user_agent", "falcosecurity/falco"), Insecure: s.flag("insecure", false),
			CACert: s.text("ca_cert", ""), CABundle: s.text("ca_bundle", ""), CAPath: s.text("ca_path", "/etc/ssl/certs"),
			MTLS:       s.flag("mtls", false),
			ClientCert: s.text("client_cert", "/etc/ssl/certs/client.crt"), ClientKey: s.text("client_key", "/etc/ssl/certs/client.key"),
			Compress: s.flag("compress_uploads", false), KeepAlive: s.flag("keep_alive", false),
		}
	}
	if !r.Stdout && !r.Syslog && r.File == nil && r.Program == nil && r.HTTP == nil && !r.options.NoOutputs && !r.anyUnknown() {
		r.fail(r.start(), "enable one, such as stdout_output", "no output is enabled")
	}
}

// anyUnknown reports whether it is not known if an output is enabled.
func (r *reader) anyUnknown() bool {
	return slices.ContainsFunc(top, func(k key) bool {
		enabled := r.get(k.name).get("enabled")
		return strings.HasSuffix(k.name, "_output") && enabled.exists() && r.unknown[enabled.node]
	})
}

// start returns the first key of the main file, for mistakes that are nowhere else.
func (r *reader) start() value {
	for _, v := range r.top {
		if v.file.Name == r.Name {
			return v.ofKey()
		}
	}
	return value{file: r.files[r.Name]}
}

func (r *reader) readWebserver() {
	s := r.section("webserver")
	r.Webserver = Webserver{
		Enabled: s.flag("enabled", false), Address: s.text("listen_address", "0.0.0.0"),
		Port:   uint32(s.count("listen_port", 32, 8765)),
		Health: s.text("k8s_healthz_endpoint", "/healthz"), Metrics: s.flag("prometheus_metrics_enabled", false),
	}
	if s.flag("ssl_enabled", false) {
		r.Webserver.Certificate = s.text("ssl_certificate", "/etc/falco/falco.pem")
	}
	v := s.get("listen_address")
	if _, err := netip.ParseAddr(strings.TrimFunc(r.Webserver.Address, unicode.IsSpace)); err != nil && !r.unknown[v.node] {
		r.fail(v, "", "webserver.listen_address must be an IP address, not %s", quote.Text(r.Webserver.Address))
	}
}

// interval matches durations as Prometheus writes them.
var interval = regexp.MustCompile(`^(?:([0-9]+)y)?(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?$`)

var intervalUnits = []time.Duration{
	365 * 24 * time.Hour, 7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second, time.Millisecond,
}

// parseInterval returns a duration such as 1h30m, and whether it is one.
func parseInterval(text string) (time.Duration, bool) {
	text = strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return c
	}, text)
	numbers := interval.FindStringSubmatch(text)
	if numbers == nil {
		return 0, false
	}
	var sum time.Duration
	for i, unit := range intervalUnits {
		n, err := strconv.ParseInt(numbers[i+1], 10, 64)
		switch {
		case numbers[i+1] == "":
		case err != nil || n > int64((math.MaxInt64-sum)/unit):
			return 0, false
		default:
			sum += time.Duration(n) * unit
		}
	}
	return sum, true
}

func (r *reader) readMetrics() {
	s := r.section("metrics")
	r.Metrics = Metrics{
		Enabled: s.flag("enabled", false), Rule: s.flag("output_rule", false), File: s.text("output_file", ""),
		RulesCounters: s.flag("rules_counters_enabled", true),
	}
	text := s.text("interval", "5000")
	every, ok := parseInterval(text)
	v := s.get("interval")
	if !r.Metrics.Enabled || v.exists() && r.unknown[v.node] {
		return
	}
	missing := !v.exists()
	if missing {
		v = s.get("enabled")
	}
	switch {
	case missing:
		r.fail(v, "set it, for example, to 15m or 1h", "metrics.interval is missing, and Falco's default, 5000, has no unit")
	case !ok || strings.Trim(text, "0123456789") == "":
		r.fail(v, "", "metrics.interval must be a duration with a unit, such as 15m or 1h, not %s", quote.Text(text))
	case every < 100*time.Millisecond:
		r.fail(v, "", "metrics.interval must be at least 100ms, not %s", quote.Text(text))
	}
	if !r.Metrics.Rule && r.Metrics.File == "" && !r.Webserver.Metrics {
		r.fail(s.get("enabled"), "set output_rule, output_file or webserver.prometheus_metrics_enabled", "metrics are enabled, but none of their outputs is")
	}
}

// readSystemCalls reports values about system calls with which Falco does not start. They
// have no effect otherwise.
func (r *reader) readSystemCalls() {
	r.section("capture").oneOf("mode", "rules", "rules", "all_rules")
	drops := r.section("syscall_event_drops")
	known := []string{"ignore", "log", "alert", "exit"}
	ignoring := false
	actions, _ := drops.get("actions").list()
	for _, v := range actions {
		action, ok := r.textOf(v, "an item of syscall_event_drops.actions")
		switch {
		case !ok || r.unknown[v.node]:
		case !slices.Contains(known, action):
			r.fail(v, suggest.Hint(action, slices.Values(known)), "unknown action %s: want ignore, log, alert or exit", quote.Text(action))
		case ignoring && (action == "log" || action == "alert"):
			r.fail(v, "", "the action %s cannot follow ignore", action)
		case action == "ignore":
			ignoring = true
		}
	}
	if v := drops.get("threshold"); v.is(yamlfile.Scalar) {
		if n, err := strconv.ParseFloat(v.node.Value, 64); err == nil && (n < 0 || n > 1) {
			r.fail(v, "", "syscall_event_drops.threshold must be from 0 to 1, not %s", quote.Text(v.node.Value))
		}
	}
	timeouts := r.section("syscall_event_timeouts")
	if timeouts.count("max_consecutives", 32, 1000) == 0 {
		r.fail(timeouts.get("max_consecutives"), "", "syscall_event_timeouts.max_consecutives must be more than 0")
	}
}
