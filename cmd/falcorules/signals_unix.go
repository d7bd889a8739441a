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
	c := make(chan os.Signal, 2)
	signal.Notify(c, syscall.SIGHUP, syscall.SIGUSR1)
	go func() {
		for sig := range c { // both methods log errors
			if sig == syscall.SIGHUP {
				_ = s.Reload()
			} else {
				_ = s.Reopen()
			}
		}
	}()
	return func() {
		signal.Stop(c)
		close(c)
	}
}
