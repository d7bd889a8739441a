package appendfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/falcorules/falcorules/serve/internal/appendfile"
)

func TestAppend(t *testing.T) {
	tests := []struct {
		name, before, want string
		between            func(t *testing.T, path string, f *appendfile.File)
	}{
		{"new", "", "a\nb\n", nil},
		{"complete", "x\n", "x\na\nb\n", nil},
		{"torn", "x\ny", "x\ny\na\nb\n", nil},
		{"closed", "", "a\nb\n", func(t *testing.T, _ string, f *appendfile.File) {
			if err := f.Close(); err != nil || f.Size() != 0 {
				t.Error(err, f.Size())
			}
		}},
		{"renamed", "", "b\n", func(t *testing.T, path string, f *appendfile.File) {
			if err := os.Rename(path, path+".1"); err != nil {
				t.Fatal(err)
			}
			if err := f.Reopen(); err != nil {
				t.Error(err)
			}
		}},
		{"truncated", "", "b\n", func(t *testing.T, path string, _ *appendfile.File) {
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(path, []byte(test.before), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := appendfile.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := f.Append([]byte("a\n")); err != nil {
				t.Error(err)
			}
			if test.between != nil {
				test.between(t, path, f)
			}
			if err := f.Append([]byte("b\n")); err != nil {
				t.Error(err)
			}
			got, err := os.ReadFile(path)
			if err != nil || string(got) != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

// TestErrors checks that a file can be used again after an error.
// TestLimit fills a file, and goes on when it has been moved away.
func TestLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	f, err := appendfile.OpenLimited(path, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for line, want := range map[string]error{"abcd\n": appendfile.ErrFull, "abc\n": nil} {
		if err := f.Append([]byte(line)); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", line, err, want)
		}
	}
	if err := f.Append([]byte("\n")); !errors.Is(err, appendfile.ErrFull) {
		t.Errorf("full: got %v", err)
	}
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := f.Append([]byte("x\n")); err != nil {
		t.Errorf("moved away: got %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "x\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	path := filepath.Join(dir, "f")
	if _, err := appendfile.Open(path); err == nil {
		t.Error("no error for a folder that does not exist")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := appendfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := f.Reopen(); err == nil {
		t.Error("Reopen: no error")
	}
	if err := f.Append([]byte("a\n")); err == nil {
		t.Error("Append: no error")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Append([]byte("b\n")); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "b\n" {
		t.Errorf("got %q, %v", got, err)
	}
}
