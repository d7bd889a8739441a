package serve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/serve"
)

// get returns the status and the text of an answer.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// operating is a server with operations.
func operating(t *testing.T, c serve.Config) *serve.Server {
	t.Helper()
	c.Operations.Address = "127.0.0.1:0"
	c.Rules = rulesIn(t)
	c.Webhooks = []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit", MaxBodySize: 10000}}
	s, err := serve.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOperations(t *testing.T) {
	tests := []struct {
		name, path string
		operations serve.Operations
		status     int
		want       string
	}{
		{"health", "/healthz", serve.Operations{}, 200, `{"status": "ok"}`},
		{"other health", "/alive", serve.Operations{HealthPath: "/alive"}, 200, `{"status": "ok"}`},
		{"moved health", "/healthz", serve.Operations{HealthPath: "/alive"}, 404, "404 page not found\n"},
		{"health is metrics", "/metrics", serve.Operations{HealthPath: "/metrics"}, 200, `{"status": "ok"}`},
		{"ready", "/readyz", serve.Operations{}, 200, `{"status": "ok"}`},
		{"versions", "/versions", serve.Operations{Version: "v1.2.3"}, 200, `{"falcorules_version":"v1.2.3","engine_version":"63","engine_version_semver":"0.63.0","plugin_versions":{`},
		{"metrics", "/metrics", serve.Operations{Version: "v1.2.3"}, 200, `falcorules_version_info{engine_version="0.63.0",version="v1.2.3"} 1`},
		{"no metrics", "/metrics", serve.Operations{NoMetrics: true}, 404, "404 page not found\n"},
		{"other", "/", serve.Operations{}, 404, "404 page not found\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := operating(t, serve.Config{Operations: test.operations})
			url, stop := serving(t, s)
			defer stop()
			post(t, url, "") // until it is ready
			status, text := get(t, "http://"+s.OperationsAddress()+test.path)
			if status != test.status || !strings.Contains(text, test.want) {
				t.Errorf("got %d %s", status, text)
			}
		})
	}
}

func TestOperationsValidate(t *testing.T) {
	tests := []struct {
		name string
		o    serve.Operations
		want string
	}{
		{"valid", serve.Operations{Address: "[::1]:80", HealthPath: "/a/b"}, ""},
		{"all", serve.Operations{Address: ":8765"}, ""},
		{"no port", serve.Operations{Address: "localhost"}, "invalid address"},
		{"large port", serve.Operations{Address: "localhost:70000"}, "invalid address"},
		{"URL", serve.Operations{Address: "http://localhost:80"}, "invalid address"},
		{"path", serve.Operations{Address: ":80", HealthPath: "healthz"}, "invalid path"},
		{"braces", serve.Operations{Address: ":80", HealthPath: "/{"}, "invalid path"},
		{"dots", serve.Operations{Address: ":80", HealthPath: "/a/../b"}, "invalid path"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.o.Validate()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("in use", func(t *testing.T) {
		s := operating(t, serve.Config{})
		_, stop := serving(t, s)
		defer stop()
		_, err := serve.New(serve.Config{Rules: rulesIn(t), Operations: serve.Operations{Address: s.OperationsAddress()}})
		if err == nil {
			t.Error("no error")
		}
	})
}

// TestReady checks that a server that ends is not ready, but alive.
func TestReady(t *testing.T) {
	out, writing, unblock := blocked()
	s := operating(t, serve.Config{Outputs: map[string]serve.Output{"out": out}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	answered := make(chan int, 1)
	go func() {
		defer close(answered)
		status, _ := post(t, "http://"+s.Addresses()[0]+"/k8s-audit", event("1", "a"))
		answered <- status
	}()
	<-writing
	base := "http://" + s.OperationsAddress()
	if status, text := get(t, base+"/readyz"); status != 200 {
		t.Errorf("got %d %s with a slow output", status, text)
	}
	cancel()
	status, text := 200, ""
	for status == 200 {
		status, text = get(t, base+"/readyz")
	}
	if status != 503 || text != `{"status": "not accepting events"}` {
		t.Errorf("got %d %s at the end", status, text)
	}
	if status, _ := get(t, base+"/healthz"); status != 200 {
		t.Errorf("got %d", status)
	}
	close(unblock)
	if status := <-answered; status != 200 {
		t.Errorf("the request is answered with %d", status)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestMetrics compares metrics after some requests.
func TestMetrics(t *testing.T) {
	out := &output{fail: func(call int) error {
		switch call {
		case 1:
			return errors.New("out of order")
		case 2:
			return &serve.RejectError{Err: errors.New("400")}
		}
		return nil
	}}
	in := events.Reader("audit.log", strings.NewReader(event("4", "d")+"\nnot JSON\n"), events.InputOptions{})
	s := operating(t, serve.Config{Outputs: map[string]serve.Output{"out": out}, Inputs: []events.Input{in}, Journal: t.TempDir()})
	url, stop := serving(t, s)
	defer stop()
	post(t, url, list(event("1", "a"), event("2", "b"), strings.Replace(event("3", "c"), "get", "list", 1)))
	post(t, url, "{")
	post(t, url, strings.Repeat(" ", 20000))
	post(t, url, "", "Content-Type", "text/plain")
	want := []string{
		`falcorules_events_total 4`,
		`falcorules_alerts_total 3`,
		`falcorules_invalid_events_total 2`,
		`falcorules_evaluation_duration_seconds_count 2`,
		`falcorules_webhook_request_duration_seconds_count 4`,
		`falcorules_webhook_requests_total{code="200",reason="accepted"} 1`,
		`falcorules_webhook_requests_total{code="400",reason="invalid"} 1`,
		`falcorules_webhook_requests_total{code="400",reason="content_type"} 1`,
		`falcorules_webhook_requests_total{code="413",reason="too_large"} 1`,
		`falcorules_output_written_total{output="out"} 2`,
		`falcorules_output_errors_total{output="out"} 1`,
		`falcorules_output_lost_total{output="out"} 1`,
		`falcorules_dead_letters_total{output="out"} 0`,
		`falcorules_output_queue_alerts{output="out"} 0`,
		`falcorules_output_queue_bytes{output="out"} 0`,
		`falcorules_output_failing{output="out"} 0`,
		`falcorules_journal_pending_events 0`,
		`falcorules_journal_limit_bytes 1.073741824e+09`,
		`falcorules_reloads_total{result="ok"} 0`,
		`falcorules_rules 1`,
		`falcosecurity_falco_rules_matches_total{priority="5",rule_name="Secret read",source="k8s_audit",tag_k8s="true"} 3`,
		`falcosecurity_falco_sha256_rules_files_info{file_name="rules.yaml",sha256="`,
		`falcosecurity_falco_reload_timestamp_nanoseconds 1.`,
	}
	var missing []string
	var text string
	for range 1000 { // the outputs write in the background
		_, text = get(t, "http://"+s.OperationsAddress()+"/metrics")
		missing = nil
		for _, line := range want {
			if !strings.Contains(text, "\n"+line) {
				missing = append(missing, line)
			}
		}
		if len(missing) == 0 {
			return
		}
	}
	t.Errorf("missing:\n%s\nin:\n%s", strings.Join(missing, "\n"), text)
}

// TestOperationsTLS asks over https.
func TestOperationsTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	ca := newAuthority(t)
	ca.issue(t, "operations", cert, key)
	s := operating(t, serve.Config{Operations: serve.Operations{TLS: serve.TLS{Cert: cert, Key: key}}})
	url, stop := serving(t, s)
	defer stop()
	post(t, url, "") // until it is ready
	client := ca.client()
	for _, path := range []string{"/healthz", "/readyz", "/versions", "/metrics"} {
		resp, err := client.Get("https://" + s.OperationsAddress() + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.TLS.PeerCertificates[0].Subject.CommonName != "operations" {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	if status, text := get(t, "http://"+s.OperationsAddress()+"/healthz"); status != http.StatusBadRequest {
		t.Errorf("without TLS: %d %s", status, text)
	}
	_, err := serve.New(serve.Config{Rules: rulesIn(t), Operations: serve.Operations{Address: "127.0.0.1:0", TLS: serve.TLS{Cert: "missing.pem"}}})
	if err == nil || !strings.Contains(err.Error(), "missing.pem") {
		t.Errorf("got %v for a certificate that is missing", err)
	}
}

// TestFollowMetrics checks the metrics of a followed file.
func TestFollowMetrics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	writeFile(t, path, "")
	in, err := serve.Follow(path, t.TempDir(), events.FollowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out, writing, unblock := blocked()
	s := operating(t, serve.Config{Inputs: []events.Input{in}, Outputs: map[string]serve.Output{"out": out}, QueueSize: 1})
	_, stop := serving(t, s)
	defer stop()
	defer close(unblock)
	half := `{"kind":`
	writeFile(t, path, event("1", "a")+"\n"+event("2", "b")+"\n"+half)
	<-writing
	want := fmt.Sprintf("\nfalcorules_follow_lag_bytes{file=%q} %d\n", path, len(half))
	var text string
	for range 200 {
		if _, text = get(t, "http://"+s.OperationsAddress()+"/metrics"); strings.Contains(text, want) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("no %s in\n%s", want, text)
}

// TestMetricsOfRules reloads rules and checks which counters go on.
func TestMetricsOfRules(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(rules)
	s, err := serve.New(serve.Config{
		Rules: serve.Rules{Paths: []string{path}}, Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}},
		Operations: serve.Operations{Address: "127.0.0.1:0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	url, stop := serving(t, s)
	defer stop()
	tests := []struct{ name, rules, want string }{
		{"first", rules, `priority="5",rule_name="Secret read",source="k8s_audit",tag_k8s="true"} 1`},
		{"condition", strings.Replace(rules, "= get", "in (get)", 1), `tag_k8s="true"} 2`},
		{"tags", strings.Replace(rules, "[k8s]", "[T1552.007, T1552_007, é]", 1), `tag_T1552_007="true",tag__="true"} 1`},
		{"invalid", "- rule: r\n", `tag__="true"} 2`},
		{"name", strings.Replace(rules, "Secret read", `"a \"b\" ü"`, 1), `rule_name="a \"b\" ü",source="k8s_audit",tag_k8s="true"} 1`},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			write(test.rules)
			_ = s.Reload()
			post(t, url, event(fmt.Sprint(i), "a"))
			_, text := get(t, "http://"+s.OperationsAddress()+"/metrics")
			if !strings.Contains(text, test.want) || strings.Count(text, "\nfalcosecurity_falco_rules_matches_total{") != 1 {
				t.Errorf("no %s in:\n%s", test.want, text)
			}
		})
	}
}
