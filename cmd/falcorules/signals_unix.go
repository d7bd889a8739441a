//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/falcorules/falcorules/serve"
)

// handleSignals reloads the rules of a server on SIGHUP and reopens its files on SIGUSR1,
// until stop is called.
func handleSignals(s *serve.Server) (stop func()) {
	stopReload := onSignal(syscall.SIGHUP, s.Reload)
	stopReopen := onSignal(syscall.SIGUSR1, s.Reopen)
	return func() {
		stopReload()
		stopReopen()
	}
}

// onSignal calls do, which logs its errors, after each signal until stop is called. Signals
// that arrive meanwhile cause one more call.
func onSignal(sig os.Signal, do func() error) (stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, sig)
	go func() {
		for range c {
			_ = do()
		}
	}()
	return func() {
		signal.Stop(c)
		close(c)
	}
}
