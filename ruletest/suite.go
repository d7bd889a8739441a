package ruletest

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/lint"
)

// Suite is a set of tests for the rules in some rules files.
type Suite struct {
	// Name identifies the suite in results. [ReadFile] sets it to the path of the file.
	Name string
	// Dir is the folder that paths in the suite are relative to. If it is empty, they
	// are relative to the current folder.
	Dir string
	// Rules are rules files, folders and patterns, in load order.
	Rules []string
	// Tests has at least one test.
	Tests []Test

	// Routes is the path of a configuration of serve, or of another file with outputs and
	// routes, that expectations can name.
	Routes string
	// Matching selects which rules fire on an event that matches several.
	Matching eval.Mode
	// Enable lists rules to enable, even if their files disable them.
	Enable []string
	// Override replaces macros and lists of the rules files.
	Override Override

	// Source is the source of fixtures that do not name one; the default is syscall.
	// In event files it also selects how events that are not fixtures are read: with
	// k8s_audit, the default, they are audit events; with any other source they are
	// errors.
	Source string
	// Strict rejects fixtures whose values contradict each other.
	Strict bool
	// Fields are paths of files that define sources and fields.
	Fields []string
	// Documented gives k8s_audit fields their documented values where the plugin extracts
	// other ones.
	Documented bool
	// EngineVersion is the version of the rules engine that the rules are loaded for.
	// If it is empty, the default version is used.
	EngineVersion string
	// Plugins has versions of plugins by name. An empty version means that the plugin is
	// not installed. Plugins that are not in the map have their default versions.
	Plugins map[string]string

	at   positions
	text *text // nil for a Go value
	// incomplete is set if invalid parts were left out.
	incomplete bool
}

// Override replaces macros and lists, by name.
type Override struct {
	Macros map[string]string   // conditions
	Lists  map[string][]string // items
}

// Test is a sequence of events, and the alerts that they must raise.
type Test struct {
	// Name is unique in the suite.
	Name string
	// Events are evaluated in order.
	Events []Event
	// Expect lists the alerts that must be raised. Other rules must not fire, unless
	// there is Reject as well. If Expect is empty but not nil, no rule may fire. If it is
	// nil, any rule may fire, except for those in Reject.
	Expect []Expectation
	// Reject lists rules that must not fire.
	Reject []string
	// Load is what loading the rules must report. If it is nil, the rules must load
	// without errors.
	Load *LoadExpectation
	// Files are rules files to load after those of the suite. Content is the text of
	// one more rules file, which is loaded last.
	Files   []string
	Content string
	// Enable and Override apply on top of those of the suite.
	Enable   []string
	Override Override
	// Skip is the reason for not running the test. If it is empty, the test is run.
	Skip string
	// Only is a reason for running only this test. If any tests of a suite have one, the
	// others are skipped.
	Only string

	at positions
}

// closed reports whether rules that are not expected must not fire.
func (t *Test) closed() bool {
	return t.Expect != nil && (len(t.Expect) == 0 || len(t.Reject) == 0)
}

// Expectation is an alert that must be raised.
type Expectation struct {
	// Rule is the name of the rule.
	Rule string
	// Times is how often the alert is raised; 0 means at least once.
	Times int
	// Priority is the name of the priority, in any letter case. Empty means any.
	Priority string
	// Output is the whole message without time and priority. Empty means any. Contains
	// are strings that must be in the message, and Matches regular expressions that must
	// match part of it.
	Output            string
	Contains, Matches []string
	// Fields has expected values by field; see [Text] and [Missing]. The fields need not
	// be in the rule's output.
	Fields map[string]Value
	// Tags lists tags that the rule must have. It may have others.
	Tags []string
	// Routes are the names of all routes that must take the alert, in order. Empty means
	// any.
	Routes []string

	at positions
}

// Value is the expected value of a field.
type Value struct {
	text    string
	present bool
}

// Text returns the expected value of a field that alerts print as text. Lists are printed
// as (a,b).
func Text(text string) Value { return Value{text, true} }

// Missing returns the expected value of a field that has no value.
func Missing() Value { return Value{} }

// String returns the value as alerts print it.
func (v Value) String() string {
	if !v.present {
		return "<NA>"
	}
	return v.text
}

// LoadExpectation is what loading the rules must report.
type LoadExpectation struct {
	// Messages must all be reported. Unless one of them is an error, the rules must load.
	Messages []LoadMessage
}

// fails reports whether the rules must not load.
func (l *LoadExpectation) fails() bool {
	for _, d := range l.Messages {
		if lint.SeverityOf(d.Code) == diag.Error {
			return true
		}
	}
	return false
}

// LoadMessage describes an error, a warning or a notice of loading.
type LoadMessage struct {
	Code diag.Code
	// Line is the line of the message, from 1; 0 means any.
	Line int
	// File is the end of the path of the file of the message, and Message part of its
	// text. Empty means any.
	File, Message string
}

// String describes the message: LOAD_ERR_VALIDATE at line 3 of x.yaml.
func (d LoadMessage) String() string {
	text := string(d.Code)
	if d.Line > 0 {
		text += fmt.Sprintf(" at line %d", d.Line)
	}
	if d.File != "" {
		text += " of " + d.File
	}
	if d.Message != "" {
		text += fmt.Sprintf(" with %q", d.Message)
	}
	return text
}

// positions are the ranges of the elements of a suite, a test or an expectation in the
// suite's file. A suite that is a Go value has none.
type positions map[element]diag.Range

// element is the value of a key, an item of a list, or a member of a mapping. The zero
// element is the whole.
type element struct {
	key, name string
	item      int // from 1
}

// itemOf returns the i-th item, from 0, of a key's list.
func itemOf(key string, i int) element { return element{key: key, item: i + 1} }

// The methods return the range of the whole for an element without a range of its own.

func (p positions) whole() diag.Range { return p[element{}] }

func (p positions) of(key string) diag.Range { return p.at(element{key: key}) }

func (p positions) ofItem(key string, i int) diag.Range { return p.at(itemOf(key, i)) }

func (p positions) ofName(key, name string) diag.Range { return p.at(element{key: key, name: name}) }

func (p positions) at(of element) diag.Range {
	if r, ok := p[of]; ok {
		return r
	}
	return p.whole()
}
