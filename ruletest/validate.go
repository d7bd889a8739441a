package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// validate returns what is wrong with a suite in itself, whether it comes of a file or
// is a Go value. What needs the rules or the events to be seen is seen in a run.
func validate(s *Suite) mistakes {
	v := &validator{suite: s}
	// Of a suite with parts that were left out, what is missing may be one of them.
	if len(s.Rules) == 0 && !s.damaged {
		v.fail(s.at.of("rules"), "", "a suite without rules files tests nothing")
	}
	if len(s.Tests) == 0 && !s.damaged {
		v.fail(s.at.of("tests"), "", "a suite without tests tests nothing")
	}
	names := make(map[string]bool, len(s.Tests))
	for i := range s.Tests {
		t := &s.Tests[i]
		switch {
		case t.Name == "":
			v.fail(t.at.whole(), "", "a name is not empty")
		case names[t.Name]:
			v.fail(t.at.whole(), "", "there are two tests of the name %s", quote.Text(t.Name))
		}
		names[t.Name] = true
		v.test = t
		if !s.damaged {
			v.parts()
		}
		v.ways()
		v.expectations()
		v.loading()
		v.test = nil
	}
	return v.errs
}

// validator looks at a suite.
type validator struct {
	suite *Suite
	test  *Test // the one that is looked at, or nil
	errs  mistakes
}

// fail adds an error about a text at a place.
func (v *validator) fail(at diag.Range, hint, format string, args ...any) {
	if len(v.errs) < maxErrors {
		v.errs = append(v.errs, in(v.test, v.suite.text.errorIn(at, hint, format, args...)))
	}
}

// parts looks whether the parts of a test go together.
func (v *validator) parts() {
	t := v.test
	judged := t.Expect != nil || len(t.Reject) > 0
	switch {
	case !judged && t.Load == nil:
		v.fail(t.at.whole(), "that nothing fires is expect: []", "the test has no expect, reject or load")
	case judged && t.Load != nil && t.Load.fails():
		v.fail(t.at.of("load"), "", "rules that do not load fire on no event, so that expect and reject do not go with an error")
	case judged && len(t.Events) == 0:
		v.fail(t.at.whole(), "give event or events", "the test has no event")
	case !judged && len(t.Events) > 0:
		v.fail(t.at.whole(), "that nothing fires is expect: []", "the test has events and neither expect nor reject")
	}
}

// ways looks at whether a test is run.
func (v *validator) ways() {
	t := v.test
	switch {
	case isTruthWord(t.Skip):
		v.fail(t.at.of("skip"), "leave it out to run the test", "skip is the reason why the test is not run, not %s", quote.Text(t.Skip))
	case t.Only != onlyTrue && isTruthWord(t.Only):
		v.fail(t.at.of("only"), "leave it out to run all tests", "only is true or a reason, not %s", quote.Text(t.Only))
	case t.Skip != "" && t.Only != "":
		v.fail(t.at.of("only"), "", "a test that is skipped is not run, so that only does not go with skip")
	}
}

// isTruthWord reports whether a text is what some take for true or false.
func isTruthWord(text string) bool {
	return slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false"}, strings.ToLower(text))
}

// expectations looks at what is expected to fire.
func (v *validator) expectations() {
	seen := map[string]bool{}
	for i := range v.test.Expect {
		e := &v.test.Expect[i]
		switch {
		case e.Rule == "":
			v.fail(e.at.whole(), "", "an expectation names a rule")
		case e.Times < 0:
			v.fail(e.at.whole(), "0 is once at least", "a rule does not fire %d times", e.Times)
		case seen[e.key()]:
			v.fail(e.at.whole(), "times: 2 says that a rule fires twice", "the expectation of rule %s stands twice", quote.Text(e.Rule))
		}
		seen[e.key()] = true
		if _, ok := eval.ParsePriority(e.Priority); e.Priority != "" && !ok {
			v.fail(e.at.whole(), "", "there is no priority %s", quote.Text(e.Priority))
		}
		for i, text := range e.Contains {
			if text == "" {
				v.fail(e.at.ofItem("contains", i), "", "every output contains the empty text")
			}
		}
		for i, pattern := range e.Matches {
			if pattern == "" {
				v.fail(e.at.ofItem("regex", i), "", "every output matches the empty regular expression")
			} else if _, err := compileRegex(pattern); err != nil {
				v.fail(e.at.ofItem("regex", i), "", "%v", err)
			}
		}
	}
}

// key is the same for expectations that ask for the same, perhaps another number of
// times.
func (e *Expectation) key() string {
	return fmt.Sprintf("%q %q %q %q %q %q %q", e.Rule, strings.ToLower(e.Priority), e.Output, e.Contains, e.Matches, e.Fields, e.Tags)
}

// loading looks at what loading the rules is expected to say.
func (v *validator) loading() {
	if v.test.Load == nil {
		return
	}
	at := v.test.at.of("load")
	for _, d := range v.test.Load.Says {
		switch {
		case v.suite.text == nil && !slices.Contains(loader.Codes(), d.Code): // else the reader said so
			v.fail(at, "", "there is no code %s", quote.Text(string(d.Code)))
		case d.Line < 0:
			v.fail(at, "0 is any", "there is no line %d", d.Line)
		}
	}
}
