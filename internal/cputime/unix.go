//go:build unix

package cputime

import (
	"syscall"
	"testing"
	"time"
)

// now returns the processor time that the process has taken so far.
func now(t *testing.T) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Skip("no processor time:", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
