package output

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/falcorules/falcorules/serve"
)

// HTTPOptions are the options of [HTTP].
type HTTPOptions struct {
	URL string
	// Header has additional headers, such as Authorization.
	Header http.Header
	// TokenFile, if not empty, is a file with a token, which is sent as "Authorization:
	// Bearer TOKEN". It is read for each request, because tokens are replaced.
	TokenFile string
	// Gzip compresses the bodies.
	Gzip bool
	// Timeout limits a request, by default 10 seconds.
	Timeout time.Duration
	// Transport sends the requests; nil means [http.DefaultTransport]. Its TLS settings
	// have client certificates and certificate authorities.
	Transport http.RoundTripper
}

const defaultTimeout = 10 * time.Second

// IDHeader is the header with the ID of an alert, by which a receiver recognizes an alert
// that arrives twice.
const IDHeader = "X-Falcorules-Alert-Id"

// HTTP returns an output that posts each alert as Falco's JSON, which falcosidekick
// accepts. An alert counts as written after an answer of 2xx. If the server rejects an
// alert, with any 4xx except 401, 403, 404, 407, 408, 421, 425 and 429, it is not sent
// again.
func HTTP(o HTTPOptions) (serve.Output, error) {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return &httpOutput{o, &http.Client{Transport: o.Transport, Timeout: o.Timeout, CheckRedirect: checkRedirect}}, nil
}

// checkRedirect follows redirects that keep the body, such as 308. After the others, a client
// sends a GET instead, whose answer would say nothing about the alert.
func checkRedirect(req *http.Request, via []*http.Request) error {
	const most = 10
	if req.Method != http.MethodPost || len(via) >= most {
		return http.ErrUseLastResponse
	}
	return nil
}

// Validate returns an error if the URL is invalid.
func (o *HTTPOptions) Validate() error {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil:
		return err
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("invalid URL %q: want http://HOST or https://HOST", o.URL)
	}
	return nil
}

type httpOutput struct {
	options HTTPOptions
	client  *http.Client
}

// Write implements [serve.Output]. It posts one alert.
func (h *httpOutput) Write(ctx context.Context, alerts []*serve.Alert) (int, error) {
	if err := h.post(ctx, alerts[0]); err != nil {
		return 0, err
	}
	return 1, nil
}

func (h *httpOutput) post(ctx context.Context, a *serve.Alert) error {
	body := a.JSON
	if h.options.Gzip {
		var buf bytes.Buffer
		w := gzip.NewWriter(&buf)
		_, _ = w.Write(body) // a buffer takes everything
		_ = w.Close()
		body = buf.Bytes()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.options.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	maps.Copy(req.Header, h.options.Header)
	if h.options.TokenFile != "" {
		token, err := os.ReadFile(h.options.TokenFile)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+string(bytes.TrimSpace(token)))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(IDHeader, a.ID)
	if h.options.Gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	const most = 1 << 10
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, most)) // it is only for the error
	if resp.StatusCode/100 == 2 {
		return nil
	}
	err = fmt.Errorf("the server answered %s: %s", resp.Status, bytes.TrimSpace(answer))
	if rejects(resp.StatusCode) {
		return &serve.RejectError{Err: err}
	}
	return err
}

// rejects reports whether a status means that the server will never take the request. What
// an administrator can repair, such as a wrong token, is no rejection.
func rejects(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusProxyAuthRequired,
		http.StatusRequestTimeout, http.StatusMisdirectedRequest, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status/100 == 4
}

// Format implements [serve.Output].
func (*httpOutput) Format() serve.Format { return serve.JSON }

// Close implements [serve.Output].
func (h *httpOutput) Close() error {
	h.client.CloseIdleConnections()
	return nil
}
