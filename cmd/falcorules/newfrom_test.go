package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/falcorules/falcorules/diag"
)

func TestReadRun(t *testing.T) {
	finding := &diag.Diagnostic{Code: "comm-length", Message: "a \u202e \" 🙂", Range: diag.Range{File: "a b.yaml"}, Within: []diag.Item{{Kind: "rule", Name: "r"}}}
	var text, sarif bytes.Buffer
	if err := findingsWriter("json", 0)(&text, nil, diag.List{finding, finding}); err != nil {
		t.Fatal(err)
	}
	if err := findingsWriter("sarif", 0)(&sarif, nil, diag.List{finding, finding}); err != nil {
		t.Fatal(err)
	}
	wide := []byte{0xff, 0xfe}
	for _, c := range utf16.Encode([]rune(text.String())) {
		wide = binary.LittleEndian.AppendUint16(wide, c)
	}
	for _, tt := range []struct {
		name string
		text string
	}{
		{"JSON", text.String()},
		{"SARIF", sarif.String()},
		{"UTF-16", string(wide)},
		{"byte order mark", "\ufeff" + text.String()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readRun(strings.NewReader(tt.text))
			if err != nil || len(got) != 1 || got[diag.Fingerprint(finding)] != 2 {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "invalid JSON: unexpected end of JSON input"},
		{"null", "null", "not the output of lint"},
		{"list", "[]", "unexpected array"},
		{"deep", strings.Repeat("[", 100_000), "exceeded max depth"},
		{"large", strings.Repeat(" ", maxRun+1), "the file has more than 67108864 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := readRun(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	t.Run("broken reader", func(t *testing.T) {
		if _, err := readRun(iotest.ErrReader(errors.New("disk on fire"))); err == nil || err.Error() != "cannot read: disk on fire" {
			t.Error(err)
		}
	})
}

// FuzzRun reads arbitrary outputs of earlier runs.
func FuzzRun(f *testing.F) {
	f.Add(`{"findings": [{"code": "a", "range": {"file": "b"}, "within": [{"kind": "rule", "name": "c"}], "message": "d"}]}`)
	f.Add(`{"runs": [{"results": [{"partialFingerprints": {"falcorules/v1": "a:1"}}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := readRun(strings.NewReader(text)); (got == nil) != (err != nil) {
			t.Errorf("got %v, %v", got, err)
		}
	})
}
