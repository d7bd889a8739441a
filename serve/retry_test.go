package serve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falcorules/falcorules/serve"
)

// apiServer sends batches of audit events as an API server does, but a second takes it
// only 10 milliseconds. The figures are those of the options of kube-apiserver 1.36 and of
// client-go 0.36, rest/with_retry.go.
type apiServer struct {
	url    string
	client http.Client
	full   chan struct{} // is closed at the first answer that asks to try again later
	once   sync.Once
	// lost counts batches that were given up.
	lost atomic.Int64
}

const apiSecond = 10 * time.Millisecond

func newAPIServer(url string) *apiServer {
	return &apiServer{url: url, client: http.Client{Timeout: 30 * apiSecond, Transport: new(http.Transport)}, full: make(chan struct{})}
}

// deliver sends a batch up to 5 times, with growing waits.
func (a *apiServer) deliver(ctx context.Context, batch string) {
	const attempts, factor = 5, 1.5
	wait := float64(10 * apiSecond)
	for attempt := range attempts {
		if attempt > 0 {
			time.Sleep(time.Duration(wait))
			wait *= factor
		}
		if a.request(ctx, batch) {
			return
		}
	}
	a.lost.Add(1)
}

// request sends a request, and up to 10 times again if the answer says when.
func (a *apiServer) request(ctx context.Context, batch string) bool {
	const repeats = 10
	for range 1 + repeats {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, strings.NewReader(batch))
		if err != nil {
			return false
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := a.client.Do(req)
		if err != nil {
			return false
		}
		_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again
		resp.Body.Close()
		seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		switch {
		case resp.StatusCode/100 == 2:
			return true
		case resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < 500 || err != nil:
			return false
		}
		a.once.Do(func() { close(a.full) })
		time.Sleep(time.Duration(seconds) * apiSecond)
	}
	return false
}

// TestAPIServer sends batches while an output is down, until it has become full. When it is
// back, all alerts arrive, and those that arrive again have the same IDs.
func TestAPIServer(t *testing.T) {
	for _, name := range []string{"direct", "journal"} {
		t.Run(name, func(t *testing.T) {
			up := make(chan struct{})
			out := &output{fail: func(int) error {
				select {
				case <-up:
					return nil
				default:
					return errors.New("down")
				}
			}}
			c := serve.Config{Outputs: map[string]serve.Output{"out": out}, QueueSize: 8 << 10}
			if name == "journal" {
				c.Journal, c.JournalSize = filepath.Join(t.TempDir(), "journal"), 16<<10
			}
			sender := newAPIServer(start(t, c))
			defer sender.client.CloseIdleConnections()
			const batches, size = 20, 5
			var senders sync.WaitGroup
			for batch := range batches {
				var items []string
				for i := range size {
					id := fmt.Sprint(batch*size + i)
					items = append(items, event(id, "secret-"+id))
				}
				senders.Go(func() { sender.deliver(t.Context(), list(items...)) })
			}
			<-sender.full
			close(up)
			senders.Wait()
			ids := map[string]string{} // by the text of the alert
			complete := func() bool {
				out.mu.Lock()
				defer out.mu.Unlock()
				for _, a := range out.alerts {
					if id, ok := ids[string(a.Text)]; ok && id != a.ID {
						t.Errorf("%s has the IDs %s and %s", a.Text, id, a.ID)
					}
					ids[string(a.Text)] = a.ID
				}
				return len(ids) == batches*size
			}
			for range 500 { // the journal may still have some
				if complete() {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if n := sender.lost.Load(); n > 0 || len(ids) != batches*size {
				t.Errorf("%d batches were given up, and %d of %d alerts arrived", n, len(ids), batches*size)
			}
		})
	}
}
