package serve

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"

	"github.com/falcorules/falcorules/loader"
)

// Operations is an HTTP server for those who operate a [Server]:
//
//   - /healthz answers 200 as long as the process runs
//   - /readyz answers 200 while the server accepts events, and 503 before and after
//   - /versions has the versions of this program, of Falco's rules engine and of plugins
//   - /metrics has metrics in the text format of Prometheus
type Operations struct {
	// Address is HOST:PORT. If it is empty, there is no such server.
	Address string
	// TLS, if not empty, has the files for https.
	TLS TLS
	// HealthPath, if not empty, is used instead of /healthz.
	HealthPath string
	// NoMetrics leaves out /metrics, and NoRuleMetrics the metrics of each rule.
	NoMetrics, NoRuleMetrics bool
	// Version is the version of the program.
	Version string
}

// Validate returns an error if the address or the path is invalid.
func (o *Operations) Validate() error {
	_, port, err := net.SplitHostPort(o.Address)
	if n, numErr := strconv.ParseUint(port, 10, 16); err != nil || numErr != nil || strconv.FormatUint(n, 10) != port {
		return fmt.Errorf("invalid address %q: want HOST:PORT, such as 127.0.0.1:8765", o.Address)
	}
	p := o.HealthPath
	if p != "" && (!strings.HasPrefix(p, "/") || path.Clean(p) != p || strings.ContainsAny(p, "{}")) {
		return fmt.Errorf("invalid path %q of health checks: want one such as /healthz", p)
	}
	return nil
}

// CheckFiles returns the error with which serving would fail because the files for https are
// missing or invalid on this machine.
func (o *Operations) CheckFiles() error { return o.TLS.checkFiles() }

// operations is a running [Operations].
type operations struct {
	listener net.Listener
	server   *http.Server
}

// newOperations starts to listen. Requests wait until serve is called.
func (s *Server) newOperations(o Operations) (*operations, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	log := s.log.With("operations", o.Address)
	var secure *tls.Config
	var err error
	if o.TLS != (TLS{}) {
		if secure, err = o.TLS.config(func(err error) { log.Error("the changed file is invalid and not used", "error", err) }); err != nil {
			return nil, err
		}
	}
	h := &operations{}
	if h.listener, err = net.Listen("tcp", o.Address); err != nil {
		return nil, err
	}
	const maxConnections = 256
	h.listener = netutil.LimitListener(h.listener, maxConnections)
	if secure != nil {
		h.listener = tls.NewListener(h.listener, secure)
	}
	h.server = &http.Server{
		Handler:           s.operationsHandler(o),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return h, nil
}

// operationsHandler returns the handler of all paths.
func (s *Server) operationsHandler(o Operations) http.Handler {
	paths := map[string]http.Handler{
		"/versions": http.HandlerFunc(s.answerVersions),
		"/readyz":   http.HandlerFunc(s.answerReady),
	}
	if !o.NoMetrics {
		paths["/metrics"] = promhttp.HandlerFor(s.registry(), promhttp.HandlerOpts{MaxRequestsInFlight: 4})
	}
	health := o.HealthPath
	if health == "" {
		health = "/healthz"
	}
	paths[health] = http.HandlerFunc(answerHealth)
	mux := http.NewServeMux()
	for p, h := range paths {
		mux.Handle("GET "+p, h)
	}
	return mux
}

// answerHealth says the same as Falco.
func answerHealth(w http.ResponseWriter, _ *http.Request) { answerStatus(w, http.StatusOK, "ok") }

// answerReady does not depend on outputs and queues: if they are stuck, the answers of the
// webhooks tell senders when to try again. Without endpoints, senders would drop events
// sooner.
func (s *Server) answerReady(w http.ResponseWriter, _ *http.Request) {
	if s.ready.Load() {
		answerStatus(w, http.StatusOK, "ok")
	} else {
		answerStatus(w, http.StatusServiceUnavailable, "not accepting events")
	}
}

func answerStatus(w http.ResponseWriter, code int, status string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	fmt.Fprintf(w, `{"status": %q}`, status)
}

// versions has those keys of Falco's answer that apply.
type versions struct {
	FalcorulesVersion string `json:"falcorules_version"`
	// EngineVersion is the number in the middle, for older clients, as in Falco.
	EngineVersion       string            `json:"engine_version"`
	EngineVersionSemver string            `json:"engine_version_semver"`
	PluginVersions      map[string]string `json:"plugin_versions"`
}

func (s *Server) answerVersions(w http.ResponseWriter, _ *http.Request) {
	engine, plugins := s.config.Rules.Options.EngineVersion, s.config.Rules.Options.PluginVersions
	if engine == (loader.Version{}) {
		engine = loader.DefaultEngineVersion()
	}
	if plugins == nil {
		plugins = loader.DefaultPluginVersions()
	}
	v := versions{s.config.Operations.Version, strconv.Itoa(int(engine.Minor)), engine.String(), map[string]string{}}
	for name, version := range plugins {
		v.PluginVersions[name] = version.String()
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}

// serve answers requests until ctx is done.
func (h *operations) serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { h.server.Close() })
	defer stop()
	if err := h.server.Serve(h.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("listening on %s: %w", h.listener.Addr(), err)
	}
	return nil
}
