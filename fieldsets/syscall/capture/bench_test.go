package capture_test

import (
	"bytes"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture"
)

// repeated yields a head once and then blocks again and again.
type repeated struct{ head, blocks, rest []byte }

func (r *repeated) Read(p []byte) (int, error) {
	if len(r.head) > 0 {
		n := copy(p, r.head)
		r.head = r.head[n:]
		return n, nil
	}
	if len(r.rest) == 0 {
		r.rest = r.blocks
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// endless returns a reader of a capture in which the same events come again and again.
func endless(t testing.TB) *capture.Reader {
	w := machine()
	head := bytes.Clone(w.Bytes())
	w.Event(30, "SYSCALL_GETUID_X", 0)
	w.Event(30, "SYSCALL_READ_X", 3, []byte("ab\n"), 9, 100)
	w.Event(30, "SYSCALL_OPENAT_2_X", -2, 9, "./a//b/../shadow", 1, 0o100, 0, 0)
	w.Event(30, "SOCKET_SENDTO_X", 5, []byte("hello"), 10, 5, nil)
	w.Event(20, "SYSCALL_KILL_X", -3, 20, 9)
	r, err := capture.NewReader(&repeated{head: head, blocks: bytes.Clone(w.Bytes()[len(head):])}, &fieldsets.Stream{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// used returns extractors of fields that most rules use.
func used(t testing.TB) []fieldsets.Extractor {
	var read []fieldsets.Extractor
	for _, ref := range []string{"evt.type", "evt.res", "evt.is_open_read", "proc.name", "proc.pname", "proc.cmdline", "proc.aname[2]", "fd.name", "fd.sip", "container.id", "user.name"} {
		_, x, err := source.Resolve(reference(ref))
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, x)
	}
	return read
}

// TestAllocations checks that events which change nothing take no memory.
func TestAllocations(t *testing.T) {
	r, read := endless(t), used(t)
	var values fieldsets.Values
	next := func() {
		ev, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range read {
			values.Reset()
			x(ev, &values)
		}
	}
	for range 1000 {
		next()
	}
	if n := testing.AllocsPerRun(5000, next); n > 0 {
		t.Errorf("%v allocations per event", n)
	}
}

// BenchmarkReader reads events and the fields that most rules use.
func BenchmarkReader(b *testing.B) {
	r, read := endless(b), used(b)
	var values fieldsets.Values
	b.ReportAllocs()
	for b.Loop() {
		ev, err := r.Next()
		if err != nil {
			b.Fatal(err)
		}
		for _, x := range read {
			values.Reset()
			x(ev, &values)
		}
	}
}
