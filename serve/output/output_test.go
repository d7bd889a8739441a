package output_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/output"
)

// alerts returns alerts with the given texts.
func alerts(texts ...string) []*serve.Alert {
	var out []*serve.Alert
	for _, s := range texts {
		out = append(out, &serve.Alert{ID: "id-" + s, Text: []byte(s), JSON: []byte(`{"output":"` + s + `"}`)})
	}
	return out
}

// write writes alerts until there is an error, and checks how many have been written.
func write(t *testing.T, o serve.Output, want int, texts ...string) error {
	t.Helper()
	written := 0
	for list := alerts(texts...); written < len(list); {
		n, err := o.Write(t.Context(), list[written:])
		written += n
		if err == nil && n > 0 {
			continue
		}
		if written != want {
			t.Errorf("wrote %d alerts, want %d (%v)", written, want, err)
		}
		return err
	}
	if written != want {
		t.Errorf("wrote %d alerts, want %d", written, want)
	}
	return nil
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.txt")
	if err := os.WriteFile(path, []byte("whole\ntorn"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := output.File(output.FileOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := write(t, f, 2, "a", "b"); err != nil {
		t.Error(err)
	}
	if got, want := read(t, path), "whole\ntorn\na\nb\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// A program such as logrotate renames the file.
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := write(t, f, 1, "c"); err != nil {
		t.Error(err)
	}
	if err := f.Reopen(); err != nil {
		t.Error(err)
	}
	if err := write(t, f, 1, "d"); err != nil {
		t.Error(err)
	}
	if got := read(t, path+".old") + read(t, path); got != "whole\ntorn\na\nb\nc\nd\n" {
		t.Errorf("got %q", got)
	}
}

func TestFileRotates(t *testing.T) {
	dir := t.TempDir()
	f, err := output.File(output.FileOptions{Path: filepath.Join(dir, "alerts"), Format: serve.JSON, Rotate: 30, Keep: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, s := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		if err := write(t, f, 1, s); err != nil {
			t.Error(err)
		}
	}
	got := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		got[e.Name()] = read(t, filepath.Join(dir, e.Name()))
	}
	want := map[string]string{
		"alerts":   `{"output":"7"}` + "\n",
		"alerts.1": `{"output":"5"}` + "\n" + `{"output":"6"}` + "\n",
		"alerts.2": `{"output":"3"}` + "\n" + `{"output":"4"}` + "\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFileErrors(t *testing.T) {
	if _, err := output.File(output.FileOptions{Path: t.TempDir()}); err == nil {
		t.Error("no error for a folder")
	}
}

func TestHTTP(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var in io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			var err error
			if in, err = gzip.NewReader(r.Body); err != nil {
				t.Error(err)
				return
			}
		}
		body, err := io.ReadAll(in)
		if err != nil {
			t.Error(err)
		}
		got = append(got, r.Header.Get("Content-Type")+" "+r.Header.Get(output.IDHeader)+" "+r.Header.Get("Authorization")+" "+string(body))
	}))
	defer server.Close()
	for _, zip := range []bool{false, true} {
		got = nil
		o, err := output.HTTP(output.HTTPOptions{URL: server.URL, Header: http.Header{"Authorization": {"Bearer x"}}, Gzip: zip})
		if err != nil {
			t.Fatal(err)
		}
		if err := write(t, o, 2, "a", "b"); err != nil {
			t.Error(err)
		}
		want := []string{`application/json id-a Bearer x {"output":"a"}`, `application/json id-b Bearer x {"output":"b"}`}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestHTTPErrors(t *testing.T) {
	tests := []struct {
		name     string
		status   int
		rejected bool
	}{
		{"bad request", 400, true},
		{"too large", 413, true},
		{"unauthorized", 401, false},
		{"too many", 429, false},
		{"server error", 500, false},
		{"redirect without a location", 304, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get(output.IDHeader) == "id-b" {
					http.Error(w, "reason", test.status)
				}
			}))
			defer server.Close()
			o, err := output.HTTP(output.HTTPOptions{URL: server.URL})
			if err != nil {
				t.Fatal(err)
			}
			err = write(t, o, 1, "a", "b", "c")
			var rejected *serve.RejectError
			if err == nil || errors.As(err, &rejected) != test.rejected {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("redirect", func(t *testing.T) {
		for status, written := range map[int]int{http.StatusMovedPermanently: 0, http.StatusFound: 0, http.StatusSeeOther: 0, http.StatusPermanentRedirect: 1} {
			posts := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/new" {
					http.Redirect(w, r, "/new", status)
				} else if r.Method == http.MethodPost {
					posts++
				}
			}))
			o, err := output.HTTP(output.HTTPOptions{URL: server.URL + "/old"})
			if err != nil {
				t.Fatal(err)
			}
			if err := write(t, o, written, "a"); (err == nil) != (written == 1) || posts != written {
				t.Errorf("status %d: got %v and %d posts", status, err, posts)
			}
			server.Close()
		}
	})
	t.Run("no server", func(t *testing.T) {
		o, err := output.HTTP(output.HTTPOptions{URL: "http://127.0.0.1:1/"})
		if err != nil {
			t.Fatal(err)
		}
		if err := write(t, o, 0, "a"); err == nil {
			t.Error("no error")
		}
	})
	t.Run("URL", func(t *testing.T) {
		if _, err := output.HTTP(output.HTTPOptions{URL: "http://[::1"}); err == nil {
			t.Error("no error")
		}
	})
}

func TestProgram(t *testing.T) {
	for _, keep := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "out")
		o := output.Program(output.ProgramOptions{Command: "cat >>" + path, KeepAlive: keep})
		if err := write(t, o, 2, "a", "b"); err != nil {
			t.Error(err)
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
		if got := read(t, path); got != "a\nb\n" {
			t.Errorf("got %q", got)
		}
	}
}

// TestOneAtATime checks that an alert counts as written before the next one is tried, which
// may take long.
func TestOneAtATime(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	web, err := output.HTTP(output.HTTPOptions{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]serve.Output{
		"http": web, "program": output.Program(output.ProgramOptions{Command: "cat >/dev/null"}),
		"kept alive": output.Program(output.ProgramOptions{Command: "cat >/dev/null", KeepAlive: true}),
	} {
		if n, err := o.Write(t.Context(), alerts("a", "b")); n != 1 || err != nil {
			t.Errorf("%s: got %d, %v", name, n, err)
		}
		if err := o.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProgramErrors(t *testing.T) {
	t.Run("status", func(t *testing.T) {
		if err := write(t, output.Program(output.ProgramOptions{Command: "exit 3"}), 0, "a"); err == nil {
			t.Error("no error")
		}
	})
	t.Run("slow", func(t *testing.T) {
		if err := write(t, output.Program(output.ProgramOptions{Command: "sleep 60", Timeout: 10 * time.Millisecond}), 0, "a"); err == nil {
			t.Error("no error")
		}
	})
	t.Run("ends", func(t *testing.T) {
		o := output.Program(output.ProgramOptions{Command: "read line", KeepAlive: true})
		defer o.Close()
		for range 1000 { // the pipe takes a few lines
			if _, err := o.Write(t.Context(), alerts("a")); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Error("no error")
	})
	t.Run("does not read", func(t *testing.T) {
		o := output.Program(output.ProgramOptions{Command: "exec sleep 60", KeepAlive: true, Timeout: 50 * time.Millisecond})
		defer o.Close()
		if _, err := o.Write(t.Context(), alerts(strings.Repeat("x", 1<<20))); err == nil {
			t.Error("no error")
		}
	})
	t.Run("child does not read", func(t *testing.T) {
		o := output.Program(output.ProgramOptions{Command: "sleep 5; true", KeepAlive: true, Timeout: 50 * time.Millisecond})
		defer o.Close()
		start := time.Now()
		if _, err := o.Write(t.Context(), alerts(strings.Repeat("x", 1<<20))); err == nil || time.Since(start) > 4*time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := output.Program(output.ProgramOptions{Command: "cat"}).Write(ctx, alerts("a")); err == nil {
			t.Error("no error")
		}
	})
}
