package ast

import "slices"

// Operator is a comparison operator as rules write it.
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

// Modifier says how many values of the list after a text operator must match.
type Modifier string

// The modifiers.
const (
	NoModifier Modifier = ""
	OneOf      Modifier = "oneof"
	AnyOf      Modifier = "anyof"
	AllOf      Modifier = "allof"
)

// OperatorClass says what an operator takes on its right.
type OperatorClass uint8

// The classes of operators.
const (
	// Unary takes nothing: exists.
	Unary OperatorClass = iota
	// Numeric takes a number.
	Numeric
	// Textual takes one value, or a modifier and a list.
	Textual
	// Membership takes a list.
	Membership
)

// Kind is the sort of values that an operand has. Each type of a field is of
// one kind.
type Kind uint8

// The kinds of values.
const (
	// KindText is text, paths included.
	KindText Kind = iota
	// KindBuffer is bytes that need not be text.
	KindBuffer
	// KindNumber is numbers, times, ports and flags.
	KindNumber
	// KindBool is true or false.
	KindBool
	// KindAddress is addresses and networks.
	KindAddress
	// KindOther is what no operator compares and no transformer takes.
	KindOther
)

var kindNames = [...]string{"text", "bytes", "a number", "true or false", "an address", "nothing that can be compared"}

// String returns the kind in words.
func (k Kind) String() string { return kindNames[min(k, KindOther)] }

// OperatorInfo is what an operator takes.
type OperatorInfo struct {
	Op    Operator
	Class OperatorClass
	// NeedsBlank says that the word must be followed by a blank to be read as
	// the operator.
	NeedsBlank bool
	// Kinds are the kinds of values that it takes on its left.
	Kinds []Kind
	// Lists says that it takes a list of values on its left.
	Lists bool
	// Fields says that it takes val(field) or a transformer on its right.
	Fields bool
	// Desc is one sentence for people.
	Desc string
}

// Takes reports whether the operator takes an operand of that kind on its left.
func (o OperatorInfo) Takes(k Kind, list bool) bool {
	return slices.Contains(o.Kinds, k) && (o.Lists || !list)
}

// Operators lists every operator in the order in which the engine tries them
// on a text: of two that fit, the first is read. (So <= stands before <.)
func Operators() []OperatorInfo { return slices.Clone(operators[:]) }

// LookupOperator returns what op takes; false says that there is no such
// operator.
func LookupOperator(op Operator) (OperatorInfo, bool) {
	for i := range operators {
		if operators[i].Op == op {
			return operators[i], true
		}
	}
	return OperatorInfo{}, false
}

// Kinds that several operators take.
var (
	everyKind = []Kind{KindText, KindBuffer, KindNumber, KindBool, KindAddress}
	ordered   = []Kind{KindText, KindNumber}
	searched  = []Kind{KindText, KindBuffer}
	onlyText  = []Kind{KindText}
	onlyBytes = []Kind{KindBuffer}
)

var operators = [...]OperatorInfo{
	{OpExists, Unary, false, everyKind, true, false, "The event has a value for the field."},
	{OpLe, Numeric, false, ordered, false, true, "The value is less than or equal to the other."},
	{OpLt, Numeric, false, ordered, false, true, "The value is less than the other."},
	{OpGe, Numeric, false, ordered, false, true, "The value is greater than or equal to the other."},
	{OpGt, Numeric, false, ordered, false, true, "The value is greater than the other."},
	{OpEqEq, Textual, false, everyKind, false, true, "The same as =."},
	{OpEq, Textual, false, everyKind, false, true, "The values are equal."},
	{OpNe, Textual, false, everyKind, false, true, "There is a value and it differs."},
	{OpGlob, Textual, true, onlyText, false, true, "The text matches a shell pattern; * and ? also match a slash."},
	{OpIGlob, Textual, true, onlyText, false, true, "Like glob, ignoring the case of ASCII letters."},
	{OpContains, Textual, true, searched, false, true, "The text contains the other."},
	{OpIContains, Textual, true, onlyText, false, true, "Like contains, ignoring the case of ASCII letters."},
	{OpBContains, Textual, true, onlyBytes, false, true, "The bytes contain the others, which are written in hexadecimal."},
	{OpStartsWith, Textual, true, searched, false, true, "The text begins with the other."},
	{OpBStartsWith, Textual, true, onlyBytes, false, true, "The bytes begin with the others, which are written in hexadecimal."},
	{OpEndsWith, Textual, true, searched, false, true, "The text ends with the other."},
	{OpRegex, Textual, true, onlyText, false, false, "The whole text matches a regular expression (RE2, POSIX syntax)."},
	{OpIntersects, Membership, false, everyKind, true, true, "At least one value is in the list."},
	{OpIn, Membership, false, everyKind, true, true, "Every value is in the list."},
	{OpPMatch, Membership, false, onlyText, false, false, "The value is one of the paths in the list or below one of them; parts of a path may be shell patterns."},
}

// TransformerInfo is what a transformer takes and gives.
type TransformerInfo struct {
	Name string
	// Args is the number of its arguments; -2 stands for two or more.
	Args int
	// Kinds are the kinds of values that it takes, Lists whether it takes a
	// list of them too, AnyList whether it takes lists of every kind.
	Kinds          []Kind
	Lists, AnyList bool
	// Gives is the kind of its value; Same says that it is that of the
	// argument instead, a list for a list.
	Gives Kind
	Same  bool
	// Brackets says that an argument in brackets follows.
	Brackets bool
	// Usage shows a call, Desc is one sentence for people.
	Usage, Desc string
}

// Takes reports whether the transformer takes an argument of that kind.
func (t TransformerInfo) Takes(k Kind, list bool) bool {
	return list && t.AnyList || slices.Contains(t.Kinds, k) && (t.Lists || !list)
}

// Transformers lists the transformers in the order in which the engine tries
// them. val is not included, because it is used only on the right of an operator.
func Transformers() []TransformerInfo { return slices.Clone(transformers[:]) }

// LookupTransformer returns what a transformer takes; false says that there is
// no such transformer.
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
	{Name: "len", Args: 1, Kinds: searched, AnyList: true, Gives: KindNumber, Usage: "len(field)", Desc: "The number of elements in a list, or of bytes in a text."},
	{Name: "join", Args: 2, Kinds: onlyText, Lists: true, Gives: KindText, Usage: `join(",", list)`, Desc: "The elements of a list, or of fields and texts in parentheses, with a separator between them."},
	{Name: "concat", Args: -2, Kinds: onlyText, Gives: KindText, Usage: `concat(field, "/", field)`, Desc: "The texts, concatenated."},
	{Name: "getopt", Args: 2, Kinds: onlyText, Lists: true, Gives: KindText, Brackets: true, Usage: `getopt(list, "ab:")[b]`, Desc: "The value of a command-line option; without brackets, a list of all options and values."},
}

// Val is the name of the transformer that gives a field on the right of an
// operator.
const Val = "val"
