package serve_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/serve"
)

const rules = `
- rule: Secret read
  desc: Somebody read a secret.
  condition: ka.verb = get and ka.target.resource = secrets
  output: "%ka.user.name read %ka.target.name"
  priority: NOTICE
  source: k8s_audit
  tags: [k8s]
`

// event returns an audit event with an ID that reads the secret with this name.
func event(id, name string) string {
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":%q,"stage":"ResponseComplete",`+
		`"verb":"get","user":{"username":"ann"},"objectRef":{"resource":"secrets","namespace":"shop","name":%q},`+
		`"requestReceivedTimestamp":"2026-03-01T10:00:00.5Z","stageTimestamp":"2026-03-01T10:00:00.5Z"}`, id, name)
}

func list(events ...string) string {
	return `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[` + strings.Join(events, ",") + `]}`
}

// output is an output that keeps what it gets.
type output struct {
	mu     sync.Mutex
	alerts []*serve.Alert
	// fail, if not nil, returns an error for a call of Write.
	fail   func(call int) error
	calls  int
	closed bool
	format serve.Format
}

func (o *output) Write(_ context.Context, alerts []*serve.Alert) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls++
	if o.fail != nil {
		if err := o.fail(o.calls); err != nil {
			return 0, err
		}
	}
	o.alerts = append(o.alerts, alerts...)
	return len(alerts), nil
}

func (o *output) Format() serve.Format { return o.format }

func (o *output) Close() error {
	o.closed = true
	return nil
}

// texts returns the alerts so far, one a line.
func (o *output) texts() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out strings.Builder
	for _, a := range o.alerts {
		fmt.Fprintf(&out, "%s\n", a.Text)
	}
	return out.String()
}

// blocked returns an output that closes writing at its first call, and waits until unblock
// is closed.
func blocked() (out *output, writing, unblock chan struct{}) {
	writing, unblock = make(chan struct{}), make(chan struct{})
	return &output{fail: func(call int) error {
		if call == 1 {
			close(writing)
		}
		<-unblock
		return nil
	}}, writing, unblock
}

// rulesIn returns rules in a temporary file.
func rulesIn(t *testing.T) serve.Rules {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	writeFile(t, path, rules)
	return serve.Rules{Paths: []string{path}}
}

// run runs a server until stop is called, and returns the URL of its first webhook.
func run(t *testing.T, c serve.Config) (url string, stop func()) {
	t.Helper()
	s, err := serve.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return serving(t, s)
}

// serving is like run for a server that there is already.
func serving(t *testing.T, s *serve.Server) (url string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return "http://" + s.Addresses()[0] + "/k8s-audit", func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// start runs a server until the end of the test and returns the URL of its webhook.
func start(t *testing.T, c serve.Config) string {
	t.Helper()
	c.Rules = rulesIn(t)
	if c.Webhooks == nil {
		c.Webhooks = []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}}
	}
	url, stop := run(t, c)
	t.Cleanup(stop)
	return url
}

// post sends a body and returns the status and the text of the answer.
func post(t *testing.T, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(text))
}

func zip(text string) string {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := io.WriteString(w, text); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return buf.String()
}

func TestWebhook(t *testing.T) {
	const alert = "10:00:00.500000000: Notice ann read a\n"
	tests := []struct {
		name, path, body string
		header           []string
		status           int
		answer, alerts   string
	}{
		{"list", "", list(event("1", "a"), event("2", "b")), nil, 200, "", alert + "10:00:00.500000000: Notice ann read b\n"},
		{"event", "", event("1", "a"), nil, 200, "", alert},
		{"nested array", "", `[[` + event("1", "a") + `]]`, nil, 200, "", alert},
		{"empty list", "", list(), nil, 200, "", ""},
		{"query", "?timeout=30s", event("1", "a"), nil, 200, "", alert},
		{"gzip", "", zip(event("1", "a")), []string{"Content-Encoding", "gzip"}, 200, "", alert},
		{"some invalid", "", list(`{"kind":"Event"}`, event("1", "a")), nil, 200, "", alert},
		{"other path", "/", event("1", "a"), nil, 404, "404 page not found", ""},
		{"content type", "", event("1", "a"), []string{"Content-Type", "text/plain"}, 400, "wrong Content-Type: want application/json", ""},
		{"empty", "", "", nil, 400, "not JSON", ""},
		{"not JSON", "", "{]", nil, 400, "not JSON", ""},
		{"not an event", "", `{"kind":"Pod"}`, nil, 400, "not an audit event", ""},
		{"a fixture", "", `{"source":"k8s_audit","fields":{"ka.verb":"get"}}`, nil, 400, "not an audit event", ""},
		{"not gzip", "", "x", []string{"Content-Encoding", "gzip"}, 400, "invalid gzip", ""},
		{"too large", "", strings.Repeat(" ", 20000), nil, 413, "request body exceeds the limit of 10000 bytes", ""},
		{"gzip bomb", "", zip(strings.Repeat(" ", 20000)), []string{"Content-Encoding", "gzip"}, 413, "request body exceeds the limit of 10000 bytes", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out := new(output)
			url := start(t, serve.Config{
				Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit", MaxBodySize: 10000}},
				Outputs:  map[string]serve.Output{"out": out},
			})
			status, answer := post(t, url+test.path, test.body, test.header...)
			if status != test.status || !strings.Contains(answer, test.answer) {
				t.Errorf("got %d %q, want %d %q", status, answer, test.status, test.answer)
			}
			if got := out.texts(); got != test.alerts {
				t.Errorf("got alerts\n%swant\n%s", got, test.alerts)
			}
		})
	}
}

func TestWebhookMethods(t *testing.T) {
	url := start(t, serve.Config{})
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "POST" {
		t.Errorf("got %s, Allow %q", resp.Status, resp.Header.Get("Allow"))
	}
}

// TestRetry checks that the answer waits for an output that fails at first.
func TestRetry(t *testing.T) {
	out := &output{fail: func(call int) error {
		if call < 3 {
			return errors.New("out of order")
		}
		return nil
	}}
	url := start(t, serve.Config{Outputs: map[string]serve.Output{"out": out}})
	if status, answer := post(t, url, event("1", "a")); status != 200 {
		t.Errorf("got %d %s", status, answer)
	}
	if got := out.texts(); got != "10:00:00.500000000: Notice ann read a\n" {
		t.Errorf("got %q", got)
	}
}

// TestFull checks that a full queue is not acknowledged.
func TestFull(t *testing.T) {
	out, writing, unblock := blocked()
	url := start(t, serve.Config{Outputs: map[string]serve.Output{"out": out}, QueueSize: 500})
	first := make(chan int)
	go func() {
		status, _ := post(t, url, event("1", "a"))
		first <- status
	}()
	<-writing
	if status, answer := post(t, url, event("2", "b")); status != http.StatusServiceUnavailable {
		t.Errorf("got %d %s", status, answer)
	}
	close(unblock)
	if status := <-first; status != 200 {
		t.Errorf("got %d", status)
	}
}

// TestLarge checks that alerts that are larger than a queue are written, although many others
// compete for its room.
func TestLarge(t *testing.T) {
	for _, journal := range []bool{false, true} {
		t.Run(fmt.Sprintf("journal %v", journal), func(t *testing.T) {
			out := &output{fail: func(int) error { time.Sleep(time.Millisecond); return nil }}
			c := serve.Config{Outputs: map[string]serve.Output{"out": out}, QueueSize: 2000}
			if journal {
				c.Journal = filepath.Join(t.TempDir(), "journal")
			}
			url := start(t, c)
			ctx, stop := context.WithCancel(t.Context())
			var others sync.WaitGroup
			defer others.Wait()
			defer stop()
			for i := range 8 {
				others.Go(func() {
					for ctx.Err() == nil {
						post(t, url, event(fmt.Sprint("other", i), "a"))
					}
				})
			}
			var large []string
			for i := range 50 {
				large = append(large, event(fmt.Sprint("large", i), "large"))
			}
			if status, answer := post(t, url, list(large...)); status != http.StatusOK {
				t.Errorf("%d %s", status, answer)
			}
			for range 1000 {
				if strings.Count(out.texts(), alert("large")) == len(large) {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
			t.Errorf("%d of %d alerts", strings.Count(out.texts(), alert("large")), len(large))
		})
	}
}

// TestLargeOneAtATime checks that the alerts of only one request wait for an empty queue. Those
// of many would take unlimited memory.
func TestLargeOneAtATime(t *testing.T) {
	out, writing, unblock := blocked()
	url := start(t, serve.Config{Outputs: map[string]serve.Output{"out": out}, QueueSize: 1000})
	var requests sync.WaitGroup
	defer requests.Wait()
	requests.Go(func() { post(t, url, event("1", "small")) })
	<-writing
	var large []string
	for i := range 50 {
		large = append(large, event(fmt.Sprint(i), "large"))
	}
	const senders = 4
	answers := make(chan int, senders)
	for range senders {
		requests.Go(func() {
			status, _ := post(t, url, list(large...))
			answers <- status
		})
	}
	timeout := time.After(10 * time.Second)
	for range senders - 1 {
		select {
		case status := <-answers:
			if status != http.StatusServiceUnavailable {
				t.Errorf("got %d", status)
			}
		case <-timeout:
			t.Error("more than one request waits")
		}
	}
	close(unblock)
	if status := <-answers; status != http.StatusOK {
		t.Errorf("got %d", status)
	}
}

// TestTooLargeForJournal checks that an event which the journal cannot take has its alert.
func TestTooLargeForJournal(t *testing.T) {
	out := new(output)
	rules := rulesIn(t)
	rules.MaxEventSize = 32 << 20
	url, stop := run(t, serve.Config{
		Rules: rules, Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit", MaxBodySize: 32 << 20}},
		Outputs: map[string]serve.Output{"out": out}, Journal: filepath.Join(t.TempDir(), "journal"),
	})
	defer stop()
	large := strings.Replace(event("1", "a"), "{", `{"pad":"`+strings.Repeat("x", 17<<20)+`",`, 1)
	if status, answer := post(t, url, large); status != http.StatusOK || out.texts() != alert("a") {
		t.Errorf("%d %s, alerts %q", status, answer, out.texts())
	}
}

// TestAlertID checks that an event that arrives twice has the same ID.
func TestAlertID(t *testing.T) {
	out := new(output)
	url := start(t, serve.Config{Outputs: map[string]serve.Output{"out": out}})
	for _, e := range []string{event("1", "a"), event("1", "a"), event("2", "a")} {
		post(t, url, e)
	}
	if len(out.alerts) != 3 || out.alerts[0].ID != out.alerts[1].ID || out.alerts[0].ID == out.alerts[2].ID {
		t.Errorf("got %v", out.alerts)
	}
}

// TestNewErrors checks that a server that cannot start closes its outputs.
func TestNewErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	writeFile(t, path, "- rule: r\n")
	out := new(output)
	_, err := serve.New(serve.Config{Rules: serve.Rules{Paths: []string{path}}, Outputs: map[string]serve.Output{"out": out}})
	var list diag.List
	if !errors.As(err, &list) || !out.closed {
		t.Errorf("got %v, closed %v", err, out.closed)
	}
}

// lines is an input of lines, which it counts as they are acknowledged.
type lines struct {
	events.Input
	mu    sync.Mutex
	acked int
}

func (l *lines) Ack(*events.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked++
	return nil
}

// TestInput checks that the server ends when its inputs have ended, after it has written
// their alerts.
func TestInput(t *testing.T) {
	text := event("1", "a") + "\nnot JSON\n" + event("2", "b") + "\n" + strings.Replace(event("3", "c"), "get", "list", 1) + "\n"
	in := &lines{Input: events.Reader("audit.log", strings.NewReader(text), events.InputOptions{})}
	out := new(output)
	s, err := serve.New(serve.Config{Rules: rulesIn(t), Inputs: []events.Input{in}, Outputs: map[string]serve.Output{"out": out}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err != nil {
		t.Error(err)
	}
	if got := out.texts(); got != "10:00:00.500000000: Notice ann read a\n10:00:00.500000000: Notice ann read b\n" {
		t.Errorf("got %q", got)
	}
	if in.acked != 3 || !out.closed {
		t.Errorf("got %d acknowledged records, closed %v", in.acked, out.closed)
	}
}

// TestJournal checks that with a journal the answer does not wait for the outputs, and that
// a restart delivers what they did not take.
func TestJournal(t *testing.T) {
	dir := t.TempDir()
	broken := &output{fail: func(int) error { return errors.New("out of order") }}
	c := serve.Config{Rules: rulesIn(t), Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}}, Outputs: map[string]serve.Output{"out": broken}, Journal: dir, DrainTime: time.Millisecond}
	url, stop := run(t, c)
	for i := range 3 {
		if status, answer := post(t, url, event(fmt.Sprint(i), "a")); status != 200 {
			t.Errorf("got %d %s", status, answer)
		}
	}
	stop()
	out := new(output)
	c.Outputs = map[string]serve.Output{"out": out}
	_, stop = run(t, c)
	for range 1000 {
		if strings.Count(out.texts(), "\n") == 3 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	if got := strings.Count(out.texts(), "ann read a\n"); got != 3 {
		t.Errorf("got %d alerts", got)
	}
}

// TestWatch changes rules files while the server runs.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	write := func(version, text string) {
		t.Helper()
		// As in a ConfigMap: rules.yaml is a link to ..data/rules.yaml, and ..data a link
		// to a folder, which is replaced.
		if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, version, "rules.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(version, filepath.Join(dir, "..tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	write("..1", rules)
	if err := os.Symlink("..data/rules.yaml", filepath.Join(dir, "rules.yaml")); err != nil {
		t.Fatal(err)
	}
	out := new(output)
	url, stop := run(t, serve.Config{
		Rules: serve.Rules{Paths: []string{dir}, Hostname: "node-1"}, Watch: 10 * time.Millisecond,
		Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}}, Outputs: map[string]serve.Output{"out": out},
	})
	until := func(text string) {
		t.Helper()
		for range 500 {
			post(t, url, event("1", "a"))
			if strings.Contains(out.texts(), text) {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("no %q in\n%s", text, out.texts())
	}
	until("ann read a")
	write("..2", "- rule: r\n")
	until("Critical Falco internal: hot restart failure: ")
	write("..3", strings.ReplaceAll(rules, "read", "saw"))
	until("ann saw a")
	stop()
	for _, a := range out.alerts {
		if a.Source == "internal" && !strings.HasPrefix(string(a.JSON), `{"hostname":"node-1","output":"Falco internal: hot restart failure: `) {
			t.Errorf("got %s", a.JSON)
		}
	}
}

// TestFollow checks that a restart goes on where the last run has ended.
func TestFollow(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "audit.log")
	appendTo := func(text string) {
		t.Helper()
		f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	appendTo(event("1", "a") + "\n")
	follow := func(want string, during func()) {
		t.Helper()
		in, err := serve.Follow(log, dir, events.FollowOptions{FromStart: true, Poll: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		out := new(output)
		s, err := serve.New(serve.Config{Rules: rulesIn(t), Inputs: []events.Input{in}, Outputs: map[string]serve.Output{"out": out}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		during()
		for range 1000 {
			if out.texts() == want {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := out.texts(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	const prefix = "10:00:00.500000000: Notice ann read "
	follow(prefix+"a\n"+prefix+"b\n", func() { appendTo(event("2", "b") + "\n") })
	appendTo(event("3", "c") + "\n")
	follow(prefix+"c\n"+prefix+"d\n", func() { appendTo(event("4", "d") + "\n") })
	files, err := filepath.Glob(filepath.Join(dir, "position-*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	writeFile(t, files[0], "garbage")
	if _, err := serve.Follow(log, dir, events.FollowOptions{}); err == nil {
		t.Error("no error for an invalid position")
	}
}

func TestIncludeID(t *testing.T) {
	for _, include := range []bool{false, true} {
		t.Run(fmt.Sprint(include), func(t *testing.T) {
			out := &output{format: serve.JSON}
			r := rulesIn(t)
			r.IncludeID = include
			url, stop := run(t, serve.Config{Rules: r, Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}}, Outputs: map[string]serve.Output{"out": out}})
			post(t, url, event("1", "a"))
			stop()
			var alert struct{ ID, Rule string }
			if len(out.alerts) != 1 {
				t.Fatalf("got %d alerts", len(out.alerts))
			}
			a := out.alerts[0]
			if err := json.Unmarshal(a.JSON, &alert); err != nil || alert.Rule != "Secret read" || (alert.ID == a.ID) != include {
				t.Errorf("got %s, %v", a.JSON, err)
			}
		})
	}
}

// TestSessions checks that the example's rule about sessions fires on what kubectl exec
// sends today and what it sent before, when the session begins and when it ends.
func TestSessions(t *testing.T) {
	const session = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"9d0bcd7e-5f0d-4c52-8c2b-7f1c5d1f9a10","stage":%q,` +
		`"requestURI":"/api/v1/namespaces/shop/pods/cart-1/exec?command=cat\u0026command=%%2Fetc%%2Fshadow\u0026container=cart\u0026stderr=true\u0026stdout=true",` +
		`"verb":%q,"user":{"username":"ann","groups":["system:authenticated"]},"sourceIPs":["10.0.32.220"],"userAgent":%q,` +
		`"objectRef":{"resource":"pods","namespace":"shop","name":"cart-1","apiVersion":"v1","subresource":"exec"},` +
		`"responseStatus":{"metadata":{},"code":101},"requestReceivedTimestamp":"2026-03-01T10:00:00.250000Z","stageTimestamp":"2026-03-01T10:00:00.500000Z",` +
		`"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed"}}`
	for _, test := range []struct{ name, stage, verb, client string }{
		{"WebSocket begins", "ResponseStarted", "get", "kubectl/v1.34.1"},
		{"WebSocket ends", "ResponseComplete", "get", "kubectl/v1.34.1"},
		{"SPDY begins", "ResponseStarted", "create", "oc/4.13.0"},
		{"SPDY ends", "ResponseComplete", "create", "oc/4.13.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := new(output)
			url, stop := run(t, serve.Config{
				Rules:    serve.Rules{Paths: []string{"../examples/k8s_audit/rules"}},
				Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}},
				Outputs:  map[string]serve.Output{"out": out},
			})
			defer stop()
			if status, answer := post(t, url, list(fmt.Sprintf(session, test.stage, test.verb, test.client))); status != http.StatusOK {
				t.Errorf("%d %s", status, answer)
			}
			want := fmt.Sprintf("10:00:00.500000000: Notice ann had an exec session in pod shop/cart-1 (stage %s, container cart, command cat, client %s)\n", test.stage, test.client)
			if got := out.texts(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestFollowStoresAgain checks that a position that could not be written is written when the
// input is closed.
func TestFollowStoresAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log, state := filepath.Join(dir, "audit.log"), filepath.Join(dir, "state")
	line := event("1", "a") + "\n"
	writeFile(t, log, line)
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	in, err := serve.Follow(log, state, events.FollowOptions{FromStart: true})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := in.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(state, state+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := in.(events.Acker).Ack(rec); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // it is written after half of that
	if err := os.Rename(state+".moved", state); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	files, _ := filepath.Glob(filepath.Join(state, "*.json"))
	if len(files) != 1 {
		t.Fatalf("got %v", files)
	}
	if text, err := os.ReadFile(files[0]); err != nil || !strings.Contains(string(text), fmt.Sprintf(`"offset":%d`, len(line)-1)) {
		t.Errorf("got %s, %v", text, err)
	}
}
