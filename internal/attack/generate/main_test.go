package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const want = `
[tactics]
TA0004 privilege-escalation
TA0005 defense-evasion/stealth
TA0112 defense-impairment

[techniques]
T1 .002 defense-evasion/stealth privilege-escalation?
T2 defense-evasion
T5 defense-impairment

[replaced]
T3 T1
T4
T6 T1
`

// TestRun generates the table of three small bundles.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"testdata/1.json", "testdata/2.json", "testdata/3.json"}, &out); err != nil {
		t.Fatal(err)
	}
	if got, ok := strings.CutPrefix(out.String(), header); !ok || got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestRunErrors(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.json")
	if err := os.WriteFile(empty, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string][]string{
		"one bundle":   {"testdata/1.json"},
		"no file":      {"testdata/1.json", "testdata/missing.json"},
		"no JSON":      {"testdata/1.json", "main.go"},
		"other bundle": {"testdata/1.json", empty},
	} {
		t.Run(name, func(t *testing.T) {
			if err := run(files, &bytes.Buffer{}); err == nil {
				t.Error("no error")
			}
		})
	}
}
