package ruletest

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/loader"
)

// Suite is rules and tests of them.
type Suite struct {
	// Name is what results call the suite: the path of its file.
	Name string
	// Dir is the folder that paths in the suite are relative to; empty is the
	// current one.
	Dir string
	// Rules are rules files, folders and patterns, in load order.
	Rules []string
	// Tests are the tests, at least one.
	Tests []Test

	// Matching says which of the rules that an event matches fire.
	Matching eval.Mode
	// Enable are rules that are enabled, whatever their files say.
	Enable []string
	// Override has what takes the place of macros and lists.
	Override Override

	// Source is the source of fixtures that name none, empty is syscall; and of what
	// in files is no fixture, empty is k8s_audit. Of another source than that all
	// events of files are fixtures.
	Source string
	// Strict makes a fixture whose values contradict each other an error.
	Strict bool
	// Fields are files with sources and fields.
	Fields []string
	// Documented gives the fields of k8s_audit that the plugin extracts wrongly
	// their documented meaning.
	Documented bool
	// EngineVersion is the version of the rules engine that rules are loaded for;
	// empty is the default one.
	EngineVersion string
	// Plugins are the versions of plugins by name, empty for one that there is not.
	// The others have their default versions.
	Plugins map[string]string

	at   places
	text *text // nil for a Go value
	// damaged says that parts of it were wrong and left out.
	damaged bool
}

// Override has macros and lists by name.
type Override struct {
	// Macros are conditions, Lists items.
	Macros map[string]string
	Lists  map[string][]string
}

// Test is events, and what rules make of them.
type Test struct {
	// Name is the name, which no other test of the suite has.
	Name string
	// Events follow each other.
	Events []Event
	// Expect is what fires; nil says nothing about it. Nothing else fires, unless
	// there is Reject beside: then others may. Empty and not nil it says that nothing
	// fires at all, also beside Reject.
	Expect []Expectation
	// Reject are rules that must not fire.
	Reject []string
	// Load says what loading the rules says; nil is that they load without errors,
	// which otherwise fails the test too.
	Load *Loading
	// Files are rules files that are loaded after those of the suite, and Content is
	// the text of one more.
	Files   []string
	Content string
	// Enable and Override are put over those of the suite.
	Enable   []string
	Override Override
	// Skip says why the test is not run; empty is that it is.
	Skip string
	// Only, a reason, says that of its suite only such tests are run.
	Only string

	at places
	// own is the name as it stands at its place: that of a case is without the test's.
	own string
}

// closed reports whether nothing may fire but what is expected.
func (t *Test) closed() bool {
	return t.Expect != nil && (len(t.Expect) == 0 || len(t.Reject) == 0)
}

// Expectation is an alert that there is.
type Expectation struct {
	// Rule is the name of the rule.
	Rule string
	// Times is how often it fires like this; 0 is once at least.
	Times int
	// Priority is the name of the priority, in any letter case; empty is any.
	Priority string
	// Output is the text without time and priority; empty is any. Contains are
	// texts in it, and Matches regular expressions that match a part of it.
	Output            string
	Contains, Matches []string
	// Fields are values as they are printed, by fields; see [Text] and [Missing].
	Fields map[string]Value
	// Tags are tags that the rule has, perhaps among others.
	Tags []string

	at places
}

// Value is what is expected of a field.
type Value struct {
	text    string
	present bool
}

// Text is a value as it is printed; a list is printed as (a,b).
func Text(text string) Value { return Value{text, true} }

// Missing is that there is no value.
func Missing() Value { return Value{} }

// String returns the value as it is printed.
func (v Value) String() string {
	if !v.present {
		return "<NA>"
	}
	return v.text
}

// Loading is what loading rules says.
type Loading struct {
	// Says is what must be among it, perhaps with other things of the same sort.
	// Without an error in it the rules must load.
	Says []Diagnostic
}

// fails reports whether the rules must not load.
func (l *Loading) fails() bool {
	for _, d := range l.Says {
		if loader.SeverityOf(d.Code) == diag.Error {
			return true
		}
	}
	return false
}

// Diagnostic is an error, a warning or a notice of loading.
type Diagnostic struct {
	// Code is its code.
	Code diag.Code
	// Line is the line of its place; 0 is any.
	Line int
	// File is the end of the path of its file, Message a part of its message; empty
	// is any.
	File, Message string
}

// String returns it as a sentence says it: LOAD_ERR_VALIDATE at line 3 of x.yaml.
func (d Diagnostic) String() string {
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

// places are the ranges in a suite's file of what may be wrong about it. A suite that
// is a Go value has none.
type places map[place]diag.Range

// place is the value of a key, an item of it, or what it has under a name. The zero
// place is the whole.
type place struct {
	key, name string
	item      int // from 1
}

// itemOf returns the place of the i-th item, from 0, of the value of a key.
func itemOf(key string, i int) place { return place{key: key, item: i + 1} }

// whole returns the range of the whole.
func (p places) whole() diag.Range { return p[place{}] }

// of returns the range of the value of a key, or of the whole.
func (p places) of(key string) diag.Range { return p.at(place{key: key}) }

// ofItem returns the range of an item of a key, or of the whole.
func (p places) ofItem(key string, i int) diag.Range { return p.at(itemOf(key, i)) }

// ofName returns the range of a name under a key, or of the whole.
func (p places) ofName(key, name string) diag.Range { return p.at(place{key: key, name: name}) }

func (p places) at(of place) diag.Range {
	if r, ok := p[of]; ok {
		return r
	}
	return p.whole()
}
