package ruletest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
)

// maxFile is the number of bytes that a file of suites may have, as rules files.
const maxFile = 16 << 20

// ReadFile reads the suites of a file, one a document. The error is a [diag.List]
// with every independent mistake.
func ReadFile(path string) ([]*Suite, error) { return whole(readFile(path)) }

// whole returns suites, or only the mistakes where there are some.
func whole(suites []*Suite, errs mistakes) ([]*Suite, error) {
	if len(errs) > 0 {
		return nil, diag.List(errs)
	}
	return suites, nil
}

// readFile is readAll for a file.
func readFile(path string) ([]*Suite, mistakes) {
	f, err := os.Open(path)
	if err != nil {
		return nil, mistakes{unreadable(path, err)}
	}
	defer f.Close()
	return readAll(f, path)
}

// unreadable returns what is wrong with a file.
func unreadable(path string, err error) *diag.Diagnostic {
	return &diag.Diagnostic{Range: diag.Range{File: path}, Message: "cannot read: " + cause(err), Err: err}
}

// cause returns what is wrong without the names of the file and the system call.
func cause(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// Read reads the suites of a text, whose file would have that path. The error is as
// that of [ReadFile].
func Read(in io.Reader, path string) ([]*Suite, error) { return whole(readAll(in, path)) }

// readAll reads the suites of a text. Where there are mistakes, the suites are what there
// is without the wrong parts, so that the rest can be looked at.
func readAll(in io.Reader, path string) ([]*Suite, mistakes) {
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("the file has more than %d bytes", maxFile)
	}
	if err != nil {
		return nil, mistakes{unreadable(path, err)}
	}
	r := &reader{text: newText(path, data)}
	docs, errs := r.text.documents()
	r.errs = errs
	if len(docs) == 0 && len(errs) == 0 {
		return nil, mistakes{{Range: diag.Range{File: path}, Message: "there is no suite in the file", Hint: "a suite has rules and tests"}}
	}
	var suites []*Suite
	for i, doc := range docs {
		s := r.suite(doc)
		s.damaged = s.damaged || len(errs) > 0
		if s.Name = path; i > 0 {
			s.Name = fmt.Sprintf("%s#%d", path, i+1)
		}
		s.Dir = filepath.Dir(path)
		suites = append(suites, s)
	}
	return suites, mistakes(r.errs.sorted())
}

// reader makes suites of a text.
type reader struct {
	text *text
	errs mistakes
	*expander
}

// fail reports a mistake at a node.
func (r *reader) fail(n *yamlfile.Node, hint, format string, args ...any) {
	if len(r.errs) < maxErrors {
		r.errs = append(r.errs, r.text.errorAt(n, hint, format, args...))
	}
}

// suite reads a document.
func (r *reader) suite(doc *yamlfile.Node) *Suite {
	s := &Suite{text: r.text, at: places{place{}: r.text.place(doc)}}
	if doc.Kind != yamlfile.Mapping {
		r.fail(doc, "a suite has rules and tests", "a suite is a mapping, not %s", doc.Describe())
		return s
	}
	before := len(r.errs)
	r.checkKeys(doc, suiteObject)
	s.damaged = len(r.errs) > before
	o := values{suiteObject, doc}
	s.Rules = r.texts(o.get("rules"), s.at, "rules")
	r.note(o.get("rules"), s.at, place{key: "rules"})
	if o.text("matching") == "all" {
		s.Matching = eval.AllMatches
	}
	s.Enable = r.texts(o.get("enable"), s.at, "enable")
	s.Override = r.override(o.get("override"), s.at)
	s.Source = o.text("source")
	r.note(o.get("source"), s.at, place{key: "source"})
	s.Strict = o.truth("strict")
	s.Fields = r.texts(o.get("fields"), s.at, "fields")
	s.Documented = o.text("k8saudit") == "documented"
	s.EngineVersion = o.text("engine_version")
	r.note(o.get("engine_version"), s.at, place{key: "engine_version"})
	for name, version := range o.members("plugins") {
		if s.Plugins == nil {
			s.Plugins = map[string]string{}
		}
		if s.Plugins[name.Value] = ""; !version.IsNull() {
			s.Plugins[name.Value] = version.Value
		}
		r.note(name, s.at, place{key: "plugins", name: name.Value})
	}
	r.expander = newExpander(r, o.get("base"))
	s.Tests = r.tests(o.get("tests"))
	r.note(o.get("tests"), s.at, place{key: "tests"})
	if len(r.errs) > before {
		s.damaged = true
	}
	for _, e := range validate(s) {
		r.errs.add(e)
	}
	return s
}

// values reads an object that was checked.
type values struct {
	object *object
	node   *yamlfile.Node
}

// get returns the value of a key, or nil.
func (v values) get(name string) *yamlfile.Node {
	if v.object.key(name) == nil {
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

func (v values) truth(name string) bool {
	var truth bool
	if n := v.get(name); n != nil {
		_ = n.Decode(&truth) // it is one
	}
	return truth
}

// members gives the names and values of a mapping.
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

// note keeps the place of a node, if there is one.
func (r *reader) note(n *yamlfile.Node, at places, of place) {
	if n != nil {
		at[of] = r.text.place(n)
	}
}

// texts reads a text or a list of texts, and keeps their places under a key.
func (r *reader) texts(n *yamlfile.Node, at places, key string) []string {
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

// override reads macros and lists. The places are those of their values.
func (r *reader) override(n *yamlfile.Node, at places) Override {
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
		r.note(name, at, place{key: "macros", name: name.Value})
		r.note(r.begin(condition), at, place{key: "macro text", name: name.Value})
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
		r.note(name, at, place{key: "lists", name: name.Value})
	}
	return out
}

// begin returns a node for where the text of a scalar begins, if it stands as it is
// on one line.
func (r *reader) begin(n *yamlfile.Node) *yamlfile.Node {
	line := r.text.Line(n.Start)
	column := n.Start.Column - 1
	switch rest := line[min(column, len(line)):]; {
	case strings.HasPrefix(rest, n.Value):
		return n
	case len(rest) > 0 && strings.HasPrefix(rest[1:], n.Value): // behind a quote
		inner := *n
		inner.Start.Column++
		inner.Start.Offset++
		return &inner
	}
	return nil
}

// settings are the values of a test, where those of a case took the places of
// others.
type settings map[string]*yamlfile.Node

// test reads a test.
func (r *reader) test(name *yamlfile.Node, full string, s settings, events []Event) Test {
	t := Test{Name: full, own: name.Value, Events: events, at: places{place{}: r.text.place(name)}}
	t.Reject = r.texts(s["reject"], t.at, "reject")
	t.Files = r.texts(s["files"], t.at, "files")
	t.Enable = r.texts(s["enable"], t.at, "enable")
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
	t.Load = r.loading(s["load"])
	r.note(s["expect"], t.at, place{key: "expect"})
	for _, key := range []string{"load", "skip", "only"} {
		r.note(s[key], t.at, place{key: key})
	}
	return t
}

// onlyTrue is the reason of a test whose only is true.
const onlyTrue = "true"

// reason reads the reason of skip or only, or what is true or false.
func (r *reader) reason(n *yamlfile.Node) string {
	switch {
	case n == nil:
		return ""
	case n.ShortTag() == "!!bool":
		var truth bool
		if _ = n.Decode(&truth); truth {
			return onlyTrue
		}
		return ""
	case n.Value == "":
		r.fail(n, "", "a reason is not empty")
	}
	return n.Value
}

// expectation reads the name of a rule or an expectation.
func (r *reader) expectation(n *yamlfile.Node) Expectation {
	e := Expectation{at: places{place{}: r.text.place(n)}}
	if n.Kind == yamlfile.Scalar {
		e.Rule = n.Value
		return e
	}
	o := values{expectationObject, n}
	e.Rule = o.text("rule")
	r.note(o.get("rule"), e.at, place{})
	if times := o.get("times"); times != nil {
		e.Times, _ = countOf(times)
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
		r.note(name, e.at, place{key: "fields", name: name.Value})
	}
	e.Tags = r.texts(o.get("tags"), e.at, "tags")
	return e
}

// output reads what is expected of an output.
func (r *reader) output(n *yamlfile.Node, e *Expectation) {
	if n.Kind == yamlfile.Scalar {
		if e.Output = n.Value; n.Value == "" {
			r.fail(n, "", "an expected output is not empty")
		}
		return
	}
	o := values{outputObject, n}
	e.Contains = r.texts(o.get("contains"), e.at, "contains")
	e.Matches = r.texts(o.get("regex"), e.at, "regex")
	if len(e.Contains)+len(e.Matches) == 0 {
		r.fail(n, "", "an output has contains or regex")
	}
}

// maxRegex is the number of bytes that a regular expression may have.
const maxRegex = 10_000

// compileRegex reads a regular expression.
func compileRegex(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxRegex {
		return nil, fmt.Errorf("a regular expression has no more than %d bytes", maxRegex)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("%s is no regular expression: %s", quote.Text(pattern), strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}

// printedValue returns the value of a field as it is printed.
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

// loading reads what is expected of loading.
func (r *reader) loading(n *yamlfile.Node) *Loading {
	if n == nil {
		return nil
	}
	l := &Loading{}
	switch n.Kind {
	case yamlfile.Scalar: // ok
	case yamlfile.Sequence:
		for _, item := range n.Content {
			l.Says = append(l.Says, r.diagnostic(item))
		}
		if len(l.Says) == 0 {
			r.fail(n, "for no errors write ok", "nothing is expected of loading")
		}
	default:
		l.Says = []Diagnostic{r.diagnostic(n)}
	}
	return l
}

// diagnostic reads one thing that loading says.
func (r *reader) diagnostic(n *yamlfile.Node) Diagnostic {
	o := values{loadObject, n}
	d := Diagnostic{File: o.text("file"), Message: o.text("message")}
	if line := o.get("line"); line != nil {
		d.Line, _ = countOf(line)
	}
	for _, key := range []string{"file", "message"} {
		if n := o.get(key); n != nil && n.Value == "" {
			r.fail(n, "leave it out for any", "%s is not empty", key)
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
		for _, c := range loader.Codes() {
			if loader.SeverityOf(c) == severity {
				known = append(known, string(c))
			}
		}
		if d.Code = diag.Code(code.Value); !slices.Contains(known, code.Value) {
			hint := hintOf(code.Value, known)
			if other := diag.Code(code.Value); loader.Describe(other) != "" {
				hint = fmt.Sprintf("write %s: %s", loader.SeverityOf(other), other)
			}
			r.fail(code, hint, "there is no %s %s", severity, quote.Text(code.Value))
		}
	}
	if given != 1 {
		r.fail(n, "", "what loading says is one of error, warning and notice")
	}
	return d
}

// priorityNames are the names of priorities in the three ways in which they are
// written.
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
