package jsonfields_test

import (
	"os"
	"testing"

	"github.com/valyala/fastjson"

	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

func BenchmarkParse(b *testing.B) {
	text, err := os.ReadFile("testdata/event.json")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Document", func(b *testing.B) {
		var doc jsonfields.Document
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if err := doc.Parse(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("fastjson", func(b *testing.B) {
		var p fastjson.Parser
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := p.ParseBytes(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}
