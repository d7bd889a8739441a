package capture_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture"
	"github.com/falcorules/falcorules/internal/golden"
)

// attack returns a capture of an attack on a web server in a container.
func attack() []byte {
	const id = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
	cgroups := []byte("cpu=/docker/" + id + "\x00")
	w := machine()
	w.Event(-1, "ASYNCEVENT_E", 0, "container", []byte(`{"container": {"id": "3ad7b26ded6d", "type": 0, "name": "web", "image": "nginx:1.27", "imagerepo": "nginx", "imagetag": "1.27"}}`+"\x00"))
	w.Event(20, "SYSCALL_CLONE_20_X", 50, "/usr/sbin/nginx", []byte("-g\x00daemon off;\x00"), 20, 20, 1, "", 1024, 0, 0, 0, 0, 0, "nginx", cgroups, inNamespace, 0, 0, 20, 20, 0)
	w.Event(50, "SYSCALL_CLONE_20_X", 0, "/usr/sbin/nginx", []byte("-g\x00daemon off;\x00"), 50, 50, 20, "", 1024, 0, 0, 0, 0, 0, "nginx", cgroups, inNamespace, 33, 33, 7, 7, 1000)
	run := func(name string, args ...string) {
		var list []byte
		for _, arg := range args {
			list = append(append(list, arg...), 0)
		}
		w.Event(50, "SYSCALL_EXECVE_19_X", 0, "/bin/"+name, list, 50, 50, 20, "/srv", 1024, 0, 0, 0, 0, 0, name,
			cgroups, []byte("HOME=/srv\x00"), 34816, 50, -1, 1, 0, 0, 0, 0, 0, 0, 33, "/usr/bin/"+name, 50, 33, "/bin/"+name)
	}
	run("sh", "-i")
	w.Event(50, "SOCKET_SOCKET_X", 3, 2, 1, 6, 0)
	w.Event(50, "SOCKET_CONNECT_X", 0, tuple([4]byte{172, 17, 0, 2}, 40122, [4]byte{203, 0, 113, 9}, 4444), 3, address([4]byte{203, 0, 113, 9}, 4444))
	w.Event(50, "SYSCALL_DUP2_X", 0, 3, 0)
	run("cat", "/etc/shadow")
	w.Event(50, "SYSCALL_OPENAT_2_X", -13, -100, "/etc/shadow", 1, 0, 0, 0)
	w.Event(50, "SYSCALL_OPENAT_2_X", 4, -100, "../etc/passwd", 1, 0, 2049, 77)
	w.Event(50, "SYSCALL_READ_X", 10, []byte("root:x:0:0"), 4, 4096)
	w.Event(50, "PROCEXIT_1_E", 0, 0, 0, 0, 20)
	return w.Bytes()
}

const attackFile = "../../../examples/capture/attack.scap"

// TestAttack checks the capture that tests of other packages read.
func TestAttack(t *testing.T) {
	golden.Check(t, attackFile, string(attack()))
}

// TestSummarize summarizes captures, also broken ones.
func TestSummarize(t *testing.T) {
	data := attack()
	s, err := capture.Summarize(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/attack.json", string(text)+"\n")

	two, err := capture.Summarize(bytes.NewReader(append(bytes.Clone(data), data...)))
	if err != nil || two.Sections != 2 || two.Events != 2*s.Events || two.Threads != 2*s.Threads {
		t.Errorf("two sections: %+v, %v", two, err)
	}
	cut, err := capture.Summarize(bytes.NewReader(data[:len(data)-10]))
	if !capture.IsTruncated(err) || cut.Events != s.Events-1 {
		t.Errorf("a cut file: %+v, %v", cut, err)
	}
	if _, err = capture.Summarize(bytes.NewReader([]byte("{}"))); !errors.Is(err, capture.ErrNotCapture) {
		t.Errorf("not a capture: %v", err)
	}
}

// TestText checks the lines about events.
func TestText(t *testing.T) {
	golden.Check(t, "testdata/attack.txt", events(t, attack()))
}

// events returns the lines about the events of a capture.
func events(t testing.TB, data []byte) string {
	t.Helper()
	r, err := capture.NewReader(bytes.NewReader(data), &fieldsets.Stream{Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	var lines []byte
	for {
		ev, err := r.Next()
		if errors.Is(err, io.EOF) {
			return string(lines)
		}
		if err != nil {
			t.Fatal(err)
		}
		lines, _ = ev.Data.(*capture.Event).AppendText(lines)
		lines = append(lines, '\n')
	}
}

// TestSections reads a file with two captures: nothing of the first one is left.
func TestSections(t *testing.T) {
	w := machine()
	clone(w, 30, 40, 30, 20, 0)
	first := w.Bytes()
	w = machine()
	w.Event(40, "SYSCALL_GETUID_X", 0)
	ev := last(t, append(bytes.Clone(first), w.Bytes()...))
	for ref, want := range map[string]string{"proc.name": "<NA>", "evt.num": "2", "evt.reltime": "000000000"} {
		if got := value(t, ev, ref); got != want {
			t.Errorf("%s is %q, want %q", ref, got, want)
		}
	}
}

// TestLost counts returns of system calls without their entry.
func TestLost(t *testing.T) {
	w := machine()
	w.Event(30, "SYSCALL_CLOSE_E", 5)
	w.Event(30, "SYSCALL_CLOSE_X", 0)
	w.Event(30, "SYSCALL_CLOSE_X", 0)
	r, err := capture.NewReader(bytes.NewReader(w.Bytes()), &fieldsets.Stream{})
	if err != nil {
		t.Fatal(err)
	}
	var args []string
	for {
		ev, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, value(t, ev, "evt.args"))
	}
	entries, lost := r.Lost()
	if entries != 1 || lost != 0 {
		t.Errorf("%d entries and %d events are lost", entries, lost)
	}
	if diff := cmp.Diff([]string{"res=0 fd=5", "res=0 fd=0(<f>/dev/pts/1)"}, args); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

// every returns references to all fields.
func every() []string {
	var refs []string
	for _, f := range source.Fields() {
		if !f.ArgRequired {
			refs = append(refs, f.Name)
		}
		if f.Arg == fieldsets.NoArg {
			continue
		}
		for _, arg := range []string{"1", "fd", "app", "/a", "open"} {
			if _, _, err := source.Resolve(reference(f.Name + "[" + arg + "]")); err == nil {
				refs = append(refs, f.Name+"["+arg+"]")
			}
		}
	}
	return refs
}

// fuzzed reads a capture and the values of all fields of its events.
func fuzzed(data []byte, read []fieldsets.Extractor) {
	r, err := capture.NewReader(bytes.NewReader(data), &fieldsets.Stream{Location: time.UTC})
	if err != nil {
		return
	}
	var values fieldsets.Values
	var text []byte
	for range 10_000 {
		ev, err := r.Next()
		if err != nil {
			return
		}
		for _, x := range read {
			values.Reset()
			x(ev, &values)
		}
		text, _ = ev.Data.(*capture.Event).AppendText(text[:0])
	}
}

// extractors returns those of all fields.
func extractors(t testing.TB) []fieldsets.Extractor {
	var read []fieldsets.Extractor
	for _, ref := range every() {
		field, x, err := source.Resolve(reference(ref))
		if err != nil {
			t.Fatal(err)
		}
		if read = append(read, x); field.ConditionValue != nil {
			read = append(read, field.ConditionValue)
		}
	}
	return read
}

// TestMutated reads captures with random bytes at random places.
func TestMutated(t *testing.T) {
	read := extractors(t)
	all := [][]byte{attack()}
	names, _ := filepath.Glob(captures + "/*.scap")
	for _, name := range names {
		if data, err := os.ReadFile(name); err == nil && len(data) < 1<<20 && data[0] != 0x1f {
			all = append(all, data)
		}
	}
	for i := range 300 {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		data := bytes.Clone(all[i%len(all)])
		for range 1 + r.IntN(30) {
			data[r.IntN(len(data))] = byte(r.IntN(1 << r.IntN(9)))
		}
		fuzzed(data, read)
	}
}

// FuzzReader reads all fields of all events of changed captures.
func FuzzReader(f *testing.F) {
	f.Add(attack())
	for _, tt := range scenarios() {
		w := machine()
		tt.write(w)
		f.Add(w.Bytes())
	}
	read := extractors(f)
	f.Fuzz(func(_ *testing.T, data []byte) { fuzzed(data, read) })
}

// reference captures are in this folder if they are there.
const captures = "../../../../shared/captures"

// TestCaptures reads real captures, and cut ones.
func TestCaptures(t *testing.T) {
	names, err := filepath.Glob(captures + "/*.scap")
	if err != nil || len(names) == 0 {
		t.Skip("no captures")
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s, err := capture.Summarize(bytes.NewReader(data))
			if err != nil || s.Sections != 1 {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}
