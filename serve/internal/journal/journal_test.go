package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(t testing.TB, dir string, o Options) *Journal {
	t.Helper()
	j, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func appendAll(t testing.TB, j *Journal, texts ...string) {
	t.Helper()
	var records [][]byte
	for _, s := range texts {
		records = append(records, []byte(s))
	}
	if err := j.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
}

// next reads n records.
func next(t testing.TB, j *Journal, n int) (texts []string, records []Record) {
	t.Helper()
	for range n {
		rec, err := j.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		texts, records = append(texts, string(rec.Data)), append(records, rec)
	}
	return texts, records
}

// rest reads all records that are there.
func rest(t testing.TB, j *Journal) []string {
	t.Helper()
	texts, _ := next(t, j, 0)
	for j.reader.from < j.durable {
		rec, ok, err := j.reader.read()
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			texts = append(texts, string(rec.Data))
		}
	}
	return texts
}

func closeJournal(t testing.TB, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAppendAndRead(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	defer closeJournal(t, j)
	appendAll(t, j, "a", "", "c")
	appendAll(t, j, strings.Repeat("d", 1<<20))
	got, _ := next(t, j, 4)
	if diff := cmp.Diff([]string{"a", "", "c", strings.Repeat("d", 1<<20)}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNextWaits(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	defer closeJournal(t, j)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	got := make(chan string)
	go func() {
		rec, _ := j.Next(t.Context())
		got <- string(rec.Data)
	}()
	appendAll(t, j, "a")
	if text := <-got; text != "a" {
		t.Errorf("got %q", text)
	}
}

// TestRestart checks what is returned again after a restart.
func TestRestart(t *testing.T) {
	tests := []struct {
		name string
		ack  []int
		want []string
	}{
		{"none", nil, []string{"a", "b", "c", "d"}},
		{"first", []int{0}, []string{"b", "c", "d"}},
		{"out of order", []int{1, 0, 3}, []string{"c", "d"}},
		{"gap", []int{1, 2}, []string{"a", "b", "c", "d"}},
		{"all", []int{3, 2, 1, 0}, nil},
	}
	for _, segment := range []int64{1, 1 << 20} {
		for _, test := range tests {
			t.Run(fmt.Sprint(test.name, " ", segment), func(t *testing.T) {
				dir := t.TempDir()
				j := open(t, dir, Options{SegmentBytes: segment})
				for _, s := range []string{"a", "b", "c", "d"} {
					appendAll(t, j, s)
				}
				_, records := next(t, j, 4)
				for _, i := range test.ack {
					if err := j.Ack(records[i]); err != nil {
						t.Fatal(err)
					}
				}
				closeJournal(t, j)
				j = open(t, dir, Options{})
				defer closeJournal(t, j)
				if diff := cmp.Diff(test.want, rest(t, j)); diff != "" {
					t.Error(diff)
				}
				appendAll(t, j, "e")
				if got, _ := next(t, j, 1); got[0] != "e" {
					t.Errorf("got %q", got)
				}
			})
		}
	}
}

// TestDeletesSegments checks that acknowledged records do not take up room.
func TestDeletesSegments(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{MaxBytes: 4000})
	defer closeJournal(t, j)
	for range 100 {
		appendAll(t, j, strings.Repeat("x", 300))
		_, records := next(t, j, 1)
		if err := j.Ack(records[0]); err != nil {
			t.Fatal(err)
		}
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*.log")); len(files) > 2 || err != nil {
		t.Errorf("got %v, %v", files, err)
	}
}

func TestFull(t *testing.T) {
	j := open(t, t.TempDir(), Options{MaxBytes: 1000, SegmentBytes: 300})
	defer closeJournal(t, j)
	big := [][]byte{bytes.Repeat([]byte("x"), 280)}
	for range 3 {
		if err := j.Append(t.Context(), big); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Append(t.Context(), big); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	_, records := next(t, j, 3)
	for _, r := range records {
		if err := j.Ack(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Append(t.Context(), big); err != nil {
		t.Errorf("after room was made: %v", err)
	}
	if err := j.Append(t.Context(), [][]byte{make([]byte, MaxRecord+1)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// TestFullAfterError checks that a failed write does not keep a journal full whose records
// are all acknowledged.
func TestFullAfterError(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{MaxBytes: 100, SegmentBytes: 1})
	defer closeJournal(t, j)
	big := [][]byte{make([]byte, 90)}
	if err := j.Append(t.Context(), big); err != nil {
		t.Fatal(err)
	}
	_, records := next(t, j, 1)
	if err := j.Ack(records[0]); err != nil {
		t.Fatal(err)
	}
	inTheWay := filepath.Join(dir, "0000000000000002.log")
	if err := os.Mkdir(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(t.Context(), big); err == nil || errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	if err := j.Append(t.Context(), big); err != nil {
		t.Errorf("after an error: %v", err)
	}
}

// TestFailedWrites checks that failed writes leave nothing behind.
func TestFailedWrites(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	appendAll(t, j, "a")
	for range 10 {
		if j.writer.file == nil {
			if err := j.writer.open(j.next); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := j.writer.file.WriteString("part of a record"); err != nil {
			t.Fatal(err)
		}
		if err := j.writer.file.Close(); err != nil {
			t.Fatal(err)
		}
		if err := j.Append(t.Context(), [][]byte{[]byte("lost")}); err == nil {
			t.Fatal("no error")
		}
	}
	appendAll(t, j, "b")
	size := int64(0)
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			size += info.Size()
		}
	}
	if len(files) != 2 || size != j.Bytes() || err != nil {
		t.Errorf("got %v, %v, with %d bytes instead of %d", files, err, size, j.Bytes())
	}
	closeJournal(t, j)
	j = open(t, dir, Options{Damaged: func(d Damage) { t.Errorf("damaged: %s", d) }})
	defer closeJournal(t, j)
	if diff := cmp.Diff([]string{"a", "b"}, rest(t, j)); diff != "" {
		t.Error(diff)
	}
}

// TestSlowDisk checks that records that wait for the disk do not take up unlimited memory.
func TestSlowDisk(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	disk, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, "a")
	defer j.writer.file.Close()
	j.writer.file = pipe // nothing is written until it is read
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	big := [][]byte{make([]byte, MaxRecord)}
	appended := 0
	for err = context.Canceled; errors.Is(err, context.Canceled) && appended < 100; appended++ {
		err = j.Append(ctx, big)
	}
	if !errors.Is(err, ErrFull) || appended > 5 {
		t.Errorf("got %v after %d records", err, appended)
	}
	if err := disk.Close(); err != nil {
		t.Fatal(err)
	}
	closeJournal(t, j)
}

func TestOpenErrors(t *testing.T) {
	t.Run("locked", func(t *testing.T) {
		dir := t.TempDir()
		j := open(t, dir, Options{})
		defer closeJournal(t, j)
		if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "another process uses the journal") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, Options{}); err == nil {
			t.Error("no error")
		}
	})
	t.Run("closed", func(t *testing.T) {
		j := open(t, t.TempDir(), Options{})
		closeJournal(t, j)
		if err := j.Append(t.Context(), [][]byte{nil}); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
		if _, err := j.Next(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

// TestDamage checks that intact records around damage are read.
func TestDamage(t *testing.T) {
	record := appendRecord(nil, 1, []byte("record"))
	size := len(record)
	tests := []struct {
		name   string
		damage func(data []byte) []byte // of three records
		want   []string
		found  int
	}{
		{"none", func(data []byte) []byte { return data }, []string{"one", "two", "abc"}, 0},
		{"bit in the first", func(data []byte) []byte { data[size-4] ^= 1; return data }, []string{"two", "abc"}, 1},
		{"length", func(data []byte) []byte { data[5] = 0xff; return data }, []string{"two", "abc"}, 1},
		{"number", func(data []byte) []byte { data[13] ^= 1; return data }, []string{"two", "abc"}, 1},
		{"bit in the second", func(data []byte) []byte { data[size-3+10] ^= 1; return data }, []string{"one", "abc"}, 1},
		{"inserted", func(data []byte) []byte { return append([]byte("garbage"), data...) }, []string{"one", "two", "abc"}, 1},
		{"cut off", func(data []byte) []byte { return data[:len(data)-1] }, []string{"one", "two"}, 0},
		{"zeros at the end", func(data []byte) []byte { return append(data, make([]byte, 5000)...) }, []string{"one", "two", "abc"}, 0},
		{"all", func([]byte) []byte { return []byte("garbage") }, nil, 0},
		{"empty", func([]byte) []byte { return nil }, nil, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir, Options{})
			appendAll(t, j, "one", "two", "abc")
			closeJournal(t, j)
			path := filepath.Join(dir, "0000000000000001.log")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, test.damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			found := 0
			j = open(t, dir, Options{Damaged: func(Damage) { found++ }})
			defer closeJournal(t, j)
			appendAll(t, j, "new")
			if diff := cmp.Diff(append(test.want, "new"), rest(t, j)); diff != "" {
				t.Error(diff)
			}
			if found != test.found {
				t.Errorf("got %d damaged parts, want %d", found, test.found)
			}
		})
	}
}

// TestConcurrent appends from many goroutines.
func TestConcurrent(t *testing.T) {
	j := open(t, t.TempDir(), Options{SegmentBytes: 1000})
	defer closeJournal(t, j)
	const writers, each = 8, 50
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := j.Append(t.Context(), [][]byte{fmt.Appendf(nil, "%d-%d", w, i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := map[string]bool{}
	for range writers * each {
		texts, records := next(t, j, 1)
		seen[texts[0]] = true
		if err := j.Ack(records[0]); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if len(seen) != writers*each {
		t.Errorf("got %d records", len(seen))
	}
}

// TestCrash copies the folder at random moments, cuts off a part of what may not have been
// synced, and checks that nothing acknowledged to the caller is lost.
func TestCrash(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 0))
			dir := t.TempDir()
			written, processed := map[string]bool{}, map[string]bool{}
			for crash := range 5 {
				j := open(t, dir, Options{SegmentBytes: 1 + rng.Int64N(500)})
				for _, text := range rest(t, j) {
					delete(written, text) // it was not lost
				}
				for text := range written {
					if !processed[text] {
						t.Fatalf("%s was lost", text)
					}
				}
				// What was read is appended again, as if it had not been processed.
				closeJournal(t, j)
				j = open(t, dir, Options{SegmentBytes: 1 + rng.Int64N(500)})
				written = map[string]bool{}
				for i := range rng.IntN(30) {
					text := fmt.Sprintf("%d-%d-%s", crash, i, strings.Repeat("x", rng.IntN(100)))
					appendAll(t, j, text)
					written[text] = true
					if rng.IntN(3) == 0 {
						texts, records := next(t, j, 1)
						if err := j.Ack(records[0]); err != nil {
							t.Fatal(err)
						}
						processed[texts[0]] = true
					}
				}
				dir = crashCopy(t, dir, rng)
				closeJournal(t, j)
			}
		})
	}
}

// crashCopy copies a folder as it would be after a crash: with a torn record at the end.
func crashCopy(t *testing.T, dir string, rng *rand.Rand) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(to, "*.log"))
	if err != nil || len(files) == 0 {
		return to
	}
	torn := appendRecord(nil, 1<<40, []byte("torn"))
	f, err := os.OpenFile(files[len(files)-1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(torn[:rng.IntN(len(torn))]); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return to
}

// FuzzOpen opens a journal with any bytes as its files.
func FuzzOpen(f *testing.F) {
	good := appendRecord(appendRecord(nil, 1, []byte("one")), 2, []byte("two"))
	f.Add(good, good, []byte("2\n"))
	f.Add(good[:10], []byte{}, []byte("x"))
	f.Add(append([]byte("x"), good...), bytes.Repeat(magic, 100), []byte("99999999999999999999"))
	f.Fuzz(func(t *testing.T, first, second, check []byte) {
		dir := t.TempDir()
		for name, data := range map[string][]byte{"0000000000000001.log": first, "0000000000000009.log": second, "checkpoint": check} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		j := open(t, dir, Options{})
		defer closeJournal(t, j)
		appendAll(t, j, "new")
		if got := rest(t, j); len(got) == 0 || got[len(got)-1] != "new" {
			t.Errorf("got %q", got)
		}
	})
}

// TestFullSegment checks that a journal whose only segment fills it is usable again when all
// its records have been acknowledged.
func TestFullSegment(t *testing.T) {
	j, err := Open(t.TempDir(), Options{MaxBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	records := [][]byte{make([]byte, 300), make([]byte, 300), make([]byte, 300)}
	for range 5 {
		if err := j.Append(t.Context(), records); err != nil {
			t.Fatal(err)
		}
		if err := j.Append(t.Context(), records); !errors.Is(err, ErrFull) {
			t.Fatalf("got %v, want %v", err, ErrFull)
		}
		for range records {
			rec, err := j.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := j.Ack(rec); err != nil {
				t.Fatal(err)
			}
		}
		if n := j.Bytes(); n > 1000 {
			t.Errorf("%d bytes are left", n)
		}
	}
}
