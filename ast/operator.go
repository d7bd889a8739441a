package ast

import "slices"

// Operator is an operator of conditions.
type Operator string

// The operators.
const (
	OpExists      Operator = "exists"
	OpEq          Operator = "="
	OpEqEq        Operator = "=="
	OpNe          Operator = "!="
	OpLt          Operator = "<"
	OpLe          Operator = "<="
	OpGt          Operator = ">"
	OpGe          Operator = ">="
	OpContains    Operator = "contains"
	OpIContains   Operator = "icontains"
	OpBContains   Operator = "bcontains"
	OpStartsWith  Operator = "startswith"
	OpBStartsWith Operator = "bstartswith"
	OpEndsWith    Operator = "endswith"
	OpGlob        Operator = "glob"
	OpIGlob       Operator = "iglob"
	OpRegex       Operator = "regex"
	OpIn          Operator = "in"
	OpIntersects  Operator = "intersects"
	OpPMatch      Operator = "pmatch"
)

// Modifier is how many of the values in the list after a textual operator must match.
type Modifier string

// The modifiers.
const (
	NoModifier Modifier = ""
	OneOf      Modifier = "oneof"
	AnyOf      Modifier = "anyof"
	AllOf      Modifier = "allof"
)

// OperatorClass is what an operator accepts on its right side.
type OperatorClass uint8

// The classes of operators.
const (
	// Unary accepts nothing.
	Unary OperatorClass = iota
	// Numeric accepts a number.
	Numeric
	// Textual accepts a value, or a modifier and a list.
	Textual
	// Membership accepts a list.
	Membership
)

// Kind is a group of field types to which the same operators and transformers apply.
type Kind uint8

// The kinds of values.
const (
	// KindText is text, including paths.
	KindText Kind = iota
	// KindBuffer is bytes.
	KindBuffer
	// KindNumber is numbers, including times, ports and flags.
	KindNumber
	// KindBool is true or false.
	KindBool
	// KindAddress is addresses and networks.
	KindAddress
	// KindOther is everything that neither operators nor transformers accept.
	KindOther
)

var kindNames = [...]string{"text", "bytes", "a number", "true or false", "an address", "nothing that can be compared"}

// String returns the kind in words.
func (k Kind) String() string { return kindNames[min(k, KindOther)] }

// OperatorInfo describes an operator.
type OperatorInfo struct {
	Op    Operator
	Class OperatorClass
	// NeedsBlank is true if a blank must follow the operator.
	NeedsBlank bool
	// Kinds are the kinds of values that it accepts on its left side.
	Kinds []Kind
	// Lists is true if it accepts a list field on its left side.
	Lists bool
	// Fields is true if it accepts val(field) or a transformer on its right side.
	Fields bool
	// Desc is one sentence for people.
	Desc string
}

// Accepts reports whether the operator accepts a left side with values of kind k.
func (o OperatorInfo) Accepts(k Kind, list bool) bool {
	return slices.Contains(o.Kinds, k) && (o.Lists || !list)
}

// Operators returns all operators in the order in which a parser must try them, so that
// <= comes before <.
func Operators() []OperatorInfo { return slices.Clone(operators[:]) }

// LookupOperator returns the description of an operator, and false if it does not exist.
func LookupOperator(op Operator) (OperatorInfo, bool) {
	for i := range operators {
		if operators[i].Op == op {
			return operators[i], true
		}
	}
	return OperatorInfo{}, false
}

// Kinds that several operators accept.
var (
	everyKind = []Kind{KindText, KindBuffer, KindNumber, KindBool, KindAddress}
	ordered   = []Kind{KindText, KindNumber}
	searched  = []Kind{KindText, KindBuffer}
	onlyText  = []Kind{KindText}
	onlyBytes = []Kind{KindBuffer}
)

var operators = [...]OperatorInfo{
	{OpExists, Unary, false, everyKind, true, false, "The event has a value for the field."},
	{OpLe, Numeric, false, ordered, false, true, "The value is less than or equal to the given value."},
	{OpLt, Numeric, false, ordered, false, true, "The value is less than the given value."},
	{OpGe, Numeric, false, ordered, false, true, "The value is greater than or equal to the given value."},
	{OpGt, Numeric, false, ordered, false, true, "The value is greater than the given value."},
	{OpEqEq, Textual, false, everyKind, false, true, "The same as =."},
	{OpEq, Textual, false, everyKind, false, true, "The values are equal."},
	{OpNe, Textual, false, everyKind, false, true, "The field has a value, and it differs."},
	{OpGlob, Textual, true, onlyText, false, true, "The text matches a shell pattern; * and ? also match a slash."},
	{OpIGlob, Textual, true, onlyText, false, true, "Like glob, ignoring the case of ASCII letters."},
	{OpContains, Textual, true, searched, false, true, "The text contains the given text."},
	{OpIContains, Textual, true, onlyText, false, true, "Like contains, ignoring the case of ASCII letters."},
	{OpBContains, Textual, true, onlyBytes, false, true, "The bytes contain the given bytes, which are written in hexadecimal."},
	{OpStartsWith, Textual, true, searched, false, true, "The text begins with the given text."},
	{OpBStartsWith, Textual, true, onlyBytes, false, true, "The bytes begin with the given bytes, which are written in hexadecimal."},
	{OpEndsWith, Textual, true, searched, false, true, "The text ends with the given text."},
	{OpRegex, Textual, true, onlyText, false, false, "The whole text matches a regular expression (RE2, POSIX syntax)."},
	{OpIntersects, Membership, false, everyKind, true, true, "At least one value is in the list."},
	{OpIn, Membership, false, everyKind, true, true, "Every value is in the list."},
	{OpPMatch, Membership, false, onlyText, false, false, "The value is one of the paths in the list or below one of them; parts of a path may be shell patterns."},
}

// TransformerInfo describes a transformer.
type TransformerInfo struct {
	Name string
	// Args is the number of its arguments, or -2 for two or more.
	Args int
	// Kinds are the kinds of values that it accepts. Lists is true if it also accepts
	// lists of these, and AnyList if it accepts lists of all kinds.
	Kinds          []Kind
	Lists, AnyList bool
	// Returns is the kind of its value. If Same is true, its value has the type of the
	// argument instead, and is a list if that is one.
	Returns Kind
	Same    bool
	// Brackets is true if it can have an argument in brackets.
	Brackets bool
	// Usage shows a call, and Desc is one sentence for people.
	Usage, Desc string
}

// Accepts reports whether the transformer accepts an argument of kind k.
func (t TransformerInfo) Accepts(k Kind, list bool) bool {
	return list && t.AnyList || slices.Contains(t.Kinds, k) && (t.Lists || !list)
}

// Transformers returns all transformers in Falco's order, except for val, which is valid
// only on the right side of a check.
func Transformers() []TransformerInfo { return slices.Clone(transformers[:]) }

// LookupTransformer returns the description of a transformer, and false if it does not
// exist.
func LookupTransformer(name string) (TransformerInfo, bool) {
	for i := range transformers {
		if transformers[i].Name == name {
			return transformers[i], true
		}
	}
	return TransformerInfo{}, false
}

var transformers = [...]TransformerInfo{
	{Name: "tolower", Args: 1, Kinds: onlyText, Lists: true, Same: true, Usage: "tolower(field)", Desc: "The text with ASCII letters in lower case."},
	{Name: "toupper", Args: 1, Kinds: onlyText, Lists: true, Same: true, Usage: "toupper(field)", Desc: "The text with ASCII letters in upper case."},
	{Name: "b64", Args: 1, Kinds: searched, Lists: true, Same: true, Usage: "b64(field)", Desc: "The decoded Base64 text; no value if it is not valid Base64."},
	{Name: "basename", Args: 1, Kinds: onlyText, Lists: true, Same: true, Usage: "basename(field)", Desc: "The part after the last slash."},
	{Name: "len", Args: 1, Kinds: searched, AnyList: true, Returns: KindNumber, Usage: "len(field)", Desc: "The number of elements of a list, or of bytes in text."},
	{Name: "join", Args: 2, Kinds: onlyText, Lists: true, Returns: KindText, Usage: `join(",", list)`, Desc: "The elements of a list joined with a separator; the list may also consist of fields and quoted text in parentheses."},
	{Name: "concat", Args: -2, Kinds: onlyText, Returns: KindText, Usage: `concat(field, "/", field)`, Desc: "The arguments, joined without a separator."},
	{Name: "getopt", Args: 2, Kinds: onlyText, Lists: true, Returns: KindText, Brackets: true, Usage: `getopt(list, "ab:")[b]`, Desc: "The value of a command-line option; without brackets, a list of all options and values."},
}

// Val is the name of the transformer that reads the value of a field on the right side of
// a check.
const Val = "val"
