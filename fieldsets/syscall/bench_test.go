package syscall_test

import (
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

// opened is a fixture as people write it.
const opened = `{"time": "2026-03-01T10:20:30Z", "evt": {"type": "openat", "rawres": 3, "arg": {"flags": "O_RDONLY|O_CLOEXEC", "mode": "0"}},
	"fd": {"num": 3, "name": "/etc/shadow", "type": "file"}, "user": {"name": "root", "uid": 0},
	"proc": {"name": "cat", "exepath": "/usr/bin/cat", "args": ["/etc/shadow"], "parent": {"name": "bash", "args": ["-i"], "parent": {"name": "sshd"}}}}`

// BenchmarkExtract reads fields of a fixture, given and derived ones.
func BenchmarkExtract(b *testing.B) {
	source := syscall.NewFixtures()
	ev := decode(b, source, opened)
	for _, name := range []string{
		"evt.type", "fd.name", "proc.name", "user.uid", // given
		"evt.is_open_read", "evt.dir", "fd.directory", "fd.filename", "proc.pname", "proc.cmdline", "proc.args", "container.id", // derived
	} {
		b.Run(name, func(b *testing.B) {
			_, extract, err := source.Resolve(&ast.Field{Name: name})
			if err != nil {
				b.Fatal(err)
			}
			var values fieldsets.Values
			b.ReportAllocs()
			for b.Loop() {
				values.Reset()
				extract(ev, &values)
			}
			if !values.Present() {
				b.Errorf("%s has no value", name)
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	source := syscall.NewFixtures()
	decoder := fixture.NewDecoder(&fieldsets.Stream{}, source)
	var document jsonfields.Document
	b.SetBytes(int64(len(opened)))
	b.ReportAllocs()
	for b.Loop() {
		if err := document.Parse([]byte(opened)); err != nil {
			b.Fatal(err)
		}
		if _, err := decoder.Decode([]byte(opened), document.JSON()); err != nil {
			b.Fatal(err)
		}
	}
}
