package serve

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
)

// Webhook is an address at which API servers can send audit events.
type Webhook struct {
	// URL has the scheme, the address and the path, such as
	// http://127.0.0.1:9765/k8s-audit.
	URL string
	// MaxBodySize is the maximum size of a request in bytes, after decompression. If it
	// is 0, the limit is that of Falco's plugin, [DefaultMaxBodySize].
	MaxBodySize int64
}

// DefaultMaxBodySize is the default of [Webhook.MaxBodySize], in bytes. It is the default
// of webhookMaxBatchSize in Falco's plugin.
const DefaultMaxBodySize = 12582912

// webhook is a listener for requests with audit events.
type webhook struct {
	path     string
	maxBody  int64
	listener net.Listener
	server   *http.Server
	// accept returns when the events of a body have been delivered.
	accept func(ctx context.Context, rec *events.Record) error
}

// newWebhook starts to listen. Requests wait until serve is called.
func newWebhook(w Webhook, accept func(context.Context, *events.Record) error) (*webhook, error) {
	u, err := url.Parse(w.URL)
	switch {
	case err != nil:
		return nil, fmt.Errorf("invalid webhook URL %q: %w", w.URL, err)
	case u.Scheme != "http":
		return nil, fmt.Errorf("invalid webhook URL %q: want http://HOST:PORT/PATH", w.URL)
	}
	h := &webhook{path: u.Path, maxBody: w.MaxBodySize, accept: accept}
	if h.path == "" {
		h.path = "/"
	}
	if h.maxBody <= 0 {
		h.maxBody = DefaultMaxBodySize
	}
	if h.listener, err = net.Listen("tcp", u.Host); err != nil {
		return nil, err
	}
	h.server = &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	return h, nil
}

// serve answers requests until shutdown is called.
func (h *webhook) serve() error {
	if err := h.server.Serve(h.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// retryAfter is when a sender shall try again, in seconds. API servers do what it says.
const retryAfter = "5"

// ServeHTTP implements [http.Handler].
func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != h.path:
		http.NotFound(w, r)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, r.Method+" method not allowed", http.StatusMethodNotAllowed)
		return
	case !strings.Contains(r.Header.Get("Content-Type"), "application/json"):
		http.Error(w, "wrong Content-Type: want application/json", http.StatusBadRequest)
		return
	}
	body, err := h.read(w, r)
	if err == nil {
		err = h.accept(r.Context(), &events.Record{Raw: body, Name: r.RemoteAddr, Pos: diag.Pos{Line: 1, Column: 1}})
	}
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case errors.As(err, &tooLarge):
		http.Error(w, fmt.Sprintf("request body exceeds the limit of %d bytes", h.maxBody), http.StatusRequestEntityTooLarge)
	case errors.Is(err, errFull) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "try again later: "+err.Error(), http.StatusServiceUnavailable)
	default:
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// read reads and decompresses the body of a request.
func (h *webhook) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var body io.Reader = http.MaxBytesReader(w, r.Body, h.maxBody)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return nil, fmt.Errorf("invalid gzip: %w", err)
		}
		body = http.MaxBytesReader(w, unzipped, h.maxBody)
	}
	return io.ReadAll(body)
}
