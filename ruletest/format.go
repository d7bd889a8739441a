package ruletest

// The tables in this file are the format of suites. The reader refuses what is not
// in them, and the JSON schema and the tables of docs/testing.md are made of them.

// kind is what a value is.
type kind uint8

const (
	isText kind = iota
	isScalar
	isCount // a whole number from 1
	isTruth
	isNull
	isList
	isMapping // of any names
	isObject
	isEvent
)

// shape is what a value may be.
type shape struct {
	kind kind
	// of is the shape of the items of a list, or of the values of a mapping; some says
	// that a list has one at least.
	of   *shape
	some bool
	// object has the keys of an object.
	object *object
	// enum are the texts that there are, empty for any.
	enum []string
	// or are further shapes, of other kinds.
	or []*shape
}

// object is a mapping with keys of its own.
type object struct {
	// name is how messages call it: "a test".
	name string
	doc  string
	keys []key
}

type key struct {
	name     string
	shape    *shape
	doc      string
	required bool
}

func listOf(s *shape) *shape    { return &shape{kind: isList, of: s} }
func someOf(s *shape) *shape    { return &shape{kind: isList, of: s, some: true} }
func mappingOf(s *shape) *shape { return &shape{kind: isMapping, of: s} }
func shapeOf(o *object) *shape  { return &shape{kind: isObject, object: o} }

// either returns s, or one of the others.
func either(s *shape, others ...*shape) *shape {
	out := *s
	out.or = others
	return &out
}

var (
	textShape   = &shape{kind: isText}
	scalarShape = &shape{kind: isScalar}
	countShape  = &shape{kind: isCount}
	truthShape  = &shape{kind: isTruth}
	nullShape   = &shape{kind: isNull}
	textsShape  = listOf(textShape)
	eventShape  = &shape{kind: isEvent}
	// oneOrMore is a text or a list of texts.
	oneOrMore = either(textShape, textsShape)
)

func oneOf(texts ...string) *shape { return &shape{kind: isText, enum: texts} }

var suiteObject = &object{
	name: "a suite", doc: "Rules and tests of them.",
	keys: []key{
		{name: "rules", shape: either(someOf(textShape), textShape), required: true, doc: "Rules files in load order, each once: paths relative to the suite, folders, and patterns with * and ?. Folders and patterns leave out files that end in `_test.yaml`. Rules inside Kubernetes objects and Helm values are read too."},
		{name: "tests", shape: someOf(shapeOf(testObject)), required: true, doc: "The tests: at least one."},
		{name: "base", shape: mappingOf(eventShape), doc: "Named events, for `extends`."},
		{name: "matching", shape: oneOf("first", "all"), doc: "Whether an event fires the `first` rule that it matches, as in Falco by default, or `all`."},
		{name: "enable", shape: oneOrMore, doc: "Rules to enable, whatever their files say."},
		{name: "override", shape: shapeOf(overrideObject), doc: "Macros and lists that replace those of the rules files."},
		{name: "source", shape: textShape, doc: "The source of fixtures that do not name one, by default syscall. Files are read as by `run -s`: without it, or with k8s_audit, anything that is not a fixture is an audit event."},
		{name: "strict", shape: truthShape, doc: "Whether a fixture whose values contradict each other is an error."},
		{name: "fields", shape: oneOrMore, doc: "Files with sources and fields of your own, relative to the suite, as with `--fields`."},
		{name: "k8saudit", shape: oneOf("plugin", "documented"), doc: "Which values k8s_audit fields have that the plugin extracts wrongly."},
		{name: "engine_version", shape: textShape, doc: "The version of the rules engine that the rules are loaded for."},
		{name: "plugins", shape: mappingOf(either(textShape, nullShape)), doc: "Versions of plugins by name; null for a plugin that is not installed."},
	},
}

var overrideObject = &object{
	name: "an override", doc: "Macros and lists that replace those of the rules files.",
	keys: []key{
		{name: "macros", shape: mappingOf(textShape), doc: "Conditions, by name of the macro."},
		{name: "lists", shape: mappingOf(listOf(scalarShape)), doc: "Items, by name of the list."},
	},
}

// caseKeys are the keys that a case has too.
var caseKeys = []key{
	{name: "event", shape: eventShape, doc: "The event of the test."},
	{name: "events", shape: either(someOf(eventShape), eventShape), doc: "Events in order; each may be a file of events."},
	{name: "expect", shape: listOf(either(textShape, shapeOf(expectationObject))), doc: "Rules or expectations that fire. Nothing else may fire, unless there is `reject` as well; `[]` always means that nothing fires."},
	{name: "reject", shape: oneOrMore, doc: "Rules that must not fire; others may."},
	{name: "load", shape: either(oneOf("ok"), shapeOf(loadObject), someOf(shapeOf(loadObject))), doc: "What loading the rules reports: `ok` for no errors, or messages that must be among those reported."},
	{name: "files", shape: oneOrMore, doc: "Rules files to load after those of the suite."},
	{name: "content", shape: textShape, doc: "Rules to load after all files, as a file with the name content."},
	{name: "enable", shape: oneOrMore, doc: "Rules to enable for this test."},
	{name: "override", shape: shapeOf(overrideObject), doc: "Macros and lists for this test, over those of the suite."},
	{name: "skip", shape: textShape, doc: "Why the test is not run."},
	{name: "only", shape: either(truthShape, textShape), doc: "True, or a reason. If any test of a suite has it, only tests that have it are run."},
}

var testObject = &object{
	name: "a test", doc: "Events and what must happen. A test has `expect`, `reject` or `load`.",
	keys: append([]key{
		{name: "name", shape: textShape, required: true, doc: "The name, unique in the suite."},
		{name: "extends", shape: oneOrMore, doc: "Events of `base` on which the test's event is based."},
		{name: "cases", shape: someOf(shapeOf(caseObject)), doc: "Variants of this test, each run as a test named test/case."},
	}, caseKeys...),
}

var caseObject = &object{
	name: "a case", doc: "A variant of a test. Its `event` is merged into the test's; its other keys replace those of the test. `expect` or `reject` replaces both, and so does `skip` or `only`.",
	keys: append([]key{
		{name: "name", shape: textShape, required: true, doc: "The name, unique in the test."},
	}, caseKeys...),
}

// eventObject has the keys of events that are the suite's own; others are those of
// fixtures and audit events.
var eventObject = &object{
	name: "an event", doc: "A fixture, as in fixtures.md, or a Kubernetes audit event, which has `kind`.",
	keys: []key{
		{name: "extends", shape: oneOrMore, doc: "Events of `base` on which this one is based, in this order. Mappings are merged key by key; null removes a group, or means that there is no value."},
		{name: "file", shape: textShape, doc: "A file of events, relative to the suite, instead of all other keys: JSON, or YAML if its name ends in .yaml or .yml."},
	},
}

var expectationObject = &object{
	name: "an expectation", doc: "An alert that must be raised.",
	keys: []key{
		{name: "rule", shape: textShape, required: true, doc: "The rule."},
		{name: "times", shape: countShape, doc: "How often it fires over all events; by default at least once."},
		{name: "priority", shape: oneOf(priorityNames()...), doc: "The priority, such as notice, Notice or NOTICE."},
		{name: "output", shape: either(textShape, shapeOf(outputObject)), doc: "The output, without time and priority."},
		{name: "fields", shape: mappingOf(either(scalarShape, nullShape, listOf(scalarShape))), doc: "Values of fields as they are printed, whether or not they are in the output; null for no value."},
		{name: "tags", shape: textsShape, doc: "Tags that the rule has; it may have others."},
	},
}

var outputObject = &object{
	name: "an output", doc: "Conditions on an output.",
	keys: []key{
		{name: "contains", shape: oneOrMore, doc: "Text that it contains."},
		{name: "regex", shape: oneOrMore, doc: "Regular expressions, in Go's RE2 syntax, that match a part of it."},
	},
}

var loadObject = &object{
	name: "a load expectation", doc: "A message that loading the rules must report. It has one of `error`, `warning` and `notice`.",
	keys: []key{
		{name: "error", shape: textShape, doc: "The code of an error, which means that the rules do not load."},
		{name: "warning", shape: textShape, doc: "The code of a warning."},
		{name: "notice", shape: textShape, doc: "The code of a notice."},
		{name: "line", shape: countShape, doc: "The line that it is reported at."},
		{name: "file", shape: textShape, doc: "The file that it is reported in; the end of the path is enough."},
		{name: "message", shape: textShape, doc: "Part of its text."},
	},
}
