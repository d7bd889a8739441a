package serve

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/serve/internal/journal"
)

// metrics are what a server counts. What it has anyway, such as the lengths of queues, is
// read when the metrics are asked for; see [Server.Collect].
type metrics struct {
	events, bytes, invalid, alerts prometheus.Counter
	panics                         prometheus.Counter
	evaluation, request            prometheus.Histogram
	requests                       *prometheus.CounterVec // by code and reason
	reloads                        *prometheus.CounterVec // by result
	routed                         *prometheus.CounterVec // by route and outcome
	damage, damagedBytes           prometheus.Counter
	// These have the name of an output as label.
	written, failed, deadLetters, lost *prometheus.CounterVec
	writing                            *prometheus.HistogramVec
}

// outputMetrics are those of one output.
type outputMetrics struct {
	written, failed, deadLetters, lost prometheus.Counter
	writing                            prometheus.Observer
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10)}
	}
	m := &metrics{
		events:       counter("falcorules_events_total", "Events that the rules have been run on."),
		bytes:        counter("falcorules_received_bytes_total", "Bytes of requests, after decompression, and of lines."),
		invalid:      counter("falcorules_invalid_events_total", "Events that cannot be read, and problems with whole requests."),
		panics:       counter("falcorules_event_panics_total", "Events that could not be processed because of a bug."),
		alerts:       counter("falcorules_alerts_total", "Alerts that have been given to the outputs or dropped by a route."),
		routed:       counters("falcorules_route_alerts_total", "Alerts that a route took, and what became of them.", "route", "outcome"),
		evaluation:   prometheus.NewHistogram(histogram("falcorules_evaluation_duration_seconds", "Time to run the rules on a request.")),
		request:      prometheus.NewHistogram(histogram("falcorules_webhook_request_duration_seconds", "Time to answer a request, including the outputs or the journal.")),
		requests:     counters("falcorules_webhook_requests_total", "Requests by the status and the reason of the answer.", "code", "reason"),
		reloads:      counters("falcorules_reloads_total", "Attempts to load the rules again.", "result"),
		damage:       counter("falcorules_journal_damages_total", "Damaged parts of the journal that were skipped."),
		damagedBytes: counter("falcorules_journal_damaged_bytes_total", "Bytes in damaged parts of the journal."),
		written:      counters("falcorules_output_written_total", "Alerts that an output has written.", "output"),
		failed:       counters("falcorules_output_errors_total", "Attempts to write that failed.", "output"),
		deadLetters:  counters("falcorules_dead_letters_total", "Alerts that an output rejected and that are in the dead letters.", "output"),
		lost:         counters("falcorules_output_lost_total", "Alerts that an output rejected and that are only in the log.", "output"),
		writing:      prometheus.NewHistogramVec(histogram("falcorules_output_write_duration_seconds", "Time of an attempt to write."), []string{"output"}),
	}
	for _, result := range []string{"ok", "failed"} {
		m.reloads.WithLabelValues(result)
	}
	return m
}

// of returns the metrics of an output.
func (m *metrics) of(output string) outputMetrics {
	output = strings.ToValidUTF8(output, "\uFFFD")
	return outputMetrics{
		m.written.WithLabelValues(output), m.failed.WithLabelValues(output), m.deadLetters.WithLabelValues(output), m.lost.WithLabelValues(output),
		m.writing.WithLabelValues(output),
	}
}

// damaged counts a damaged part of the journal.
func (m *metrics) damaged(d journal.Damage) {
	m.damage.Inc()
	m.damagedBytes.Add(float64(d.Bytes))
}

// answered counts a request that arrived at the given time.
func (m *metrics) answered(code int, reason string, arrived time.Time) {
	m.requests.WithLabelValues(strconv.Itoa(code), reason).Inc()
	m.request.Observe(time.Since(arrived).Seconds())
}

// registry returns a registry with all metrics of a server.
func (s *Server) registry() *prometheus.Registry {
	m, r := s.metrics, prometheus.NewRegistry()
	for _, in := range s.config.Inputs {
		if c, ok := in.(prometheus.Collector); ok {
			r.MustRegister(c)
		}
	}
	r.MustRegister(
		m.events, m.bytes, m.invalid, m.panics, m.alerts, m.routed, m.evaluation, m.request, m.requests, m.reloads, m.damage, m.damagedBytes,
		m.written, m.failed, m.deadLetters, m.lost, m.writing,
		state{s}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return r
}

// state collects what a server has anyway.
type state struct{ *Server }

// Describe implements [prometheus.Collector]. It describes nothing, because the labels of
// rules depend on their tags.
func (state) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (s state) Collect(out chan<- prometheus.Metric) {
	add := func(t prometheus.ValueType, value float64, name, help string, labels prometheus.Labels) {
		m, err := prometheus.NewConstMetric(prometheus.NewDesc(name, help, nil, labels), t, value)
		if err != nil {
			m = prometheus.NewInvalidMetric(prometheus.NewDesc(name, help, nil, nil), err)
		}
		out <- m
	}
	gauge := func(value float64, name, help string, labels prometheus.Labels) {
		add(prometheus.GaugeValue, value, name, help, labels)
	}
	gauge(1, "falcorules_version_info", "The version of falcorules, and of Falco's rules engine.",
		prometheus.Labels{"version": s.config.Operations.Version, "engine_version": loader.DefaultEngineVersion().String()})
	for _, q := range s.sink.queues {
		labels := prometheus.Labels{"output": strings.ToValidUTF8(q.name, "\uFFFD")}
		alerts, bytes := q.size()
		gauge(float64(alerts), "falcorules_output_queue_alerts", "Alerts that wait for an output.", labels)
		gauge(float64(bytes), "falcorules_output_queue_bytes", "Memory for alerts that wait for an output.", labels)
		gauge(float64(q.limit), "falcorules_output_queue_limit_bytes", "Limit of the memory for alerts that wait for an output.", labels)
		failing := 0.
		if q.failing.Load() {
			failing = 1
		}
		gauge(failing, "falcorules_output_failing", "Whether alerts wait because an attempt to write failed.", labels)
	}
	for _, in := range s.config.Inputs {
		if f, ok := in.(followed); ok {
			gauge(float64(f.Lag()), "falcorules_follow_lag_bytes", "Bytes of a followed file that have not been read.", prometheus.Labels{"file": strings.ToValidUTF8(f.Path(), "\uFFFD")})
		}
	}
	if s.journal != nil {
		gauge(float64(s.journal.Bytes()), "falcorules_journal_bytes", "Size of the journal.", nil)
		gauge(float64(s.journal.MaxBytes()), "falcorules_journal_limit_bytes", "Limit of the size of the journal.", nil)
		gauge(float64(s.journal.Pending()), "falcorules_journal_pending_events", "Events in the journal whose alerts have not been written.", nil)
	}
	rs := s.rules.Load()
	add(prometheus.CounterValue, float64(rs.otherLogs.Load()), "falcorules_other_log_records_total", "Log records that were skipped because they are not from the audit log.", nil)
	gauge(float64(len(rs.engine.Rules())), "falcorules_rules", "Rules that are loaded.", nil)
	// The names, labels and meanings of these are Falco's.
	const help = "As in Falco."
	gauge(float64(rs.loaded.UnixNano()), "falcosecurity_falco_reload_timestamp_nanoseconds", help, nil)
	for _, f := range rs.files {
		gauge(1, "falcosecurity_falco_sha256_rules_files_info", help, prometheus.Labels{"file_name": f.name, "sha256": f.sha256})
	}
	for _, c := range rs.matches {
		if n := c.n.Load(); n > 0 && !s.config.Operations.NoRuleMetrics {
			add(prometheus.CounterValue, float64(n), "falcosecurity_falco_rules_matches_total", help, c.labels())
		}
	}
}

// followed is an input such as an [events.Follower].
type followed interface {
	Path() string
	Lag() int64
}

// matches counts the alerts of a rule.
type matches struct {
	rule *eval.Rule
	n    atomic.Uint64
}

// labels returns Falco's labels of a rule.
func (m *matches) labels() prometheus.Labels {
	l := prometheus.Labels{
		"rule_name": strings.ToValidUTF8(m.rule.Name, "\uFFFD"),
		"priority":  strconv.Itoa(int(m.rule.Priority)),
		"source":    m.rule.Source,
	}
	for _, tag := range m.rule.Tags {
		l["tag_"+strings.Map(labelChar, tag)] = "true"
	}
	return l
}

// labelChar returns a character that can be in the name of a label.
func labelChar(c rune) rune {
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
		return c
	}
	return '_'
}

// sameLabels reports whether two rules have the same labels.
func sameLabels(a, b *eval.Rule) bool {
	return a.Name == b.Name && a.Priority == b.Priority && a.Source == b.Source && slices.Equal(a.Tags, b.Tags)
}

// newMatches returns counters for rules. Those that were the same before go on counting.
func newMatches(rules []*eval.Rule, before map[string]*matches) map[string]*matches {
	out := make(map[string]*matches, len(rules))
	for _, r := range rules {
		m := before[r.Name]
		if m == nil || !sameLabels(m.rule, r) {
			m = &matches{rule: r}
		}
		out[r.Name] = m
	}
	return out
}

// countAlerts counts alerts that have been given to their routes.
func (s *Server) countAlerts(rs *ruleset, alerts []routed) {
	for i := range alerts {
		if i > 0 && alerts[i].number == alerts[i-1].number {
			continue // another route of the same alert
		}
		s.metrics.alerts.Inc()
		if m := rs.matches[alerts[i].alert.Rule]; m != nil {
			m.n.Add(1)
		}
	}
}

// countRouted counts what becomes of the alerts of a route.
func (s *Server) countRouted(r *route.Route, o route.Outcome) {
	if len(s.config.Rules.Routes) > 0 {
		s.metrics.routed.WithLabelValues(strings.ToValidUTF8(r.Name, "\uFFFD"), o.String()).Inc()
	}
}

// hashedFile is a rules file as Falco's metrics describe it.
type hashedFile struct{ name, sha256 string }

// hashFiles returns the names of files without folders, and their hashes, each pair once.
func hashFiles(files []loader.File) []hashedFile {
	var out []hashedFile
	for _, f := range files {
		if f.Err != nil || f.Skipped != nil {
			continue
		}
		sum := sha256.Sum256(f.Data)
		h := hashedFile{strings.ToValidUTF8(filepath.Base(f.Name), "\uFFFD"), hex.EncodeToString(sum[:])}
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}
