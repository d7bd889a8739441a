package loader_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"

	"testing/fstest"
)

func TestReadFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.yaml", "a.yml", "c.txt", ".hidden", "sub/d.yaml"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("# "+name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	files, err := loader.ReadFiles(filepath.Join(dir, "c.txt"), dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, filepath.Base(f.Name))
	}
	if diff := cmp.Diff([]string{"c.txt", "a.yml", "b.yaml"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, path := range []string{filepath.Join(dir, "nosuch.yaml"), t.TempDir()} {
		t.Run(subtest.Name(path), func(t *testing.T) {
			_, err := loader.ReadFiles(path)
			var d *diag.Diagnostic
			if !errors.As(err, &d) || d.Code != loader.ErrFileRead || d.Range.File != path {
				t.Errorf("%s: got %v", path, err)
			}
		})
	}
}

func TestReadFS(t *testing.T) {
	fsys := fstest.MapFS{
		"rules/b.yaml": {Data: []byte("b")}, "rules/a.yml": {Data: []byte("a")}, "rules/c.txt": {}, "rules/sub/d.yaml": {}, "one": {Data: []byte("1")},
	}
	files, err := loader.ReadFS(fsys, "one", "rules")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Name+" "+string(f.Data))
	}
	if diff := cmp.Diff([]string{"one 1", "rules/a.yml a", "rules/b.yaml b"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := loader.ReadFS(fsys, "nosuch"); err == nil || err.Error() != "nosuch: LOAD_ERR_FILE_READ: cannot read: file does not exist" {
		t.Errorf("got %v", err)
	}
}
