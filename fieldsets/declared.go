package fieldsets

// Declared is fields that no event has values for: rules that use them can be
// checked, and are run over events that come with values of their own.
type Declared []Field

// Fields returns the fields.
func (d Declared) Fields() []Field { return d }

// Extractor returns what finds no value.
func (Declared) Extractor(*Field, Arg) (Extractor, error) {
	return func(*Event, *Values) {}, nil
}
