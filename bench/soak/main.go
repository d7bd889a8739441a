// Command soak runs falcorules serve under load while things go wrong, and checks that every
// event it has acknowledged has its alerts in the end:
//
//	cd bench && go run ./soak [-time 10m] [-rate 50000] [-kills 20]
//
// Meanwhile, the rules change every few seconds, sometimes to rules that do not load, an
// output fails and comes back, and the server is killed and started again. Everything stays on
// this machine, and takes not much longer than -time.
//
// The exit status is 1 if an alert is missing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// options are the flags.
type options struct {
	time, reload, outage time.Duration
	rate, batch          float64
	kills                int
	direct               bool
}

func main() {
	var o options
	flag.DurationVar(&o.time, "time", 10*time.Minute, "send events for this `duration`")
	flag.Float64Var(&o.rate, "rate", 50_000, "send this many `events` a second")
	flag.Float64Var(&o.batch, "batch", 400, "send this many `events` at once")
	flag.IntVar(&o.kills, "kills", 20, "kill the server this many times")
	flag.DurationVar(&o.reload, "reload", 5*time.Second, "change the rules in this `interval`")
	flag.DurationVar(&o.outage, "outage", 10*time.Second, "let the HTTP output fail for a fifth of this `interval`, again and again")
	flag.BoolVar(&o.direct, "direct", false, "serve without the journal")
	flag.Parse()
	missing, err := run(o)
	if err != nil {
		fmt.Fprintf(os.Stderr, "soak: %v\n", err)
		os.Exit(2)
	}
	if missing > 0 {
		os.Exit(1)
	}
}

// run returns how many alerts are missing.
func run(o options) (missing int, err error) {
	if o.time < time.Second || o.rate < 1 || o.batch < 1 || o.kills < 0 || o.reload <= 0 || o.outage <= 0 {
		return 0, errors.New("invalid flags: want at least a second, an event a second, and positive intervals")
	}
	dir, err := os.MkdirTemp("", "falcorules-soak")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err == nil && missing == 0 {
			err = os.RemoveAll(dir)
		} else {
			fmt.Println("the files of the server are in", dir)
		}
	}()
	sink, err := newSink()
	if err != nil {
		return 0, err
	}
	defer sink.close()
	target, err := newTarget(dir, sink.url, o.direct)
	if err != nil {
		return 0, err
	}
	load, err := newLoad(target, int(o.batch))
	if err != nil {
		return 0, err
	}
	if err := target.start(); err != nil {
		return 0, err
	}
	defer target.kill()

	ctx, stop := context.WithTimeout(context.Background(), o.time)
	defer stop()
	var trouble sync.WaitGroup
	failed := make(chan error, 2)
	trouble.Go(func() { repeat(ctx, o.reload, target.changeRules, failed) })
	trouble.Go(func() { sink.fail(ctx, o.outage) })
	trouble.Go(func() {
		for i := range o.kills {
			at := (float64(i) + 0.1 + 0.8*rand.Float64()) / float64(o.kills)
			if !wait(ctx, time.Until(load.begin.Add(time.Duration(at*float64(o.time))))) {
				return
			}
			target.kill()
			if err := target.start(); err != nil {
				failed <- err
				stop()
				return
			}
		}
	})
	var watching sync.WaitGroup
	watched, stopWatching := context.WithCancel(context.Background())
	watching.Go(func() { watch(watched, target, load) })
	load.run(ctx, o.rate/o.batch)
	stop()
	trouble.Wait()
	select {
	case err = <-failed:
	default:
		err = target.drain()
	}
	stopWatching()
	watching.Wait()
	if err != nil {
		return 0, err
	}
	load.print()
	file, err := alertsIn(filepath.Join(dir, "alerts.jsonl*"))
	if err != nil {
		return 0, err
	}
	for name, got := range map[string]map[id]int{"file": file, "http": sink.got} {
		n := load.missing(got)
		missing += n
		fmt.Printf("output %s: %d alerts of acknowledged events, %d missing, %d written more than once\n", name, len(load.wanted), n, duplicates(got))
	}
	if len(load.wanted) == 0 {
		return 0, errors.New("no event with an alert was acknowledged")
	}
	return missing, nil
}

// repeat calls f in an interval until ctx is done.
func repeat(ctx context.Context, every time.Duration, f func() error, failed chan<- error) {
	for wait(ctx, every) {
		if err := f(); err != nil {
			failed <- err
			return
		}
	}
}

// wait returns false if ctx is done before the time is over.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func duplicates(got map[id]int) int {
	n := 0
	for _, times := range got {
		if times > 1 {
			n++
		}
	}
	return n
}

// watch prints what happens, and at the end the memory of the server.
func watch(ctx context.Context, t *target, l *load) {
	const every = 10
	var memory []float64 // the most in each interval
	most := 0.
	fmt.Println("time  acknowledged  not 200  p50 ms  p99 ms  memory MB  journal MB  alerts waiting")
	for second := 1; wait(ctx, time.Second); second++ {
		m, err := t.metrics()
		if err == nil {
			most = max(most, m["process_resident_memory_bytes"]/1e6)
		}
		if second%every > 0 {
			continue
		}
		memory = append(memory, most)
		latencies := l.take()
		fmt.Printf("%3ds  %12d  %7d  %6.1f  %6.1f  %9.0f  %10.0f  %14.0f\n", second, l.acknowledged.Load(), l.refused.Load(), percentile(latencies, 50), percentile(latencies, 99),
			most, m["falcorules_journal_bytes"]/1e6, m["falcorules_journal_pending_events"]+m[`falcorules_output_queue_alerts{output="http"}`])
		most = 0
	}
	if third := len(memory) / 3; third > 0 {
		fmt.Printf("memory of the server: at most %.0f MB in the first third, %.0f MB in the last\n", slices.Max(memory[:third]), slices.Max(memory[len(memory)-third:]))
	}
}

func percentile(values []float64, p int) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[(len(values)-1)*p/100]
}
