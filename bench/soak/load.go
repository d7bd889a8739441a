package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falcorules/falcorules"
	"github.com/falcorules/falcorules/bench/corpus"
)

// id is the ID of an alert.
type id [16]byte

// template is a body whose events get new IDs each time it is sent.
type template struct {
	body   []byte
	ids    []int // the offsets of the IDs
	alerts []expected
}

// expected is an alert of an event.
type expected struct {
	event       int
	stage, rule string
}

// idSize is the size of an auditID.
const idSize = 36

// load sends batches of events to a server.
type load struct {
	target    *target
	templates []template
	begin     time.Time

	acknowledged atomic.Int64 // events
	refused      atomic.Int64 // attempts

	mu        sync.Mutex
	next      int
	settled   bool // no batch is late because of a restart
	starts    int  // of the server when that was last checked
	wanted    map[id]bool
	latencies []float64 // in milliseconds, since the last call of take
	all       []float64
	longest   time.Duration
}

// newLoad generates the events, and finds out which alerts they have.
func newLoad(t *target, batch int) (*load, error) {
	const events = 40_000
	rules, err := falcorules.Load(t.rules()...)
	if err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	if err := corpus.Audit(&lines, max(events, batch)); err != nil {
		return nil, err
	}
	l := &load{target: t, begin: time.Now(), wanted: map[id]bool{}, settled: true, starts: 1}
	for items := range slices.Chunk(bytes.Split(bytes.TrimSpace(lines.Bytes()), []byte("\n")), batch) {
		var s template
		s.body = []byte(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[`)
		for i, item := range items {
			var event struct{ AuditID, Stage string }
			if err := json.Unmarshal(item, &event); err != nil {
				return nil, err
			}
			at := bytes.Index(item, []byte(`"auditID":"`+event.AuditID))
			if at < 0 || len(event.AuditID) != idSize {
				return nil, fmt.Errorf("unexpected auditID %q", event.AuditID)
			}
			if i > 0 {
				s.body = append(s.body, ',')
			}
			s.ids = append(s.ids, len(s.body)+at+len(`"auditID":"`))
			s.body = append(s.body, item...)
			matches, err := rules.MatchJSON(item)
			if err != nil {
				return nil, err
			}
			for _, m := range matches {
				s.alerts = append(s.alerts, expected{i, event.Stage, m.Rule().Name})
			}
		}
		s.body = append(s.body, "]}\n"...)
		l.templates = append(l.templates, s)
	}
	return l, nil
}

// fill returns the body of a batch, in buf.
func (s *template) fill(buf []byte, batch int) []byte {
	buf = append(buf[:0], s.body...)
	for i, at := range s.ids {
		copy(buf[at:], eventID(batch, i))
	}
	return buf
}

func eventID(batch, event int) string { return fmt.Sprintf("%024x-%011x", batch, event) }

// run sends batches at a rate a second until ctx is done, and then waits for those that have
// been begun.
func (l *load) run(ctx context.Context, rate float64) {
	const senders = 16
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	var running sync.WaitGroup
	l.begin = time.Now()
	for range senders {
		running.Go(func() {
			var body []byte
			for {
				batch, due, calm := l.nextBatch(rate)
				if !wait(ctx, time.Until(due)) {
					return
				}
				s := &l.templates[batch%len(l.templates)]
				body = s.fill(body, batch)
				l.deliver(ctx, client, s, batch, body, due, calm)
			}
		})
	}
	running.Wait()
}

// nextBatch returns the number of the next batch and the time when it is due. It is calm if its
// latency counts: batches that are late because of a restart do not.
func (l *load) nextBatch(rate float64) (batch int, due time.Time, calm bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch = l.next
	l.next++
	due = l.begin.Add(time.Duration(float64(batch) / rate * float64(time.Second)))
	if starts := l.target.starts(); starts != l.starts {
		l.starts, l.settled = starts, false
	}
	l.settled = l.settled || time.Now().Before(due)
	return batch, due, l.settled
}

// deliver sends a batch until it has been acknowledged. When ctx is done, it tries for a few
// seconds more.
func (l *load) deliver(ctx context.Context, client *http.Client, s *template, batch int, body []byte, due time.Time, calm bool) {
	starts := l.target.starts()
	for attempt := 0; ; attempt++ {
		if ctx.Err() != nil && time.Since(due) > 20*time.Second {
			return
		}
		pause := 100 * time.Millisecond
		resp, err := client.Post(l.target.url, "application/json", bytes.NewReader(body))
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				l.acknowledge(s, batch, time.Since(due), calm && starts == l.target.starts())
				return
			}
			if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
				pause = time.Second // API servers wait longer
			}
		}
		l.refused.Add(1)
		time.Sleep(pause)
	}
}

func (l *load) acknowledge(s *template, batch int, took time.Duration, calm bool) {
	l.acknowledged.Add(int64(len(s.ids)))
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range s.alerts {
		l.wanted[alertID(eventID(batch, e.event), e.stage, e.rule)] = true
	}
	l.longest = max(l.longest, took)
	if calm {
		l.latencies = append(l.latencies, float64(took.Microseconds())/1000)
	}
}

// alertID returns the ID of an alert as the server makes it.
func alertID(auditID, stage, rule string) id {
	sum := sha256.Sum256([]byte(auditID + "\x00" + stage + "\x00" + rule))
	return id(sum[:len(id{})])
}

// parseID parses an ID in an alert.
func parseID(text string) (id, bool) {
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != len(id{}) {
		return id{}, false
	}
	return id(data), true
}

// take returns the latencies since the last call.
func (l *load) take() []float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	latencies := l.latencies
	l.all, l.latencies = append(l.all, latencies...), nil
	return latencies
}

// print prints what has been sent.
func (l *load) print() {
	l.take()
	took := time.Since(l.begin)
	fmt.Printf("%d events acknowledged, %.0f a second; %d attempts were not; longest time to the answer %v\n",
		l.acknowledged.Load(), float64(l.acknowledged.Load())/took.Seconds(), l.refused.Load(), l.longest.Round(time.Millisecond))
	fmt.Printf("time to the answer, except after kills: median %.1f ms, 99th percentile %.1f ms, of %d batches\n", percentile(l.all, 50), percentile(l.all, 99), len(l.all))
}

// missing returns how many alerts are wanted and not there.
func (l *load) missing(got map[id]int) int {
	n := 0
	for want := range l.wanted {
		if got[want] == 0 {
			n++
		}
	}
	return n
}
