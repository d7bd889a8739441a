package serve

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

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
	// room is the memory that is left for bodies, in bytes.
	room *semaphore.Weighted
	// accept returns when the events of a body cannot get lost any more.
	accept func(ctx context.Context, rec *events.Record) error
	bodies sync.Pool // of *bytes.Buffer
}

const (
	// maxInFlight limits the memory for bodies of one webhook, in bytes.
	maxInFlight = 256 << 20
	// patience is how long a request waits for room.
	patience = 2 * time.Second
	// keepBody is the size up to which the memory of a body is reused.
	keepBody = 4 << 20
)

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
	h.room = semaphore.NewWeighted(max(maxInFlight, h.maxBody))
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

// badRequest is an error for which the sender is to blame.
type badRequest struct{ error }

func (e badRequest) Unwrap() error { return e.error }

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
	err := h.handle(w, r)
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case errors.As(err, &tooLarge):
		http.Error(w, fmt.Sprintf("request body exceeds the limit of %d bytes", h.maxBody), http.StatusRequestEntityTooLarge)
	case errors.As(err, new(badRequest)) || isDiagnostic(err):
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	}
}

// handle reads the body of a request and returns when its events cannot get lost any more.
func (h *webhook) handle(w http.ResponseWriter, r *http.Request) error {
	size, compressed := r.ContentLength, r.Header.Get("Content-Encoding") == "gzip"
	if size > h.maxBody {
		return &http.MaxBytesError{Limit: h.maxBody}
	}
	if size < 0 || compressed {
		size = h.maxBody
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	if err := h.room.Acquire(ctx, size); err != nil {
		return errFull
	}
	defer h.room.Release(size)

	var body io.Reader = http.MaxBytesReader(w, r.Body, h.maxBody)
	if compressed {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return badRequest{fmt.Errorf("invalid gzip: %w", err)}
		}
		body = http.MaxBytesReader(w, unzipped, h.maxBody)
	}
	buf := h.buffer()
	defer h.reuse(buf)
	if _, err := buf.ReadFrom(body); err != nil {
		return badRequest{fmt.Errorf("reading the request: %w", err)}
	}
	return h.accept(r.Context(), &events.Record{Raw: buf.Bytes(), Name: r.RemoteAddr, Pos: diag.Pos{Line: 1, Column: 1}})
}

func (h *webhook) buffer() *bytes.Buffer {
	if buf, ok := h.bodies.Get().(*bytes.Buffer); ok {
		return buf
	}
	return new(bytes.Buffer)
}

func (h *webhook) reuse(buf *bytes.Buffer) {
	if buf.Cap() <= keepBody {
		buf.Reset()
		h.bodies.Put(buf)
	}
}
