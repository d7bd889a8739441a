package serve

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// delivery is a group of alerts on their way to outputs.
type delivery struct {
	// left is the number of alerts that are not yet written, over all outputs, and one more
	// until all of them are in the queues.
	left atomic.Int64
	// done is called when left is 0.
	done func()
}

func (d *delivery) finish(n int) {
	if n > 0 && d.left.Add(-int64(n)) == 0 {
		d.done()
	}
}

// queued is an alert in the queue of one output.
type queued struct {
	alert *Alert
	group *delivery
}

// queue holds the alerts that one output has to write.
type queue struct {
	name   string
	output Output
	limit  int // in bytes
	// room is what is left of the limit. It serves those who wait in their order, so that
	// many small lists of alerts do not keep a large one away.
	room  *semaphore.Weighted
	retry retry
	// reject takes alerts that the output will never take.
	reject  func(ctx context.Context, output string, a *Alert, err error) error
	metrics outputMetrics
	log     *slog.Logger
	// failing is true after the output returned an error, until it has written all that it was
	// given: a server that is overloaded takes some alerts and refuses others.
	failing atomic.Bool

	mu    sync.Mutex
	items []queued
	// writing is how many alerts have been taken and not been written.
	writing int
	bytes   int // of items, of what is being written, and reserved
	// reserved is what has been taken from room: bytes, but not more than limit.
	reserved int
	// changed is closed and replaced whenever an item is added, and when the queue closes.
	changed chan struct{}
	closed  bool
}

// maxWrite is how many alerts an output gets at once.
const maxWrite = 1024

func newQueue(name string, o Output, limit int) *queue {
	return &queue{
		name: name, output: o, limit: limit, room: semaphore.NewWeighted(int64(limit)),
		retry: defaultRetry, changed: make(chan struct{}),
	}
}

// reserve makes room for n bytes, if there is any and nobody waits for it. An empty queue has
// room for anything, so that nothing is too large.
func (q *queue) reserve(n int) bool {
	if !q.room.TryAcquire(int64(min(n, q.limit))) {
		return false
	}
	q.reserveMore(n)
	return true
}

// reserveWait is like reserve, but waits for room. It returns an error only if ctx is done.
func (q *queue) reserveWait(ctx context.Context, n int) error {
	if err := q.room.Acquire(ctx, int64(min(n, q.limit))); err != nil {
		return err
	}
	q.reserveMore(n)
	return nil
}

func (q *queue) reserveMore(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes += n
	q.reserved += min(n, q.limit)
}

// release gives back room for n bytes.
func (q *queue) release(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes -= n
	if more := q.reserved - q.bytes; more > 0 {
		q.reserved -= more
		q.room.Release(int64(more))
	}
}

func (q *queue) signal() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// put adds alerts, for which room has been reserved.
func (q *queue) put(alerts []*Alert, group *delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, a := range alerts {
		q.items = append(q.items, queued{a, group})
	}
	q.signal()
}

// take returns alerts to write, and waits for them. It returns none when the queue has
// been closed and is empty, or when ctx is done.
func (q *queue) take(ctx context.Context) []queued {
	for {
		q.mu.Lock()
		if n := min(len(q.items), maxWrite); n > 0 {
			items := q.items[:n:n]
			q.items = q.items[n:]
			q.writing = n
			q.mu.Unlock()
			return items
		}
		changed, closed := q.changed, q.closed
		q.mu.Unlock()
		if closed {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// size returns how many alerts have not been written, and their memory.
func (q *queue) size() (alerts, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items) + q.writing, q.bytes
}

// close makes run return after it has written everything.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

// run writes the alerts of the queue until it is closed and empty, or ctx is done.
func (q *queue) run(ctx context.Context) {
	for {
		items := q.take(ctx)
		if items == nil {
			return
		}
		if !q.write(ctx, items) {
			return
		}
	}
}

// write writes items, and tries again until it has.
func (q *queue) write(ctx context.Context, items []queued) bool {
	alerts := make([]*Alert, len(items))
	for i, it := range items {
		alerts[i] = it.alert
	}
	for attempt := 0; len(items) > 0; {
		start := time.Now()
		n, err := q.output.Write(ctx, alerts)
		q.metrics.writing.Observe(time.Since(start).Seconds())
		q.metrics.written.Add(float64(n))
		var rejected *RejectError
		if errors.As(err, &rejected) && n < len(items) {
			err = q.reject(ctx, q.name, alerts[n], rejected.Err)
			if err == nil {
				n++
			}
		}
		if n > 0 {
			q.finish(items[:n])
			items, alerts = items[n:], alerts[n:]
			attempt = 0
		}
		if err == nil && n == 0 {
			err = io.ErrNoProgress
		}
		if err == nil {
			continue
		}
		q.metrics.failed.Inc()
		if !q.failing.Swap(true) {
			q.log.Error("cannot write to the output, so its alerts wait", "output", q.name, "error", err)
		}
		if !q.retry.wait(ctx, attempt) {
			return false
		}
		attempt++
	}
	if q.failing.Swap(false) {
		q.log.Info("the output works again", "output", q.name)
	}
	return true
}

// finish counts items as written.
func (q *queue) finish(items []queued) {
	size := 0
	for _, it := range items {
		size += it.alert.size()
		it.group.finish(1)
	}
	q.mu.Lock()
	q.writing -= len(items)
	q.mu.Unlock()
	q.release(size)
}

// retry is how long to wait before the next attempt.
type retry struct{ first, most time.Duration }

var defaultRetry = retry{100 * time.Millisecond, 30 * time.Second}

// wait waits before the next attempt, longer after each one and for a random part of the
// time. It returns false if ctx is done.
func (r retry) wait(ctx context.Context, attempt int) bool {
	d := r.most
	if attempt < 20 {
		d = min(d, r.first<<attempt)
	}
	timer := time.NewTimer(d/2 + rand.N(d/2+1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
