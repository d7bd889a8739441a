package serve

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

// discard is an output that drops all alerts.
type discard struct{}

func (discard) Write(_ context.Context, alerts []*Alert) (int, error) { return len(alerts), nil }
func (discard) Format() Format                                        { return JSON }
func (discard) Close() error                                          { return nil }

// BenchmarkWebhook handles requests with 400 events each, without a network.
func BenchmarkWebhook(b *testing.B) {
	log, err := os.ReadFile("../examples/k8s_audit/audit.jsonl")
	if err != nil {
		b.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(log), []byte("\n"))
	var body bytes.Buffer
	body.WriteString(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[`)
	const events = 400
	for i := range events {
		if i > 0 {
			body.WriteByte(',')
		}
		body.Write(lines[i%len(lines)])
	}
	body.WriteString(`]}`)
	const rules = "../examples/k8s_audit/rules"
	for _, journal := range []bool{false, true} {
		name := "direct"
		c := Config{Rules: Rules{Paths: []string{rules}}, Webhooks: []Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}}, Outputs: map[string]Output{"discard": discard{}}}
		if journal {
			name, c.Journal = "journal", b.TempDir()
		}
		b.Run(name, func(b *testing.B) {
			s, err := New(c)
			if err != nil {
				b.Fatal(err)
			}
			ctx, stop := context.WithCancel(b.Context())
			ended := make(chan error)
			go func() { ended <- s.Run(ctx) }()
			b.SetBytes(int64(body.Len()))
			b.ReportAllocs()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r := httptest.NewRequest(http.MethodPost, "/k8s-audit", bytes.NewReader(body.Bytes()))
					r.Header.Set("Content-Type", "application/json")
					w := httptest.NewRecorder()
					s.webhooks[0].ServeHTTP(w, r)
					if w.Code != http.StatusOK {
						b.Error(w.Code, w.Body.String())
						return
					}
				}
			})
			b.ReportMetric(float64(b.N*events)/b.Elapsed().Seconds(), "events/s")
			stop()
			if err := <-ended; err != nil {
				b.Error(err)
			}
		})
	}
}
