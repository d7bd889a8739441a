package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fullDisk is a file on a full disk.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestFullDisk checks that no command succeeds if its results cannot be written.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(rules, []byte(feedRules), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"", "--help", "--version", "help", "help run", "run --help", "completion bash",
		"check RULES", "check -o json RULES", "check -o sarif RULES", "check -o junit RULES",
		"describe RULES", "describe -o json RULES",
		"run -r RULES", "run -o json -r RULES", "filter -s syscall proc.pid=1",
		"explain -r RULES --rule Everything",
		"test schema", "test init RULES",
		"fixture -o json",
		"parse evt.num=1", "parse -o json evt.num=1", "parse -o tree evt.num=1",
		"fields", "fields syscall", "fields -o markdown", "fields --events",
		"convert", "convert pss --level baseline", "convert pss --level baseline -o json --rules-path OUT",
	} {
		t.Run(args, func(t *testing.T) {
			words := strings.Fields(strings.NewReplacer("RULES", rules, "OUT", filepath.Join(t.TempDir(), "out.yaml")).Replace(args))
			stdin := strings.NewReader(`{"fields": {"proc.pid": 1}}
				{"rule": "Everything", "source": "syscall", "output_fields": {"proc.pid": 1}}`)
			var stderr bytes.Buffer
			if status := execute(t.Context(), words, stdin, fullDisk{}, &stderr); status != exitCall {
				t.Errorf("exit status %d", status)
			}
			if want := "cannot write the results: no space left on device"; !strings.Contains(stderr.String(), want) {
				t.Errorf("standard error has %q, want %q", stderr.String(), want)
			}
		})
	}
}
