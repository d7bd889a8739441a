//go:build unix

package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/falcorules/falcorules/serve"
	serveoutput "github.com/falcorules/falcorules/serve/output"
)

// TestReopen renames the file of an output and sends SIGUSR1.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	rules, path := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "alerts")
	if err := os.WriteFile(rules, []byte("- list: l\n  items: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := serveoutput.File(serveoutput.FileOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s, err := serve.New(serve.Config{Rules: serve.Rules{Paths: []string{rules}}, Outputs: map[string]serve.Output{"file": file}})
	if err != nil {
		t.Fatal(err)
	}
	defer handleSignals(s)()
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the file is not there")
}
