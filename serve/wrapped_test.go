package serve_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/serve"
)

// TestWrapped sends the log records of cloud providers to each kind of source.
func TestWrapped(t *testing.T) {
	quoted := func(text string) string {
		out, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	eks := `{"timestamp":1,"message":` + quoted(event("1", "a")) + `}`
	aks := `{"records":[{"category":"kube-audit","properties":{"log":` + quoted(event("1", "a")) + `}}]}`
	gke := `{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","authenticationInfo":{"principalEmail":"ann"},"methodName":"io.k8s.core.v1.secrets.get",` +
		`"resourceName":"core/v1/namespaces/shop/secrets/a","serviceName":"k8s.io"},"insertId":"1","resource":{"type":"k8s_cluster","labels":{"cluster_name":"prod"}},` +
		`"logName":"projects/shop/logs/cloudaudit.googleapis.com%2Fdata_access","receiveTimestamp":"2026-03-01T10:00:00.5Z"}`
	other := `{"timestamp":1,"message":"I0301 scheduled"}`
	for _, test := range []struct {
		name   string
		from   k8saudit.Wrapper
		text   string
		status int
		alerts int
	}{
		{"EKS", k8saudit.AnyWrapper, eks, 200, 1},
		{"EKS subscription", k8saudit.EKS, `{"messageType":"DATA_MESSAGE","logEvents":[` + eks + `,` + other + `,` + eks + `]}`, 200, 2},
		{"GKE", k8saudit.AnyWrapper, gke, 200, 1},
		{"GKE list", k8saudit.GKE, `[` + gke + `]`, 200, 1},
		{"AKS", k8saudit.AnyWrapper, aks, 200, 1},
		{"not wrapped", k8saudit.AnyWrapper, event("1", "a"), 200, 1},
		{"other log", k8saudit.EKS, other, 200, 0},
		{"other provider", k8saudit.GKE, eks, 400, 0},
		{"no provider", k8saudit.NoWrapper, eks, 400, 0},
		{"truncated", k8saudit.EKS, `{"message":` + quoted(event("1", "a")[:200]+"[Truncated...]") + `}`, 400, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules := rulesIn(t)
			rules.EventsFrom = test.from
			check := func(t *testing.T, out *output, journal string, inputs ...events.Input) {
				t.Helper()
				c := serve.Config{Rules: rules, Inputs: inputs, Outputs: map[string]serve.Output{"out": out}, Journal: journal}
				if inputs == nil {
					c.Webhooks = []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}}
				}
				s, err := serve.New(c)
				if err != nil {
					t.Fatal(err)
				}
				if inputs == nil {
					url, stop := serving(t, s)
					if status, answer := post(t, url, test.text); status != test.status {
						t.Errorf("%d %s", status, answer)
					}
					for range 200 {
						if strings.Count(out.texts(), "\n") == test.alerts {
							break
						}
						time.Sleep(5 * time.Millisecond)
					}
					stop()
				} else if err := s.Run(t.Context()); err != nil {
					t.Error(err)
				}
				if got, want := out.texts(), strings.Repeat(alert("a"), test.alerts); got != want {
					t.Errorf("got alerts\n%swant\n%s", got, want)
				}
			}
			t.Run("webhook", func(t *testing.T) { check(t, new(output), "") })
			t.Run("journal", func(t *testing.T) { check(t, new(output), filepath.Join(t.TempDir(), "journal")) })
			t.Run("file", func(t *testing.T) {
				in := events.Reader("a.log", strings.NewReader(test.text), events.InputOptions{Wrapped: test.from != k8saudit.NoWrapper})
				check(t, new(output), "", in)
			})
		})
	}
}

// TestOtherLogs checks that records of other logs are counted, also after a reload.
func TestOtherLogs(t *testing.T) {
	rules := rulesIn(t)
	rules.EventsFrom = k8saudit.EKS
	s, err := serve.New(serve.Config{
		Rules: rules, Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}}, Operations: serve.Operations{Address: "127.0.0.1:0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	url, stop := serving(t, s)
	defer stop()
	for range 2 {
		if status, answer := post(t, url, `[{"message":"I0301 scheduled"}]`); status != http.StatusOK {
			t.Errorf("%d %s", status, answer)
		}
		if err := s.Reload(); err != nil {
			t.Error(err)
		}
	}
	if _, text := get(t, "http://"+s.OperationsAddress()+"/metrics"); !strings.Contains(text, "\nfalcorules_other_log_records_total 2\n") {
		t.Errorf("got metrics\n%s", text)
	}
}
