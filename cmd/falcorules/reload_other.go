//go:build !unix

package main

import "github.com/falcorules/falcorules/serve"

// reloadOnSignal does nothing: there is no SIGHUP here.
func reloadOnSignal(*serve.Server) (stop func()) { return func() {} }
