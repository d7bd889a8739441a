package kafka_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/rulesfile"
	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/kafka"
)

// value returns a template as from a file.
func value(text string) rulesfile.Value {
	_, values := rulesfile.Texts("test", text)
	return values[0]
}

// cluster starts brokers that are not real.
func cluster(t *testing.T, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// open opens an output.
func open(t *testing.T, o kafka.OutputOptions) serve.Output {
	t.Helper()
	out, err := kafka.Output(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := out.Close(); err != nil {
			t.Error(err)
		}
	})
	return out
}

// alerts returns alerts with the given IDs.
func alerts(ids ...string) []*serve.Alert {
	var out []*serve.Alert
	for _, id := range ids {
		out = append(out, &serve.Alert{ID: id, JSON: fmt.Appendf(nil, `{"id":%q}`, id)})
	}
	return out
}

// records returns the first n records of topics as "TOPIC KEY ID VALUE HEADERS".
func records(t *testing.T, c *kfake.Cluster, n int, topics ...string) []string {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumeTopics(topics...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var out []string
	for len(out) < n {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatalf("after %q: %v", out, err)
		}
		for r := range fetches.RecordsAll() {
			text := fmt.Sprintf("%s %q %s", r.Topic, r.Key, r.Value)
			for _, h := range r.Headers {
				text += fmt.Sprintf(" %s=%s", h.Key, h.Value)
			}
			out = append(out, text)
		}
	}
	return out
}

func TestOutput(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "alerts", "prod_eu.1"))
	out := open(t, kafka.OutputOptions{Client: kafka.Client{Brokers: c.ListenAddrs()}, Topic: value("alerts"), Key: value("%ka.target.namespace"), Compression: "zstd"})
	if got := out.(serve.Templated).Templates(); len(got) != 1 || got[0].Text() != "%ka.target.namespace" {
		t.Errorf("templates: %v", got)
	}
	list := alerts("1", "2")
	list[0].Filled = map[string]string{"%ka.target.namespace": "shop"}
	list[1].Filled = map[string]string{"%ka.target.namespace": "<NA>"}
	if n, err := out.Write(t.Context(), list); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	got := strings.Join(records(t, c, 2, "alerts"), "\n")
	if want := `alerts "shop" {"id":"1"} falcorules-alert-id=1` + "\n" + `alerts "<NA>" {"id":"2"} falcorules-alert-id=2`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// Topics that depend on the alert.
	by := open(t, kafka.OutputOptions{Client: kafka.Client{Brokers: c.ListenAddrs()}, Topic: value("%alert.source")})
	list = alerts("3")
	list[0].Filled = map[string]string{"%alert.source": "prod/eu.1"}
	if n, err := by.Write(t.Context(), list); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if got := records(t, c, 1, "prod_eu.1"); got[0] != `prod_eu.1 "" {"id":"3"} falcorules-alert-id=3` {
		t.Errorf("got %s", got)
	}
}

func TestCompressions(t *testing.T) {
	for _, name := range kafka.Compressions() {
		t.Run(name, func(t *testing.T) {
			c := cluster(t, kfake.SeedTopics(1, "alerts"))
			out := open(t, kafka.OutputOptions{Client: kafka.Client{Brokers: c.ListenAddrs()}, Topic: value("alerts"), Compression: name})
			if n, err := out.Write(t.Context(), alerts("1")); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			records(t, c, 1, "alerts")
		})
	}
}

// TestRejects checks alerts that a topic rejects.
func TestRejects(t *testing.T) {
	for _, test := range []struct {
		name, topic, deadLetters string
		err                      *kerr.Error
		rejected                 bool
	}{
		{"too large", "alerts", "dead", kerr.MessageTooLarge, true},
		{"too large, without a topic", "alerts", "", kerr.MessageTooLarge, true},
		{"not allowed", "alerts", "dead", kerr.TopicAuthorizationFailed, false},
		{"unknown topic", "missing", "dead", nil, false},
		{"unknown topic of an alert", "%alert.source", "dead", nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := cluster(t, kfake.SeedTopics(1, "alerts", "dead"))
			if test.err != nil {
				c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "alerts", Err: test.err, Count: 2})
			}
			o := kafka.OutputOptions{Client: kafka.Client{Brokers: c.ListenAddrs()}, Topic: value(test.topic), DeadLetterTopic: test.deadLetters, Timeout: 3 * time.Second}
			out := open(t, o)
			list := alerts("1", "2")
			for _, a := range list {
				a.Filled = map[string]string{"%alert.source": "missing"}
			}
			n, err := out.Write(t.Context(), list)
			var rejected *serve.RejectError
			if n != 0 || err == nil || errors.As(err, &rejected) != test.rejected {
				t.Fatalf("got %d, %v", n, err)
			}
			if !test.rejected {
				return
			}
			err = out.(serve.DeadLetterer).WriteDeadLetter(t.Context(), list[0], rejected)
			if (err == nil) != (test.deadLetters != "") {
				t.Fatal(err)
			}
			if err == nil {
				got := records(t, c, 1, "dead")[0]
				if !strings.HasPrefix(got, `dead "" {"id":"1"} falcorules-alert-id=1 falcorules-error=`) || !strings.Contains(got, " falcorules-topic=") {
					t.Errorf("got %s", got)
				}
			}
			if test.topic == "alerts" {
				if n, err := out.Write(t.Context(), list[1:]); n != 1 || err != nil {
					t.Errorf("the next alert: %d, %v", n, err)
				}
			}
		})
	}
}

// TestLargeBatch writes alerts that are too large together, and one that is too large alone.
func TestLargeBatch(t *testing.T) {
	c := cluster(t, kfake.BrokerConfigs(map[string]string{"message.max.bytes": "1000"}), kfake.SeedTopics(1, "alerts"))
	out := open(t, kafka.OutputOptions{Client: kafka.Client{Brokers: c.ListenAddrs()}, Topic: value("alerts"), Compression: "none"})
	list := alerts("1", "2", "3", "4", "5")
	for i, a := range list {
		size := 300
		if i == 2 {
			size = 2000
		}
		a.JSON = fmt.Appendf(nil, `{"id":%q,"text":%q}`, a.ID, strings.Repeat("x", size))
	}
	n, err := out.Write(t.Context(), list)
	if n != 2 || !errors.As(err, new(*serve.RejectError)) {
		t.Fatalf("got %d, %v", n, err)
	}
	if n, err := out.Write(t.Context(), list[3:]); n != 2 || err != nil {
		t.Fatalf("got %d, %v", n, err)
	}
	if got := len(records(t, c, 4, "alerts")); got != 4 {
		t.Errorf("the topic has %d records", got)
	}
}

// TestBrokerDown writes to a broker that is down, and then up. The alerts are written once.
func TestBrokerDown(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "alerts"))
	addresses := c.ListenAddrs()
	hang := make(chan struct{})
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.SleepControl(func() { <-hang })
		return nil, nil, false
	})
	out := open(t, kafka.OutputOptions{Client: kafka.Client{Brokers: addresses}, Topic: value("alerts"), Timeout: 200 * time.Millisecond})
	list := alerts("1", "2")
	for range 2 {
		if n, err := out.Write(t.Context(), list); n != 0 || err == nil || !strings.Contains(err.Error(), "no answer from the brokers") {
			t.Fatalf("got %d, %v", n, err)
		}
	}
	close(hang)
	for range 100 {
		n, err := out.Write(t.Context(), list)
		if list = list[n:]; err == nil {
			break
		}
	}
	if len(list) > 0 {
		t.Fatal("the alerts have not been written")
	}
	if info := c.PartitionInfo("alerts", 0); info.HighWatermark != 2 {
		t.Errorf("the topic has %d records, want 2", info.HighWatermark)
	}
}

// TestUnreachable checks that the error says why there is no connection.
func TestUnreachable(t *testing.T) {
	c := cluster(t)
	address := c.ListenAddrs()[0]
	c.Close()
	out := open(t, kafka.OutputOptions{Client: kafka.Client{Brokers: []string{address}}, Topic: value("alerts"), Timeout: 300 * time.Millisecond})
	if n, err := out.Write(t.Context(), alerts("1")); n != 0 || err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %d, %v", n, err)
	}
}

// TestTLS connects with TLS, with the right certificate authority and without.
func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(nil) // it has a certificate for 127.0.0.1
	defer server.Close()
	authorities := x509.NewCertPool()
	authorities.AddCert(server.Certificate())
	c := cluster(t, kfake.SeedTopics(1, "alerts"), kfake.TLS(&tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS12}))
	for _, test := range []struct {
		name   string
		config *tls.Config
		want   string
	}{
		{"right", &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}, ""},
		{"wrong", &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}, "certificate"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := open(t, kafka.OutputOptions{Client: kafka.Client{Brokers: c.ListenAddrs(), TLS: test.config}, Topic: value("alerts"), Timeout: time.Second})
			n, err := out.Write(t.Context(), alerts("1"))
			if test.want == "" && (n != 1 || err != nil) || test.want != "" && (n != 0 || err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %d, %v", n, err)
			}
		})
	}
}

func TestSASL(t *testing.T) {
	for _, mechanism := range kafka.Mechanisms() {
		for _, password := range []string{"secret", "wrong"} {
			if password == "wrong" && mechanism != "plain" {
				continue // it takes a second each
			}
			t.Run(subtest.Name(mechanism+" "+password), func(t *testing.T) {
				c := cluster(t, kfake.SeedTopics(1, "alerts"), kfake.EnableSASL(), kfake.Superuser(strings.ToUpper(mechanism), "ann", "secret"))
				file := filepath.Join(t.TempDir(), "password")
				if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				client := kafka.Client{Brokers: c.ListenAddrs(), SASL: &kafka.SASL{Mechanism: mechanism, User: "ann", PasswordFile: file}}
				out := open(t, kafka.OutputOptions{Client: client, Topic: value("alerts"), Timeout: time.Second})
				n, err := out.Write(t.Context(), alerts("1"))
				switch {
				case password == "secret" && (n != 1 || err != nil):
					t.Errorf("got %d, %v", n, err)
				case password == "wrong" && (n != 0 || err == nil || errors.As(err, new(*serve.RejectError))):
					t.Errorf("got %d, %v", n, err)
				}
			})
		}
	}
}

func TestValidate(t *testing.T) {
	good := func() kafka.OutputOptions {
		return kafka.OutputOptions{Client: kafka.Client{Brokers: []string{"a:1"}}, Topic: value("alerts")}
	}
	for name, change := range map[string]func(*kafka.OutputOptions){
		"":                    func(*kafka.OutputOptions) {},
		"no brokers":          func(o *kafka.OutputOptions) { o.Brokers = nil },
		"invalid broker":      func(o *kafka.OutputOptions) { o.Brokers = []string{"kafka"} },
		"no topic":            func(o *kafka.OutputOptions) { o.Topic = rulesfile.Value{} },
		"invalid topic":       func(o *kafka.OutputOptions) { o.Topic = value("a b") },
		"invalid mechanism":   func(o *kafka.OutputOptions) { o.SASL = &kafka.SASL{Mechanism: "x"} },
		"invalid compression": func(o *kafka.OutputOptions) { o.Compression = "x" },
	} {
		o := good()
		change(&o)
		err := o.Validate()
		if (err == nil) != (name == "") || err != nil && !strings.Contains(err.Error(), strings.TrimPrefix(name, "no ")) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
