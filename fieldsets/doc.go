// Package fieldsets describes the fields that rules can use and reads their
// values from events.
//
// To support events of a new kind, implement [FieldSet]: list the fields and
// return an [Extractor] for each field that a rule uses. Pass the field set to
// [NewSource] and the source to the loader:
//
//	source := fieldsets.NewSource("logins", logins{})
//	set, err := loader.Load(files, loader.Options{Sources: []*fieldsets.Source{source}})
//
// Fields are looked up by name only when rules are compiled. Matching an event
// just calls extractors. Package k8saudit is a complete field set to copy from.
package fieldsets
