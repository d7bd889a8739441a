package falcoconfig

import (
	"net/url"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
)

// suspect reports a value that Falco accepts and that is probably wrong.
func (r *reader) suspect(v value, hint, format string, args ...any) {
	if !r.isUnknown(v) {
		r.warn(Suspicious, v, hint, format, args...)
	}
}

// suspicions reports values that Falco accepts and that are probably wrong.
func (r *reader) suspicions() {
	r.suspectJSON()
	if r.HTTP != nil {
		r.suspectHTTP()
	}
	if r.Webserver.Metrics {
		v := r.section("webserver").get("prometheus_metrics_enabled")
		switch {
		case !r.Webserver.Enabled:
			r.suspect(v, "set webserver.enabled", "webserver.prometheus_metrics_enabled has no effect, because the webserver is not enabled")
		case !r.Metrics.Enabled:
			r.suspect(v, "set metrics.enabled", "webserver.prometheus_metrics_enabled has no effect, because metrics are not enabled")
		}
	}
	for _, p := range r.Plugins {
		if p.Name.Value == k8sauditPlugin && p.OpenParams.Value == "" {
			at := p.Name.Range
			msg := "plugin k8saudit has no open_params, so Falco cannot read events from it"
			r.Warnings = r.report(r.Warnings, Suspicious, diag.Warning, at, r.files[at.File], "set open_params, such as http://:9765/k8s-audit", msg)
		}
	}
}

// suspectJSON reports alerts that say too little.
func (r *reader) suspectJSON() {
	s := r.root()
	if r.JSON && r.AlertFormat.NoOutput && r.AlertFormat.NoFields && !r.AlertFormat.Message {
		r.suspect(s.get("json_output"), "set json_include_output_property, or one of the others, to true", "alerts say nothing about the event: all json_include_ keys for its data are false")
	}
	for _, a := range r.AppendOutput {
		if len(a.Fields) == 0 || r.JSON && !r.AlertFormat.NoFields {
			continue
		}
		msg, hint := "extra_fields have no effect, because alerts are not JSON", "set json_output, or use extra_output"
		if r.JSON {
			msg, hint = "extra_fields have no effect, because json_include_output_fields_property is off", ""
		}
		at := a.Fields[0].At
		r.Warnings = r.report(r.Warnings, Suspicious, diag.Warning, at, r.files[at.File], hint, msg)
	}
}

// suspectHTTP reports an HTTP output that does not send alerts safely, or not at all.
func (r *reader) suspectHTTP() {
	s := r.section("http_output")
	v := s.get("url")
	u, err := url.Parse(strings.Trim(r.HTTP.URL, `"'`)) // Falco removes quotes
	switch {
	case r.HTTP.URL == "" || r.isUnknown(v):
		return
	case err != nil || u.Scheme != "http" && u.Scheme != "https":
		r.suspect(v, "", "http_output.url does not begin with http:// or https://: %s", quote.Text(r.HTTP.URL))
		return
	}
	tls := u.Scheme == "https"
	if r.HTTP.MTLS && tls {
		var missing, files []string
		for _, f := range []struct{ name, file string }{{"client_cert", r.HTTP.ClientCert}, {"client_key", r.HTTP.ClientKey}} {
			if v := s.get(f.name); !v.exists() {
				missing, files = append(missing, f.name), append(files, f.file)
			} else if f.file == "" {
				r.suspect(v, "", "http_output.mtls is on, but %s is empty", f.name)
			}
		}
		if missing != nil {
			names := strings.Join(missing, " and ")
			r.suspect(s.get("mtls"), "set "+names, "http_output.mtls is on without %s, so Falco reads %s", names, strings.Join(files, " and "))
		}
	}
	for _, name := range []string{"mtls", "insecure"} {
		if s.flag(name, false) && !tls {
			r.suspect(s.get(name), "use https", "http_output.%s has no effect, because the URL is not https", name)
		}
	}
	if r.HTTP.Insecure && tls {
		r.suspect(s.get("insecure"), "set ca_cert to the certificate of the server's authority", "http_output.insecure lets anyone between Falco and the server read and change alerts")
	}
	if r.HTTP.CACert != "" && r.HTTP.CABundle != "" {
		r.suspect(s.get("ca_bundle"), "", "http_output.ca_bundle has no effect, because ca_cert is set")
	}
}
