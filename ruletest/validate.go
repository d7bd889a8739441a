package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/lint"
)

// validate returns the mistakes in a suite that can be found without its rules and
// events.
func validate(s *Suite) mistakes {
	v := &validator{suite: s}
	// In an incomplete suite, what is missing may have been left out.
	if len(s.Rules) == 0 && !s.incomplete {
		v.fail(s.at.of("rules"), "", "the suite has no rules files")
	}
	if len(s.Tests) == 0 && !s.incomplete {
		v.fail(s.at.of("tests"), "", "the suite has no tests")
	}
	names := make(map[string]bool, len(s.Tests))
	for i := range s.Tests {
		t := &s.Tests[i]
		switch {
		case t.Name == "":
			v.fail(t.at.whole(), "", "empty test name")
		case names[t.Name]:
			v.fail(t.at.whole(), "", "duplicate test name %s", quote.Text(t.Name))
		}
		names[t.Name] = true
		v.test = t
		if !s.incomplete {
			v.parts()
		}
		v.skipAndOnly()
		v.expectations()
		v.load()
		v.test = nil
	}
	return v.errs
}

type validator struct {
	suite *Suite
	test  *Test // the current one, or nil
	errs  mistakes
}

func (v *validator) fail(at diag.Range, hint, format string, args ...any) {
	if len(v.errs) < maxErrors {
		v.errs = append(v.errs, in(v.test, v.suite.text.errorIn(at, hint, format, args...)))
	}
}

// parts checks that a test has the parts that it needs, and none that contradict.
func (v *validator) parts() {
	t := v.test
	checksAlerts := t.Expect != nil || len(t.Reject) > 0
	const nothing = "write expect: [] if nothing should fire"
	switch {
	case !checksAlerts && t.Load == nil:
		v.fail(t.at.whole(), nothing, "the test has no expect, reject or load")
	case checksAlerts && t.Load != nil && t.Load.fails():
		v.fail(t.at.of("load"), "", "a test that expects a load error cannot have expect or reject: without rules nothing fires")
	case checksAlerts && len(t.Events) == 0:
		v.fail(t.at.whole(), "add event or events", "the test has no events")
	case !checksAlerts && len(t.Events) > 0:
		v.fail(t.at.whole(), nothing, "the test has events, but neither expect nor reject")
	}
}

func (v *validator) skipAndOnly() {
	t := v.test
	switch {
	case looksBoolean(t.Skip):
		v.fail(t.at.of("skip"), "remove skip to run the test", "skip must be a reason, not %s", quote.Text(t.Skip))
	case t.Only != onlyTrue && looksBoolean(t.Only):
		v.fail(t.at.of("only"), "remove only to run all tests", "only must be true or a reason, not %s", quote.Text(t.Only))
	case t.Skip != "" && t.Only != "":
		v.fail(t.at.of("only"), "", "a test cannot have both skip and only")
	}
}

// looksBoolean reports whether text is a word that YAML 1.1 reads as true or false.
func looksBoolean(text string) bool {
	return slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false"}, strings.ToLower(text))
}

func (v *validator) expectations() {
	seen := map[string]bool{}
	for i := range v.test.Expect {
		e := &v.test.Expect[i]
		switch {
		case e.Rule == "":
			v.fail(e.at.whole(), "", "the expectation does not name a rule")
		case e.Times < 0:
			v.fail(e.at.whole(), "0 means at least once", "invalid times %d: want 0 or more", e.Times)
		case seen[e.key()]:
			v.fail(e.at.whole(), "write times: 2 if the rule should fire twice", "duplicate expectation for rule %s", quote.Text(e.Rule))
		}
		seen[e.key()] = true
		if _, ok := eval.ParsePriority(e.Priority); e.Priority != "" && !ok {
			v.fail(e.at.whole(), "", "unknown priority %s", quote.Text(e.Priority))
		}
		for i, text := range e.Contains {
			if text == "" {
				v.fail(e.at.ofItem("contains", i), "", "contains is empty, so every output matches")
			}
		}
		for i, pattern := range e.Matches {
			if pattern == "" {
				v.fail(e.at.ofItem("regex", i), "", "regex is empty, so every output matches")
			} else if _, err := compileRegex(pattern); err != nil {
				v.fail(e.at.ofItem("regex", i), "", "%v", err)
			}
		}
	}
}

// key identifies an expectation. It ignores how often the rule must fire.
func (e *Expectation) key() string {
	return fmt.Sprintf("%q %q %q %q %q %q %q %q", e.Rule, strings.ToLower(e.Priority), e.Output, e.Contains, e.Matches, e.Fields, e.Tags, e.Routes)
}

func (v *validator) load() {
	if v.test.Load == nil {
		return
	}
	at := v.test.at.of("load")
	for _, d := range v.test.Load.Messages {
		switch {
		case v.suite.text == nil && !slices.Contains(lint.Codes(), d.Code): // the reader checks those of files
			v.fail(at, "", "unknown code %s", quote.Text(string(d.Code)))
		case d.Line < 0:
			v.fail(at, "0 means any line", "invalid line %d: want 0 or more", d.Line)
		}
	}
}
