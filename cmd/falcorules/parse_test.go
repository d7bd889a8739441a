package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestParseLines checks that lines of any length are answered, and that long lines do not
// affect the answers to others.
func TestParseLines(t *testing.T) {
	padded := func(n int) string {
		const head, tail = `{"filter": "evt.num=1"`, `}`
		return head + strings.Repeat(" ", n-len(head)-len(tail)) + tail
	}
	const tooLong = "bytes, more than the limit of 1048576"
	for _, test := range []struct {
		name, in string
		want     []string // parts of the lines
	}{
		{"nothing", "", nil},
		{"empty lines", "\n \n\r\n", nil},
		{"no newline at the end", padded(30), []string{`"ok":true`}},
		{"at the limit", padded(1<<20) + "\n" + padded(30), []string{`"ok":true`, `"ok":true`}},
		{"at the limit without newline", padded(1 << 20), []string{`"ok":true`}},
		{"above the limit", padded(1<<20+1) + "\n" + padded(30) + "\n", []string{"1048577 " + tooLong, `"ok":true`}},
		{"far above the limit", padded(5<<20) + "\n" + padded(30), []string{"5242880 " + tooLong, `"ok":true`}},
		{"above the limit without newline", padded(2 << 20), []string{"2097152 " + tooLong}},
		{"blanks above the limit", strings.Repeat(" ", 2<<20) + "\n" + padded(30), []string{"2097152 " + tooLong, `"ok":true`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if status := execute(t.Context(), []string{"parse", "--jsonl"}, strings.NewReader(test.in), &stdout, &stderr); status != exitOK {
				t.Errorf("exit status %d: %s", status, stderr.String())
			}
			got := strings.SplitAfter(stdout.String(), "\n")
			if len(got) != len(test.want)+1 {
				t.Fatalf("answers: %q", got)
			}
			for i, want := range test.want {
				if !json.Valid([]byte(got[i])) || !strings.Contains(got[i], want) {
					t.Errorf("answer %d is %q, want %q in it", i, got[i], want)
				}
			}
		})
	}
}

func FuzzReadLine(f *testing.F) {
	f.Add([]byte("a\n\nbcd\r\nefghijklmnopqrstuvwxyz"), 3)
	f.Add([]byte(strings.Repeat("x", 100)+"\n"), 50)
	f.Fuzz(func(t *testing.T, text []byte, limit int) {
		if limit < 1 || limit > 1000 {
			t.Skip()
		}
		r := bufio.NewReaderSize(bytes.NewReader(text), 16)
		rest := text
		for {
			line, size, err := readLine(r, limit)
			if err != nil {
				if !errors.Is(err, io.EOF) || len(rest) > 0 {
					t.Fatalf("%v before %q", err, rest)
				}
				return
			}
			want, after, _ := bytes.Cut(rest, []byte{'\n'})
			if size != len(want) || !bytes.Equal(line, want[:min(len(want), limit)]) {
				t.Fatalf("%q of %d bytes, want %q", line, size, want)
			}
			rest = after
		}
	})
}
