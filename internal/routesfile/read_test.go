package routesfile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/routesfile"
	"github.com/falcorules/falcorules/route"
)

const config = `rules_files: [whatever]
outputs: {a: {stdout: {}}, b: {unknown: x}}
routes:
  - name: first
    when: >
      alert.rule = x or
      alert.tags intersects (y)
    to: [a, b]
    continue: true
    redact: [proc.name, "proc.env[A]"]
    deduplicate: {by: "%alert.rule", for: 90s}
    rate_limit: {alerts: 3, per: 1h}
  - to: a
    redact: proc.name
`

func TestParse(t *testing.T) {
	routes, err := routesfile.Parse("c.yaml", []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	r := routes[0]
	if r.Name != "first" || strings.Join(r.To, " ") != "a b" || !r.Continue || r.Drop || len(r.Redact) != 2 || r.Redact[1].Text() != "proc.env[A]" ||
		r.Deduplicate.By.Text() != "%alert.rule" || r.Deduplicate.For != 90*time.Second || r.RateLimit != (route.RateLimit{Alerts: 3, Per: time.Hour}) {
		t.Errorf("got %+v", r)
	}
	if at := strings.Index(r.When.Text(), "alert.tags"); r.When.TextRange(at, at+5).Start.Line != 7 {
		t.Errorf("the second line of the condition is at %v", r.When.TextRange(at, at+5))
	}
	if routes[1].Name != "2" || routes[1].When.Exists() || routes[1].Redact[0].Text() != "proc.name" {
		t.Errorf("got %+v", routes[1])
	}
	for i, want := range []string{
		`first: if alert.rule = x or alert.tags intersects (y): to a, b without proc.name, proc.env[A], each "%alert.rule" once in 1m30s, at most 3 alerts in 1h, then continue`,
		"2: all others: to a without proc.name",
	} {
		if got := routes[i].String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "one YAML document",
		"routes: []":                            "missing key \"outputs\"",
		"outputs: {a: {}}":                      "missing key \"routes\"",
		"outputs: {a: {}}\nroutes: [{to: b}]\n": `c.yaml:2:15: ROUTE_ERR_INVALID: there is no output "b"`,
		"outputs: {a: {}}\nroutes: [{to: a, when: a.b =}]": "c.yaml:2:10: ROUTE_ERR_INVALID: the last route must take",
		"outputs: {a: {}}\nroutes: [{to: a, when: [a]}]":   "when must be text",
		"outputs: {a: {}}\nroutes: &r [{to: a}, *r]":       "",
		"outputs: [a": "invalid YAML",
	} {
		_, err := routesfile.Parse("c.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || !diag.Has(err) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	big, good := filepath.Join(dir, "big.yaml"), filepath.Join(dir, "good.yaml")
	for name, data := range map[string][]byte{big: bytes.Repeat([]byte("#"), 2<<20), good: []byte(config)} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if routes, err := routesfile.Read(good); err != nil || len(routes) != 2 {
		t.Errorf("got %v, %v", routes, err)
	}
	for _, name := range []string{big, dir, filepath.Join(dir, "missing.yaml")} {
		if _, err := routesfile.Read(name); !diag.Has(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(config))
	f.Add([]byte("outputs: {a: {}}\nroutes: [{when: 'x', to: a}, {name: 2, when: |\n  y\n   , drop: true}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		routes, err := routesfile.Parse("c.yaml", data)
		if err != nil {
			for _, d := range diag.Of(err) {
				if d.Code == "" || d.Message == "" {
					t.Errorf("incomplete: %+v", d)
				}
			}
			return
		}
		for _, r := range routes {
			_ = r.String()
			r.When.TextRange(0, len(r.When.Text()))
		}
	})
}
