package falcoconfig

import (
	"cmp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// kind is what Falco expects as a value.
type kind uint8

const (
	special kind = iota // read by a function of its own
	text
	flag
	count   // an unsigned number of 32 bits
	count8  // of 8 bits
	count64 // of 64 bits
	number
	texts // a list of texts, or a single one
	object
)

var kindNames = map[kind]string{
	text: "text", flag: "true or false", count: "a whole number from 0", count8: "a whole number from 0 to 255", count64: "a whole number from 0",
	number: "a number",
	texts:  "a list of texts", object: "a mapping",
}

// key is a key that Falco knows.
type key struct {
	name string
	kind kind
	keys []key // of an object
	// unused says that the key has no effect in this module.
	unused bool
}

func keysOf(k kind, names ...string) []key {
	var out []key
	for _, name := range names {
		out = append(out, key{name: name, kind: k})
	}
	return out
}

func objectOf(name string, keys ...[]key) key {
	return key{name: name, kind: object, keys: slices.Concat(keys...)}
}

func unused(keys ...key) []key {
	for i := range keys {
		keys[i].unused = true
	}
	return keys
}

const (
	configFiles  = "config_files"
	rulesFiles   = "rules_files"
	rulesFile    = "rules_file"
	appendOutput = "append_output"
	staticFields = "static_fields"
	loadPlugins  = "load_plugins"
)

// top are the keys of falco.yaml in Falco 0.45, from its configuration.cpp and its JSON
// schema.
var top = slices.Concat(
	keysOf(special, configFiles, rulesFiles, rulesFile, "rules", appendOutput, staticFields, loadPlugins, "plugins", "priority", "rule_matching"),
	keysOf(flag,
		"watch_config_files", "json_output", "json_include_output_property", "json_include_message_property", "json_include_output_fields_property",
		"json_include_tags_property", "time_format_iso_8601", "buffer_format_base64",
	),
	unused(keysOf(flag, "buffered_outputs", "log_stderr", "log_syslog")...),
	keysOf(text, "log_level"),
	unused(keysOf(count, "output_timeout")...),
	unused(objectOf("outputs_queue", keysOf(count64, "capacity"))),
	[]key{
		objectOf("stdout_output", keysOf(flag, "enabled")),
		objectOf("syslog_output", keysOf(flag, "enabled")),
		objectOf("file_output", keysOf(flag, "enabled", "keep_alive"), keysOf(text, "filename")),
		objectOf("program_output", keysOf(flag, "enabled", "keep_alive"), keysOf(text, "program")),
		objectOf("http_output",
			keysOf(flag, "enabled", "insecure", "mtls", "echo", "compress_uploads", "keep_alive"),
			keysOf(text, "url", "user_agent", "ca_cert", "ca_bundle", "ca_path", "client_cert", "client_key"),
			keysOf(count8, "max_consecutive_timeouts"),
		),
		objectOf("webserver",
			keysOf(flag, "enabled", "prometheus_metrics_enabled", "ssl_enabled"),
			keysOf(count, "listen_port"),
			unused(keysOf(count, "threadiness")...),
			keysOf(text, "listen_address", "k8s_healthz_endpoint", "ssl_certificate"),
		),
		objectOf("metrics",
			keysOf(flag, "enabled", "rules_counters_enabled"),
			keysOf(text, "interval"),
			unused(keysOf(text, "output_file")...),
			unused(keysOf(flag,
				"output_rule", "resource_utilization_enabled", "state_counters_enabled",
				"kernel_event_counters_enabled", "kernel_event_counters_per_cpu_enabled", "libbpf_stats_enabled", "plugins_metrics_enabled",
				"kernel_iter_event_counters_enabled", "jemalloc_stats_enabled", "convert_memory_to_mb", "include_empty_values",
			)...),
		),
		objectOf("engine", keysOf(text, "kind"),
			unused(
				objectOf("kmod", keysOf(number, "buf_size_preset"), keysOf(flag, "drop_failed_exit")),
				objectOf("modern_ebpf", keysOf(number, "cpus_for_each_buffer", "buf_size_preset"), keysOf(flag, "drop_failed_exit", "disable_iterators")),
			),
			[]key{objectOf("replay", keysOf(text, "capture_file"))},
		),
	},
	unused(
		objectOf("capture", keysOf(flag, "enabled"), keysOf(text, "path_prefix", "mode"), keysOf(count, "default_duration"), keysOf(count64, "max_file_size_mb")),
		objectOf("libs_logger", keysOf(flag, "enabled"), keysOf(text, "severity")),
		objectOf("syscall_event_timeouts", keysOf(count, "max_consecutives")),
		objectOf("syscall_event_drops", keysOf(number, "threshold", "rate", "max_burst"), keysOf(texts, "actions"), keysOf(flag, "simulate_drops")),
		objectOf("base_syscalls", keysOf(flag, "all", "repair"), keysOf(texts, "custom_set")),
		objectOf("falco_libs",
			keysOf(count, "thread_table_size", "thread_table_auto_purging_interval_s", "thread_table_auto_purging_thread_timeout_s"),
			keysOf(count64, "snaplen"),
		),
		key{name: "plugins_hostinfo", kind: flag},
	),
)

// IsKey reports whether a name is a top-level key of falco.yaml, or was one.
func IsKey(name string) bool {
	_, ok := removed[name]
	return ok || slices.ContainsFunc(top, func(k key) bool { return k.name == name })
}

// The keys of the entries of lists.
var (
	configFileKeys   = keysOf(special, "path", "strategy")
	pluginKeys       = keysOf(special, "name", "library_path", "init_config", "open_params")
	switchKeys       = keysOf(special, "enable", "disable")
	chosenKeys       = keysOf(special, "rule", "tag")
	appendOutputKeys = keysOf(special, "match", "extra_output", "extra_fields", "suggested_output")
	matchKeys        = keysOf(special, "source", "tags", "rule")
)

// removed has the keys that Falco knew once, with the version that removed them and what
// to use instead. They are from the falco.yaml files of Falco's releases.
var removed = map[string]struct{ version, instead string }{
	"container_engines":            {"0.41", "configure the plugin container"},
	"grpc":                         {"0.44", "use http_output"},
	"grpc_output":                  {"0.44", "use http_output"},
	"engine.ebpf":                  {"0.44", "use engine.modern_ebpf"},
	"engine.gvisor":                {"0.44", ""},
	"metadata_download":            {"0.37", ""},
	"modern_bpf":                   {"0.38", "use engine.modern_ebpf"},
	"outputs":                      {"0.37", ""},
	"outputs_queue.recovery":       {"0.37", ""},
	"syscall_buf_size_preset":      {"0.38", "use engine.kmod.buf_size_preset or engine.modern_ebpf.buf_size_preset"},
	"syscall_drop_failed_exit":     {"0.38", "use engine.kmod.drop_failed_exit or engine.modern_ebpf.drop_failed_exit"},
	"webserver.k8s_audit_endpoint": {"0.33", "use the plugin k8saudit"},
	"modern_bpf.cpus_for_each_syscall_buffer": {"0.38", "use engine.modern_ebpf.cpus_for_each_buffer"},
}

// checkKeys reports the keys of a mapping that Falco does not know and the values that it
// ignores. The path is that of the mapping, as in engine.kmod.
func (r *reader) checkKeys(v value, keys []key, path string) {
	seen := map[string]value{}
	for _, p := range v.pairs() {
		name := p.name()
		full := strings.TrimPrefix(path+"."+name, ".")
		at := p.ofKey()
		if first, again := seen[name]; again {
			r.warn(Ignored, at, "", "Falco ignores the second %s; it is set on line %d", quote.Name(full), first.ofKey().at().Start.Line)
			continue
		}
		seen[name] = p
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
		if i < 0 {
			r.unknownKey(at, keys, path, name, full)
			continue
		}
		r.checkValue(p, keys[i], full)
	}
}

func (r *reader) unknownKey(at value, keys []key, path, name, full string) {
	if len(r.Warnings) >= maxDiagnostics {
		return // save the work for the hint
	}
	if old, ok := removed[full]; ok {
		r.warn(Removed, at, old.instead, "Falco ignores %s, which was removed in Falco %s", full, old.version)
		return
	}
	hint := suggest.HintOf(name, keys, func(k key) string { return k.name })
	if hint == "" && path != "" {
		hint = "known keys: " + strings.Join(names(keys), ", ")
	}
	r.warn(Ignored, at, hint, "Falco ignores the unknown key %s", quote.Name(full))
}

func names(keys []key) []string {
	var out []string
	for _, k := range keys {
		out = append(out, k.name)
	}
	return out
}

// checkValue reports a value that does not have the kind that Falco expects.
func (r *reader) checkValue(v value, k key, path string) {
	if k.unused {
		r.notice(Unsupported, v.ofKey(), "%s has no effect in falcorules", path)
	}
	if r.unknown[v.node] {
		return
	}
	ok := true
	switch k.kind {
	case special, texts:
		return
	case object:
		switch {
		case v.is(yamlfile.Mapping):
			r.checkKeys(v, k.keys, path)
		case path != v.name() || !v.is(yamlfile.Scalar): // see scalarSections
			ok = v.isNull()
		}
	case text:
		_, ok = v.text()
	case flag:
		_, ok = v.bool()
	case count:
		_, ok = v.uint(32)
	case count8:
		_, ok = v.uint(8)
	case count64:
		_, ok = v.uint(64)
	case number:
		ok = v.is(yamlfile.Scalar)
	}
	if !ok {
		r.ignored(v, path, kindNames[k.kind])
	}
}

// scalarSections reports scalars where Falco reads keys. Another file may replace them, so
// it looks at the merged files.
func (r *reader) scalarSections() {
	for _, k := range top {
		if v := r.get(k.name); k.kind == object && v.is(yamlfile.Scalar) {
			r.fail(v, "", "%s must be a mapping, not %s", k.name, v.describe())
		}
	}
}

// ignored reports a value that Falco ignores because it expects something else.
func (r *reader) ignored(v value, name, want string) {
	got := v.describe()
	if v.is(yamlfile.Scalar) {
		got = quote.Text(v.node.Value)
	}
	r.warn(Ignored, v, "", "Falco ignores this value of %s: want %s, not %s", quote.Name(name), want, got)
}

// textOf returns a text. If it is not one, Falco does not start.
func (r *reader) textOf(v value, name string) (string, bool) {
	s, ok := v.text()
	if !ok {
		r.fail(v, "", "%s must be text, not %s", name, v.describe())
	}
	return s, ok
}

// section is a mapping in which keys are looked up: the merged files, or the value of one
// of their keys. Its methods return the value of a key or, if it is missing or ignored, a
// default.
type section struct {
	*reader
	name string // in messages
	get  func(name string) value
}

func (r *reader) root() section { return section{r, "", r.get} }

func (r *reader) section(name string) section { return section{r, name, r.get(name).get} }

func (s section) text(name, preset string) string {
	if t, ok := s.get(name).text(); ok {
		return t
	}
	return preset
}

func (s section) flag(name string, preset bool) bool {
	if b, ok := s.get(name).bool(); ok {
		return b
	}
	return preset
}

func (s section) count(name string, bits int, preset uint64) uint64 {
	if n, ok := s.get(name).uint(bits); ok {
		return n
	}
	return preset
}

// oneOf returns one of several values. Falco does not start with any other.
func (s section) oneOf(name, preset string, allowed ...string) string {
	t := s.text(name, preset)
	v := s.get(name)
	if slices.Contains(allowed, t) || s.isUnknown(v) {
		return t
	}
	full := s.name + "." + name
	hint := cmp.Or(suggest.Hint(t, slices.Values(allowed)), "use "+schema.Join(allowed))
	if old, ok := removed[s.name+"."+t]; ok {
		hint = strings.TrimSuffix("it was removed in Falco "+old.version+"; "+old.instead, "; ")
	}
	s.fail(v, hint, "invalid %s %s", full, quote.Text(t))
	return preset
}

// textList returns a list of up to maxEntries texts. If an item is not text, Falco does not start.
func (r *reader) textList(list value, name string) []Setting[string] {
	var out []Setting[string]
	for _, item := range r.entriesOf(list, name, maxEntries) {
		if t, ok := r.textOf(item, "an item of "+name); ok {
			out = append(out, Setting[string]{t, item.at()})
		}
	}
	return out
}
