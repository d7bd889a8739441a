package suggest

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
)

func TestShortened(t *testing.T) {
	if got := Nearest("fd.nam", slices.Values([]string{"fd.num", "fd.name", "fd.nameraw"})); got != "fd.name" {
		t.Errorf("got %q", got)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"contains", "icontains", "startswith", "in", "exists", "ka.verb", "ka.user.name", "warning", "spawned_process", "m1", "dirs", "Sudo", "listen", "shell_binaries"}
	for word, want := range map[string]string{
		"contians":          "contains",
		"Contains":          "contains",
		"icontain":          "icontains",
		"startwith":         "startswith",
		"inn":               "in",
		"exist":             "exists",
		"ka.vreb":           "ka.verb",
		"ka.usr.name":       "ka.user.name",
		"warn":              "warning",
		"spawnd_proces":     "spawned_process",
		"HIGH":              "",
		"is":                "",
		"m2":                "",
		"Sodu":              "Sudo",
		"bins":              "",
		"list_a":            "",
		"shell_binary":      "shell_binaries",
		"dir":               "dirs",
		"":                  "",
		"something_else":    "",
		"ka.target.resorce": "",
		"contain":           "contains", // and not icontains
	} {
		t.Run(subtest.Name(word), func(t *testing.T) {
			if got := Nearest(word, slices.Values(words)); got != want {
				t.Errorf("%q: got %q, want %q", word, got, want)
			}
		})
	}
}

// TestLongWord checks that a long word costs nothing.
func TestLongWord(t *testing.T) {
	looked := 0
	got := Nearest(strings.Repeat("m", 200), func(yield func(string) bool) {
		looked++
		yield(strings.Repeat("m", 201))
	})
	if got != "" || looked > 0 {
		t.Errorf("got %q after %d candidates", got, looked)
	}
}

// TestDistance compares the distance with one that computes the whole table.
func TestDistance(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	word := func() string {
		b := make([]byte, random.Intn(12))
		for i := range b {
			b[i] = "abc"[random.Intn(3)]
		}
		return string(b)
	}
	for range 20_000 {
		a, b := word(), word()
		full := slowDistance(a, b)
		for limit := 1; limit < 8; limit++ {
			want := min(limit, full)
			if got := distance(a, b, limit); got != want {
				t.Fatalf("%q, %q, limit %d: got %d, want %d", a, b, limit, got, want)
			}
			if lettersOf(a).differ(b, limit) && full < limit {
				t.Fatalf("%q, %q: the letters differ by %d, and the distance is %d", a, b, limit, full)
			}
		}
	}
}

func slowDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			if i == 0 || j == 0 {
				rows[i][j] = i + j
				continue
			}
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
