package parser

import (
	"testing"

	"github.com/alecthomas/participle/v2/lexer"
)

// BenchmarkScanner splits a condition into tokens, which is a part of BenchmarkCondition.
func BenchmarkScanner(b *testing.B) {
	const text = `spawned_process and container and not proc.name in (bash, "docker exec", runc) and (proc.cmdline contains "-c" or fd.name startswith /etc) and not proc.aname[2] = "systemd" and evt.num > 10`
	tokens := make([]lexer.Token, 0, len(text))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s := scanner{text: text, tokens: tokens[:0]}
		s.condition()
		if len(s.invalid) > 0 {
			b.Fatal(s.invalid[0])
		}
	}
}
