package events_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
)

// readAll returns a line for each record and each diagnostic of an input.
func readAll(t *testing.T, in events.Input) []string {
	var got []string
	for {
		rec, err := in.Next(t.Context())
		var d *diag.Diagnostic
		switch {
		case errors.Is(err, io.EOF):
			return got
		case errors.As(err, &d):
			got = append(got, d.Error())
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, fmt.Sprintf("%s:%v+%d %d %s", rec.Name, rec.Pos, rec.Pos.Offset, rec.Format, rec.Raw))
		}
	}
}

func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.json":        "{\"a\":1}\n{\"items\":[{},\n1]}",
		"b.yaml":        "- a\n---\nb\n",
		"c.YML.gz":      packed("c"),
		"d.gz":          packed(`{"d":1}`) + packed("\n{}"), // two members
		"e.gz":          packed(strings.Repeat(`{"e":1}`, 9))[:12],
		"f.json":        "x\n[{\"f\":\n2}]",
		"g.yaml":        strings.Repeat("x", 64*20+1),
		".hidden/h":     "{}",
		"i/j/k.json":    "{\"a\":\"" + strings.Repeat("x", 20) + "\"}",
		".hidden.jsonl": "{}",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	names, err := events.FindFiles([]string{"a.json", ".", "-"})
	if err != nil {
		t.Fatal(err)
	}
	var bytesRead atomic.Int64
	in := events.Files(append(names, "nosuch"), events.InputOptions{MaxEventSize: 20, Stdin: strings.NewReader("{}"), BytesRead: &bytesRead})
	a := []string{"a.json:1:1+0 0 {\"a\":1}", "a.json:2:11+18 1 {}", "a.json:3:1+22 1 1"}
	want := append(slices.Clone(a), a...)
	want = append(want,
		"b.yaml:1:1+0 2 - a\n---\nb\n", "c.YML.gz:1:1+0 2 c", "d.gz:1:1+0 0 {\"d\":1}", "d.gz:2:1+8 0 {}",
		"e.gz: EVENTS_ERR_INPUT: truncated gzip data",
		"f.json:1:1: EVENTS_ERR_EVENT: not a JSON object or array: \"x\" (for YAML, use a file name that ends in .yaml or .yml)",
		"f.json:2:2+3 0 {\"f\":\n2}",
		"g.yaml: EVENTS_ERR_INPUT: YAML file of more than 1280 bytes: use JSON lines instead",
		"i/j/k.json:1:1: EVENTS_ERR_EVENT: value of 28 bytes exceeds the limit of 20: \"{\\\"a\\\":\\\"xxxxxxxxxxxxxxxxxxxx\\\"}\"",
		"-:1:1+0 0 {}", "nosuch: EVENTS_ERR_INPUT: no such file or directory",
	)
	if diff := cmp.Diff(want, readAll(t, in)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if bytesRead.Load() < 64*20 {
		t.Errorf("%d bytes read", bytesRead.Load())
	}
}

// TestCutOffReader checks that truncated uncompressed input is not reported as
// truncated gzip data.
func TestCutOffReader(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("{}\n"), iotest.ErrReader(io.ErrUnexpectedEOF))
	want := []string{"a.json:1:1+0 0 {}", "a.json: EVENTS_ERR_INPUT: reading events: unexpected EOF"}
	if diff := cmp.Diff(want, readAll(t, events.Reader("a.json", broken, events.InputOptions{}))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOnlyJSON(t *testing.T) {
	in := events.Reader("a.yaml", strings.NewReader("x\n{}"), events.InputOptions{OnlyJSON: true})
	want := []string{`a.yaml:1:1: EVENTS_ERR_EVENT: not a JSON object or array: "x"`, "a.yaml:2:1+2 0 {}"}
	if diff := cmp.Diff(want, readAll(t, in)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFindFilesErrors(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		"nosuch": "nosuch: EVENTS_ERR_INPUT: no such file or directory",
		dir:      dir + ": EVENTS_ERR_INPUT: the folder has no files",
	} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			if _, err := events.FindFiles([]string{name}); err == nil || err.Error() != want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestFilesByTime(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write := func(name string, age time.Duration) {
		if err := os.WriteFile(name, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("sub", 0o700); err != nil {
		t.Fatal(err)
	}
	write("new.log", time.Hour)
	write("z.log", 3*time.Hour)
	write(".hidden", 2*time.Hour)
	write("sub/a.log", 4*time.Hour)
	if err := os.Symlink(filepath.Join("sub", "a.log"), "link"); err != nil {
		t.Fatal(err)
	}
	got, err := events.FilesByTime(".")
	if want := []string{"link", "z.log", ".hidden", "new.log"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := events.FilesByTime("nosuch"); err == nil || err.Error() != "nosuch: EVENTS_ERR_INPUT: no such file or directory" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestRecordAt(t *testing.T) {
	rec := events.Record{Raw: []byte("ab\ncd"), Name: "f", Pos: diag.Pos{Offset: 10, Line: 3, Column: 5}}
	for offset, want := range map[int]diag.Pos{
		-1: {Offset: 10, Line: 3, Column: 5},
		1:  {Offset: 11, Line: 3, Column: 6},
		4:  {Offset: 14, Line: 4, Column: 2},
		99: {Offset: 15, Line: 4, Column: 3},
	} {
		t.Run(fmt.Sprint(offset), func(t *testing.T) {
			if got := rec.At(offset); got != (diag.Range{File: "f", Start: want}) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestAll checks that All goes on after errors and stops when the caller breaks the
// loop.
func TestAll(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			text := "x\n" + lines(2) + "{}\n" + lines(1)
			in := events.Reader("a", strings.NewReader(text), events.InputOptions{})
			got := ""
			for ev, err := range events.All(t.Context(), in, events.NewDecoder(events.DecoderOptions{})) {
				if err != nil {
					got += "!"
				} else {
					got += fmt.Sprint(ev.Number)
				}
				if len(got) == n {
					break
				}
			}
			if got != "!12!3"[:n] {
				t.Errorf("got %s", got)
			}
		})
	}
}

// FuzzEvents checks that all diagnostics have a position, and that Run and All read the
// same events.
func FuzzEvents(f *testing.F) {
	for _, text := range []string{lines(2), "{\n\"kind\":", "proc: {name: a}", "a: [", packed("{}"), "[{\"evt\":{}},1]\nx"} {
		f.Add(text, true, false)
		f.Add(text, false, false)
	}
	for _, text := range []string{
		`{"logEvents":[{"timestamp":1,"message":"{\"kind\":\"Event\",\"auditID\":\"1\"[Truncated...]"}]}`, `{"records":[{"properties":{"log":"{,"}},[[1]]]}`,
		`{"logName":"cloudaudit.googleapis.com%2Factivity","resource":{"type":"k8s_cluster"},"protoPayload":{"serviceName":"k8s.io"}}`,
	} {
		f.Add(text, false, true)
	}
	f.Fuzz(func(t *testing.T, text string, yaml, wrapped bool) {
		decoding := events.DecoderOptions{}
		if wrapped {
			decoding.Wrapper = k8saudit.AnyWrapper
		}
		name := "a.json"
		if yaml {
			name = "a.yaml"
		}
		open := func() events.Input {
			return events.Reader(name, strings.NewReader(text), events.InputOptions{MaxEventSize: 1000, Wrapped: wrapped})
		}
		var want, got events.Stats
		for _, err := range events.All(t.Context(), open(), events.NewDecoder(decoding)) {
			var d *diag.Diagnostic
			switch {
			case err == nil:
				want.Events++
			case !errors.As(err, &d):
				t.Fatal(err)
			case d.Code == events.BadInput:
				want.BadInputs++
			default:
				if want.BadEvents++; d.Range.Start.Line < 1 || d.Range.Start.Column < 1 || d.Message == "" {
					t.Errorf("%+v", d)
				}
			}
		}
		o := numbers(nil)
		o.Jobs = 2
		o.NewDecoder = func() events.Decoder { return events.NewDecoder(decoding) }
		o.NewVisitor = func() events.Visitor {
			return func(_ *fieldsets.Event, out []byte) ([]byte, error) { return out, nil }
		}
		got, err := events.Run(t.Context(), open(), o)
		if err != nil || got != want {
			t.Errorf("Run: %+v, %v; All: %+v", got, err, want)
		}
	})
}

// TestMaxEventSize checks that limits of 0 or less mean the default.
func TestMaxEventSize(t *testing.T) {
	for _, limit := range []int{0, -1, math.MinInt} {
		for name, text := range map[string]string{"a.json": lines(1), "a.yaml": lines(1)} {
			t.Run(fmt.Sprint(name, limit), func(t *testing.T) {
				in := events.Reader(name, strings.NewReader(text), events.InputOptions{MaxEventSize: limit})
				decoder := events.NewDecoder(events.DecoderOptions{MaxEventSize: limit})
				n := 0
				for _, err := range events.All(t.Context(), in, decoder) {
					if err != nil {
						t.Error(err)
					}
					n++
				}
				if n != 1 {
					t.Errorf("%d events", n)
				}
			})
		}
	}
}
