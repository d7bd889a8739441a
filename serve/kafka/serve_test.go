package kafka_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/rulesfile"
	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/kafka"
)

const rules = `
- rule: Secret read
  desc: Somebody read a secret.
  condition: ka.verb = get and ka.target.resource = secrets
  output: "%ka.target.name was read"
  priority: NOTICE
  source: k8s_audit
  tags: [k8s]
`

// rulesIn returns rules in a temporary file.
func rulesIn(t *testing.T) serve.Rules {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	return serve.Rules{Paths: []string{path}}
}

// event returns an audit event of a user who reads a secret.
func event(id, user, secret string) string {
	return fmt.Sprintf(`{"kind":"Event","level":"Metadata","auditID":%q,"stage":"ResponseComplete","verb":"get","user":{"username":%q},`+
		`"objectRef":{"resource":"secrets","namespace":"shop","name":%q},"stageTimestamp":"2026-03-01T10:00:00.5Z"}`, id, user, secret)
}

// TestServe serves events to topics: their names and keys depend on the events, and do not
// have what a route redacts.
func TestServe(t *testing.T) {
	c := cluster(t, kfake.BrokerConfigs(map[string]string{"message.max.bytes": "2000"}), kfake.SeedTopics(1, "alerts-k8s_audit-ann", "alerts-k8s_audit-_redacted_", "dead"))
	out, err := kafka.Output(kafka.OutputOptions{
		Client: kafka.Client{Brokers: c.ListenAddrs()}, Topic: value("alerts-%alert.source-%ka.user.name"), Key: value("%ka.target.namespace"), DeadLetterTopic: "dead", Compression: "none",
	})
	if err != nil {
		t.Fatal(err)
	}
	config := serve.Config{Rules: rulesIn(t), Outputs: map[string]serve.Output{"kafka": out}}
	config.Rules.Routes = []*route.Route{
		{Name: "open", When: value("ka.target.name startswith open"), To: []string{"kafka"}},
		{Name: "closed", To: []string{"kafka"}, Redact: []rulesfile.Value{value("ka.user.name")}},
	}
	log := strings.Join([]string{event("1", "ann", "open"), event("2", "ann", "a"), event("3", "bob", "open b"), event("4", "ann", strings.Repeat("x", 3000))}, "\n")
	config.Inputs = []events.Input{events.Reader("audit.log", strings.NewReader(log), events.InputOptions{})}
	s, err := serve.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := records(t, c, 3, "alerts-k8s_audit-ann", "alerts-k8s_audit-_redacted_", "dead")
	slices.Sort(got)
	for i, want := range []string{
		`alerts-k8s_audit-_redacted_ "shop" {"hostname":"","output":"10:00:00.500000000: Notice a was read"`,
		`alerts-k8s_audit-ann "shop" {"hostname":"","output":"10:00:00.500000000: Notice open was read"`,
		`dead "shop" {"hostname":"","output":"10:00:00.500000000: Notice open b was read"`,
	} {
		if !strings.HasPrefix(got[i], want) {
			t.Errorf("got  %s\nwant %s", got[i], want)
		}
	}
	if !strings.Contains(got[2], "falcorules-error=UNKNOWN_TOPIC_OR_PARTITION") || !strings.Contains(got[2], "falcorules-topic=alerts-k8s_audit-bob") {
		t.Errorf("got %s", got[2])
	}
}

// TestTemplateErrors checks that mistakes in templates are found with the rules.
func TestTemplateErrors(t *testing.T) {
	out, err := kafka.Output(kafka.OutputOptions{Client: kafka.Client{Brokers: []string{"127.0.0.1:1"}}, Topic: value("alerts-%ka.vreb")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = serve.New(serve.Config{Rules: rulesIn(t), Outputs: map[string]serve.Output{"kafka": out}})
	if list := diag.Of(err); !diag.Has(err) || list[0].Range.Start.Column != 8 || list[0].Hint != "did you mean ka.verb?" {
		t.Errorf("got %v", err)
	}
}
