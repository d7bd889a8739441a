// Package ordered does work on several goroutines and hands its results out in the
// order in which the work came, with bounded queues between.
package ordered

import (
	"context"
	"sync"
)

// Pool does work of type In and hands out results of type Out. One goroutine
// submits and one takes the results; both may be the same only where no more is
// submitted than the pool has room for.
type Pool[In, Out any] struct {
	queue   chan *job[In, Out] // in order, for who takes the results
	work    chan *job[In, Out] // the same, for the workers
	stopped chan struct{}      // nobody takes results any more
	stop    sync.Once
	workers sync.WaitGroup
	full    chan struct{} // no more work is taken
	fill    sync.Once
	head    *job[In, Out] // whose results are being taken
}

type job[In, Out any] struct {
	in      In
	results chan Out
}

// New returns a pool with as many workers as asked for. Each calls newWorker for a
// function of its own, which does one piece of work at a time and calls emit for
// each of its results. A worker whose results are not taken waits in emit.
func New[In, Out any](workers int, newWorker func() func(in In, emit func(Out))) *Pool[In, Out] {
	p := &Pool[In, Out]{
		queue: make(chan *job[In, Out], 2*workers),
		// All that is in the queue, and what has just been taken out of it: so
		// that work which has a place in the queue never waits for one here.
		work:    make(chan *job[In, Out], 2*workers+1),
		stopped: make(chan struct{}),
		full:    make(chan struct{}),
	}
	for range workers {
		p.workers.Go(func() { p.run(newWorker()) })
	}
	return p
}

// run works until there is no more work or the pool is stopped.
func (p *Pool[In, Out]) run(do func(In, func(Out))) {
	for {
		select {
		case <-p.stopped:
			return
		case j, ok := <-p.work:
			if !ok {
				return
			}
			do(j.in, func(out Out) {
				select {
				case j.results <- out:
				case <-p.stopped:
				}
			})
			close(j.results)
		}
	}
}

// Submit adds work. It waits where the queue is full, and returns false once the
// pool is stopped, or its context done.
func (p *Pool[In, Out]) Submit(in In) bool {
	j := &job[In, Out]{in: in, results: make(chan Out, 1)}
	select {
	case <-p.stopped:
		return false
	case <-p.full:
		return false
	default:
	}
	select {
	case p.queue <- j:
		p.work <- j
		return true
	case <-p.stopped:
		return false
	case <-p.full:
		return false
	}
}

// Done says that no more is submitted. Who submits calls it, once.
func (p *Pool[In, Out]) Done() {
	close(p.queue)
	close(p.work)
}

// Stop says that no more results are taken, and waits until no worker does anything.
func (p *Pool[In, Out]) Stop() {
	p.stop.Do(func() { close(p.stopped) })
	p.workers.Wait()
}

// Next returns the next result; false says that there are no more, or that the
// context is done and what was submitted before has been handed out.
func (p *Pool[In, Out]) Next(ctx context.Context) (Out, bool) {
	for {
		for p.head != nil {
			if out, ok := <-p.head.results; ok {
				return out, true
			}
			p.head = nil
		}
		select {
		case j, ok := <-p.queue:
			if !ok {
				var none Out
				return none, false
			}
			p.head = j
		case <-ctx.Done():
			p.fill.Do(func() { close(p.full) })
			select {
			case j, ok := <-p.queue:
				if ok {
					p.head = j
					continue
				}
			default:
			}
			var none Out
			return none, false
		}
	}
}

// Idle reports whether nothing is waiting to be handed out, so that the next call
// of Next may take long.
func (p *Pool[In, Out]) Idle() bool {
	return len(p.queue) == 0 && (p.head == nil || len(p.head.results) == 0)
}
