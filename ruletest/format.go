package ruletest

// The tables in this file define the format of suites. The reader reports everything
// that is not in them. The JSON schema and the tables of docs/testing.md are generated
// from them.

// kind is the type of a value.
type kind uint8

const (
	isString kind = iota
	isScalar
	isCount // a positive integer
	isBool
	isNull
	isList
	isMapping // with any keys
	isObject
	isEvent
)

// shape is the type of a value with its details and alternatives.
type shape struct {
	kind kind
	// of is the shape of the items of a list, or of the values of a mapping.
	of       *shape
	nonEmpty bool // of a list
	object   *object
	// enum has the allowed strings. If it is empty, all are.
	enum []string
	// or has alternatives, of other kinds.
	or []*shape
}

// object is a mapping with known keys.
type object struct {
	name string // in messages: "a test"
	doc  string
	keys []key
}

type key struct {
	name     string
	shape    *shape
	doc      string
	required bool
}

func listOf(s *shape) *shape         { return &shape{kind: isList, of: s} }
func nonEmptyListOf(s *shape) *shape { return &shape{kind: isList, of: s, nonEmpty: true} }
func mappingOf(s *shape) *shape      { return &shape{kind: isMapping, of: s} }
func shapeOf(o *object) *shape       { return &shape{kind: isObject, object: o} }

// either returns the shape of a value that has one of several shapes.
func either(s *shape, others ...*shape) *shape {
	out := *s
	out.or = others
	return &out
}

var (
	stringShape  = &shape{kind: isString}
	scalarShape  = &shape{kind: isScalar}
	countShape   = &shape{kind: isCount}
	boolShape    = &shape{kind: isBool}
	nullShape    = &shape{kind: isNull}
	stringsShape = listOf(stringShape)
	eventShape   = &shape{kind: isEvent}
	// oneOrMore is a string or a list of strings.
	oneOrMore = either(stringShape, stringsShape)
)

func oneOf(texts ...string) *shape { return &shape{kind: isString, enum: texts} }

var suiteObject = &object{
	name: "a suite", doc: "Tests for the rules in some rules files.",
	keys: []key{
		{name: "rules", shape: either(nonEmptyListOf(stringShape), stringShape), required: true, doc: "Rules files in load order, each once: paths relative to the suite, folders, and patterns with * and ?. Folders and patterns leave out files that end in `_test.yaml`. Rules inside Kubernetes objects and Helm values are read too."},
		{name: "tests", shape: nonEmptyListOf(shapeOf(testObject)), required: true, doc: "At least one test."},
		{name: "base", shape: mappingOf(eventShape), doc: "Named events, for `extends`."},
		{name: "matching", shape: oneOf("first", "all"), doc: "Whether only the `first` rule that matches an event fires, as in Falco by default, or `all` that match."},
		{name: "enable", shape: oneOrMore, doc: "Rules to enable, whatever the rules files say."},
		{name: "override", shape: shapeOf(overrideObject), doc: "Macros and lists that replace those of the rules files."},
		{name: "source", shape: stringShape, doc: "The source of fixtures that do not name one; the default is syscall. Event files are read as by `run --source`: without it, or with k8s_audit, anything that is not a fixture is an audit event."},
		{name: "strict", shape: boolShape, doc: "Whether a fixture whose values contradict each other is an error."},
		{name: "fields", shape: oneOrMore, doc: "Files that define your own sources and fields, as with `--fields`. Paths are relative to the suite."},
		{name: "k8saudit", shape: oneOf("plugin", "documented"), doc: "For k8s_audit fields that the plugin extracts wrongly: use the values of the `plugin`, which is the default, or the `documented` ones."},
		{name: "engine_version", shape: stringShape, doc: "The version of the rules engine to load the rules for."},
		{name: "plugins", shape: mappingOf(either(stringShape, nullShape)), doc: "Versions of plugins by name, or null for a plugin that is not installed."},
	},
}

var overrideObject = &object{
	name: "an override", doc: "Macros and lists that replace those of the rules files.",
	keys: []key{
		{name: "macros", shape: mappingOf(stringShape), doc: "Conditions, by name of the macro."},
		{name: "lists", shape: mappingOf(listOf(scalarShape)), doc: "Items, by name of the list."},
	},
}

// caseKeys are the keys that tests and cases have in common.
var caseKeys = []key{
	{name: "event", shape: eventShape, doc: "The event of the test."},
	{name: "events", shape: either(nonEmptyListOf(eventShape), eventShape), doc: "Events in order; each may be a file of events."},
	{name: "expect", shape: listOf(either(stringShape, shapeOf(expectationObject))), doc: "The rules that must fire, as names or expectations. No other rule may fire, unless there is `reject` as well. `[]` always means that nothing may fire."},
	{name: "reject", shape: oneOrMore, doc: "Rules that must not fire. Others may."},
	{name: "load", shape: either(oneOf("ok"), shapeOf(loadObject), nonEmptyListOf(shapeOf(loadObject))), doc: "What loading the rules reports: `ok` for no errors, or messages that must be among those reported."},
	{name: "files", shape: oneOrMore, doc: "Rules files to load after those of the suite."},
	{name: "content", shape: stringShape, doc: "Rules to load after all files. In messages their file is called content."},
	{name: "enable", shape: oneOrMore, doc: "Rules to enable for this test."},
	{name: "override", shape: shapeOf(overrideObject), doc: "Macros and lists to replace for this test, in addition to those of the suite."},
	{name: "skip", shape: stringShape, doc: "Do not run the test. The value is the reason."},
	{name: "only", shape: either(boolShape, stringShape), doc: "True, or a reason. If any test of a suite has `only`, the tests without it are not run."},
}

var testObject = &object{
	name: "a test", doc: "Events and what must happen. A test has `expect`, `reject` or `load`.",
	keys: append([]key{
		{name: "name", shape: stringShape, required: true, doc: "The name. It is unique in the suite."},
		{name: "extends", shape: oneOrMore, doc: "Events of `base` on which the test's event is based."},
		{name: "cases", shape: nonEmptyListOf(shapeOf(caseObject)), doc: "Variants of this test, each run as a test named test/case."},
	}, caseKeys...),
}

var caseObject = &object{
	name: "a case", doc: "A variant of a test. Its `event` is merged into that of the test; its other keys replace those of the test. `expect` or `reject` replaces both, and so does `skip` or `only`.",
	keys: append([]key{
		{name: "name", shape: stringShape, required: true, doc: "The name. It is unique in the test."},
	}, caseKeys...),
}

// eventObject has the keys that suites add to those of fixtures and audit events.
var eventObject = &object{
	name: "an event", doc: "A fixture, as in fixtures.md, or a Kubernetes audit event, which has `kind`.",
	keys: []key{
		{name: "extends", shape: oneOrMore, doc: "Events of `base` on which this one is based, in order. Mappings are merged key by key. Null removes a group; for a field it means that there is no value."},
		{name: "file", shape: stringShape, doc: "A file of events, instead of all other keys. The path is relative to the suite. The file is YAML if its name ends in .yaml or .yml, and JSON otherwise."},
	},
}

var expectationObject = &object{
	name: "an expectation", doc: "An alert that must be raised.",
	keys: []key{
		{name: "rule", shape: stringShape, required: true, doc: "The rule."},
		{name: "times", shape: countShape, doc: "How often it must fire on all events of the test; by default at least once."},
		{name: "priority", shape: oneOf(priorityNames()...), doc: "The priority, such as notice, Notice or NOTICE."},
		{name: "output", shape: either(stringShape, shapeOf(outputObject)), doc: "The output without time and priority."},
		{name: "fields", shape: mappingOf(either(scalarShape, nullShape, listOf(scalarShape))), doc: "Values of fields as alerts print them, or null for no value. The fields need not be in the output."},
		{name: "tags", shape: stringsShape, doc: "Tags that the rule must have. It may have others."},
	},
}

var outputObject = &object{
	name: "an output", doc: "Conditions on an output.",
	keys: []key{
		{name: "contains", shape: oneOrMore, doc: "Text that the output must contain."},
		{name: "regex", shape: oneOrMore, doc: "Regular expressions, in Go's RE2 syntax, that must match a part of the output."},
	},
}

var loadObject = &object{
	name: "a load expectation", doc: "A message that loading the rules must report. It has one of `error`, `warning` and `notice`.",
	keys: []key{
		{name: "error", shape: stringShape, doc: "The code of an error, which means that the rules do not load."},
		{name: "warning", shape: stringShape, doc: "The code of a warning."},
		{name: "notice", shape: stringShape, doc: "The code of a notice."},
		{name: "line", shape: countShape, doc: "The line that it is reported at."},
		{name: "file", shape: stringShape, doc: "The file that it is reported in. The end of the path is enough."},
		{name: "message", shape: stringShape, doc: "Part of its text."},
	},
}
