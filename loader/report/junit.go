package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/falcorules/falcorules/internal/junit"
	"github.com/falcorules/falcorules/loader"
)

const junitName = "falcorules check"

// JUnit writes the verdicts on the files of a ruleset as a report of tests: each
// file is a test, which fails where Falco refuses the file. All errors of a file
// are one failure, since CI systems show one a test; its warnings and notices
// are the test's output.
func JUnit(w io.Writer, set *loader.Ruleset) error {
	suite := junit.Suite{Name: junitName}
	for _, f := range junitFiles(set) {
		suite.Add(f.testcase(set))
	}
	return junit.Write(w, suite)
}

// junitFile is what there is to say of one file.
type junitFile struct {
	name string
	// refused has what Falco says of a file that it refuses.
	refused        loader.Diagnostics
	errors, others loader.Diagnostics
}

// junitFiles returns the files that were judged, each once, and behind them
// those that diagnostics lie in besides.
func junitFiles(set *loader.Ruleset) []*junitFile {
	var files []*junitFile
	byName := map[string]*junitFile{}
	file := func(name string) *junitFile {
		f := byName[name]
		if f == nil {
			f = &junitFile{name: name}
			byName[name] = f
			files = append(files, f)
		}
		return f
	}
	for _, r := range set.Results {
		f := file(r.Name)
		f.refused = append(f.refused, r.Errors...)
	}
	for _, list := range all(set) {
		for _, d := range list {
			f := file(d.Input())
			if d.Severity == loader.SeverityError {
				f.errors = append(f.errors, d)
			} else {
				f.others = append(f.others, d)
			}
		}
	}
	return files
}

func (f *junitFile) testcase(set *loader.Ruleset) *junit.Case {
	c := junit.NewCase(f.name, junitName, f.name)
	if f.name == "" {
		c.Name = "(no file)"
	}
	switch {
	case len(f.errors) > 0:
		c.Failure = junit.NewProblem(summaryOf(f.errors), string(f.errors[0].Code), texts(f.errors))
	case len(f.refused) > 0:
		cause := set.Errors
		if len(cause) == 0 {
			cause = f.refused
		}
		c.Failure = junit.NewProblem("refused because of errors in other files", string(cause[0].Code), cause.Error()+"\n")
	}
	if len(f.others) > 0 {
		c.SystemOut = &junit.Lines{Text: junit.Clean(texts(f.others))}
	}
	return c
}

// summaryOf returns the first message, and how many there are besides.
func summaryOf(list loader.Diagnostics) string {
	if len(list) == 1 {
		return list[0].Message
	}
	return fmt.Sprintf("%s (and %d more)", list[0].Message, len(list)-1)
}

func texts(list loader.Diagnostics) string {
	var b strings.Builder
	for _, d := range list {
		b.WriteString(d.Text())
	}
	return b.String()
}
