package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errInterrupted ends a command that was interrupted.
var errInterrupted error = &exitError{exitInterrupted, errors.New("interrupted")}

// handling is locked for reading while a command handles interrupts itself.
type handling struct {
	sync.RWMutex
	err error // the result of the last call of handleInterrupt
}

type handlingKey struct{}

// untilInterrupted calls f and returns its error. After ctx is done, it waits for f only
// while f is inside [handleInterrupt] and no write to the outputs is blocked. Otherwise f
// may be blocked in a call without a context, such as opening a named pipe, and the process
// is about to exit anyway.
func untilInterrupted(ctx context.Context, f func(context.Context) error, outputs ...*output) error {
	w := new(handling)
	done := make(chan error, 1)
	go func() { done <- f(context.WithValue(ctx, handlingKey{}, w)) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	idle := make(chan struct{})
	go func() {
		// The lock is never released, so from now on f cannot enter handleInterrupt.
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

// patience is the time that one write to an output may take after an interrupt.
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

// sameWrite reports whether one of the given writes is still in progress, and replaces them
// with the current ones.
func sameWrite(writes []int64, outputs []*output) bool {
	same := false
	for i, o := range outputs {
		current := o.current.Load()
		same = same || current != 0 && current == writes[i]
		writes[i] = current
	}
	return same
}

// handleInterrupt calls f, which must return by itself when ctx is done, after printing its
// results.
func handleInterrupt(ctx context.Context, f func() error) error {
	w, ok := ctx.Value(handlingKey{}).(*handling)
	if !ok {
		return f()
	}
	w.RLock()
	defer w.RUnlock()
	w.err = f()
	return w.err
}
