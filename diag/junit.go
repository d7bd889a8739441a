package diag

import (
	"fmt"
	"io"
	"strings"

	"github.com/falcorules/falcorules/internal/junit"
)

// JUnitFile is a file that was judged, which is a test in a JUnit report.
type JUnitFile struct {
	Name string
	// Blamed says why the file was rejected if none of its own diagnostics is
	// an error. It is empty if the file was accepted.
	Blamed List
}

// WriteJUnit writes diagnostics as a test report: each file is a test, which
// fails if an error is in it. Since CI systems show one failure a test, the
// errors of a file are one failure; its warnings and notices are the test's
// output. Files that have diagnostics but are not listed come last.
func WriteJUnit(w io.Writer, suite string, files []JUnitFile, list List) error {
	out := junit.Suite{Name: suite}
	for _, f := range junitFiles(files, list) {
		out.Add(f.testcase(suite))
	}
	return junit.Write(w, out)
}

type junitFile struct {
	JUnitFile
	errors, others List
}

func junitFiles(listed []JUnitFile, list List) []*junitFile {
	var files []*junitFile
	byName := map[string]*junitFile{}
	file := func(name string) *junitFile {
		f := byName[name]
		if f == nil {
			f = &junitFile{JUnitFile: JUnitFile{Name: name}}
			byName[name] = f
			files = append(files, f)
		}
		return f
	}
	for _, l := range listed {
		f := file(l.Name)
		f.Blamed = append(f.Blamed, l.Blamed...)
	}
	for _, d := range list {
		f := file(d.Range.File)
		if d.Severity == Error {
			f.errors = append(f.errors, d)
		} else {
			f.others = append(f.others, d)
		}
	}
	return files
}

func (f *junitFile) testcase(suite string) *junit.Case {
	c := junit.NewCase(f.Name, suite, f.Name)
	if f.Name == "" {
		c.Name = "(no file)"
	}
	switch {
	case len(f.errors) > 0:
		c.Failure = junit.NewProblem(firstOf(f.errors), string(f.errors[0].Code), f.errors.text())
	case len(f.Blamed) > 0:
		c.Failure = junit.NewProblem("rejected because of errors in other files", string(f.Blamed[0].Code), f.Blamed.Error()+"\n")
	}
	if len(f.others) > 0 {
		c.SystemOut = &junit.Lines{Text: junit.Clean(f.others.text())}
	}
	return c
}

// firstOf returns the first message and how many more there are.
func firstOf(list List) string {
	if len(list) == 1 {
		return list[0].Message
	}
	return fmt.Sprintf("%s (and %d more)", list[0].Message, len(list)-1)
}

// text returns the list as WriteText writes it.
func (l List) text() string {
	var b strings.Builder
	_ = WriteText(&b, l, TextOptions{}) // a Builder does not fail
	return b.String()
}
