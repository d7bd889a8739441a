package serve

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// counter is an output that counts alerts.
type counter struct {
	discard
	alerts int
}

func (c *counter) Write(_ context.Context, alerts []*Alert) (int, error) {
	c.alerts += len(alerts)
	return len(alerts), nil
}

// FuzzWebhook checks that no request brings the webhook down, that its answers are those
// that senders expect, and that gzip makes no difference.
func FuzzWebhook(f *testing.F) {
	log, err := os.ReadFile("../examples/k8s_audit/audit.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	list, err := os.ReadFile("../examples/k8s_audit/eventlist.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range [][]byte{
		log, list, list[:len(list)/2], append(log, list...), log[:bytes.IndexByte(log, '\n')], nil, []byte("[]"), []byte(`{"kind":"Event"}`),
		[]byte(`{"kind":"EventList","items":[null,1,{}]}`), []byte(strings.Repeat("[", 1000)), []byte("\x1f\x8b"), []byte("{\xff\x00"), []byte("[{}\n[}\n{"),
	} {
		f.Add(http.MethodPost, "application/json", "", body)
	}
	f.Add(http.MethodPost, "application/json", "gzip", []byte("\x1f\x8b"))
	f.Add(http.MethodPost, "text/plain", "", list)
	f.Add(http.MethodGet, "", "", list)
	out := new(counter)
	s, err := New(Config{
		Rules:    Rules{Paths: []string{"../examples/k8s_audit/rules"}},
		Webhooks: []Webhook{{URL: "http://127.0.0.1:0/k8s-audit", MaxBodySize: 1 << 20}}, Outputs: map[string]Output{"out": out},
	})
	if err != nil {
		f.Fatal(err)
	}
	ctx, stop := context.WithCancel(f.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	f.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			f.Error(err)
		}
	})
	send := func(method, content, encoding string, body []byte) (status, alerts int) {
		r := httptest.NewRequest(http.MethodPost, "/k8s-audit", bytes.NewReader(body))
		r.Method = method
		r.Header.Set("Content-Type", content)
		r.Header.Set("Content-Encoding", encoding)
		w := httptest.NewRecorder()
		before := out.alerts
		s.webhooks[0].ServeHTTP(w, r)
		return w.Code, out.alerts - before
	}
	f.Fuzz(func(t *testing.T, method, content, encoding string, body []byte) {
		status, alerts := send(method, content, encoding, body)
		switch status {
		case http.StatusOK:
		case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType:
			if alerts > 0 {
				t.Errorf("%d and %d alerts", status, alerts)
			}
		default:
			t.Errorf("got %d", status)
		}
		plain, alerts := send(http.MethodPost, "application/json", "", body)
		var buf bytes.Buffer
		z := gzip.NewWriter(&buf)
		_, _ = z.Write(body) // a buffer takes everything
		_ = z.Close()
		if zipped, again := send(http.MethodPost, "application/json", "gzip", buf.Bytes()); zipped != plain || again != alerts {
			t.Errorf("got %d and %d alerts, with gzip %d and %d", plain, alerts, zipped, again)
		}
	})
}
