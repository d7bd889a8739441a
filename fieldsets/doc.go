// Package fieldsets says what a field is: its name, type and argument, the
// source it belongs to, and the code that reads it from an event.
//
// Who brings events of a kind of their own implements [FieldSet]: a list of
// fields, and for each field used in a rule an [Extractor], which reads it. A
// field is looked up by name when rules are compiled; while events are matched
// there are only calls of extractors. NewSource makes a source of one or more
// field sets. Package k8saudit, below this one, is an example to copy.
package fieldsets
