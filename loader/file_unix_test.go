//go:build unix

package loader_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/loader"
)

// TestReaderSkips reads folders with what Falco skips in them: nothing may be opened
// that is not a regular file, as opening a named pipe blocks.
func TestReaderSkips(t *testing.T) {
	for name, test := range map[string]struct {
		make func(path string) error
		want string
	}{
		"named pipe": {func(path string) error { return syscall.Mkfifo(path, 0o666) }, "this is a named pipe, which Falco does not read from a folder"},
		"link to a pipe": {func(path string) error {
			return linkTo(path, func(to string) error { return syscall.Mkfifo(to, 0o666) })
		}, "this is a named pipe, which Falco does not read from a folder"},
		"socket":           {listen, "this is a socket, which Falco does not read from a folder"},
		"link to a device": {func(path string) error { return os.Symlink(os.DevNull, path) }, "this is a device, which Falco does not read from a folder"},
		"dangling link":    {func(path string) error { return os.Symlink("nosuch", path) }, "the link is broken: no such file or directory"},
		"link to itself":   {func(path string) error { return os.Symlink(filepath.Base(path), path) }, "the link is broken: too many levels of symbolic links"},
		"folder":           {func(path string) error { return os.Mkdir(path, 0o777) }, "subfolders are not read, as in Falco: x.yaml"},
		"link to a folder": {func(path string) error { return os.Symlink(".", path) }, "the link to a folder is not followed, as in Falco"},
		"link to a file": {func(path string) error {
			return linkTo(path, func(to string) error { return os.WriteFile(to, nil, 0o666) })
		}, ""},
		"hard link to a.yml": {func(path string) error { return os.Link(filepath.Join(filepath.Dir(path), "a.yaml"), path) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, "a.yaml", "c.yaml")
			path := filepath.Join(dir, "x.yaml")
			if err := test.make(path); err != nil {
				t.Fatal(err)
			}
			want := []string{"a.yaml", "c.yaml"}
			if name == "link to a file" {
				want = append(want, "x.yaml")
			}
			files, skipped := read(t, loader.Reader{}, dir)
			if diff := cmp.Diff(want, files); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := strings.Join(skipped, "\n"); got != test.want {
				t.Errorf("skipped %q, want %q", got, test.want)
			}
		})
	}
}

// TestReaderConfigMap reads a folder that a ConfigMap is mounted to.
func TestReaderConfigMap(t *testing.T) {
	for _, recursive := range []bool{false, true} {
		t.Run(fmt.Sprint(recursive), func(t *testing.T) {
			dir := folder(t, "..2026_01_01/a.yaml")
			for link, to := range map[string]string{"..data": "..2026_01_01", "a.yaml": "..data/a.yaml"} {
				if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
					t.Fatal(err)
				}
			}
			files, skipped := read(t, loader.Reader{Recursive: recursive}, dir)
			if diff := cmp.Diff([]string{"a.yaml"}, files); diff != "" || len(skipped) > 0 {
				t.Errorf("recursive %v: skipped %q (-want +got):\n%s", recursive, skipped, diff)
			}
		})
	}
}

// TestReaderOnce names files by several paths.
func TestReaderOnce(t *testing.T) {
	dir := folder(t, "a.yaml", "sub/b.yaml")
	t.Chdir(dir)
	for link, to := range map[string]string{"link.yaml": "a.yaml", "sublink": "sub"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link("a.yaml", "hard.yml"); err != nil {
		t.Fatal(err)
	}
	for _, paths := range [][]string{
		{"a.yaml", "a.yaml"},
		{"a.yaml", "./a.yaml", "sub/../a.yaml", filepath.Join(dir, "a.yaml"), "link.yaml", "hard.yml"},
		{"a.yaml", "."},
		{"a.yaml", "nosuch.yaml", "./nosuch.yaml"},
	} {
		files := loader.Reader{}.Read(paths...)
		n := 0
		for _, f := range files {
			if f.Skipped == nil && f.Err == nil {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%q: got %d files", paths, n)
		}
	}
	if files, _ := read(t, loader.Reader{}, "sublink", "sub", "sub/b.yaml"); len(files) != 1 {
		t.Errorf("got %q", files)
	}
}

// TestReaderIgnore leaves out files and folders.
func TestReaderIgnore(t *testing.T) {
	dir := folder(t, "a.yaml", "b.yaml", "sub/c.yaml", "vendor/d.yaml")
	r := loader.Reader{Ignore: func(name string) bool { return filepath.Base(name) == "b.yaml" || filepath.Base(name) == "vendor" }}
	for _, tt := range []struct {
		name           string
		reader         loader.Reader
		paths          []string
		files, skipped []string
	}{
		{"folder", r, []string{dir}, []string{"a.yaml"}, []string{"subfolders are not read, as in Falco: sub"}},
		{"recursive", loader.Reader{Ignore: r.Ignore, Recursive: true}, []string{dir}, []string{"a.yaml", "c.yaml"}, nil},
		{"arguments", r, []string{filepath.Join(dir, "b.yaml"), filepath.Join(dir, "vendor")}, nil, nil},
		{"context", loader.Reader{Ignore: r.Ignore, Context: []string{filepath.Join(dir, "b.yaml")}}, []string{dir}, []string{"b.yaml", "a.yaml"}, []string{"subfolders are not read, as in Falco: sub"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var files, skipped []string
			for _, f := range tt.reader.Read(tt.paths...) {
				if f.Skipped != nil {
					skipped = append(skipped, f.Skipped.Message)
					continue
				}
				files = append(files, filepath.Base(f.Name))
			}
			if diff := cmp.Diff(tt.files, files) + cmp.Diff(tt.skipped, skipped); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestReaderContext gives files as context and to be judged.
func TestReaderContext(t *testing.T) {
	dir := folder(t, "a.yaml", "b.yaml", "c.yaml")
	files := loader.Reader{Context: []string{dir}}.Read(filepath.Join(dir, "b.yaml"))
	var got []string
	for _, f := range files {
		if f.Context {
			got = append(got, "context "+filepath.Base(f.Name))
		} else {
			got = append(got, filepath.Base(f.Name))
		}
	}
	if diff := cmp.Diff([]string{"context a.yaml", "b.yaml", "context c.yaml"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReaderRecursive reads subfolders, but follows no links to folders.
func TestReaderRecursive(t *testing.T) {
	dir := folder(t, "b.yaml", "a/x.yaml", "a/x_test.yaml", "a/deep/y.yml", "c/readme.md", ".git/z.yaml")
	if err := os.Symlink("..", filepath.Join(dir, "a", "up")); err != nil {
		t.Fatal(err)
	}
	files, skipped := read(t, loader.Reader{Recursive: true}, dir)
	if diff := cmp.Diff([]string{"b.yaml", "x.yaml", "y.yml"}, files); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := "the link to a folder is not followed, as in Falco"; strings.Join(skipped, "\n") != want {
		t.Errorf("skipped %q, want %q", skipped, want)
	}
}

// TestReaderUnreadable reads a folder with a file that may not be read beside others.
func TestReaderUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("everything can be read")
	}
	dir := folder(t, "a.yaml", "b.yaml")
	if err := os.Chmod(filepath.Join(dir, "a.yaml"), 0); err != nil {
		t.Fatal(err)
	}
	set, err := loader.Load(loader.Reader{}.Read(dir), allSources())
	if err == nil || len(set.Errors) != 1 || set.Errors[0].Code != loader.ErrFileRead || len(set.Results) != 2 || !set.Results[1].Successful() {
		t.Errorf("got %v and %d results", err, len(set.Results))
	}
}

// folder makes a folder with empty files.
func folder(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// read returns the base names of the files that were read, and why others were skipped.
func read(t *testing.T, r loader.Reader, paths ...string) (files, skipped []string) {
	t.Helper()
	for _, f := range r.Read(paths...) {
		switch {
		case f.Err != nil:
			t.Error(f.Err)
		case f.Skipped != nil:
			skipped = append(skipped, f.Skipped.Message)
		default:
			files = append(files, filepath.Base(f.Name))
		}
	}
	return files, skipped
}

// linkTo makes a file of another name and a link to it.
func linkTo(path string, create func(string) error) error {
	to := strings.TrimSuffix(path, ".yaml") + ".target"
	if err := create(to); err != nil {
		return err
	}
	return os.Symlink(to, path)
}

// listen makes a socket that stays.
func listen(path string) error {
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	return l.Close()
}
