package rulesfile_test

import (
	"strings"
	"testing"

	"github.com/falcorules/falcorules/rulesfile"
)

// manyItems is a file of 1000 rules.
var manyItems = strings.Repeat("- rule: A shell was started # or not\n  condition: >\n    evt.type = execve and\n    proc.name in (bash, sh)\n  priority: NOTICE\n\n", 1000)

func BenchmarkParse(b *testing.B) {
	data := []byte(manyItems)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, errs := rulesfile.Parse("rules.yaml", data); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}

func BenchmarkReplace(b *testing.B) {
	file, _ := rulesfile.Parse("rules.yaml", []byte(manyItems))
	condition := file.Documents()[0].Items[500].Get("condition")
	at := strings.Index(condition.Text(), "proc.name")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := condition.Replace(at, at+len("proc.name"), "proc.pname"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAddKey(b *testing.B) {
	file, _ := rulesfile.Parse("rules.yaml", []byte(manyItems))
	item := file.Documents()[0].Items[500]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := item.AddKey("tags", "[shell]"); err != nil {
			b.Fatal(err)
		}
	}
}
