package serve_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/rulesfile"
	"github.com/falcorules/falcorules/serve"
)

func value(text string) rulesfile.Value {
	_, values := rulesfile.Texts("routes", text)
	return values[0]
}

// routes returns routes for the tests: secrets whose name is secret go to vault and all,
// others to all, and those whose name is noise go nowhere.
func routes() []*route.Route {
	return []*route.Route{
		{Name: "secret", When: value("ka.target.name = secret"), To: []string{"vault"}, Continue: true},
		{Name: "noise", When: value("alert.priority >= NOTICE and ka.target.name startswith noise"), Drop: true},
		{Name: "rest", To: []string{"all"}, Redact: []rulesfile.Value{value("ka.user.name")}},
	}
}

// routed serves with routes to two outputs.
func routed(t *testing.T, c serve.Config, routes []*route.Route) (s *serve.Server, url string, outputs map[string]*output, stop func()) {
	t.Helper()
	outputs = map[string]*output{"vault": {}, "all": {}}
	c.Rules, c.Outputs = rulesIn(t), map[string]serve.Output{}
	c.Rules.Routes = routes
	for name, o := range outputs {
		c.Outputs[name] = o
	}
	c.Webhooks = []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit"}}
	c.Operations.Address = "127.0.0.1:0"
	s, err := serve.New(c)
	if err != nil {
		t.Fatal(err)
	}
	url, stop = serving(t, s)
	return s, url, outputs, stop
}

const at = "10:00:00.500000000: Notice "

func TestRoutes(t *testing.T) {
	for _, journal := range []bool{false, true} {
		t.Run(fmt.Sprint("journal ", journal), func(t *testing.T) {
			c := serve.Config{}
			if journal {
				c.Journal = filepath.Join(t.TempDir(), "journal")
			}
			_, url, outputs, stop := routed(t, c, routes())
			for _, body := range []string{
				list(event("1", "a"), event("2", "noise 1"), event("3", "secret")),
				event("4", "noise 2"),
				event("5", "b"),
			} {
				if status, answer := post(t, url, body); status != http.StatusOK {
					t.Errorf("got %d %s", status, answer)
				}
			}
			want := map[string]string{
				"vault": at + "ann read secret\n",
				"all":   at + "[redacted] read a\n" + at + "[redacted] read secret\n" + at + "[redacted] read b\n",
			}
			for range 1000 { // the journal
				if outputs["all"].texts() == want["all"] && outputs["vault"].texts() == want["vault"] {
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
			stop()
			for name, o := range outputs {
				if got := o.texts(); got != want[name] {
					t.Errorf("%s: got\n%swant\n%s", name, got, want[name])
				}
			}
		})
	}
}

// TestRouteLimits checks which alerts a route leaves out, and that an alert is not left out
// as a duplicate of itself.
func TestRouteLimits(t *testing.T) {
	limited := &route.Route{
		Name: "limited", To: []string{"all"},
		Deduplicate: route.Deduplicate{By: value("%ka.target.name"), For: time.Hour},
		RateLimit:   route.RateLimit{Alerts: 2, Per: time.Hour},
	}
	s, url, outputs, stop := routed(t, serve.Config{}, []*route.Route{limited})
	out, up := outputs["all"], make(chan struct{})
	out.fail = func(int) error {
		select {
		case <-up:
			return nil
		default:
			return errors.New("down")
		}
	}
	var posts sync.WaitGroup
	for range 2 { // the sender gave up and sends it again, and both wait for the output
		posts.Go(func() { post(t, url, event("1", "a")) })
	}
	for range 1000 { // until both are in the queue
		if strings.Contains(metricsOf(t, s), `falcorules_route_alerts_total{outcome="passed",route="limited"} 2`) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if status, _ := post(t, url, list(event("2", "a"), event("3", "a"))); status != http.StatusOK {
		t.Errorf("duplicates wait for the output: %d", status)
	}
	close(up)
	posts.Wait()
	for _, body := range []string{event("1", "a"), event("4", "b"), event("5", "c")} {
		post(t, url, body)
	}
	stop()
	if got, want := out.texts(), strings.Repeat(at+"ann read a\n", 2)+at+"ann read b\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestRouteDecides checks that an output gets nothing from later routes if the first route
// that names it leaves an alert out.
func TestRouteDecides(t *testing.T) {
	once := &route.Route{
		Name: "once", To: []string{"vault"}, Continue: true, Redact: []rulesfile.Value{value("ka.user.name")},
		Deduplicate: route.Deduplicate{By: value("%ka.target.name"), For: time.Hour},
	}
	_, url, outputs, stop := routed(t, serve.Config{}, []*route.Route{once, {Name: "rest", To: []string{"vault", "all"}}})
	post(t, url, list(event("1", "a"), event("2", "a")))
	stop()
	want := map[string]string{"vault": at + "[redacted] read a\n", "all": strings.Repeat(at+"ann read a\n", 2)}
	for name, o := range outputs {
		if got := o.texts(); got != want[name] {
			t.Errorf("%s: got\n%swant\n%s", name, got, want[name])
		}
	}
}

// TestRouteFull checks that alerts are not taken for duplicates of alerts that a full output
// has refused.
func TestRouteFull(t *testing.T) {
	once := &route.Route{
		Name: "once", To: []string{"all", "vault"},
		Deduplicate: route.Deduplicate{By: value("%ka.target.name"), For: time.Hour},
	}
	_, url, outputs, stop := routed(t, serve.Config{QueueSize: 500}, []*route.Route{once})
	slow, writing, unblock := blocked()
	outputs["vault"].fail = slow.fail
	first := make(chan struct{})
	go func() {
		defer close(first)
		post(t, url, event("1", "a"))
	}()
	<-writing
	if status, _ := post(t, url, event("2", "b")); status != http.StatusServiceUnavailable {
		t.Errorf("got %d, want 503", status)
	}
	close(unblock)
	<-first
	if status, _ := post(t, url, event("2", "b")); status != http.StatusOK {
		t.Errorf("got %d", status)
	}
	stop()
	for name, o := range outputs {
		if got, want := o.texts(), at+"ann read a\n"+at+"ann read b\n"; got != want {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}

// TestRouteReload checks that routes see the alerts about rules that do not load, and that
// new rules that do not fit the routes do not load.
func TestRouteReload(t *testing.T) {
	r := append([]*route.Route{
		{Name: "own", When: value("alert.source = internal and alert.output contains failure"), To: []string{"vault"}},
		{Name: "tag", When: value("alert.tags intersects (k8s)"), To: []string{"all"}},
	}, routes()[2])
	s, _, outputs, stop := routed(t, serve.Config{}, r)
	writeFile(t, s.RulesPaths()[0], strings.Replace(rules, "[k8s]", "[]", 1))
	if err := s.Reload(); err == nil || !strings.Contains(err.Error(), `route tag can never match`) {
		t.Errorf("got %v", err)
	}
	stop()
	if got := outputs["vault"].texts(); !strings.Contains(got, "route tag can never match") || outputs["all"].texts() != "" {
		t.Errorf("got %s and %s", got, outputs["all"].texts())
	}
}

func TestRouteErrors(t *testing.T) {
	for name, r := range map[string][]*route.Route{
		"output":    {{Name: "a", To: []string{"other"}}},
		"condition": {{Name: "a", When: value("ka.vreb = get"), To: []string{"out"}}, {Name: "b", Drop: true}},
		"last":      {{Name: "a", When: value("ka.verb = get"), To: []string{"out"}}},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve.Config{Rules: rulesIn(t), Outputs: map[string]serve.Output{"out": new(output)}}
			c.Rules.Routes = r
			_, err := serve.New(c)
			if err == nil || (name == "output") == diag.Has(err) {
				t.Errorf("got %v", err)
			}
			if _, err := c.Rules.Load(); (err == nil) != (name == "output") {
				t.Errorf("Load: got %v", err)
			}
		})
	}
}

func TestRouteMetrics(t *testing.T) {
	r := append([]*route.Route{{
		Name: "once", When: value("ka.target.name startswith x"), To: []string{"vault"},
		Deduplicate: route.Deduplicate{By: value("same"), For: time.Hour},
	}, {
		Name: "few", When: value("ka.target.name startswith y"), To: []string{"vault"}, RateLimit: route.RateLimit{Alerts: 1, Per: time.Hour},
	}}, routes()...)
	s, url, _, stop := routed(t, serve.Config{}, r)
	defer stop()
	var items []string
	for i, name := range []string{"x", "x1", "x2", "y", "y1", "noise", "secret", "a"} {
		items = append(items, event(fmt.Sprint(i), name))
	}
	post(t, url, list(items...))
	text := metricsOf(t, s)
	want := map[string]string{
		`falcorules_alerts_total`:                                                                                         "8",
		`falcorules_route_alerts_total{outcome="passed",route="once"}`:                                                    "1",
		`falcorules_route_alerts_total{outcome="duplicate",route="once"}`:                                                 "2",
		`falcorules_route_alerts_total{outcome="passed",route="few"}`:                                                     "1",
		`falcorules_route_alerts_total{outcome="rate_limited",route="few"}`:                                               "1",
		`falcorules_route_alerts_total{outcome="dropped",route="noise"}`:                                                  "1",
		`falcorules_route_alerts_total{outcome="passed",route="secret"}`:                                                  "1",
		`falcorules_route_alerts_total{outcome="passed",route="rest"}`:                                                    "2",
		`falcosecurity_falco_rules_matches_total{priority="5",rule_name="Secret read",source="k8s_audit",tag_k8s="true"}`: "8",
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !strings.Contains(text, "\n"+name+" "+want[name]+"\n") {
			t.Errorf("no %s %s in\n%s", name, want[name], grep(text, "route_alerts|alerts_total|rules_matches"))
		}
	}
}

// metricsOf returns the metrics of a server.
func metricsOf(t *testing.T, s *serve.Server) string {
	t.Helper()
	_, text := get(t, "http://"+s.OperationsAddress()+"/metrics")
	return text
}

// grep returns the lines that contain one of some words.
func grep(text, words string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		for word := range strings.SplitSeq(words, "|") {
			if strings.Contains(line, word) {
				out.WriteString(line)
				break
			}
		}
	}
	return out.String()
}
