package config_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/config"
)

// writeCertificate writes a certificate that is signed by its own key, and the key.
func writeCertificate(t *testing.T, path string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, block := range []*pem.Block{{Type: "CERTIFICATE", Bytes: der}, {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := pem.Encode(&out, block); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestClientCertificateIsReplaced checks that new connections use a new certificate.
func TestClientCertificateIsReplaced(t *testing.T) {
	var serials []int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		serials = append(serials, r.TLS.PeerCertificates[0].SerialNumber.Int64())
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.Config.SetKeepAlivesEnabled(false)
	server.StartTLS()
	defer server.Close()
	dir := t.TempDir()
	ca, cert, path := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "client.pem"), filepath.Join(dir, "serve.yaml")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("rules_files: [rules.yaml]\nwebhooks: [{url: \"http://127.0.0.1:0/k8s-audit\"}]\noutputs: {web: {http: {url: %q, tls: {ca: %q, cert: %q}}}}\n", server.URL, ca, cert)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	writeCertificate(t, cert, 1)
	c, err := config.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := c.OpenOutputs(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer outputs["web"].Close()
	for serial := range int64(2) {
		writeCertificate(t, cert, serial+1)
		if _, err := outputs["web"].Write(t.Context(), []*serve.Alert{{JSON: []byte("{}")}}); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(serials) != "[1 2]" {
		t.Errorf("got the certificates %d", serials)
	}
}
