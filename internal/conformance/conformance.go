// Package conformance gives tests access to recorded answers of Falco.
//
// There are two data sets with the same layout. The small one is part of the
// repository, in testdata/conformance, where a README describes the files. The full
// one is found through the environment variable FALCORULES_CONFORMANCE, or by
// default in ../shared/conformance beside the checkout.
//
//	dir := conformance.Dir(t)
//	conformance.Run(t, filepath.Join(dir, "parser-generated.jsonl"), func(t *testing.T, r row) {
//		…
//	})
package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/samples"
)

// variable is the environment variable with the folder of the full set. A relative
// path is relative to the root of the module, not to the package under test.
const variable = "FALCORULES_CONFORMANCE"

// Dir returns the folder of the full set, or of the small one if the full one is
// missing or tests run with -short.
func Dir(t testing.TB) string {
	t.Helper()
	root := moduleRoot(t)
	if !testing.Short() {
		if dir, ok := whole(t, root); ok {
			return dir
		}
	}
	return subset(root)
}

// WholeDir returns the folder of the full set, and skips the test if it is missing.
func WholeDir(t testing.TB) string {
	t.Helper()
	dir, ok := whole(t, moduleRoot(t))
	if !ok {
		t.Skipf("no conformance data: set %s to its folder", variable)
	}
	return dir
}

// whole returns the folder of the full set and whether it exists. The test fails if
// the variable names a folder that does not exist.
func whole(t testing.TB, root string) (string, bool) {
	t.Helper()
	dir := os.Getenv(variable)
	explicit := dir != ""
	if !explicit {
		dir = filepath.Join("..", "shared", "conformance")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	if _, err := os.Stat(dir); err != nil {
		if explicit {
			t.Fatalf("%s: %v", variable, err)
		}
		return "", false
	}
	return dir, true
}

func subset(root string) string { return filepath.Join(root, "testdata", "conformance") }

// moduleRoot returns the folder of go.mod above the package under test.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the package under test")
		}
		dir = parent
	}
}

// Lines returns the lines of a file that are not blank. It skips the test if the
// file does not exist, because the small set has only some of the files.
func Lines(t testing.TB, path string) [][]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is missing: set %s to the folder of the full conformance data", path, variable)
	}
	if err != nil {
		t.Fatal(err)
	}
	var lines [][]byte
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			lines = append(lines, line)
		}
	}
	return lines
}

// Rows decodes a JSON Lines file. Like Lines, it skips the test if the file does not
// exist.
func Rows[T any](t testing.TB, path string) []T {
	t.Helper()
	lines := Lines(t, path)
	rows := make([]T, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal(line, &rows[i]); err != nil {
			t.Fatalf("%s: row %d: %v", path, i+1, err)
		}
	}
	return rows
}

// Run runs a subtest for each row of a JSON Lines file, named after the file and the
// row number, such as parser-generated.jsonl/17. If the file does not exist, the
// subtest is skipped.
func Run[T any](t *testing.T, path string, test func(t *testing.T, row T)) {
	t.Helper()
	run(t, path, 1, test)
}

// RunSample is Run for slow tests. It runs all rows of the small set, and of the
// full set as many as package samples allows.
func RunSample[T any](t *testing.T, path string, test func(t *testing.T, row T)) {
	t.Helper()
	every := samples.Every()
	if strings.HasPrefix(path, subset(moduleRoot(t))) {
		every = 1
	}
	run(t, path, every, test)
}

func run[T any](t *testing.T, path string, every int, test func(t *testing.T, row T)) {
	t.Helper()
	t.Run(filepath.Base(path), func(t *testing.T) {
		rows := Rows[T](t, path)
		for i := every - 1; i < len(rows); i += every {
			t.Run(strconv.Itoa(i+1), func(t *testing.T) { test(t, rows[i]) })
		}
	})
}
