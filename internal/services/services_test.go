package services

import (
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
)

func TestPort(t *testing.T) {
	for name, want := range map[string]uint16{"ssh": 22, "http": 80, "https": 443, "domain": 53, "mysql": 3306, "acr-nema": 104} {
		t.Run(name, func(t *testing.T) {
			if got, ok := Port(name); got != want || !ok {
				t.Errorf("%s: got %d, %v", name, got, ok)
			}
		})
	}
	for _, name := range []string{"", "#", "SSH", "ssh ", "ssh 22", "22", "nosuch", "https\n"} {
		t.Run(subtest.Name(name), func(t *testing.T) {
			if got, ok := Port(name); ok {
				t.Errorf("%q: got %d", name, got)
			}
		})
	}
}

// TestTable checks that names are unique and that Port finds each of them.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		if len(words) != 2 || seen[words[0]] {
			t.Errorf("%q is not a name and a port, or repeats a name", line)
			continue
		}
		seen[words[0]] = true
		if got, ok := Port(words[0]); !ok || got == 0 || strconv.Itoa(int(got)) != words[1] {
			t.Errorf("%s: got %d, %v", words[0], got, ok)
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d services", len(seen))
	}
}
