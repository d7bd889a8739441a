package loader_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

func TestReader(t *testing.T) {
	fsys := fstest.MapFS{
		"rules/b.yaml": {Data: []byte("b")}, "rules/a.yml": {Data: []byte("a")}, "rules/c.txt": {}, "rules/.hidden": {}, "rules/sub/d.yaml": {}, "one": {Data: []byte("1")},
		"empty/c.txt": {},
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, fsys); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, test := range []struct {
		name   string
		reader loader.Reader
	}{{"operating system", loader.Reader{}}, {"fs.FS", loader.Reader{FS: fsys}}} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range test.reader.Read("one", "rules", "nosuch.yaml", "empty") {
				line := filepath.ToSlash(f.Name) + " " + string(f.Data)
				var d *diag.Diagnostic
				switch {
				case f.Skipped != nil:
					line += string(f.Skipped.Code)
				case errors.As(f.Err, &d):
					line += string(d.Code) + " " + d.Message
				}
				got = append(got, line)
			}
			want := []string{
				"one 1", "rules/a.yml a", "rules/b.yaml b", "rules " + string(loader.NoticeSkipped),
				"nosuch.yaml LOAD_ERR_FILE_READ cannot read: ",
				"empty LOAD_ERR_FILE_READ cannot read: the folder has no files that end in .yaml or .yml",
			}
			for i := range max(len(want), len(got)) {
				if i >= len(want) || i >= len(got) || !strings.HasPrefix(got[i], want[i]) {
					t.Fatalf("got %q\nwant %q", got, want)
				}
			}
		})
	}
}
