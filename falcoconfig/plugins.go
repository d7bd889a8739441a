package falcoconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/scan"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Plugin is a plugin that Falco loads.
type Plugin struct {
	Name        Setting[string]
	LibraryPath string
	// InitConfig is the text that the plugin is initialized with. Falco converts a mapping
	// to JSON.
	InitConfig Setting[string]
	// OpenParams says which events the plugin reads.
	OpenParams Setting[string]
}

// readPlugins reads plugins, of which load_plugins chooses some.
func (r *reader) readPlugins() {
	var all []Plugin
	for _, item := range r.entries("plugins", maxEntries) {
		if p, ok := r.readPlugin(item); ok {
			all = append(all, p)
		}
	}
	if list := r.get("plugins"); list.exists() {
		r.PluginsAt = list.ofKey().at()
	}
	chosen := r.get(loadPlugins)
	if !chosen.exists() {
		r.Plugins = all
		return
	}
	r.PluginsAt = chosen.ofKey().at()
	for _, name := range r.textList(chosen, loadPlugins) {
		i := slices.IndexFunc(all, func(p Plugin) bool { return p.Name.Value == name.Value })
		if i >= 0 {
			r.Plugins = append(r.Plugins, all[i])
			continue
		}
		hint := suggest.HintOf(name.Value, all, func(p Plugin) string { return p.Name.Value })
		msg := fmt.Sprintf("%s names %s, which is not under plugins", loadPlugins, quote.Name(name.Value))
		r.Errors = r.report(r.Errors, Invalid, diag.Error, name.Range, r.files[name.Range.File], hint, msg)
	}
}

func (r *reader) readPlugin(item value) (p Plugin, ok bool) {
	if !r.mapping(item, "an entry of plugins") {
		return p, false
	}
	r.checkKeys(item, pluginKeys, "plugins")
	for _, name := range []string{"name", "library_path"} {
		if !item.get(name).exists() {
			r.fail(item, "", "missing key %s in an entry of plugins", name)
			return p, false
		}
	}
	var library Setting[string]
	var ok1, ok2 bool
	p.Name, ok1 = r.optional(item, "name")
	library, ok2 = r.optional(item, "library_path")
	ok = ok1 && ok2
	p.LibraryPath = library.Value
	if clean := path.Clean(library.Value); ok && library.Value != "" && !path.IsAbs(clean) && (clean == ".." || strings.HasPrefix(clean, "../")) {
		r.fail(item.get("library_path"), "", "library_path must not leave the folder of plugins")
		ok = false
	}
	if v := item.get("init_config"); v.exists() && !v.isNull() {
		p.InitConfig.Range = v.at()
		if v.is(yamlfile.Mapping) {
			p.InitConfig.Value = jsonOf(v.node)
		} else if t, good := r.textOf(v, "init_config"); good {
			p.InitConfig.Value = t
		} else {
			ok = false
		}
	}
	if v := item.get("open_params"); v.exists() && !v.isNull() {
		t, good := r.textOf(v, "open_params")
		p.OpenParams, ok = Setting[string]{strings.Trim(t, " \t\n\r\f\v"), v.at()}, ok && good
	}
	if ok && p.Name.Value == k8sauditPlugin {
		r.checkK8sAudit(&p, item)
	}
	return p, ok
}

// checkK8sAudit checks what the plugin k8saudit is given.
func (r *reader) checkK8sAudit(p *Plugin, item value) {
	init := item.get("init_config")
	if known := keysOf(special, k8sauditKeys...); init.is(yamlfile.Mapping) {
		for _, v := range init.pairs() {
			name := v.name()
			if !slices.ContainsFunc(k8sauditKeys, func(k string) bool { return strings.EqualFold(k, name) }) {
				r.unknownKey(v.ofKey(), known, "init_config", name, "init_config."+name)
			}
		}
	}
	if _, err := p.K8sAudit(); err != nil && !r.isUnknown(init) {
		r.fail(init, "", "invalid init_config of %s: %v", k8sauditPlugin, err)
	}
	open := item.get("open_params")
	if _, err := p.Open(); err != nil && !r.isUnknown(open) {
		r.fail(open, "", "invalid open_params of %s: %v", k8sauditPlugin, err)
	}
}

// isUnknown reports whether a value contains an environment variable that is not known.
func (r *reader) isUnknown(v value) bool {
	var walk func(n *yamlfile.Node) bool
	walk = func(n *yamlfile.Node) bool {
		return r.unknown[n.Deref()] || slices.ContainsFunc(n.Deref().Content, walk)
	}
	return v.exists() && walk(v.node)
}

// jsonOf converts a value to JSON as Falco does: scalars that look like numbers or truth
// values become such, even in quotes.
func jsonOf(n *yamlfile.Node) string {
	text, err := json.Marshal(plain(n))
	if err != nil {
		return "" // plain returns what can be marshalled
	}
	return string(text)
}

func plain(n *yamlfile.Node) any {
	n = n.Deref()
	switch {
	case n.IsNull():
		return nil
	case n.Kind == yamlfile.Mapping:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Deref().Value] = plain(n.Content[i+1])
		}
		return out
	case n.Kind == yamlfile.Sequence:
		var out []any // null if it is empty, as in Falco
		for _, item := range n.Content {
			out = append(out, plain(item))
		}
		return out
	}
	number, negative := strings.CutPrefix(n.Value, "-")
	if i, ok := scan.Uint(number, 31); ok && number[0] != '+' {
		if negative {
			return -int64(i)
		}
		return i
	}
	if f, err := strconv.ParseFloat(n.Value, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) && !strings.ContainsAny(n.Value, "_xX") {
		text := strconv.FormatFloat(f, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0" // the plugin will not read it as a whole number
		}
		return json.Number(text)
	}
	if b, ok := scan.Bool(n.Value); ok {
		return b
	}
	return n.Value
}

// k8sauditPlugin is the plugin for Kubernetes audit events.
const k8sauditPlugin = "k8saudit"

// k8sauditKeys are the keys of the init_config of the plugin k8saudit.
var k8sauditKeys = []string{"sslCertificate", "useAsync", "maxEventSize", "webhookMaxBatchSize"}

// K8sAudit is the init_config of the plugin k8saudit.
type K8sAudit struct {
	// SSLCertificate is the file of the key and the certificate for https.
	SSLCertificate string `json:"sslCertificate"`
	// UseAsync has no effect on alerts.
	UseAsync bool `json:"useAsync"`
	// MaxEventSize and WebhookMaxBatchSize are in bytes.
	MaxEventSize        uint64 `json:"maxEventSize"`
	WebhookMaxBatchSize uint64 `json:"webhookMaxBatchSize"`
}

// K8sAudit returns the init_config of the plugin k8saudit.
func (p *Plugin) K8sAudit() (K8sAudit, error) {
	// The defaults are those of the plugin in version 0.18.0.
	c := K8sAudit{SSLCertificate: "/etc/falco/falco.pem", UseAsync: true, MaxEventSize: k8saudit.DefaultMaxEventSize, WebhookMaxBatchSize: 12 << 20}
	if p.InitConfig.Value == "" {
		return c, nil
	}
	if err := json.Unmarshal([]byte(p.InitConfig.Value), &c); err != nil {
		return c, jsonError(err)
	}
	return c, nil
}

// jsonError returns an error about JSON in this package's words.
func jsonError(err error) error {
	var e *json.UnmarshalTypeError
	if errors.As(err, &e) && e.Field != "" {
		want := map[string]string{"string": "text", "bool": "true or false"}[e.Type.String()]
		if want == "" {
			want = "a whole number that is not negative"
		}
		return fmt.Errorf("%s must be %s, not %s", e.Field, want, e.Value)
	}
	return fmt.Errorf("not a JSON object: %w", err)
}

// Transport is how the plugin k8saudit gets events.
type Transport uint8

// The transports.
const (
	// File reads a file, or all files of a folder, to the end.
	File Transport = iota
	// Follow reads what is appended to a file.
	Follow
	// HTTP and HTTPS are webhooks.
	HTTP
	HTTPS
)

// Open is the open_params of the plugin k8saudit.
type Open struct {
	Transport Transport
	// Address is the host and port of a webhook.
	Address string
	// Path is the path of the URL of a webhook, or that of the file or folder.
	Path string
}

// Open returns the open_params of the plugin k8saudit.
func (p *Plugin) Open() (Open, error) {
	params := p.OpenParams.Value
	u, err := url.Parse(params)
	if err != nil {
		return Open{}, err
	}
	switch u.Scheme {
	case "http", "https":
		o := Open{HTTP, u.Host, u.Path}
		if u.Scheme == "https" {
			o.Transport = HTTPS
		}
		switch {
		case o.Path == "":
			return o, fmt.Errorf("the URL %s has no path", quote.Text(params))
		case strings.ContainsAny(o.Path, "{}"):
			return o, fmt.Errorf("the path of the URL %s must not have braces", quote.Text(params))
		}
		return o, nil
	case "file":
		return Open{Transport: Follow, Path: u.Path}, nil
	case "":
		return Open{Transport: File, Path: params}, nil
	}
	return Open{}, fmt.Errorf("unknown scheme %s: want http, https, file or none", quote.Name(u.Scheme))
}
