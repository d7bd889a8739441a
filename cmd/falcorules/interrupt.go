package main

import (
	"context"
	"errors"
	"sync"
)

// errInterrupted ends a command that was interrupted before it was done.
var errInterrupted error = &exitError{exitInterrupted, errors.New("interrupted")}

// winding is locked for reading while a command handles an interrupt itself.
type winding struct{ sync.RWMutex }

type windingKey struct{}

// untilInterrupted calls f and returns its error. If ctx is done first, it does
// not wait for f: f may be blocked where no context reaches, such as in opening a
// FIFO, and the process is about to exit. It waits only while f is inside
// [handleInterrupt].
func untilInterrupted(ctx context.Context, f func(context.Context) error) error {
	w := new(winding)
	done := make(chan error, 1)
	go func() { done <- f(context.WithValue(ctx, windingKey{}, w)) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		// The lock stays taken: from now on f cannot begin to handle an interrupt.
		w.Lock()
	}
	select {
	case err := <-done:
		return err
	default:
		return errInterrupted
	}
}

// handleInterrupt says that the command ends by itself when ctx is done, because
// it has results to print first. This holds until the returned function is called.
func handleInterrupt(ctx context.Context) (done func()) {
	w, ok := ctx.Value(windingKey{}).(*winding)
	if !ok {
		return func() {}
	}
	w.RLock()
	return w.RUnlock
}
