package state

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestFileMap compares a table with a map while file descriptors come and go.
func TestFileMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var m fileMap
		want := map[int64]*File{}
		for range 400 {
			num := r.Int64N(120) - 3
			switch r.IntN(5) {
			case 0, 1, 2:
				f := &File{Name: strings.Repeat("x", r.IntN(20)), RawName: "y"}
				m.set(num, f)
				want[num] = f
			case 3:
				m.remove(num)
				delete(want, num)
			default:
				m = m.copied(r.IntN(3))
			}
			check(t, &m, want)
		}
	}
}

func check(t *testing.T, m *fileMap, want map[int64]*File) {
	t.Helper()
	text, seen := 0, map[int64]bool{}
	for num, f := range m.all() {
		if want[num] != f || seen[num] || m.get(num) != f {
			t.Fatalf("wrong file descriptor %d", num)
		}
		seen[num] = true
		text += len(f.Name) + len(f.RawName)
	}
	if len(seen) != len(want) || m.count != len(want) || m.text != text {
		t.Fatalf("%d of %d file descriptors, count %d, text %d, want %d", len(seen), len(want), m.count, m.text, text)
	}
}

// TestFileMapOrder checks the order of GNU's unordered_map: new buckets come first, and so do new
// elements of a bucket.
func TestFileMapOrder(t *testing.T) {
	var m fileMap
	for _, num := range []int64{0, 1, 2, 13, 5} {
		m.set(num, &File{})
	}
	var got []int64
	for num := range m.all() {
		got = append(got, num)
	}
	want := []int64{5, 2, 1, 13, 0}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}
