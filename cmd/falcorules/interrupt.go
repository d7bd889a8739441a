package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errInterrupted ends a command that was interrupted before it was done.
var errInterrupted error = &exitError{exitInterrupted, errors.New("interrupted")}

// winding is locked for reading while a command handles an interrupt itself.
type winding struct {
	sync.RWMutex
	err error // of what handled it last
}

type windingKey struct{}

// untilInterrupted calls f and returns its error. If ctx is done first, it does
// not wait for f: f may be blocked where no context reaches, such as in opening a
// FIFO, and the process is about to exit. It waits only while f is inside
// [handleInterrupt], and only as long as no write to the outputs is blocked.
func untilInterrupted(ctx context.Context, f func(context.Context) error, outputs ...*output) error {
	w := new(winding)
	done := make(chan error, 1)
	go func() { done <- f(context.WithValue(ctx, windingKey{}, w)) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	idle := make(chan struct{})
	go func() {
		// The lock stays taken: from now on f cannot begin to handle an interrupt.
		w.Lock()
		close(idle)
	}()
	if !waitFor(idle, outputs) {
		return errInterrupted
	}
	select {
	case err := <-done:
		return err
	default:
	}
	if w.err != nil {
		return w.err // f is about to return it
	}
	return errInterrupted
}

// patience is how long one write to an output may take after an interrupt.
var patience = time.Second

// waitFor waits until a channel is closed. It returns false if a write is blocked.
func waitFor(closed <-chan struct{}, outputs []*output) bool {
	ticker := time.NewTicker(patience)
	defer ticker.Stop()
	writes := make([]int64, len(outputs))
	for !sameWrite(writes, outputs) {
		select {
		case <-closed:
			return true
		case <-ticker.C:
		}
	}
	return false
}

// sameWrite reports whether one of the writes is still going on. It replaces them by
// the current ones.
func sameWrite(writes []int64, outputs []*output) bool {
	same := false
	for i, o := range outputs {
		current := o.current.Load()
		same = same || current != 0 && current == writes[i]
		writes[i] = current
	}
	return same
}

// handleInterrupt calls f, which ends by itself when ctx is done, because it has
// results to print first.
func handleInterrupt(ctx context.Context, f func() error) error {
	w, ok := ctx.Value(windingKey{}).(*winding)
	if !ok {
		return f()
	}
	w.RLock()
	defer w.RUnlock()
	w.err = f()
	return w.err
}
