package config

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/output"
)

// fromFalco converts a falco.yaml.
func fromFalco(falco *falcoconfig.Config) (*Config, error) {
	c := &Config{Rules: falcoRules(falco), Watch: falco.Watch, LogLevel: logLevel(falco.LogLevel), LogFormat: "text"}
	c.Notices = slices.Concat(falco.Warnings, falco.Notices)
	for i := range falco.Plugins {
		if err := c.addPlugin(falco, &falco.Plugins[i]); err != nil {
			return nil, err
		}
	}
	if len(c.Webhooks)+len(c.Follow)+len(c.Read) == 0 {
		return nil, diag.List{{Code: Invalid, Range: diag.Range{File: falco.Name}, Message: "the configuration has no source of events that serve can read",
			Hint: "load the plugin k8saudit; system calls need Falco itself"}}
	}
	c.addFalcoOutputs(falco)
	if w := falco.Webserver; w.Enabled {
		c.Operations = serve.Operations{
			Address:    net.JoinHostPort(strings.TrimSpace(w.Address), strconv.FormatUint(uint64(w.Port), 10)),
			TLS:        serve.TLS{Cert: w.Certificate},
			HealthPath: w.Health, NoMetrics: !w.Metrics || !falco.Metrics.Enabled, NoRuleMetrics: !falco.Metrics.RulesCounters,
		}
		if err := c.Operations.Validate(); err != nil {
			return nil, diag.List{{Code: Invalid, Range: diag.Range{File: falco.Name}, Message: "webserver: " + err.Error()}}
		}
	}
	return c, nil
}

// logLevel returns the level of our log that is closest to one of Falco's.
func logLevel(level string) string {
	switch level {
	case "debug", "info":
		return level
	case "notice", "warning":
		return "warn"
	}
	return "error"
}

// falcoRules returns the rules of a falco.yaml.
func falcoRules(falco *falcoconfig.Config) serve.Rules {
	r := serve.Rules{
		Options:    falco.LoaderOptions(loader.Options{}),
		AllMatches: falco.Matching.Value == eval.AllMatches,
		Read:       falco.RulesFiles,
		Check:      func(set *loader.Ruleset) error { return checkPlugins(falco, set) },
	}
	for _, entry := range falco.Rules {
		r.Paths = append(r.Paths, entry.Value)
	}
	return r
}

// checkPlugins returns an error if rules need plugins that are not loaded.
func checkPlugins(falco *falcoconfig.Config, set *loader.Ruleset) error {
	var errs diag.List
	for _, rule := range set.Rules {
		for _, plugin := range falco.MissingPlugins(rule) {
			errs = append(errs, &diag.Diagnostic{
				Code: Invalid, Range: rule.NameAt,
				Message: fmt.Sprintf("rule %s uses fields of the plugin %s, which is not loaded", quote.Text(rule.Name), quote.Name(plugin)),
				Hint:    "add the plugin to plugins and load_plugins",
			})
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// addPlugin adds the events that a plugin reads.
func (c *Config) addPlugin(falco *falcoconfig.Config, p *falcoconfig.Plugin) error {
	if p.Name.Value != "k8saudit" {
		if p.OpenParams.Value != "" {
			d := &diag.Diagnostic{Code: falcoconfig.Unsupported, Severity: diag.Notice, Range: p.Name.Range,
				Message: fmt.Sprintf("serve does not read the events of the plugin %s", quote.Name(p.Name.Value))}
			falco.Locate(d)
			c.Notices = append(c.Notices, d)
		}
		return nil
	}
	init, err := p.K8sAudit()
	if err != nil {
		return err
	}
	open, err := p.Open()
	if err != nil {
		return err
	}
	c.Rules.MaxEventSize = int(min(init.MaxEventSize, 1<<30))
	switch open.Transport {
	case falcoconfig.File:
		c.Read = append(c.Read, open.Path)
	case falcoconfig.Follow:
		c.Follow = append(c.Follow, Follow{Path: open.Path})
	default:
		w := serve.Webhook{MaxBodySize: int64(min(init.WebhookMaxBatchSize, 1<<30))}
		u := url.URL{Scheme: "http", Host: open.Address, Path: open.Path}
		if open.Transport == falcoconfig.HTTPS {
			u.Scheme, w.TLS = "https", serve.TLS{Cert: init.SSLCertificate}
		}
		w.URL = u.String()
		if err := w.Validate(); err != nil {
			return diag.List{{Code: Invalid, Range: p.OpenParams.Range, Message: err.Error()}}
		}
		c.Webhooks = append(c.Webhooks, w)
	}
	return nil
}

// addFalcoOutputs adds the outputs of a falco.yaml.
func (c *Config) addFalcoOutputs(falco *falcoconfig.Config) {
	format := serve.Text
	if falco.JSON {
		format = serve.JSON
	}
	add := func(name, target string, open opener) {
		c.Outputs = append(c.Outputs, Output{Name: name, Target: target, open: open})
	}
	if falco.Stdout {
		add("stdout", "standard output", func(stdout io.Writer) (serve.Output, error) { return serve.Writer(stdout, format), nil })
	}
	if falco.Syslog {
		add("syslog", "syslog", func(io.Writer) (serve.Output, error) { return output.Syslog(format) })
	}
	if f := falco.File; f != nil {
		add("file", "file "+quote.Name(f.Filename), func(io.Writer) (serve.Output, error) {
			return output.File(output.FileOptions{Path: f.Filename, Format: format})
		})
	}
	if p := falco.Program; p != nil {
		add("program", "program "+quote.Text(p.Program), func(io.Writer) (serve.Output, error) {
			return output.Program(output.ProgramOptions{Command: p.Program, KeepAlive: p.KeepAlive, Format: format}), nil
		})
	}
	if h := falco.HTTP; h != nil {
		add("http", h.URL, func(io.Writer) (serve.Output, error) { return falcoHTTP(h) })
	}
}

// falcoHTTP opens an http_output.
func falcoHTTP(h *falcoconfig.HTTPOutput) (serve.Output, error) {
	o := output.HTTPOptions{URL: h.URL, Header: http.Header{"User-Agent": {h.UserAgent}}, Gzip: h.Compress}
	if !strings.HasPrefix(strings.ToLower(h.URL), "https:") {
		return output.HTTP(o)
	}
	files := clientFiles{}
	if h.MTLS {
		files.cert, files.key = h.ClientCert, h.ClientKey
	}
	if !h.Insecure {
		var err error
		if files.authorities, err = authorityFiles(h); err != nil {
			return nil, err
		}
	}
	t, err := files.load()
	if err != nil {
		return nil, err
	}
	t.InsecureSkipVerify = h.Insecure
	o.Transport = transport(t)
	return output.HTTP(o)
}

// authorityFiles returns the files with the certificate authorities of an http_output.
func authorityFiles(h *falcoconfig.HTTPOutput) ([]string, error) {
	if file := cmp.Or(h.CACert, h.CABundle); file != "" {
		return []string{file}, nil
	}
	if h.CAPath == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(h.CAPath)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		name := filepath.Join(h.CAPath, e.Name())
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			files = append(files, name)
		}
	}
	return files, nil
}
