package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/kafka"
)

// produce writes records to a partition of a topic. A nil value is a tombstone.
func produce(t *testing.T, c *kfake.Cluster, topic string, number int32, values ...[]byte) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, v := range values {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Partition: number, Value: v, Key: []byte("k")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// collector is an output that keeps the IDs of alerts.
type collector struct {
	mu   sync.Mutex
	ids  []string
	fail error
}

func (o *collector) Write(_ context.Context, alerts []*serve.Alert) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return 0, o.fail
	}
	for _, a := range alerts {
		words := strings.Fields(string(a.Text)) // TIME PRIORITY SECRET was read
		o.ids = append(o.ids, words[2])
	}
	return len(alerts), nil
}

func (*collector) Format() serve.Format { return serve.Text }

func (*collector) Close() error { return nil }

// got returns the secrets of the alerts so far, sorted.
func (o *collector) got() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(slices.Sorted(slices.Values(o.ids)), " ")
}

// serving runs a server that reads topics, until stop is called.
func serving(t *testing.T, c *kfake.Cluster, out serve.Output, topics ...string) (s *serve.Server, stop func()) {
	t.Helper()
	in, err := kafka.Input(kafka.InputOptions{Client: kafka.Client{Brokers: c.ListenAddrs()}, Topics: topics, Group: "group", DeadLetterTopic: "dead"})
	if err != nil {
		t.Fatal(err)
	}
	config := serve.Config{
		Rules: rulesIn(t), Inputs: []events.Input{in}, Outputs: map[string]serve.Output{"out": out},
		Operations: serve.Operations{Address: "127.0.0.1:0"}, DrainTime: time.Second,
	}
	config.Rules.EventsFrom = k8saudit.AnyWrapper
	if s, err = serve.New(config); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return s, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// eventually waits until a condition is true.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for range 3000 {
		if condition() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never happened: %s", what)
}

func metrics(t *testing.T, s *serve.Server) string {
	t.Helper()
	resp, err := http.Get("http://" + s.OperationsAddress() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestInput(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(2, "audit"), kfake.SeedTopics(1, "other", "dead"))
	list := `{"kind":"EventList","items":[` + event("1", "ann", "a") + "," + event("2", "ann", "b") + `]}`
	produce(t, c, "audit", 0, []byte(event("3", "ann", "c")), []byte(list), nil)
	produce(t, c, "audit", 1, []byte(`{"kind":"Pod"}`), []byte("no JSON"), []byte(""), []byte(event("4", "ann", "d")))
	produce(t, c, "other", 0, fmt.Appendf(nil, `{"timestamp":1772359200500,"message":%q}`, event("5", "ann", "e"))) // a log record of EKS
	out := new(collector)
	s, stop := serving(t, c, out, "audit", "other")
	eventually(t, "all alerts", func() bool { return out.got() == "a b c d e" })
	eventually(t, "all offsets are committed", func() bool {
		return strings.Count(metrics(t, s), "falcorules_kafka_lag_records{") == 3 && lag(metrics(t, s)) == 0
	})
	text := metrics(t, s)
	for _, want := range []string{`falcorules_kafka_tombstones_total{group="group"} 1`, `falcorules_kafka_dead_letters_total{group="group"} 2`, `falcorules_kafka_failing{group="group"} 0`} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	stop()
	dead := records(t, c, 2, "dead")
	for i, want := range []string{`dead "k" {"kind":"Pod"} falcorules-error=`, `dead "k" no JSON falcorules-error=`} {
		if !strings.HasPrefix(dead[i], want) || !strings.HasSuffix(dead[i], fmt.Sprintf("falcorules-topic=audit falcorules-partition=1 falcorules-offset=%d", i)) {
			t.Errorf("got  %s\nwant %s", dead[i], want)
		}
	}
	// Nothing is read again, and new records are.
	produce(t, c, "audit", 1, []byte(event("6", "ann", "f")))
	_, stop = serving(t, c, out, "audit", "other")
	eventually(t, "the new alert", func() bool { return strings.HasSuffix(out.got(), " f") })
	stop()
	if got := out.got(); got != "a b c d e f" {
		t.Errorf("got %s", got)
	}
}

// lag returns the sum of the lags.
func lag(metrics string) (sum int) {
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, "falcorules_kafka_lag_records{") {
			n := 0
			_, _ = fmt.Sscan(line[strings.LastIndexByte(line, ' ')+1:], &n)
			sum += n
		}
	}
	return sum
}

// TestInputOutputDown checks that records are not committed before their alerts are written.
func TestInputOutputDown(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "audit", "dead"))
	down := &collector{fail: errors.New("down")}
	produce(t, c, "audit", 0, []byte(event("1", "ann", "a")), []byte(event("2", "ann", "b")), []byte(`{"kind":"Event","auditID":"3","stageTimestamp":"2026-03-01T10:00:00Z"}`))
	s, stop := serving(t, c, down, "audit")
	eventually(t, "the records are read", func() bool { return strings.Contains(metrics(t, s), "falcorules_events_total 3\n") })
	if got := lag(metrics(t, s)); got != 3 {
		t.Errorf("the lag is %d, want 3", got)
	}
	stop()
	out := new(collector)
	_, stop = serving(t, c, out, "audit")
	eventually(t, "the alerts", func() bool { return out.got() == "a b" })
	stop()
}

// TestInputGroup checks that two servers share the partitions, and that one takes over those
// of the other.
func TestInputGroup(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(2, "audit"), kfake.SeedTopics(1, "dead"))
	var want []string
	next := 0
	write := func() {
		for number := range int32(2) {
			var values [][]byte
			for range 20 {
				name := fmt.Sprintf("s%03d", next)
				values = append(values, []byte(event(name, "ann", name)))
				want = append(want, name)
				next++
			}
			produce(t, c, "audit", number, values...)
		}
	}
	one, two := new(collector), new(collector)
	_, stopOne := serving(t, c, one, "audit")
	_, stopTwo := serving(t, c, two, "audit")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := c.WaitGroupStable(ctx, "group", 2); err != nil {
		t.Fatal(err)
	}
	write()
	all := func() bool {
		ids := strings.Fields(one.got() + " " + two.got())
		slices.Sort(ids)
		return slices.Equal(slices.Compact(ids), want)
	}
	eventually(t, "all alerts", all)
	if one.got() == "" || two.got() == "" {
		t.Errorf("the servers have not shared the partitions: %q and %q", one.got(), two.got())
	}
	stopOne()
	write()
	eventually(t, "all alerts after one is gone", all)
	stopTwo()
}

func TestInputValidate(t *testing.T) {
	for name, change := range map[string]func(*kafka.InputOptions){
		"":            func(*kafka.InputOptions) {},
		"broker":      func(o *kafka.InputOptions) { o.Brokers = nil },
		"topics":      func(o *kafka.InputOptions) { o.Topics = nil },
		`topic ""`:    func(o *kafka.InputOptions) { o.Topics = []string{""} },
		`topic "a b"`: func(o *kafka.InputOptions) { o.DeadLetterTopic = "a b" },
		"group":       func(o *kafka.InputOptions) { o.Group = "" },
	} {
		o := kafka.InputOptions{Client: kafka.Client{Brokers: []string{"a:1"}}, Topics: []string{"audit"}, Group: "g"}
		change(&o)
		if err := o.Validate(); (err == nil) != (name == "") || err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestInputMissingTopic checks that a topic that does not exist is reported, and read when it
// has been created.
func TestInputMissingTopic(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "dead"))
	in, err := kafka.Input(kafka.InputOptions{Client: kafka.Client{Brokers: c.ListenAddrs()}, Topics: []string{"audit"}, Group: "group"})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := in.Next(ctx); !diag.Has(err) || !strings.Contains(err.Error(), "UNKNOWN_TOPIC_OR_PARTITION") {
		t.Fatalf("got %v", err)
	}
	if err := c.CreateTopic("audit", 1, nil); err != nil {
		t.Fatal(err)
	}
	produce(t, c, "audit", 0, []byte("x"))
	for {
		rec, err := in.Next(ctx)
		switch {
		case err == nil && string(rec.Raw) == "x":
			return
		case !diag.Has(err):
			t.Fatalf("got %v, %v", rec, err)
		}
	}
}

// TestInputClose checks that closing a reader does not wait long for brokers that are gone or
// do not answer.
func TestInputClose(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*kfake.Cluster, <-chan struct{}){
		"gone": func(c *kfake.Cluster, _ <-chan struct{}) { c.Close() },
		"no answer": func(c *kfake.Cluster, hang <-chan struct{}) {
			c.Control(func(kmsg.Request) (kmsg.Response, error, bool) {
				c.SleepControl(func() { <-hang })
				return nil, nil, false
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := cluster(t, kfake.SeedTopics(1, "audit"))
			produce(t, c, "audit", 0, []byte("x"), []byte("y"))
			in, err := kafka.Input(kafka.InputOptions{Client: kafka.Client{Brokers: c.ListenAddrs()}, Topics: []string{"audit"}, Group: "group"})
			if err != nil {
				t.Fatal(err)
			}
			rec, err := in.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			hang := make(chan struct{})
			defer close(hang)
			stop(c, hang)
			if err := in.Ack(rec); err != nil {
				t.Error(err)
			}
			start := time.Now()
			if err := in.Close(); err == nil {
				t.Error("no error")
			}
			if d := time.Since(start); d > 15*time.Second {
				t.Errorf("closing took %s", d)
			}
		})
	}
}

// TestInputRejectWithoutAnswer checks that a record that the brokers do not take does not
// keep a server from shutting down.
func TestInputRejectWithoutAnswer(t *testing.T) {
	t.Parallel()
	c := cluster(t, kfake.SeedTopics(1, "audit", "dead"))
	produce(t, c, "audit", 0, []byte("x"))
	in, err := kafka.Input(kafka.InputOptions{Client: kafka.Client{Brokers: c.ListenAddrs()}, Topics: []string{"audit"}, Group: "group", DeadLetterTopic: "dead"})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rec, err := in.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hang := make(chan struct{})
	defer close(hang)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.SleepControl(func() {
			cancel()
			<-hang
		})
		return nil, nil, false
	})
	ended := make(chan error, 1)
	go func() { ended <- in.Reject(ctx, rec, errors.New("reason")) }()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("no error")
		}
	case <-time.After(5 * time.Second):
		t.Error("Reject does not return")
	}
}
