package serve

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/semaphore"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
)

// Webhook is an address at which API servers can send audit events.
type Webhook struct {
	// URL has the scheme, http or https, the address and the path, such as
	// http://127.0.0.1:9765/k8s-audit. Without a host, as in http://:9765/k8s-audit, it
	// listens on all addresses. A path that ends in a slash includes all paths below it.
	URL string
	// TLS has the files for https.
	TLS TLS
	// TokenFile, if not empty, is a file of tokens, one per line. Requests must then have
	// the header "Authorization: Bearer TOKEN".
	TokenFile string
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
	tokens   *tokens // or nil
	metrics  *metrics
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
	// deliveryTime is how long a request waits for the outputs. API servers wait for 30
	// seconds.
	deliveryTime = 25 * time.Second
	// maxConnections limits the connections of one webhook.
	maxConnections = 4096
	// keepBody is the size up to which the memory of a body is reused.
	keepBody = 4 << 20
)

// Validate returns an error if the URL is invalid or does not fit the TLS files. It does not
// read files.
func (w *Webhook) Validate() error {
	_, err := w.parseURL()
	return err
}

// CheckFiles returns the error with which serving would fail because the files of the webhook
// are missing or invalid on this machine.
func (w *Webhook) CheckFiles() error {
	if w.TokenFile != "" {
		if _, err := newTokens(w.TokenFile, nil); err != nil { // nothing is reported on the first read
			return err
		}
	}
	return w.TLS.checkFiles()
}

// parseURL is like Validate, and returns the URL.
func (w *Webhook) parseURL() (*url.URL, error) {
	u, err := url.Parse(w.URL)
	switch {
	case !strings.Contains(w.URL, "://"): // the error of url.Parse would not help
		return nil, fmt.Errorf("invalid webhook URL %q: want http://HOST:PORT/PATH or https://HOST:PORT/PATH", w.URL)
	case err != nil:
		return nil, fmt.Errorf("invalid webhook URL: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("invalid webhook URL %q: want http://HOST:PORT/PATH or https://HOST:PORT/PATH", w.URL)
	case u.Port() == "":
		return nil, fmt.Errorf("invalid webhook URL %q: want a port, such as %s:9765", w.URL, u.Host)
	case u.Path == "":
		return nil, fmt.Errorf("invalid webhook URL %q: want a path, such as /k8s-audit", w.URL)
	case strings.ContainsAny(u.Path, "{}"):
		return nil, fmt.Errorf("invalid webhook URL %q: want a path without braces", w.URL)
	case u.Path != path.Clean(u.Path) && u.Path != path.Clean(u.Path)+"/":
		return nil, fmt.Errorf("invalid webhook URL %q: want the path %s", w.URL, path.Clean(u.Path))
	case u.Scheme == "https" && w.TLS.Cert == "":
		return nil, fmt.Errorf("webhook URL %q: https needs a certificate", w.URL)
	case u.Scheme == "http" && w.TLS != (TLS{}):
		return nil, fmt.Errorf("webhook URL %q: certificates need https", w.URL)
	}
	return u, nil
}

// newWebhook starts to listen. Requests wait until serve is called.
func newWebhook(w Webhook, log *slog.Logger, m *metrics, accept func(context.Context, *events.Record) error) (*webhook, error) {
	u, err := w.parseURL()
	if err != nil {
		return nil, err
	}
	h := &webhook{path: u.Path, maxBody: w.MaxBodySize, metrics: m, accept: accept}
	if h.maxBody <= 0 {
		h.maxBody = DefaultMaxBodySize
	}
	h.room = semaphore.NewWeighted(max(maxInFlight, h.maxBody))
	log = log.With("webhook", w.URL)
	reload := func(err error) { log.Error("the changed file is invalid and not used", "error", err) }
	if w.TokenFile != "" {
		if h.tokens, err = newTokens(w.TokenFile, reload); err != nil {
			return nil, err
		}
	}
	var secure *tls.Config
	if u.Scheme == "https" {
		if secure, err = w.TLS.config(reload); err != nil {
			return nil, err
		}
	}
	if h.listener, err = net.Listen("tcp", u.Host); err != nil {
		return nil, err
	}
	h.listener = netutil.LimitListener(h.listener, maxConnections)
	if secure != nil {
		h.listener = tls.NewListener(h.listener, secure)
	}
	mux := http.NewServeMux()
	mux.Handle(h.path, h)
	h.server = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
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

// retryAfter is the time after which senders should try again, in seconds. API servers wait
// that long.
const retryAfter = "5"

var errBusy = errors.New("too many requests at once")

// ServeHTTP implements [http.Handler].
func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	code, reason := h.answer(w, r)
	h.metrics.answered(code, reason, arrived)
}

// answer answers a request. It returns the status, and the reason as it is in the metrics.
func (h *webhook) answer(w http.ResponseWriter, r *http.Request) (code int, reason string) {
	fail := func(code int, reason, text string) (int, string) {
		http.Error(w, text, code)
		return code, reason
	}
	switch {
	case h.tokens != nil && !h.tokens.allow(r):
		w.Header().Set("WWW-Authenticate", "Bearer")
		return fail(http.StatusUnauthorized, "token", "want a valid bearer token")
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return fail(http.StatusMethodNotAllowed, "method", r.Method+" method not allowed")
	case !strings.Contains(r.Header.Get("Content-Type"), "application/json"):
		return fail(http.StatusBadRequest, "content_type", "wrong Content-Type: want application/json")
	}
	compressed := false
	switch encoding := r.Header.Get("Content-Encoding"); strings.ToLower(encoding) {
	case "", "identity":
	case "gzip", "x-gzip":
		compressed = true
	default:
		return fail(http.StatusUnsupportedMediaType, "encoding", fmt.Sprintf("unsupported Content-Encoding %q: want gzip or none", encoding))
	}
	err := h.handle(w, r, compressed)
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
		return http.StatusOK, "accepted"
	case errors.As(err, &tooLarge):
		return fail(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("request body exceeds the limit of %d bytes", h.maxBody))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fail(http.StatusRequestTimeout, "slow", "the request took too long to arrive")
	case errors.As(err, new(badRequest)) || diag.Has(err):
		return fail(http.StatusBadRequest, "invalid", err.Error())
	}
	switch {
	case errors.Is(err, errBusy):
		reason = "busy"
	case errors.Is(err, errFull):
		reason = "full"
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		reason = "timeout"
	default:
		reason = "error"
	}
	w.Header().Set("Retry-After", retryAfter)
	return fail(http.StatusServiceUnavailable, reason, "try again later")
}

// handle reads the body of a request and returns when its events cannot get lost any more.
func (h *webhook) handle(w http.ResponseWriter, r *http.Request, compressed bool) error {
	if r.ContentLength > h.maxBody {
		return &http.MaxBytesError{Limit: h.maxBody}
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, h.maxBody)
	if compressed {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return badRequest{fmt.Errorf("invalid gzip: %w", err)}
		}
		body = http.MaxBytesReader(w, io.NopCloser(unzipped), h.maxBody)
	}
	reserved := &reserving{body: body, room: h.room, ctx: r.Context()}
	defer reserved.release()
	buf := h.buffer()
	defer h.reuse(buf)
	switch _, err := buf.ReadFrom(reserved); {
	case errors.Is(err, errBusy):
		return errBusy
	case err != nil:
		return badRequest{fmt.Errorf("reading the request: %w", err)}
	}
	ctx, cancel := context.WithTimeout(r.Context(), deliveryTime)
	defer cancel()
	return h.accept(ctx, &events.Record{Raw: buf.Bytes(), Name: r.RemoteAddr, Pos: diag.Pos{Line: 1, Column: 1}})
}

// reserving reads a body and reserves memory for it as it arrives: a sender that is slow, or
// that sends less than it says, must not take the memory that others need.
type reserving struct {
	body io.Reader
	room *semaphore.Weighted
	ctx  context.Context
	size int64
}

// Read implements [io.Reader]. If there is no room, it returns errBusy.
func (r *reserving) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if n == 0 {
		return 0, err
	}
	if !r.room.TryAcquire(int64(n)) {
		ctx, cancel := context.WithTimeout(r.ctx, patience)
		defer cancel()
		if r.room.Acquire(ctx, int64(n)) != nil {
			return 0, errBusy
		}
	}
	r.size += int64(n)
	return n, err
}

func (r *reserving) release() { r.room.Release(r.size) }

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
