package ruletest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/ruletest"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a_test.yaml", "rules.yaml", "x/b_test.yml", "x/y/c_test.yaml", ".git/d_test.yaml", "empty/readme"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		args []string
		want []string
		err  string
	}{
		{args: []string{"."}, want: []string{"a_test.yaml", "x/b_test.yml", "x/y/c_test.yaml"}},
		{args: []string{"x", "./a_test.yaml", "a_test.yaml"}, want: []string{"x/b_test.yml", "x/y/c_test.yaml", "a_test.yaml"}},
		{args: []string{"rules.yaml"}, want: []string{"rules.yaml"}},
		{args: []string{"*"}, want: []string{"a_test.yaml", "x/b_test.yml", "x/y/c_test.yaml"}},
		{args: []string{"none"}, err: "none: cannot read: no such file or directory"},
		{args: []string{"empty"}, err: "empty: no test suites in this folder: expected files that end in _test.yaml"},
		{args: nil, err: "no test suites given: name a file, a folder or a pattern"},
		{args: []string{"**"}, err: "**: ** is not supported in patterns: give a folder to include its subfolders"},
		{args: []string{"z*"}, err: "z*: no test suite matches this pattern"},
	} {
		t.Run(subtest.Name(test.err), func(t *testing.T) {
			got, _, err := ruletest.Find(test.args...)
			for i := range got {
				got[i] = filepath.ToSlash(got[i])
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", test.args, diff)
			}
			if text := errText(err); text != test.err {
				t.Errorf("%v: %s", test.args, text)
			}
		})
	}
}

// TestFindUnreadable checks that Find reports an unreadable folder.
func TestFindUnreadable(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("x/closed", 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, "x/a_test.yaml", "")
	if err := os.Chmod("x/closed", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadDir("x/closed"); err == nil {
		t.Skip("every folder can be read")
	}
	for _, arg := range []string{"x", "x/*", "*"} {
		t.Run(subtest.Name(arg), func(t *testing.T) {
			if files, _, err := ruletest.Find(arg); errText(err) != arg+": cannot read x/closed: permission denied" {
				t.Errorf("%s: %v %v", arg, files, err)
			}
		})
	}
}
