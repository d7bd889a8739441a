package fieldsets

// Declared is a [FieldSet] of fields that have no extractors. Rules that use
// them can be checked, and can run on fixtures, which bring their own values.
type Declared []Field

// Fields returns the fields.
func (d Declared) Fields() []Field { return d }

// Extractor returns an extractor that never finds a value.
func (Declared) Extractor(*Field, Arg) (Extractor, error) {
	return func(*Event, *Values) {}, nil
}
