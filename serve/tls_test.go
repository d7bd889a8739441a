package serve_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/falcorules/falcorules/serve"
)

// authority is a certificate authority.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{cert: template("authority")}
	a.cert.IsCA, a.cert.BasicConstraintsValid = true, true
	a.pem, a.key = sign(t, a.cert, a)
	return a
}

func template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:     x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
}

// sign returns a certificate as PEM, with its key.
func sign(t *testing.T, cert *x509.Certificate, by *authority) ([]byte, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if by.key == nil {
		by.key = key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, by.cert, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), key
}

// issue writes a certificate and its key to two files, or to one if the names are equal.
func (a *authority) issue(t *testing.T, name, certFile, keyFile string) {
	t.Helper()
	cert, key := sign(t, template(name), a)
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	if certFile == keyFile {
		cert = append(keyPEM, cert...)
	} else {
		writeFile(t, keyFile, string(keyPEM))
	}
	writeFile(t, certFile, string(cert))
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// client returns a client that trusts the authority and has the given certificates.
func (a *authority) client(certs ...tls.Certificate) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.pem)
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: pool, Certificates: certs},
		DisableKeepAlives: true,
	}}
}

// send posts an event and returns the name in the server's certificate.
func send(t *testing.T, c *http.Client, url string) (string, error) {
	t.Helper()
	resp, err := c.Post(strings.Replace(url, "http://", "https://", 1), "application/json", strings.NewReader(event("1", "a")))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("got %s", resp.Status)
	}
	return resp.TLS.PeerCertificates[0].Subject.CommonName, nil
}

func TestTLS(t *testing.T) {
	ca := newAuthority(t)
	for _, test := range []struct{ name, key string }{
		{"two files", "key.pem"},
		{"one file", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // it waits for files to be looked at
			dir := t.TempDir()
			cert := filepath.Join(dir, "cert.pem")
			files, keyFile := serve.TLS{Cert: cert}, cert
			if test.key != "" {
				keyFile = filepath.Join(dir, test.key)
				files.Key = keyFile
			}
			ca.issue(t, "first", cert, keyFile)
			url := start(t, serve.Config{Webhooks: []serve.Webhook{{URL: "https://127.0.0.1:0/k8s-audit", TLS: files}}})
			if name, err := send(t, ca.client(), url); name != "first" || err != nil {
				t.Errorf("got %s, %v", name, err)
			}
			if _, err := send(t, http.DefaultClient, url); err == nil {
				t.Error("a client that does not know the authority got an answer")
			}
			// A new certificate is used without a restart, and an invalid one is not.
			ca.issue(t, "second", cert, keyFile)
			for range 100 {
				if name, err := send(t, ca.client(), url); err != nil {
					t.Fatal(err)
				} else if name == "second" {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
			writeFile(t, cert, "garbage")
			time.Sleep(1100 * time.Millisecond)
			if name, err := send(t, ca.client(), url); name != "second" || err != nil {
				t.Errorf("got %s, %v", name, err)
			}
		})
	}
}

func TestClientCertificate(t *testing.T) {
	dir := t.TempDir()
	cert, caFile := filepath.Join(dir, "server.pem"), filepath.Join(dir, "ca.pem")
	ca, other := newAuthority(t), newAuthority(t)
	ca.issue(t, "server", cert, cert)
	writeFile(t, caFile, string(ca.pem))
	url := start(t, serve.Config{Webhooks: []serve.Webhook{{URL: "https://127.0.0.1:0/k8s-audit", TLS: serve.TLS{Cert: cert, ClientCA: caFile}}}})
	client := func(a *authority) tls.Certificate {
		path := filepath.Join(dir, "client.pem")
		a.issue(t, "client", path, path)
		c, err := tls.LoadX509KeyPair(path, path)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if _, err := send(t, ca.client(client(ca)), url); err != nil {
		t.Error(err)
	}
	if _, err := send(t, ca.client(client(other)), url); err == nil {
		t.Error("a certificate from another authority was accepted")
	}
	if _, err := send(t, ca.client(), url); err == nil {
		t.Error("a client without a certificate was accepted")
	}
}

func TestToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	writeFile(t, path, "# tokens of the control plane\n\n one \ntwo\n")
	url := start(t, serve.Config{Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit", TokenFile: path}}})
	for _, test := range []struct {
		header string
		status int
	}{
		{"Bearer one", 200}, {"Bearer two", 200}, {"Bearer thr", 401}, {"Bearer ", 401}, {"Basic one", 401}, {"one", 401}, {"Bearer # tokens of the control plane", 401},
	} {
		t.Run(test.header, func(t *testing.T) {
			if status, _ := post(t, url, event("1", "a"), "Authorization", test.header); status != test.status {
				t.Errorf("got %d, want %d", status, test.status)
			}
		})
	}
}

func TestCheckFiles(t *testing.T) {
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	writeFile(t, token, "secret")
	missing := filepath.Join(dir, "missing")
	for _, test := range []struct {
		name string
		hook serve.Webhook
		want string // "" for no error
	}{
		{"no files", serve.Webhook{}, ""},
		{"tokens", serve.Webhook{TokenFile: token}, ""},
		{"no tokens", serve.Webhook{TokenFile: missing}, "reading the tokens"},
		{"no certificate", serve.Webhook{TokenFile: token, TLS: serve.TLS{Cert: missing}}, "reading the certificate"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.hook.CheckFiles()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	operations := serve.Operations{TLS: serve.TLS{Cert: missing}}
	if err := operations.CheckFiles(); err == nil {
		t.Error("the missing certificate of operations is not reported")
	}
}

func TestWebhookErrors(t *testing.T) {
	dir := t.TempDir()
	empty, garbage := filepath.Join(dir, "empty"), filepath.Join(dir, "garbage")
	writeFile(t, empty, "\n# nothing\n")
	writeFile(t, garbage, "garbage")
	for _, test := range []struct {
		name string
		hook serve.Webhook
		want string
	}{
		{"scheme", serve.Webhook{URL: "ftp://127.0.0.1:0/a"}, "want http://HOST:PORT/PATH"},
		{"no scheme", serve.Webhook{URL: "127.0.0.1:0/a"}, "want http://HOST:PORT/PATH"},
		{"no host", serve.Webhook{URL: "http:///a"}, "want http://HOST:PORT/PATH"},
		{"no port", serve.Webhook{URL: "http://127.0.0.1/a"}, "want a port, such as 127.0.0.1:9765"},
		{"no path", serve.Webhook{URL: "http://127.0.0.1:0"}, "want a path, such as /k8s-audit"},
		{"braces", serve.Webhook{URL: "http://127.0.0.1:0/a{b}"}, "want a path without braces"},
		{"unclean path", serve.Webhook{URL: "http://127.0.0.1:0/a/../b"}, "want the path /b"},
		{"not a URL", serve.Webhook{URL: "http://127.0.0.1:x/a"}, "invalid webhook URL"},
		{"no certificate", serve.Webhook{URL: "https://127.0.0.1:0/a"}, "https needs a certificate"},
		{"missing certificate", serve.Webhook{URL: "https://127.0.0.1:0/a", TLS: serve.TLS{Cert: dir + "/missing"}}, "reading the certificate"},
		{"http with a certificate", serve.Webhook{URL: "http://127.0.0.1:0/a", TLS: serve.TLS{Cert: garbage}}, "certificates need https"},
		{"invalid certificate", serve.Webhook{URL: "https://127.0.0.1:0/a", TLS: serve.TLS{Cert: garbage}}, "certificate " + garbage},
		{"no token file", serve.Webhook{URL: "http://127.0.0.1:0/a", TokenFile: dir + "/missing"}, "reading the tokens"},
		{"no tokens", serve.Webhook{URL: "http://127.0.0.1:0/a", TokenFile: empty}, "the file has none"},
		{"address", serve.Webhook{URL: "http://192.0.2.1:1/a"}, "listen tcp 192.0.2.1:1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := serve.New(serve.Config{Rules: rulesIn(t), Webhooks: []serve.Webhook{test.hook}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
