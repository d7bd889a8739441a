package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestMaxEventSize checks that large limits do not overflow.
func TestMaxEventSize(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"json": filepath.Join(dir, "event.jsonl"),
		"yaml": filepath.Join(dir, "event.yaml"),
	}
	for _, name := range files {
		if err := os.WriteFile(name, []byte(`{"proc": {"pid": 1}}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for form, file := range files {
		for _, size := range []int{1 << 20, math.MaxInt / 16, math.MaxInt/16 + 1, math.MaxInt / 8, math.MaxInt - 1, math.MaxInt} {
			t.Run(form+" "+strconv.Itoa(size), func(t *testing.T) {
				var stdout, stderr bytes.Buffer
				args := []string{"filter", "-s", "syscall", "--max-event-size", strconv.Itoa(size), "proc.pid = 1", file}
				status := execute(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
				if status != exitOK || stdout.Len() == 0 {
					t.Errorf("exit status %d, output %q, standard error %q", status, stdout.String(), stderr.String())
				}
			})
		}
	}
}
