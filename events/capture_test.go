package events_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture"
)

// eventNumbers runs over an input and returns the numbers of the events and diagnostics.
func eventNumbers(ctx context.Context, in events.Input, visited func()) (numbers, problem string, err error) {
	var out bytes.Buffer
	_, err = events.Run(ctx, in, events.Options{
		NewDecoder: func() events.Decoder { return events.NewDecoder(events.DecoderOptions{}) },
		NewVisitor: func() events.Visitor {
			return func(ev *fieldsets.Event, out []byte) ([]byte, error) {
				if visited != nil {
					visited()
				}
				return append(strconv.AppendUint(out, ev.Number, 10), ' '), nil
			}
		},
		Output: &out,
		Report: func(d *diag.Diagnostic) { problem += d.Error() },
	})
	return out.String(), problem, err
}

// TestCaptures reads captures from files and from standard input.
func TestCaptures(t *testing.T) {
	data, err := os.ReadFile("../examples/capture/attack.scap")
	must(t, err)
	const all = "2 3 4 5 6 7 8 9 10 11 12 "
	for name, tt := range map[string]struct{ content, want string }{
		"a.scap":      {string(data), all},
		"a.yaml":      {string(data), all}, // the content counts
		"packed":      {packed(string(data)), all},
		"twice.scap":  {string(data) + string(data), all + "14 15 16 17 18 19 20 21 22 23 24 "},
		"cut.scap":    {string(data[:len(data)-5]), strings.TrimSuffix(all, "12 ")},
		"packed.scap": {packed(string(data))[:500], ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			must(t, os.WriteFile(path, []byte(tt.content), 0o600))
			for _, in := range []events.Input{
				events.Files([]string{path}, events.InputOptions{}),
				events.Files([]string{events.Stdin}, events.InputOptions{Stdin: strings.NewReader(tt.content)}),
			} {
				got, problem, err := eventNumbers(t.Context(), in, nil)
				must(t, err)
				if whole := strings.HasPrefix(tt.want, all); got != tt.want || whole != (problem == "") || !whole && !strings.Contains(problem, "offset ") {
					t.Errorf("got %q and the problem %q, want %q", got, problem, tt.want)
				}
			}
		})
	}
}

// TestCapturesAmongOthers reads a capture between other files.
func TestCapturesAmongOthers(t *testing.T) {
	dir := t.TempDir()
	data, err := os.ReadFile("../examples/capture/attack.scap")
	must(t, err)
	put(t, filepath.Join(dir, "a.jsonl"), `{"kind":"Event","auditID":"1","stageTimestamp":"2026-03-01T10:20:30Z"}`+"\n")
	must(t, os.WriteFile(filepath.Join(dir, "b.scap"), data, 0o600))
	put(t, filepath.Join(dir, "c.yaml"), "{kind: Event, auditID: '2', stageTimestamp: '2026-03-01T10:20:31Z'}\n")
	names, err := events.FindFiles([]string{dir})
	must(t, err)
	n := 0
	for ev, err := range events.All(t.Context(), events.Files(names, events.InputOptions{}), events.NewDecoder(events.DecoderOptions{})) {
		must(t, err)
		if _, ok := ev.Data.(*capture.Event); ok {
			n++
		}
	}
	if n != 11 {
		t.Errorf("%d events of the capture, want 11", n)
	}
}

// endless yields a capture again and again.
type endless struct{ start, rest []byte }

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		e.rest = e.start
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestCaptureCanceled stops in the middle of a capture without an end.
func TestCaptureCanceled(t *testing.T) {
	data, err := os.ReadFile("../examples/capture/attack.scap")
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	_, _, err = eventNumbers(ctx, events.Files([]string{events.Stdin}, events.InputOptions{Stdin: io.Reader(&endless{start: data})}), func() {
		if n++; n == 1000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
}
