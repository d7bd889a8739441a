package events_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/internal/subtest"
)

// world is a folder with a log, the process that writes to it, the one that rotates it,
// and the Follower that reads it.
type world struct {
	testing.TB
	path      string
	writer    *os.File
	lines     []string // whole lines that were written
	half      string   // the rest of a line that has been begun
	removed   bool     // files were removed
	mode      int      // os.O_APPEND or 0
	dated     bool     // rotated files get times as names
	rotations int

	options  events.FollowOptions
	follower *events.Follower
	// next is the index of the next line to read, fresh reports whether nothing was read
	// since the last start, and most is the number of lines that have been read.
	next  int
	fresh bool
	most  int
	acked int // the number of lines that have been acknowledged
	last  *events.Record
}

func newWorld(t testing.TB, mode int, dated bool) *world {
	w := &world{TB: t, path: filepath.Join(t.TempDir(), "audit.log"), mode: mode, dated: dated}
	w.options = events.FollowOptions{Poll: time.Microsecond, FromStart: true}
	w.reopen()
	w.start()
	t.Cleanup(func() { w.writer.Close(); w.follower.Close() })
	return w
}

func (w *world) check(err error) {
	if err != nil {
		w.Helper()
		w.Fatal(err)
	}
}

// start starts a Follower, at the position that the last one acknowledged.
func (w *world) start() {
	if w.follower != nil {
		text, err := json.Marshal(w.follower.Acked())
		w.check(err)
		w.options.From = events.Position{}
		w.check(json.Unmarshal(text, &w.options.From))
		w.follower.Close()
	}
	w.follower = events.Follow(w.path, w.options)
	w.fresh, w.last = true, nil
}

// write writes to the log.
func (w *world) write(text string) {
	_, err := w.writer.WriteString(text)
	w.check(err)
}

func (w *world) newLine(size int) string {
	w.finishLine()
	line := fmt.Sprintf(`{"n":%d,"pad":"%s"}`, len(w.lines), strings.Repeat("x", size))
	w.lines = append(w.lines, line)
	return line + "\n"
}

func (w *world) writeLine(size int) { w.write(w.newLine(size)) }

func (w *world) writeHalf(size int) {
	line := w.newLine(size)
	w.write(line[:len(line)/2])
	w.half = line[len(line)/2:]
}

func (w *world) finishLine() {
	w.write(w.half)
	w.half = ""
}

// reopen lets the writer open the log anew.
func (w *world) reopen() {
	if w.writer != nil {
		w.finishLine()
		w.check(w.writer.Close())
	}
	var err error
	w.writer, err = os.OpenFile(w.path, os.O_WRONLY|os.O_CREATE|w.mode, 0o600)
	w.check(err)
	_, err = w.writer.Seek(0, io.SeekEnd)
	w.check(err)
}

// shift makes the name for the next rotated file free.
func (w *world) shift() string {
	if w.dated {
		w.rotations++
		return strings.TrimSuffix(w.path, ".log") + fmt.Sprintf("-2026-03-01T10-20-30.%03d.log", w.rotations)
	}
	name := func(n int) string { return w.path + "." + strconv.Itoa(n) }
	n := 1
	for ; fileExists(name(n)); n++ {
	}
	for ; n > 1; n-- {
		w.check(os.Rename(name(n-1), name(n)))
	}
	return name(1)
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// rename rotates the log by renaming it.
func (w *world) rename() {
	w.check(os.Rename(w.path, w.shift()))
	w.check(os.WriteFile(w.path, nil, 0o600))
}

// copyTruncate rotates the log by copying it.
func (w *world) copyTruncate() {
	w.finishLine()
	text, err := os.ReadFile(w.path)
	w.check(err)
	w.check(os.WriteFile(w.shift(), text, 0o600))
	w.check(os.Truncate(w.path, 0))
}

// remove removes the log after it was read to its end.
func (w *world) remove() {
	w.reopen()
	w.readAll()
	w.ack()
	w.check(os.Remove(w.path))
	w.removed = true
	w.reopen()
}

// read reads up to n records and returns false if there are no more.
func (w *world) read(n int) bool {
	for range n {
		rec, err := w.readNext()
		if err != nil && w.removed && strings.Contains(err.Error(), "may be missing") {
			continue
		}
		if err != nil {
			w.Fatalf("after %d of %d lines: %v", w.next, len(w.lines), err)
		}
		if rec == nil {
			return false
		}
		var line struct{ N int }
		w.check(json.Unmarshal(rec.Raw, &line))
		if w.fresh && line.N <= w.next {
			w.next = line.N
		}
		w.fresh = false
		if w.removed && w.next < line.N && line.N <= w.acked {
			w.next = line.N // the lines before it were acknowledged and removed
		}
		if line.N != w.next || string(rec.Raw) != w.lines[line.N] {
			w.Fatalf("read line %d: %.40q, want line %d", line.N, rec.Raw, w.next)
		}
		w.next++
		w.most = max(w.most, w.next)
		kept := *rec
		w.last = &kept
	}
	return true
}

// readNext returns the next record, or nil if there is none yet.
func (w *world) readNext() (*events.Record, error) {
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	w.follower.BeforeWait(cancel)
	rec, err := w.follower.Next(ctx)
	if errors.Is(err, context.Canceled) {
		return nil, nil
	}
	return rec, err
}

func (w *world) readAll() {
	for w.read(100) {
	}
}

func (w *world) ack() {
	if w.last != nil {
		w.check(w.follower.Ack(w.last))
		w.acked = max(w.acked, w.next) // after a restart, lines may have been read again
	}
}

// operations change the world.
var operations = []struct {
	name string
	do   func(w *world, size int)
}{
	{"write", (*world).writeLine},
	{"write half", (*world).writeHalf},
	{"finish", func(w *world, _ int) { w.finishLine() }},
	{"rename", func(w *world, _ int) { w.rename() }},
	{"rename and reopen", func(w *world, _ int) { w.finishLine(); w.rename(); w.reopen() }},
	{"reopen", func(w *world, _ int) { w.reopen() }},
	{"copytruncate", func(w *world, _ int) { w.copyTruncate() }},
	{"remove", func(w *world, _ int) { w.remove() }},
	{"read", func(w *world, size int) { w.read(size%8 + 1) }},
	{"read all", func(w *world, _ int) { w.readAll() }},
	{"wait", func(w *world, _ int) {
		for range 50 {
			w.read(1)
		}
	}},
	{"acknowledge", func(w *world, _ int) { w.ack() }},
	{"restart", func(w *world, _ int) { w.start() }},
}

// play applies operations, each of them two bytes, and checks that every line is read
// once and in order, except that lines repeat after a restart.
func play(t testing.TB, script []byte) {
	var mode int
	if len(script)%4 < 2 {
		mode = os.O_APPEND
	}
	w := newWorld(t, mode, len(script)%2 == 0)
	var log []string
	defer func() {
		if t.Failed() {
			t.Logf("operations: %s", strings.Join(log, ", "))
		}
	}()
	for i := 0; i+1 < len(script); i += 2 {
		op, size := operations[int(script[i])%len(operations)], int(script[i+1])
		if size > 250 {
			size = 100_000 // more than is read at once
		}
		log = append(log, op.name)
		op.do(w, size*3)
	}
	w.finishLine()
	w.reopen()
	w.readAll()
	w.writeLine(10)
	w.readAll()
	if w.next != len(w.lines) {
		t.Errorf("read %d of %d lines", w.next, len(w.lines))
	}
}

func FuzzFollow(f *testing.F) {
	f.Add([]byte{0, 1, 3, 0, 0, 2, 5, 0, 0, 3, 12, 0})
	// An empty file, which has been renamed twice, comes before the one that is written to.
	f.Add([]byte{5, 0, 6, 0, 6, 0, 4, 0, 3, 0, 1, 20, 10, 0})
	// A renamed file gets its first text after the log, which is still empty, was opened.
	f.Add([]byte{8, 78, 4, 0, 8, 77, 12, 0, 3, 0, 8, 0, 0, 3, 3, 0})
	// After a restart, the log that was empty is gone, and a copy has a line left.
	f.Add([]byte{0, 123, 0, 0, 0, 123, 6, 0, 6, 0, 8, 123, 11, 0, 0, 1, 3, 0, 12, 0, 2, 0})
	// A file is copied and truncated while files before it are read.
	f.Add([]byte{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 6, 0, 0, 1, 6, 0, 8, 7, 0, 1, 6, 0})
	// There are more copies than files that may be open.
	f.Add([]byte{0, 1, 6, 0, 0, 1, 6, 0, 0, 1, 6, 0, 0, 1, 6, 0, 0, 1, 6, 0, 0, 1, 6, 0})
	// Several copies begin with zeros, and one of them has the end of a line that was read in
	// part.
	f.Add([]byte("\x00\x01\x00\xdb\x02d\xd1\xb4\x02       \xd1\xd1VVVVVV      \x00\x00\x01\x00"))
	// After a restart, a renamed file is written to again while the log is still empty.
	f.Add([]byte{12, 0, 3, 0, 9, 0, 0, 100, 6, 0, 10, 0, 2, 0, 0, 1, 2, 0})
	// The same, and what is written then is read before the lines of the log.
	f.Add([]byte{12, 0, 3, 0, 9, 0, 0, 0, 6, 0, 10, 0, 0, 0, 5, 0, 11, 0, 2, 0, 0, 0})
	f.Fuzz(func(t *testing.T, script []byte) {
		play(t, script[:min(len(script), 80)])
	})
}

// TestFollowRandom follows random histories of a log.
func TestFollowRandom(t *testing.T) {
	for seed := range uint64(samples.Of(400)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			script := make([]byte, 100+seed%4)
			for i := range script {
				script[i] = byte(r.UintN(256))
			}
			play(t, script)
		})
	}
}

// follow follows a log, with or without what it has.
func follow(t *testing.T, path string, o events.FollowOptions) *events.Follower {
	o.Poll = time.Microsecond
	f := events.Follow(path, o)
	t.Cleanup(func() { f.Close() })
	return f
}

// poll returns what a Follower reads before it waits: the position and text of each
// line, and diagnostics.
func poll(t *testing.T, f *events.Follower) []string {
	t.Helper()
	var got []string
	for {
		ctx, cancel := context.WithCancel(t.Context())
		f.BeforeWait(cancel)
		rec, err := f.Next(ctx)
		cancel()
		var d *diag.Diagnostic
		switch {
		case errors.Is(err, context.Canceled):
			return got
		case errors.As(err, &d):
			got = append(got, strings.ReplaceAll(d.Error(), filepath.Dir(d.Range.File)+string(filepath.Separator), ""))
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, fmt.Sprintf("%s:%v %s", filepath.Base(rec.Name), rec.Pos, rec.Raw))
		}
	}
}

func wantLines(t *testing.T, f *events.Follower, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, poll(t, f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// put writes to the end of a file.
func put(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		_, err = file.WriteString(text)
		file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestFollowLines checks how a file is split into lines.
func TestFollowLines(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	for name, test := range map[string]struct{ writes, want []string }{
		"whole":        {[]string{"{}\n[]\n"}, []string{"a.log:1:1 {}", "a.log:2:1 []"}},
		"blank":        {[]string{"\n \t\r\n  {} \r\n\n"}, []string{"a.log:3:3 {}"}},
		"in parts":     {[]string{"{\"a\"", ":", "1}", "\n"}, []string{`a.log:1:1 {"a":1}`}},
		"no end":       {[]string{"{}\n{}"}, []string{"a.log:1:1 {}"}},
		"mark":         {[]string{"\uFEFF{}\n{}\n"}, []string{"a.log:1:4 {}", "a.log:2:1 {}"}},
		"zeros":        {[]string{"\x00\x00\x00{}\n"}, []string{"a.log:1:4 {}"}},
		"many zeros":   {[]string{strings.Repeat("\x00", 100_000), "{}\n"}, []string{"a.log:1:100001 {}"}},
		"at the limit": {[]string{strings.Repeat("y", 100) + "\n"}, []string{"a.log:1:1 " + strings.Repeat("y", 100)}},
		"too long": {[]string{strings.Repeat("y", 101) + "\n{}\n"}, []string{
			"a.log:1:1: EVENTS_ERR_EVENT: line exceeds the limit of 100 bytes: \"" + strings.Repeat("y", 60) + `"`, "a.log:2:1 {}",
		}},
		"much too long": {[]string{"{}\n", "a" + long, long + "\n{}\n", long}, []string{
			"a.log:1:1 {}", `a.log:2:1: EVENTS_ERR_EVENT: line exceeds the limit of 100 bytes: "a` + long[:59] + `"`, "a.log:3:1 {}",
			`a.log:4:1: EVENTS_ERR_EVENT: line exceeds the limit of 100 bytes: "` + long[:60] + `"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.log")
			put(t, path, "")
			f := follow(t, path, events.FollowOptions{MaxLineSize: 100})
			var got []string
			for _, text := range test.writes {
				put(t, path, text)
				got = append(got, poll(t, f)...)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFollowStart checks where reading begins.
func TestFollowStart(t *testing.T) {
	for name, test := range map[string]struct {
		has   string
		start bool
		want  []string
	}{
		"end":                {"1\n2\n", false, []string{"a.log:3:1 +"}},
		"start":              {"1\n2\n", true, []string{"a.log:1:1 1", "a.log:2:1 2", "a.log:3:1 +"}},
		"end of a half line": {"1\n2", false, []string{"a.log:2:1 2+"}},
		"only a half line":   {"1", false, []string{"a.log:1:1 1+"}},
		"long half line":     {"1\n" + strings.Repeat("2", 200), false, []string{"a.log:3:1 3"}},
		"many lines":         {strings.Repeat("1\n", 100_000), false, []string{"a.log:100001:1 +"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.log")
			put(t, path, test.has)
			f := follow(t, path, events.FollowOptions{FromStart: test.start, MaxLineSize: 100})
			put(t, path, "+\n")
			got := poll(t, f)
			if name == "long half line" {
				put(t, path, "3\n")
				got = poll(t, f)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFollowMissing waits for a file whose folder is not there either.
func TestFollowMissing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	path := filepath.Join(dir, "a.log")
	f := follow(t, path, events.FollowOptions{})
	wantLines(t, f)
	must(t, os.Mkdir(dir, 0o700))
	put(t, path, "1\n")
	wantLines(t, f, "a.log:1:1 1")
	must(t, os.Remove(path))
	wantLines(t, f)
	put(t, path, "2\n")
	wantLines(t, f, "a.log:1:1 2")
}

// TestFollowRotatedBeforeStart checks that a position before the file existed includes
// files that were rotated since.
func TestFollowRotatedBeforeStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	f := follow(t, path, events.FollowOptions{})
	put(t, path+".1", "1\n")
	put(t, path, "2\n")
	g := follow(t, path, events.FollowOptions{From: f.Acked()})
	wantLines(t, g, "a.log.1:1:1 1", "a.log:1:1 2")
	wantLines(t, f, "a.log.1:1:1 1", "a.log:1:1 2")
}

// TestFollowLate writes to a renamed file after lines were written to its successor.
func TestFollowLate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	put(t, path, "1\n")
	f := follow(t, path, events.FollowOptions{FromStart: true})
	wantLines(t, f, "a.log:1:1 1")
	must(t, os.Rename(path, path+".1"))
	put(t, path, "2\n")
	wantLines(t, f, "a.log:1:1 2")
	put(t, path+".1", "late\nhalf")
	wantLines(t, f, "a.log:2:1 late")
	put(t, path+".1", "+\nhalf")
	put(t, path, "3\n")
	wantLines(t, f, "a.log:2:1 3", "a.log:3:1 half+")
	var got []string
	for range 100 {
		got = append(got, poll(t, f)...)
	}
	if want := []string{`a.log:4:1: EVENTS_ERR_EVENT: file ends inside a line: "half"`}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	put(t, path+".1", "+\n{}")
	got = nil
	for range 100 {
		got = append(got, poll(t, f)...)
	}
	if want := []string{"a.log:4:1 half+", "a.log:5:1 {}"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	put(t, path+".1", "too late\n")
	wantLines(t, f)
}

// TestFollowNoLastBreak rotates a file whose last line has no line break.
func TestFollowNoLastBreak(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	put(t, path, "{}\n[1]")
	f := follow(t, path, events.FollowOptions{FromStart: true})
	must(t, os.Rename(path, path+".1"))
	put(t, path, "{}\n")
	wantLines(t, f, "a.log:1:1 {}", "a.log:2:1 [1]", "a.log:1:1 {}")
}

// TestFollowTruncated truncates a file without a copy.
func TestFollowTruncated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	put(t, path, "1\n2\nhalf")
	f := follow(t, path, events.FollowOptions{FromStart: true})
	wantLines(t, f, "a.log:1:1 1", "a.log:2:1 2")
	must(t, os.Truncate(path, 0))
	wantLines(t, f, `a.log:3:1: EVENTS_ERR_EVENT: line was cut off when the file was truncated: "half"`)
	put(t, path, "a longer line than before\n")
	wantLines(t, f, "a.log:1:1 a longer line than before")
	// The new text is longer than the old.
	must(t, os.Truncate(path, 0))
	put(t, path, "another line, which is longer than all before\n")
	wantLines(t, f, "a.log:1:1 another line, which is longer than all before")
}

// TestFollowLink follows a file as Kubernetes mounts it: the folder in its path is a
// link that is replaced.
func TestFollowLink(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"1", "2"} {
		must(t, os.Mkdir(name, 0o700))
		put(t, filepath.Join(name, "a.log"), name+"\n")
	}
	must(t, os.Symlink("1", "..data"))
	must(t, os.Symlink(filepath.Join("..data", "a.log"), "a.log"))
	f := follow(t, "a.log", events.FollowOptions{FromStart: true})
	wantLines(t, f, "a.log:1:1 1")
	put(t, "1/a.log", "more\n")
	must(t, os.Symlink("2", "..tmp"))
	must(t, os.Rename("..tmp", "..data"))
	wantLines(t, f, "a.log:2:1 more", "a.log:1:1 2")
}

// TestFollowLinkRotated follows a link, and rotated files are beside its target.
func TestFollowLinkRotated(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "pods", "0.log")
	must(t, os.Mkdir(filepath.Dir(target), 0o700))
	path := filepath.Join(dir, "a.log")
	must(t, os.Symlink(target, path))
	put(t, target, "1\n2\n")
	f := follow(t, path, events.FollowOptions{FromStart: true})
	rec, err := f.Next(t.Context())
	must(t, err)
	from := rec.Position()
	must(t, os.Rename(target, target+".20260301-102030"))
	put(t, target, "3\n")
	f = follow(t, path, events.FollowOptions{From: from})
	wantLines(t, f, "0.log.20260301-102030:2:1 2", "a.log:1:1 3")
}

// TestFollowGone resumes at a position in a file that is gone.
func TestFollowGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	put(t, path+".1", "0\n")
	must(t, os.Chtimes(path+".1", time.Time{}, time.Now().Add(-time.Hour)))
	put(t, path, "1\n")
	f := follow(t, path, events.FollowOptions{FromStart: true})
	rec, err := f.Next(t.Context())
	must(t, err)
	must(t, f.Ack(rec))
	must(t, os.Remove(path))
	put(t, path, "2\n")
	f = follow(t, path, events.FollowOptions{From: f.Acked()})
	wantLines(t, f, "a.log: EVENTS_ERR_INPUT: lines may be missing: the file that was read before is gone or compressed", "a.log:1:1 2")
}

// TestFollowNoFile follows what is not a file until it is one.
func TestFollowNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	must(t, os.Mkdir(path, 0o700))
	f := follow(t, path, events.FollowOptions{})
	wantLines(t, f, "a.log: EVENTS_ERR_INPUT: not a regular file")
	wantLines(t, f) // once
	must(t, os.Remove(path))
	put(t, path, "1\n")
	wantLines(t, f, "a.log:1:1 1")
}

// TestFollowAck checks that positions only change with acknowledgements, and that
// resuming at each of them reads the rest.
func TestFollowAck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	put(t, path, "1\n")
	f := follow(t, path, events.FollowOptions{})
	put(t, path, "2\n")
	lines := []string{"a.log:2:1 2"}
	wantLines(t, f, lines...)
	wantLines(t, follow(t, path, events.FollowOptions{From: f.Acked()}), lines...)
	if other := (&events.Record{}).Position(); !other.IsZero() {
		t.Errorf("position %v of a record without one", other)
	}
	put(t, path, "3\n")
	rec, err := f.Next(t.Context())
	must(t, err)
	must(t, f.Ack(rec))
	put(t, path, "4\n")
	wantLines(t, follow(t, path, events.FollowOptions{From: f.Acked()}), "a.log:4:1 4")
}

// TestFollowRun runs a pipeline on a followed file until it is cancelled.
func TestFollowRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	put(t, path, lines(3))
	f := events.Follow(path, events.FollowOptions{FromStart: true, Poll: time.Microsecond}) // Run closes it
	ctx, cancel := context.WithCancel(t.Context())
	o := numbers(nil)
	o.Sequential = true
	o.Progress = func(s events.Stats) {
		switch s.Events {
		case 3:
			put(t, path, "broken\n"+lines(1))
		case 4:
			cancel()
		}
	}
	stats, err := events.Run(ctx, f, o)
	if want := (events.Stats{Events: 4, BadEvents: 1}); !errors.Is(err, context.Canceled) || stats != want {
		t.Errorf("%+v, %v", stats, err)
	}
	put(t, path, "5\n")
	wantLines(t, follow(t, path, events.FollowOptions{From: f.Acked()}), "a.log:6:1 5")
}

// TestFollowLag checks the number of bytes that have not been read.
func TestFollowLag(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	f := follow(t, path, events.FollowOptions{})
	want := func(want int64) {
		t.Helper()
		if got := f.Lag(); got != want {
			t.Errorf("got %d bytes, want %d", got, want)
		}
	}
	read := func(n int) {
		t.Helper()
		for range n {
			_, err := f.Next(t.Context())
			must(t, err)
		}
	}
	want(0)
	put(t, path, "{}\n[1]\n")
	want(7)
	read(1)
	want(4)
	read(1)
	want(0)
	put(t, path, "half")
	want(4)
	put(t, path, "\n")
	for i := range 3 {
		must(t, os.Rename(path, fmt.Sprint(path, "-2026030", i)))
		put(t, path, "1234567\n")
	}
	want(29)
	read(2)
	want(16)
	read(2)
	want(0)
}

// TestFollowClosed reads from a closed Follower.
func TestFollowClosed(t *testing.T) {
	f := follow(t, filepath.Join(t.TempDir(), "a.log"), events.FollowOptions{})
	must(t, f.Close())
	if _, err := f.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestPositionJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"files":[{"path":"a","offset":1}]}`:  "",
		`{}`:                                   "",
		`[]`:                                   "json: cannot unmarshal array into Go value of type events.positionJSON",
		`{"files":[{}]}`:                       "invalid position: want files with a path, and with head_size, offset and line in range",
		`{"files":[{"path":"a","offset":-1}]}`: "invalid position: want files with a path, and with head_size, offset and line in range",
		`{"files":[{"path":"a","head_size":1025}]}`:                               "invalid position: want files with a path, and with head_size, offset and line in range",
		`{"files":[` + strings.Repeat(`{"path":"a"},`, 8) + `{"path":"a"}` + `]}`: "invalid position: want at most 8 files",
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			var p events.Position
			err := json.Unmarshal([]byte(text), &p)
			if got := fmt.Sprint(err); err == nil && want != "" || err != nil && got != want {
				t.Errorf("got %s", got)
			}
		})
	}
}

// FuzzPosition resumes at random positions.
func FuzzPosition(f *testing.F) {
	f.Add([]byte(`{"files":[{"path":"a.log","head_size":4,"head":"ac","offset":4,"line":3,"modified":1}]}`))
	f.Add([]byte(`{"files":[{"path":"..","offset":9223372036854775807,"line":9223372036854775807}]}`))
	path := filepath.Join(f.TempDir(), "a.log")
	if err := os.WriteFile(path, []byte("1\n2\n"), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var p events.Position
		if json.Unmarshal(text, &p) != nil {
			return
		}
		again, err := json.Marshal(p)
		must(t, err)
		var q events.Position
		must(t, json.Unmarshal(again, &q))
		poll(t, follow(t, path, events.FollowOptions{From: q}))
	})
}
