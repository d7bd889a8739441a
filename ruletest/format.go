package ruletest

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/lint"
)

// The tables in this file define the format of suites. The reader reports everything
// that is not in them. The JSON schema and the tables of docs/testing.md are generated
// from them.

// The shapes of values.
var (
	stringShape  = schema.Text
	scalarShape  = schema.AnyScalar
	countShape   = schema.Positive
	boolShape    = schema.TrueFalse
	nullShape    = schema.NullType
	stringsShape = schema.Texts
	oneOrMore    = schema.OneOrMore
	eventShape   = schema.ObjectOf(eventObject)
	loadShape    = schema.Either(okShape, schema.ObjectOf(loadObject), schema.NonEmptyListOf(schema.ObjectOf(loadObject)))
	// expectShape suggests an empty list, because null could mean anything.
	expectShape = &schema.Type{
		Kind: schema.List, Of: schema.Either(stringShape, schema.ObjectOf(expectationObject)),
		WrongHint: func(n *yamlfile.Node) string {
			if n.IsNull() {
				return "write expect: [] if nothing should fire"
			}
			return ""
		},
	}
	okShape = &schema.Type{Kind: schema.String, Enum: []string{"ok"}, Hint: loadHint}
)

// loadHint returns a hint about a code that is not the value of its severity.
func loadHint(text string) string {
	code := diag.Code(text)
	if lint.Describe(code) == "" {
		return ""
	}
	return fmt.Sprintf("write {%s: %s}", lint.SeverityOf(code), code)
}

var suiteObject = &schema.Object{
	Name: "a suite", Doc: "Tests for the rules in some rules files.",
	Keys: []schema.Key{
		{Name: "rules", Type: schema.Either(schema.NonEmptyListOf(stringShape), stringShape), Required: true, Doc: "Rules files in load order, each once: paths relative to the suite, folders, and patterns with * and ?. Folders and patterns leave out files that end in `_test.yaml`. Rules inside Kubernetes objects and Helm values are read too."},
		{Name: "tests", Type: schema.NonEmptyListOf(schema.ObjectOf(testObject)), Required: true, Doc: "At least one test."},
		{Name: "base", Type: schema.MappingOf(eventShape), Doc: "Named events, for `extends`."},
		{Name: "routes", Type: stringShape, Doc: "A configuration of serve, or another file with `outputs` and `routes`, whose routes expectations can name. The path is relative to the suite."},
		{Name: "matching", Type: schema.OneOf("first", "all"), Doc: "Whether only the `first` rule that matches an event fires, as in Falco by default, or `all` that match."},
		{Name: "enable", Type: oneOrMore, Doc: "Rules to enable, whatever the rules files say."},
		{Name: "override", Type: schema.ObjectOf(overrideObject), Doc: "Macros and lists that replace those of the rules files."},
		{Name: "source", Type: stringShape, Doc: "The source of fixtures that do not name one; the default is syscall. Event files are read as by `run --source`: without it, or with k8s_audit, anything that is not a fixture is an audit event."},
		{Name: "strict", Type: boolShape, Doc: "Whether a fixture whose values contradict each other is an error."},
		{Name: "fields", Type: oneOrMore, Doc: "Files that define your own sources and fields, as with `--fields`. Paths are relative to the suite."},
		{Name: "k8saudit", Type: schema.OneOf("plugin", "documented"), Doc: "For k8s_audit fields that the plugin extracts wrongly: use the values of the `plugin`, which is the default, or the `documented` ones."},
		{Name: "engine_version", Type: stringShape, Doc: "The version of the rules engine to load the rules for."},
		{Name: "plugins", Type: schema.MappingOf(schema.Either(stringShape, nullShape)), Doc: "Versions of plugins by name, or null for a plugin that is not installed."},
	},
}

var overrideObject = &schema.Object{
	Name: "an override", Doc: "Macros and lists that replace those of the rules files.",
	Keys: []schema.Key{
		{Name: "macros", Type: schema.MappingOf(stringShape), Doc: "Conditions, by name of the macro."},
		{Name: "lists", Type: schema.MappingOf(schema.ListOf(scalarShape)), Doc: "Items, by name of the list."},
	},
}

// madeUpName returns a name for a test that has none, so that the rest can be checked.
func madeUpName(n *yamlfile.Node) *yamlfile.Node {
	made := stringNode(fmt.Sprintf("(line %d)", n.Start.Line))
	made.Start = n.Start
	return made
}

// caseKeys are the keys that tests and cases have in common.
var caseKeys = []schema.Key{
	{Name: "event", Type: eventShape, Doc: "The event of the test."},
	{Name: "events", Type: schema.Either(schema.NonEmptyListOf(eventShape), eventShape), Doc: "Events in order; each may be a file of events."},
	{Name: "expect", Type: expectShape, Doc: "The rules that must fire, as names or expectations. No other rule may fire, unless there is `reject` as well. `[]` always means that nothing may fire."},
	{Name: "reject", Type: oneOrMore, Doc: "Rules that must not fire. Others may."},
	{Name: "load", Type: loadShape, Doc: "What loading the rules reports: `ok` for no errors, or messages that must be among those reported."},
	{Name: "files", Type: oneOrMore, Doc: "Rules files to load after those of the suite."},
	{Name: "content", Type: stringShape, Doc: "Rules to load after all files. In messages their file is called content."},
	{Name: "enable", Type: oneOrMore, Doc: "Rules to enable for this test."},
	{Name: "override", Type: schema.ObjectOf(overrideObject), Doc: "Macros and lists to replace for this test, in addition to those of the suite."},
	{Name: "skip", Type: stringShape, Doc: "Do not run the test. The value is the reason."},
	{Name: "only", Type: schema.Either(boolShape, stringShape), Doc: "True, or a reason. If any test of a suite has `only`, the tests without it are not run."},
}

var testObject = &schema.Object{
	Name: "a test", Doc: "Events and what must happen. A test has `expect`, `reject` or `load`.",
	Keys: append([]schema.Key{
		{Name: "name", Type: stringShape, Required: true, Fallback: madeUpName, Doc: "The name. It is unique in the suite."},
		{Name: "extends", Type: oneOrMore, Doc: "Events of `base` on which the test's event is based."},
		{Name: "cases", Type: schema.NonEmptyListOf(schema.ObjectOf(caseObject)), Doc: "Variants of this test, each run as a test named test/case."},
	}, caseKeys...),
}

var caseObject = &schema.Object{
	Name: "a case", Doc: "A variant of a test. Its `event` is merged into that of the test; its other keys replace those of the test. `expect` or `reject` replaces both, and so does `skip` or `only`.",
	Keys: append([]schema.Key{
		{Name: "name", Type: stringShape, Required: true, Fallback: madeUpName, Doc: "The name. It is unique in the test."},
	}, caseKeys...),
}

// eventObject has the keys that suites add to those of fixtures and audit events.
var eventObject = &schema.Object{
	Name: "an event", Doc: "A fixture, as in fixtures.md, or a Kubernetes audit event, which has `kind`.", Open: true,
	Keys: []schema.Key{
		{Name: "extends", Type: oneOrMore, Doc: "Events of `base` on which this one is based, in order. Mappings are merged key by key. Null removes a group; for a field it means that there is no value."},
		{Name: "file", Type: stringShape, Doc: "A file of events, instead of all other keys but `where`. The path is relative to the suite. The file is a capture of system calls, or YAML if its name ends in .yaml or .yml, and JSON otherwise."},
		{Name: "where", Type: stringShape, Doc: "A condition for the events of `file`. The rules see only those that match it. It cannot use macros and lists."},
	},
}

var expectationObject = &schema.Object{
	Name: "an expectation", Doc: "An alert that must be raised.",
	Keys: []schema.Key{
		{Name: "rule", Type: stringShape, Required: true, Doc: "The rule."},
		{Name: "times", Type: countShape, Doc: "How often it must fire on all events of the test; by default at least once."},
		{Name: "priority", Type: schema.OneOf(priorityNames()...), Doc: "The priority, such as notice, Notice or NOTICE."},
		{Name: "output", Type: schema.Either(stringShape, schema.ObjectOf(outputObject)), Doc: "The output without time and priority."},
		{Name: "fields", Type: schema.MappingOf(schema.Either(scalarShape, nullShape, schema.ListOf(scalarShape))), Doc: "Values of fields as alerts print them, or null for no value. The fields need not be in the output."},
		{Name: "tags", Type: stringsShape, Doc: "Tags that the rule must have. It may have others."},
		{Name: "routes", Type: oneOrMore, Doc: "The names of all routes that must take the alert, in order. Limits of rates and duplicates do not matter."},
	},
}

var outputObject = &schema.Object{
	Name: "an output", Doc: "Conditions on an output.",
	Keys: []schema.Key{
		{Name: "contains", Type: oneOrMore, Doc: "Text that the output must contain."},
		{Name: "regex", Type: oneOrMore, Doc: "Regular expressions, in Go's RE2 syntax, that must match a part of the output."},
	},
}

var loadObject = &schema.Object{
	Name: "a load expectation", Doc: "A message that loading the rules must report. It has one of `error`, `warning` and `notice`.",
	Keys: []schema.Key{
		{Name: "error", Type: stringShape, Doc: "The code of an error, which means that the rules do not load."},
		{Name: "warning", Type: stringShape, Doc: "The code of a warning."},
		{Name: "notice", Type: stringShape, Doc: "The code of a notice."},
		{Name: "line", Type: countShape, Doc: "The line that it is reported at."},
		{Name: "file", Type: stringShape, Doc: "The file that it is reported in. The end of the path is enough."},
		{Name: "message", Type: stringShape, Doc: "Part of its text."},
	},
}
