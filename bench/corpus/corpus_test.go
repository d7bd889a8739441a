package corpus_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"testing"

	"github.com/falcorules/falcorules/bench/corpus"
)

// TestSameBytes checks that the corpus does not change, so that figures can be compared.
func TestSameBytes(t *testing.T) {
	for _, tt := range []struct {
		name  string
		write func(io.Writer, int) error
		sum   string
	}{
		{"audit", corpus.Audit, "7fb74b9955a26478"},
		{"syscalls", corpus.Syscalls, "7342f4b35a331df9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var text bytes.Buffer
			if err := tt.write(&text, 1000); err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(text.Bytes(), []byte("\n")); n != 1000 {
				t.Errorf("%d lines, want 1000", n)
			}
			for line := range bytes.Lines(text.Bytes()) {
				if !json.Valid(line) {
					t.Fatalf("not JSON: %s", line)
				}
			}
			sum := sha256.Sum256(text.Bytes())
			if got := hex.EncodeToString(sum[:8]); got != tt.sum {
				t.Errorf("the SHA-256 begins with %s, not with %s", got, tt.sum)
			}
		})
	}
}

// TestAuditSize checks that audit events are about as long as those of an API server.
func TestAuditSize(t *testing.T) {
	const n = 10_000
	var text bytes.Buffer
	if err := corpus.Audit(&text, n); err != nil {
		t.Fatal(err)
	}
	if mean := text.Len() / n; mean < 880 || mean > 980 {
		t.Errorf("an event has %d bytes on average, want about 930", mean)
	}
}
