package ruletest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/fileerr"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/lint"
)

// maxFile is the largest size of a suite's file, the same as of rules files.
const maxFile = 16 << 20

// ReadFile reads a file of suites. Each YAML document is a suite. The error is a
// [diag.List] of every independent mistake.
func ReadFile(path string) ([]*Suite, error) { return whole(readFile(path)) }

// whole drops the suites if there are mistakes.
func whole(suites []*Suite, errs mistakes) ([]*Suite, error) {
	if len(errs) > 0 {
		return nil, diag.List(errs)
	}
	return suites, nil
}

func readFile(path string) ([]*Suite, mistakes) {
	f, err := os.Open(path)
	if err != nil {
		return nil, mistakes{unreadable(path, err)}
	}
	defer f.Close()
	return readAll(f, path)
}

func unreadable(path string, err error) *diag.Diagnostic {
	return &diag.Diagnostic{Range: diag.Range{File: path}, Message: "cannot read: " + fileerr.Cause(err).Error(), Err: err}
}

// Read is like [ReadFile] for content that does not come from a file. Relative paths in
// it are resolved, and mistakes reported, as if it were in a file at path.
func Read(in io.Reader, path string) ([]*Suite, error) { return whole(readAll(in, path)) }

// readAll returns suites even if there are mistakes: without the invalid parts, so that
// the rest can be checked.
func readAll(in io.Reader, path string) ([]*Suite, mistakes) {
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("the file has more than %d bytes", maxFile)
	}
	if err != nil {
		return nil, mistakes{unreadable(path, err)}
	}
	text := newText(path, data)
	r := &reader{text: text, Checker: text.checker()}
	docs := r.Documents()
	broken := len(r.Errors) > 0
	if len(docs) == 0 && !broken {
		return nil, mistakes{{Range: diag.Range{File: path}, Message: "empty file: expected a test suite", Hint: suiteHint}}
	}
	var suites []*Suite
	for i, doc := range docs {
		s := r.suite(doc)
		s.incomplete = s.incomplete || broken
		if s.Name = path; i > 0 {
			s.Name = fmt.Sprintf("%s#%d", path, i+1)
		}
		s.Dir = filepath.Dir(path)
		suites = append(suites, s)
	}
	return suites, mistakes(mistakes(r.Errors).sorted())
}

const suiteHint = "a suite needs the keys rules and tests"

// reader reads suites from a file's content.
type reader struct {
	text *text
	*schema.Checker
	*expander
}

// suite reads a document.
func (r *reader) suite(doc *yamlfile.Node) *Suite {
	s := &Suite{text: r.text, at: positions{element{}: r.text.rangeOf(doc)}}
	if doc.Kind != yamlfile.Mapping {
		r.Fail(doc, suiteHint, "a suite must be a mapping, not %s", doc.Describe())
		return s
	}
	before := len(r.Errors)
	r.Check(doc, schema.ObjectOf(suiteObject), suiteObject.Name)
	s.incomplete = len(r.Errors) > before
	o := values{suiteObject, doc}
	s.Rules = r.strings(o.get("rules"), s.at, "rules")
	r.note(o.get("rules"), s.at, element{key: "rules"})
	s.Routes = o.text("routes")
	r.note(o.get("routes"), s.at, element{key: "routes"})
	if o.text("matching") == "all" {
		s.Matching = eval.AllMatches
	}
	s.Enable = r.strings(o.get("enable"), s.at, "enable")
	s.Override = r.override(o.get("override"), s.at)
	s.Source = o.text("source")
	r.note(o.get("source"), s.at, element{key: "source"})
	s.Strict = o.bool("strict")
	s.Fields = r.strings(o.get("fields"), s.at, "fields")
	s.Documented = o.text("k8saudit") == "documented"
	s.EngineVersion = o.text("engine_version")
	r.note(o.get("engine_version"), s.at, element{key: "engine_version"})
	for name, version := range o.members("plugins") {
		if s.Plugins == nil {
			s.Plugins = map[string]string{}
		}
		if s.Plugins[name.Value] = ""; !version.IsNull() {
			s.Plugins[name.Value] = version.Value
		}
		r.note(name, s.at, element{key: "plugins", name: name.Value})
	}
	r.expander = newExpander(r, o.get("base"))
	s.Tests = r.tests(o.get("tests"))
	r.note(o.get("tests"), s.at, element{key: "tests"})
	if len(r.Errors) > before {
		s.incomplete = true
	}
	for _, e := range validate(s) {
		(*mistakes)(&r.Errors).add(e)
	}
	return s
}

// values reads the values of an object that has been checked.
type values struct {
	object *schema.Object
	node   *yamlfile.Node
}

// get returns the value of a key, or nil.
func (v values) get(name string) *yamlfile.Node {
	if v.object.Key(name) == nil {
		panic("ruletest: the format has no key " + name)
	}
	return v.node.Get(name)
}

func (v values) text(name string) string {
	if n := v.get(name); n != nil {
		return n.Value
	}
	return ""
}

func (v values) bool(name string) bool {
	n := v.get(name)
	return n != nil && boolOf(n)
}

// boolOf returns the value of a node that has been checked to be a boolean.
func boolOf(n *yamlfile.Node) bool {
	var b bool
	_ = n.Decode(&b)
	return b
}

// members iterates over the names and values of a mapping.
func (v values) members(name string) func(func(*yamlfile.Node, *yamlfile.Node) bool) {
	n := v.get(name)
	return func(yield func(*yamlfile.Node, *yamlfile.Node) bool) {
		for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// note records the range of an element, unless n is nil.
func (r *reader) note(n *yamlfile.Node, at positions, of element) {
	if n != nil {
		at[of] = r.text.rangeOf(n)
	}
}

// strings reads a string or a list of strings and records their ranges.
func (r *reader) strings(n *yamlfile.Node, at positions, key string) []string {
	if n == nil {
		return nil
	}
	items := n.Content
	if n.Kind == yamlfile.Scalar {
		items = []*yamlfile.Node{n}
	}
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = item.Value
		r.note(item, at, itemOf(key, i))
	}
	return out
}

func (r *reader) override(n *yamlfile.Node, at positions) Override {
	var out Override
	if n == nil {
		return out
	}
	o := values{overrideObject, n}
	for name, condition := range o.members("macros") {
		if out.Macros == nil {
			out.Macros = map[string]string{}
		}
		out.Macros[name.Value] = condition.Value
		r.note(name, at, element{key: "macros", name: name.Value})
		r.note(r.unquoted(condition), at, element{key: conditionOf, name: name.Value})
	}
	for name, items := range o.members("lists") {
		if out.Lists == nil {
			out.Lists = map[string][]string{}
		}
		list := []string{}
		for _, item := range items.Content {
			list = append(list, item.Value)
		}
		out.Lists[name.Value] = list
		r.note(name, at, element{key: "lists", name: name.Value})
	}
	return out
}

// conditionOf is the key of positions within the conditions of overridden macros.
const conditionOf = "macros: condition"

// unquoted returns a node that starts at the first character of a scalar's value, inside
// its quotes. It returns nil if the file does not have the value as it is on one line:
// then positions in the value cannot be mapped to the file.
func (r *reader) unquoted(n *yamlfile.Node) *yamlfile.Node {
	line := r.text.Line(n.Start)
	column := n.Start.Column - 1
	switch rest := line[min(column, len(line)):]; {
	case strings.HasPrefix(rest, n.Value):
		return n
	case len(rest) > 0 && strings.HasPrefix(rest[1:], n.Value): // after a quote
		inner := *n
		inner.Start.Column++
		inner.Start.Offset++
		return &inner
	}
	return nil
}

// settings are the values of a test by key, after a case has replaced some of them.
type settings map[string]*yamlfile.Node

func (r *reader) test(name *yamlfile.Node, full string, s settings, events []Event) Test {
	t := Test{Name: full, Events: events, at: positions{element{}: r.text.rangeOf(name)}}
	t.Reject = r.strings(s["reject"], t.at, "reject")
	t.Files = r.strings(s["files"], t.at, "files")
	t.Enable = r.strings(s["enable"], t.at, "enable")
	t.Override = r.override(s["override"], t.at)
	if n := s["content"]; n != nil {
		t.Content = n.Value
	}
	t.Skip = r.reason(s["skip"])
	t.Only = r.reason(s["only"])
	if n := s["expect"]; n != nil {
		t.Expect = []Expectation{}
		for _, item := range n.Content {
			t.Expect = append(t.Expect, r.expectation(item))
		}
	}
	t.Load = r.load(s["load"])
	r.note(s["expect"], t.at, element{key: "expect"})
	for _, key := range []string{"load", "skip", "only"} {
		r.note(s[key], t.at, element{key: key})
	}
	return t
}

// onlyTrue is Only of a test that has "only: true".
const onlyTrue = "true"

// reason reads the value of skip or only: a string or a boolean.
func (r *reader) reason(n *yamlfile.Node) string {
	switch {
	case n == nil:
		return ""
	case n.ShortTag() == "!!bool":
		if boolOf(n) {
			return onlyTrue
		}
		return ""
	case n.Value == "":
		r.Fail(n, "give a reason, or remove the key", "empty reason")
	}
	return n.Value
}

// expectation reads an expectation, or just the name of a rule.
func (r *reader) expectation(n *yamlfile.Node) Expectation {
	e := Expectation{at: positions{element{}: r.text.rangeOf(n)}}
	if n.Kind == yamlfile.Scalar {
		e.Rule = n.Value
		return e
	}
	o := values{expectationObject, n}
	e.Rule = o.text("rule")
	r.note(o.get("rule"), e.at, element{})
	if times := o.get("times"); times != nil {
		e.Times, _ = schema.CountOf(times)
	}
	e.Priority = o.text("priority")
	if out := o.get("output"); out != nil {
		r.output(out, &e)
	}
	for name, value := range o.members("fields") {
		if e.Fields == nil {
			e.Fields = map[string]Value{}
		}
		e.Fields[name.Value] = printedValue(value)
		r.note(name, e.at, element{key: "fields", name: name.Value})
	}
	e.Tags = r.strings(o.get("tags"), e.at, "tags")
	e.Routes = r.strings(o.get("routes"), e.at, "routes")
	return e
}

// output reads the expected output, or conditions on it.
func (r *reader) output(n *yamlfile.Node, e *Expectation) {
	if n.Kind == yamlfile.Scalar {
		if e.Output = n.Value; n.Value == "" {
			r.Fail(n, "remove it to accept any", "output is empty")
		}
		return
	}
	o := values{outputObject, n}
	e.Contains = r.strings(o.get("contains"), e.at, "contains")
	e.Matches = r.strings(o.get("regex"), e.at, "regex")
	if len(e.Contains)+len(e.Matches) == 0 {
		r.Fail(n, "", "output needs contains or regex")
	}
}

// maxRegex is the largest length of a regular expression in bytes.
const maxRegex = 10_000

func compileRegex(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxRegex {
		return nil, fmt.Errorf("the regular expression is longer than %d bytes", maxRegex)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("invalid regular expression %s: %s", quote.Text(pattern), strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}

// printedValue reads the expected value of a field.
func printedValue(n *yamlfile.Node) Value {
	switch {
	case n.Kind == yamlfile.Sequence:
		items := make([]string, len(n.Content))
		for i, item := range n.Content {
			items[i] = item.Value
		}
		return Text("(" + strings.Join(items, ",") + ")")
	case n.IsNull():
		return Missing()
	}
	return Text(n.Value)
}

func (r *reader) load(n *yamlfile.Node) *LoadExpectation {
	if n == nil {
		return nil
	}
	l := &LoadExpectation{}
	switch n.Kind {
	case yamlfile.Scalar: // ok
	case yamlfile.Sequence:
		for _, item := range n.Content {
			l.Messages = append(l.Messages, r.loadMessage(item))
		}
		if len(l.Messages) == 0 {
			r.Fail(n, "write load: ok if the rules should load without errors", "load is empty")
		}
	default:
		l.Messages = []LoadMessage{r.loadMessage(n)}
	}
	return l
}

func (r *reader) loadMessage(n *yamlfile.Node) LoadMessage {
	o := values{loadObject, n}
	d := LoadMessage{File: o.text("file"), Message: o.text("message")}
	if line := o.get("line"); line != nil {
		d.Line, _ = schema.CountOf(line)
	}
	for _, key := range []string{"file", "message"} {
		if n := o.get(key); n != nil && n.Value == "" {
			r.Fail(n, "remove it to accept any", "%s is empty", key)
		}
	}
	given := 0
	for _, severity := range []diag.Severity{diag.Error, diag.Warning, diag.Notice} {
		code := o.get(severity.String())
		if code == nil {
			continue
		}
		given++
		var known []string
		for _, c := range lint.Codes() {
			if lint.SeverityOf(c) == severity {
				known = append(known, string(c))
			}
		}
		if d.Code = diag.Code(code.Value); !slices.Contains(known, code.Value) {
			hint := hintOf(code.Value, known)
			if other := diag.Code(code.Value); lint.Describe(other) != "" {
				hint = fmt.Sprintf("write %s: %s", lint.SeverityOf(other), other)
			}
			r.Fail(code, hint, "unknown %s code %s", severity, quote.Text(code.Value))
		}
	}
	if given != 1 {
		r.Fail(n, "", "a load expectation needs exactly one of error, warning and notice")
	}
	return d
}

// priorityNames returns the names of priorities as Falco writes them, in lower case and
// in upper case.
func priorityNames() []string {
	var names []string
	for _, p := range eval.Priorities() {
		names = append(names, p.String())
	}
	names = append(names, "Info")
	for _, write := range []func(string) string{strings.ToLower, strings.ToUpper} {
		for _, name := range names[:len(eval.Priorities())+1] {
			names = append(names, write(name))
		}
	}
	return names
}
