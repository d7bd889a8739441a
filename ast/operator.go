package ast

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

// OperatorInfo is the syntax of an operator.
type OperatorInfo struct {
	Op    Operator
	Class OperatorClass
	// NeedsBlank says that the word must be followed by a blank to be read as
	// the operator.
	NeedsBlank bool
}

// Operators lists every operator in the order in which the engine tries them
// on a text: of two that fit, the first is read. (So <= stands before <.)
func Operators() []OperatorInfo { return operators[:] }

var operators = [...]OperatorInfo{
	{OpExists, Unary, false},
	{OpLe, Numeric, false},
	{OpLt, Numeric, false},
	{OpGe, Numeric, false},
	{OpGt, Numeric, false},
	{OpEqEq, Textual, false},
	{OpEq, Textual, false},
	{OpNe, Textual, false},
	{OpGlob, Textual, true},
	{OpIGlob, Textual, true},
	{OpContains, Textual, true},
	{OpIContains, Textual, true},
	{OpBContains, Textual, true},
	{OpStartsWith, Textual, true},
	{OpBStartsWith, Textual, true},
	{OpEndsWith, Textual, true},
	{OpRegex, Textual, true},
	{OpIntersects, Membership, false},
	{OpIn, Membership, false},
	{OpPMatch, Membership, false},
}

// Transformers lists the names of the transformers in the order in which the
// engine tries them. val is none of them: it stands on the right of an operator
// only.
func Transformers() []string { return transformers[:] }

var transformers = [...]string{"tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt"}

// Val is the name of the transformer that gives a field on the right of an
// operator.
const Val = "val"
