package falcorules_test

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/loader"
)

//go:embed examples/k8s_audit/rules
var embedded embed.FS

const twoRules = `
- rule: Get
  desc: Somebody reads something.
  condition: ka.verb = get
  output: get by %ka.user.name (%evt.rawtime %ka.target.name)
  priority: NOTICE
  source: k8s_audit
  tags: [b, a]
- rule: Get secrets
  desc: Somebody reads a secret.
  condition: ka.verb = get and ka.target.resource = secrets
  output: secret
  priority: WARNING
  source: k8s_audit
`

const secret = `{"kind": "Event", "auditID": "1", "verb": "get", "user": {"username": "eve"},
	"objectRef": {"resource": "secrets"}, "stageTimestamp": "2026-03-01T10:20:30.5Z"}`

func parse(t *testing.T, o falcorules.Options) *falcorules.Rules {
	t.Helper()
	rules, err := o.LoadFiles(loader.File{Name: "rules.yaml", Data: []byte(twoRules)})
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func names(matches []*falcorules.Match) string {
	var out []string
	for _, m := range matches {
		out = append(out, m.Rule().Name)
	}
	return strings.Join(out, ", ")
}

func TestMatching(t *testing.T) {
	for _, test := range []struct {
		name    string
		options falcorules.Options
		want    string
	}{
		{"first", falcorules.Options{}, "Get"},
		{"all", falcorules.Options{AllMatches: true}, "Get, Get secrets"},
	} {
		t.Run(test.name, func(t *testing.T) {
			matches, err := parse(t, test.options).MatchJSON([]byte(secret))
			if got := names(matches); got != test.want || err != nil {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	matches, err := parse(t, falcorules.Options{}).MatchJSON([]byte(secret))
	if err != nil || len(matches) != 1 {
		t.Fatal(matches, err)
	}
	m := matches[0]
	if got, want := m.Message(), "get by eve (1772360430500000000 <NA>)"; got != want {
		t.Errorf("the message is %q, want %q", got, want)
	}
	if got, want := m.String(), "10:20:30.500000000: Notice "+m.Message(); got != want {
		t.Errorf("the line is %q, want %q", got, want)
	}
	if m.Rule().Desc != "Somebody reads something." || len(m.Rule().Tags) != 2 || m.Time().Year() != 2026 {
		t.Errorf("the rule is %+v, the time %v", m.Rule(), m.Time())
	}
	want := map[string]any{"evt.time": json.Number("1772360430500000000"), "evt.rawtime": json.Number("1772360430500000000"), "ka.user.name": "eve", "ka.target.name": nil}
	if diff := cmp.Diff(want, m.Fields()); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// TestConcurrent matches on many goroutines and checks that the matches stay valid.
func TestConcurrent(t *testing.T) {
	rules := parse(t, falcorules.Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			var kept []*falcorules.Match
			for k := range 50 {
				user := fmt.Sprintf("user%d-%d", i, k)
				matches, err := rules.MatchJSON([]byte(strings.Replace(secret, "eve", user, 1)))
				if err != nil || len(matches) != 1 {
					t.Error(matches, err)
					return
				}
				kept = append(kept, matches[0])
			}
			for k, m := range kept {
				if user := fmt.Sprintf("user%d-%d", i, k); m.Fields()["ka.user.name"] != user {
					t.Errorf("a kept match is %s, want user %s", m, user)
				}
			}
		})
	}
	wg.Wait()
}

func TestBadEvents(t *testing.T) {
	rules := parse(t, falcorules.Options{})
	for _, text := range []string{"", "x", "{}", "[1]", `{"kind": "Event"`} {
		matches, err := rules.MatchJSON([]byte(text))
		var d *diag.Diagnostic
		if len(matches) > 0 || !errors.As(err, &d) {
			t.Errorf("%q: got %v, %v", text, matches, err)
		}
	}
}

// TestMatchJSONNumbersEvents checks that each call numbers its events from 1.
func TestMatchJSONNumbersEvents(t *testing.T) {
	rules, err := falcorules.Parse("rules.yaml", []byte(`
- rule: Numbered
  desc: The output depends on earlier events.
  condition: ka.verb = get
  output: event %evt.num
  priority: NOTICE
  source: k8s_audit
`))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		matches, err := rules.MatchJSON([]byte("[" + secret + "," + secret + "]"))
		if err != nil || len(matches) != 2 {
			t.Fatal(matches, err)
		}
		if got := matches[0].Message() + ", " + matches[1].Message(); got != "event 1, event 2" {
			t.Errorf("got %s", got)
		}
	}
}

func TestRun(t *testing.T) {
	var reported []string
	rules := parse(t, falcorules.Options{Report: func(d *diag.Diagnostic) { reported = append(reported, d.Range.String()) }})
	line := strings.ReplaceAll(secret, "\n", " ") + "\n"
	input := func() events.Input {
		return events.Reader("audit.log", strings.NewReader(line+"{}\n"+line), events.InputOptions{})
	}
	fired := 0
	stats, err := rules.Run(context.Background(), input(), func(*falcorules.Match) error { fired++; return nil })
	if want := (events.Stats{Events: 2, BadEvents: 1}); stats != want || err != nil || fired != 2 {
		t.Errorf("got %+v, %v, %d matches", stats, err, fired)
	}
	if diff := cmp.Diff([]string{"audit.log:2:1"}, reported); diff != "" {
		t.Errorf("reported (-want +got):\n%s", diff)
	}
	stop := errors.New("enough")
	if _, err := rules.Run(context.Background(), input(), func(*falcorules.Match) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of handle gives %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := rules.Run(ctx, input(), func(*falcorules.Match) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
}

func TestWriteAlerts(t *testing.T) {
	rules := parse(t, falcorules.Options{})
	for _, test := range []struct {
		name   string
		format falcorules.AlertFormat
		want   string
	}{
		{"text", falcorules.AlertText, "10:20:30.500000000: Notice get by eve (1772360430500000000 <NA>)\n"},
		{"json", falcorules.AlertJSON, `{"hostname":"","output":"10:20:30.500000000: Notice get by eve (1772360430500000000 <NA>)","output_fields":{"evt.rawtime":1772360430500000000,"evt.time":1772360430500000000,"ka.target.name":null,"ka.user.name":"eve"},"priority":"Notice","rule":"Get","source":"k8s_audit","tags":["a","b"],"time":"2026-03-01T10:20:30.500000000Z"}` + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			in := events.Reader("audit.log", strings.NewReader(secret), events.InputOptions{})
			if _, err := rules.WriteAlerts(context.Background(), &b, in, test.format); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, b.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestHostnameAndLocation expects both in alerts, however events are matched.
func TestHostnameAndLocation(t *testing.T) {
	rules := parse(t, falcorules.Options{Hostname: "node-1", Location: time.FixedZone("", 2*60*60)})
	const line, host = "12:20:30.500000000: Notice get by eve (1772360430500000000 <NA>)", `{"hostname":"node-1",`
	check := func(t *testing.T, text, object string) {
		t.Helper()
		if text != line || !strings.HasPrefix(object, host) {
			t.Errorf("got %s\n%s", text, object)
		}
	}
	both := func(t *testing.T, m *falcorules.Match) {
		t.Helper()
		object, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		check(t, m.String(), string(object))
	}
	input := func() events.Input {
		return events.Reader("audit.log", strings.NewReader(secret), events.InputOptions{})
	}
	t.Run("match", func(t *testing.T) {
		matches, err := rules.MatchJSON([]byte(secret))
		if err != nil || len(matches) != 1 {
			t.Fatal(matches, err)
		}
		both(t, matches[0])
	})
	t.Run("run", func(t *testing.T) {
		_, err := rules.Run(t.Context(), input(), func(m *falcorules.Match) error { both(t, m); return nil })
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("write", func(t *testing.T) {
		var text, object bytes.Buffer
		for w, format := range map[*bytes.Buffer]falcorules.AlertFormat{&text: falcorules.AlertText, &object: falcorules.AlertJSON} {
			if _, err := rules.WriteAlerts(t.Context(), w, input(), format); err != nil {
				t.Fatal(err)
			}
		}
		check(t, strings.TrimSuffix(text.String(), "\n"), object.String())
	})
}

func TestLoad(t *testing.T) {
	if _, err := falcorules.LoadFS(embedded, "examples/k8s_audit/rules"); err != nil {
		t.Error(err)
	}
	for _, test := range []struct {
		name string
		load func() (*falcorules.Rules, error)
		want string
	}{
		{"no such file", func() (*falcorules.Rules, error) { return falcorules.Load("no/such.yaml") }, "no/such.yaml"},
		{"mistakes", func() (*falcorules.Rules, error) { return falcorules.Load("examples/check/rules.yaml") }, "examples/check/rules.yaml:11:25"},
		{"no paths", func() (*falcorules.Rules, error) { return falcorules.Load() }, "LOAD_ERR_FILE_READ: there are no rules files to load"},
		{"no YAML", func() (*falcorules.Rules, error) { return falcorules.Parse("a.yaml", []byte("[")) }, "a.yaml:1:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules, err := test.load()
			var list diag.List
			if rules != nil || !errors.As(err, &list) {
				t.Fatalf("got %v, %v", rules, err)
			}
			list.Sort()
			if got := list[0].Error(); !strings.HasPrefix(got, test.want) {
				t.Errorf("the first error is %q", got)
			}
		})
	}
}

// TestLoadReportsAll checks that Load reports mistakes in all files if one cannot be read,
// and that it reports skipped subfolders.
func TestLoadReportsAll(t *testing.T) {
	files := fstest.MapFS{"bad/a.yaml": {Data: []byte("- rule: x")}, "good/a.yaml": {Data: []byte(twoRules)}, "good/more/b.yaml": {Data: []byte(twoRules)}}
	_, err := falcorules.LoadFS(files, "none.yaml", "bad", "neither.yaml")
	var in []string
	for _, d := range diag.Of(err) {
		in = append(in, d.Range.File)
	}
	slices.Sort(in)
	if diff := cmp.Diff([]string{"bad/a.yaml", "neither.yaml", "none.yaml"}, slices.Compact(in)); diff != "" {
		t.Errorf("files with errors (-want +got):\n%s", diff)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause of %v is lost", err)
	}
	rules, err := falcorules.LoadFS(files, "good")
	if err != nil {
		t.Fatal(err)
	}
	if list := rules.Diagnostics(); len(list) != 1 || list[0].Code != loader.NoticeSkipped {
		t.Errorf("got %v", list)
	}
}

func TestExplainUnknown(t *testing.T) {
	if x, err := parse(t, falcorules.Options{}).Explain("Gat", nil); x != nil || err == nil {
		t.Errorf("got %v, %v", x, err)
	}
}

// TestImports checks that importing a library package, except for those of serve, does not
// link HTTP servers, clients of other systems and command-line libraries.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Deps}} {{.}}{{end}}`, "./...").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	const module = "github.com/falcorules/falcorules"
	checked, kafka := 0, false
	for line := range strings.Lines(string(out)) {
		deps := strings.Fields(line)
		name := strings.TrimPrefix(deps[0], module)
		if strings.HasPrefix(name, "/serve") || strings.HasPrefix(name, "/cmd/") {
			hasKafka := slices.ContainsFunc(deps, func(dep string) bool { return strings.HasPrefix(dep, "github.com/twmb/") })
			if kafka = kafka || hasKafka; hasKafka && (name == "/serve" || name == "/serve/output") {
				t.Errorf("%s depends on a client of Kafka", deps[0])
			}
			continue
		}
		checked++
		for _, dep := range deps {
			if dep == "net/http" || strings.HasPrefix(dep, module+"/serve") || strings.HasPrefix(dep, "github.com/spf13/") || strings.HasPrefix(dep, "github.com/prometheus/") || strings.HasPrefix(dep, "github.com/twmb/") {
				t.Errorf("%s depends on %s", deps[0], dep)
			}
		}
	}
	if checked < 20 || !kafka {
		t.Errorf("checked only %d packages, found a client of Kafka: %t", checked, kafka)
	}
}
