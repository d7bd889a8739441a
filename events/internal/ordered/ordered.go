// Package ordered processes work on several goroutines and returns the results in the
// order of the work, with bounded queues.
package ordered

import (
	"context"
	"sync"
)

// Pool turns work of type In into results of type Out. One goroutine calls Submit and
// Done, another one Next. They can be the same only if everything submitted fits in
// the queue.
type Pool[In, Out any] struct {
	queue   chan *job[In, Out] // jobs in order, for Next
	work    chan *job[In, Out] // the same jobs, for the workers
	stopped chan struct{}      // closed when no more results are wanted
	stop    sync.Once
	workers sync.WaitGroup
	closed  chan struct{} // closed when no more work is accepted
	close   sync.Once
	head    *job[In, Out] // the job whose results Next returns
}

type job[In, Out any] struct {
	in      In
	results chan Out
}

// New returns a pool with the given number of workers. Each worker calls newWorker once
// and then the function it returns for each piece of work. That function calls emit
// for each result; emit waits until there is room for it.
func New[In, Out any](workers int, newWorker func() func(in In, emit func(Out))) *Pool[In, Out] {
	p := &Pool[In, Out]{
		queue: make(chan *job[In, Out], 2*workers),
		// One more than the queue, for the job that was just taken from it. So work
		// with a place in the queue never waits for one here.
		work:    make(chan *job[In, Out], 2*workers+1),
		stopped: make(chan struct{}),
		closed:  make(chan struct{}),
	}
	for range workers {
		p.workers.Go(func() { p.run(newWorker()) })
	}
	return p
}

// run processes work until there is no more or the pool is stopped.
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

// Submit adds work. It waits if the queue is full. It returns false after Stop, and
// after the context of Next is done.
func (p *Pool[In, Out]) Submit(in In) bool {
	j := &job[In, Out]{in: in, results: make(chan Out, 1)}
	select {
	case <-p.stopped:
		return false
	case <-p.closed:
		return false
	default:
	}
	select {
	case p.queue <- j:
		p.work <- j
		return true
	case <-p.stopped:
		return false
	case <-p.closed:
		return false
	}
}

// Done marks the end of the work. It must be called once, after the last Submit.
func (p *Pool[In, Out]) Done() {
	close(p.queue)
	close(p.work)
}

// Stop discards further results and waits for the workers to return.
func (p *Pool[In, Out]) Stop() {
	p.stop.Do(func() { close(p.stopped) })
	p.workers.Wait()
}

// Next returns the next result. It returns false if there are no more. When ctx is
// done, the pool accepts no more work, and Next returns the results of earlier work.
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
			p.close.Do(func() { close(p.closed) })
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

// Idle reports whether no result is ready, so that Next may wait.
func (p *Pool[In, Out]) Idle() bool {
	return len(p.queue) == 0 && (p.head == nil || len(p.head.results) == 0)
}
