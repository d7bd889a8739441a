package ordered_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falcorules/falcorules/events/internal/ordered"
)

// TestOrder runs work that takes different times and has different numbers of
// results.
func TestOrder(t *testing.T) {
	const n = 2000
	var workers atomic.Int32
	p := ordered.New(4, func() func(int, func([2]int)) {
		workers.Add(1)
		return func(in int, emit func([2]int)) {
			if in%7 == 0 {
				time.Sleep(time.Duration(rand.IntN(100)) * time.Microsecond)
			}
			for i := range in % 4 {
				emit([2]int{in, i})
			}
		}
	})
	go func() {
		for i := range n {
			if !p.Submit(i) {
				t.Error("Submit returned false")
			}
		}
		p.Done()
	}()
	var got, want [][2]int
	for out, ok := p.Next(t.Context()); ok; out, ok = p.Next(t.Context()) {
		got = append(got, out)
	}
	for in := range n {
		for i := range in % 4 {
			want = append(want, [2]int{in, i})
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d results, want %d in order", len(got), len(want))
	}
	if workers.Load() != 4 {
		t.Errorf("%d workers", workers.Load())
	}
}

// TestCancel checks that work submitted before the context is done is not lost.
func TestCancel(t *testing.T) {
	p := ordered.New(1, func() func(int, func(int)) {
		return func(in int, emit func(int)) { emit(in) }
	})
	for i := range 2 {
		p.Submit(i)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var got []int
	for out, ok := p.Next(ctx); ok; out, ok = p.Next(ctx) {
		got = append(got, out)
	}
	if !slices.Equal(got, []int{0, 1}) || !p.Idle() {
		t.Errorf("got %v, idle %v", got, p.Idle())
	}
}

// TestCancelWhileSubmitting cancels while work is submitted in an endless loop.
func TestCancelWhileSubmitting(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		p := ordered.New(workers, func() func(int, func(int)) {
			return func(in int, emit func(int)) {
				time.Sleep(time.Millisecond)
				emit(in)
			}
		})
		submitted := make(chan bool)
		go func() {
			for i := 0; p.Submit(i); i++ {
			}
			p.Done()
			close(submitted)
		}()
		ctx, cancel := context.WithCancel(t.Context())
		if _, ok := p.Next(ctx); !ok {
			t.Fatal("no result")
		}
		cancel()
		after := 0
		for _, ok := p.Next(ctx); ok; _, ok = p.Next(ctx) {
			if after++; after > 10*workers {
				t.Fatalf("%d workers: no end", workers)
			}
		}
		<-submitted
		p.Stop()
	}
}

// TestStop stops a pool with results that are not read: neither Submit nor the workers
// may block.
func TestStop(t *testing.T) {
	var working atomic.Int32
	p := ordered.New(2, func() func(int, func(int)) {
		return func(in int, emit func(int)) {
			working.Add(1)
			defer working.Add(-1)
			for range 10 {
				emit(in)
			}
		}
	})
	submitted := make(chan bool)
	go func() {
		for p.Submit(1) {
		}
		p.Done()
		close(submitted)
	}()
	if _, ok := p.Next(t.Context()); !ok {
		t.Fatal("no result")
	}
	p.Stop()
	p.Stop() // a second call does nothing
	if n := working.Load(); n > 0 {
		t.Errorf("%d workers still work", n)
	}
	<-submitted
}
