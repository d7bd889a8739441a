package fieldsets

import (
	"fmt"

	"github.com/falcorules/falcorules/ast"
)

// Type is the type of a field's values, named as Falco names it in its field
// lists.
type Type uint8

// The types of the fields of the built-in sources. Falco has more; the ones
// that only system call fields use come with that source.
const (
	// CharBuf is text: bytes, usually UTF-8, without NUL.
	CharBuf Type = iota
	// Uint64 is an unsigned number of 64 bits.
	Uint64
	// RelTime is a duration in nanoseconds.
	RelTime
	// AbsTime is a point in time in nanoseconds since 1970-01-01 UTC.
	AbsTime
	// Bool is true or false.
	Bool
)

var typeNames = [...]string{
	CharBuf: "CHARBUF",
	Uint64:  "UINT64",
	RelTime: "RELTIME",
	AbsTime: "ABSTIME",
	Bool:    "BOOL",
}

// String returns Falco's name of the type, such as CHARBUF.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// Kind returns the sort of values that the type has, which decides what
// operators and transformers take them.
func (t Type) Kind() ast.Kind {
	switch t {
	case CharBuf:
		return ast.KindText
	case Bool:
		return ast.KindBool
	}
	return ast.KindNumber
}

// ArgKind says what a field takes between brackets after its name.
type ArgKind uint8

// A field takes an argument as a key, as an index, or not at all.
const (
	// NoArg is a field without an argument: ka.verb.
	NoArg ArgKind = iota
	// KeyArg is an argument of any text: ka.uri.param[limit].
	KeyArg
	// IndexArg is a number from 0: ka.req.pod.containers.image[0].
	IndexArg
)

// Print says how a field's numbers are printed in text.
type Print uint8

// The ways to print a number.
const (
	// PrintDecimal prints the shortest decimal text.
	PrintDecimal Print = iota
	// PrintNanos prints nine digits at least, padded with zeros.
	PrintNanos
)

// Field describes one field of a source: what a rule may write before an
// operator.
type Field struct {
	// Name is what rules write, such as ka.target.name.
	Name string
	// Type is the type of the value, or of every value of a list.
	Type Type
	// List says that the field has a list of values.
	List bool
	// Arg says what the field takes between brackets.
	Arg ArgKind
	// ArgRequired says that the field cannot be used without its argument.
	ArgRequired bool
	// Print says how numbers of the field are printed in text.
	Print Print
	// TimeAsNumber marks a text field that stands for the event's time and is
	// written to JSON as nanoseconds since 1970.
	TimeAsNumber bool
	// Desc is one sentence for people.
	Desc string
}

// Arg is the argument of a field reference, checked against [Field.Arg].
type Arg struct {
	// Present says that there is an argument; without it the rest is zero.
	Present bool
	// Key is the text between the brackets.
	Key string
	// Index is the number of an IndexArg.
	Index uint64
}
