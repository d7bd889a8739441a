//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/falcorules/falcorules/serve"
)

// reloadOnSignal reloads the rules of a server on SIGHUP, until stop is called.
func reloadOnSignal(s *serve.Server) (stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	go func() {
		for range c {
			_ = s.Reload() // it logs errors
		}
	}()
	return func() {
		signal.Stop(c)
		close(c)
	}
}
