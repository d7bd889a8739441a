package serve

import (
	"bytes"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// TLS has the files for an https webhook. When they change, new connections use the new
// files, or still the old ones if the new ones are invalid.
type TLS struct {
	// Cert is a PEM file with the certificate and its intermediates. Key is a PEM file
	// with the private key; if it is empty, Cert has the key too, as in Falco's plugin.
	Cert, Key string
	// ClientCA, if not empty, is a PEM file with certificate authorities. Clients must
	// then have a certificate from one of them.
	ClientCA string
}

// load reads the files.
func (t TLS) load() (*tls.Config, error) {
	cert, err := os.ReadFile(t.Cert)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate: %w", err)
	}
	key := cert
	if t.Key != "" {
		if key, err = os.ReadFile(t.Key); err != nil {
			return nil, fmt.Errorf("reading the private key: %w", err)
		}
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", t.Cert, err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if t.ClientCA == "" {
		return c, nil
	}
	ca, err := os.ReadFile(t.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("reading the client CA: %w", err)
	}
	c.ClientCAs, c.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !c.ClientCAs.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("client CA %s: no certificate found", t.ClientCA)
	}
	return c, nil
}

// checkFiles returns the error of load, or nil if there are no files.
func (t TLS) checkFiles() error {
	if t == (TLS{}) {
		return nil
	}
	_, err := t.load()
	return err
}

// config returns a configuration that follows changes of the files. It calls report with
// the error if new files are invalid.
func (t TLS) config(report func(error)) (*tls.Config, error) {
	f := &watched[*tls.Config]{paths: []string{t.Cert, t.Key, t.ClientCA}, load: t.load, report: report}
	first, err := f.get()
	if err != nil {
		return nil, err
	}
	c := first.Clone()
	c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.get() }
	return c, nil
}

// watched is a value that is loaded from files, and loaded again when they have changed.
type watched[T any] struct {
	paths  []string
	load   func() (T, error)
	report func(error) // called if changed files cannot be loaded

	mu      sync.Mutex
	value   T
	loaded  bool
	checked time.Time
	// state is that of the files when they were loaded, and reported the one for which report
	// was called.
	state, reported string
}

// checkEvery is how often files are looked at.
const checkEvery = time.Second

// get returns the value. It returns an error only if it has never been loaded.
func (w *watched[T]) get() (T, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loaded && time.Since(w.checked) < checkEvery {
		return w.value, nil
	}
	w.checked = time.Now()
	state := fingerprint(w.paths)
	if w.loaded && state == w.state {
		return w.value, nil
	}
	value, err := w.load()
	switch {
	case err == nil:
		w.value, w.loaded, w.state = value, true, state
	case !w.loaded:
		return value, err
	case state != w.reported:
		w.reported = state
		w.report(err)
	}
	return w.value, nil
}

// tokens checks bearer tokens.
type tokens struct{ file watched[[][]byte] }

// newTokens reads a file of tokens, one per line. Empty lines and lines that begin with # do
// not count.
func newTokens(path string, report func(error)) (*tokens, error) {
	t := &tokens{watched[[][]byte]{paths: []string{path}, report: report}}
	t.file.load = func() ([][]byte, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading the tokens: %w", err)
		}
		var list [][]byte
		for line := range bytes.Lines(data) {
			if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
				list = append(list, line)
			}
		}
		if len(list) == 0 {
			return nil, &fs.PathError{Op: "reading tokens", Path: path, Err: errors.New("the file has none")}
		}
		return list, nil
	}
	_, err := t.file.get()
	return t, err
}

// allow reports whether a request has one of the tokens.
func (t *tokens) allow(r *http.Request) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	list, err := t.file.get()
	if err != nil {
		return false
	}
	found := 0
	for _, token := range list { // all of them, so that the time tells nothing
		found |= subtle.ConstantTimeCompare(token, []byte(given))
	}
	return found == 1
}
