package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestReplaceFile(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, path string) // path holds "old"
		old     string
		err     string
	}{
		{"replaced", func(*testing.T, string) {}, "old", ""},
		{"changed since it was read", func(*testing.T, string) {}, "older", "cannot write: the file has changed"},
		{"removed", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, "old", "cannot write: no such file"},
		{"a folder", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(path, 0o777); err != nil {
				t.Fatal(err)
			}
		}, "old", "cannot write: is a directory"},
		{"must not be written", func(t *testing.T, path string) {
			if os.Getuid() == 0 {
				t.Skip("root may write everything")
			}
			if err := os.Chmod(path, 0o400); err != nil {
				t.Fatal(err)
			}
		}, "old", "cannot write: permission denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("messages are those of Unix")
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "rules.yaml")
			if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
				t.Fatal(err)
			}
			tt.prepare(t, path)
			err := replaceFile(path, []byte(tt.old), []byte("new"))
			if tt.err == "" {
				if text, readErr := os.ReadFile(path); err != nil || readErr != nil || string(text) != "new" {
					t.Errorf("got %v, and then %q, %v", err, text, readErr)
				}
				if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
					t.Errorf("got %v, %v, want the permissions as before", info, err)
				}
			} else if err == nil || !strings.HasPrefix(err.Error(), tt.err) {
				t.Errorf("got %v, want %s", err, tt.err)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 1 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestReplaceFileTogether replaces a file by texts of different lengths while it is read.
func TestReplaceFileTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	texts := []string{strings.Repeat("a", 100_000), strings.Repeat("b", 1000)}
	if err := os.WriteFile(path, []byte(texts[0]), 0o666); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				for i, text := range texts {
					_ = replaceFile(path, []byte(text), []byte(texts[1-i])) // another may be first
				}
				if got, err := os.ReadFile(path); err != nil || string(got) != texts[0] && string(got) != texts[1] {
					t.Errorf("got %d bytes, %v", len(got), err)
				}
			}
		})
	}
	wg.Wait()
}
