package main

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"
)

// TestFixtureInterrupted ends a run that waits for alerts that do not come.
func TestFixtureInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	in, alerts := io.Pipe()
	timeout := time.AfterFunc(20*time.Second, func() { alerts.CloseWithError(io.ErrUnexpectedEOF) })
	defer timeout.Stop()
	go func() {
		alerts.Write([]byte("{\"rule\": \"r\", \"output_fields\": {}}\n"))
		interrupt()
	}()
	var stdout, stderr bytes.Buffer
	if status := execute(ctx, []string{"fixture"}, in, &stdout, &stderr); status != exitCall || stderr.String() != "falcorules: interrupted\n" {
		t.Errorf("status %d: %s", status, stderr.String())
	}
}
