//go:build !unix

package main

import "github.com/falcorules/falcorules/serve"

// handleSignals does nothing: there are no SIGHUP and SIGUSR1 here.
func handleSignals(*serve.Server) (stop func()) { return func() {} }
