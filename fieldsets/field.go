package fieldsets

import (
	"fmt"

	"github.com/falcorules/falcorules/ast"
)

// Type is the type of a field's values. The names are Falco's.
type Type uint8

// The types. Values of all integer types are stored in 64 bits.
const (
	// CharBuf is text: bytes, usually UTF-8, without NUL.
	CharBuf Type = iota
	// FSPath is a file path. FSRelPath is a file path relative to a directory
	// that another parameter names.
	FSPath
	FSRelPath
	// ByteBuf is binary data.
	ByteBuf

	// Signed integers. FD (file descriptor), PID (process ID) and Errno (result
	// of a system call) have 64 bits.
	Int8
	Int16
	Int32
	Int64
	FD
	PID
	Errno

	// Unsigned integers. EnumFlags hold one named value, Flags any combination
	// of named bits.
	Uint8
	Uint16
	Uint32
	Uint64
	Flags8
	Flags16
	Flags32
	EnumFlags8
	EnumFlags16
	EnumFlags32
	// Mode holds file permissions.
	Mode
	// Port is a TCP or UDP port. Rules may give it as a service name.
	Port
	// SyscallID is a system call number and SigType a signal number. Falco
	// accepts no values for them in rules.
	SyscallID
	SigType
	// RelTime is a duration in nanoseconds.
	RelTime
	// AbsTime is a time in nanoseconds since 1970-01-01 UTC.
	AbsTime

	// Double is a floating-point number.
	Double
	// Bool is true or false.
	Bool

	// IPAddr is an IP address, IPv4Addr an IPv4 address. IPNet is an IP address
	// that rules compare with networks.
	IPAddr
	IPv4Addr
	IPNet

	// UID and GID are user and group IDs. Falco has no comparisons for them.
	UID
	GID
	// Types of event parameters that cannot be compared.
	SockAddr
	SockTuple
	FDList
	SigSet
	CharBufArray
	CharBufPairArray
	// Dynamic means that the type depends on the event.
	Dynamic
	// NoType is the type of a parameter that no event has any more.
	NoType
)

type typeInfo struct {
	name   string
	kind   ast.Kind
	bits   int // of an integer type
	signed bool
}

var types = [...]typeInfo{
	CharBuf:          {name: "CHARBUF", kind: ast.KindText},
	FSPath:           {name: "FSPATH", kind: ast.KindText},
	FSRelPath:        {name: "FSRELPATH", kind: ast.KindText},
	ByteBuf:          {name: "BYTEBUF", kind: ast.KindBuffer},
	Int8:             {"INT8", ast.KindNumber, 8, true},
	Int16:            {"INT16", ast.KindNumber, 16, true},
	Int32:            {"INT32", ast.KindNumber, 32, true},
	Int64:            {"INT64", ast.KindNumber, 64, true},
	FD:               {"FD", ast.KindNumber, 64, true},
	PID:              {"PID", ast.KindNumber, 64, true},
	Errno:            {"ERRNO", ast.KindNumber, 64, true},
	Uint8:            {"UINT8", ast.KindNumber, 8, false},
	Uint16:           {"UINT16", ast.KindNumber, 16, false},
	Uint32:           {"UINT32", ast.KindNumber, 32, false},
	Uint64:           {"UINT64", ast.KindNumber, 64, false},
	Flags8:           {"FLAGS8", ast.KindNumber, 8, false},
	Flags16:          {"FLAGS16", ast.KindNumber, 16, false},
	Flags32:          {"FLAGS32", ast.KindNumber, 32, false},
	EnumFlags8:       {"ENUMFLAGS8", ast.KindNumber, 8, false},
	EnumFlags16:      {"ENUMFLAGS16", ast.KindNumber, 16, false},
	EnumFlags32:      {"ENUMFLAGS32", ast.KindNumber, 32, false},
	Mode:             {"MODE", ast.KindNumber, 32, false},
	Port:             {"PORT", ast.KindNumber, 16, false},
	SyscallID:        {"SYSCALLID", ast.KindNumber, 16, false},
	SigType:          {"SIGTYPE", ast.KindNumber, 8, false},
	RelTime:          {"RELTIME", ast.KindNumber, 64, false},
	AbsTime:          {"ABSTIME", ast.KindNumber, 64, false},
	Double:           {name: "DOUBLE", kind: ast.KindNumber},
	Bool:             {name: "BOOL", kind: ast.KindBool},
	IPAddr:           {name: "IPADDR", kind: ast.KindAddress},
	IPv4Addr:         {name: "IPV4ADDR", kind: ast.KindAddress},
	IPNet:            {name: "IPNET", kind: ast.KindAddress},
	UID:              {"UID", ast.KindOther, 32, false},
	GID:              {"GID", ast.KindOther, 32, false},
	SockAddr:         {name: "SOCKADDR", kind: ast.KindOther},
	SockTuple:        {name: "SOCKTUPLE", kind: ast.KindOther},
	FDList:           {name: "FDLIST", kind: ast.KindOther},
	SigSet:           {name: "SIGSET", kind: ast.KindOther},
	CharBufArray:     {name: "CHARBUFARRAY", kind: ast.KindOther},
	CharBufPairArray: {name: "CHARBUF_PAIR_ARRAY", kind: ast.KindOther},
	Dynamic:          {name: "DYNAMIC", kind: ast.KindOther},
	NoType:           {name: "NONE", kind: ast.KindOther},
}

func (t Type) info() typeInfo {
	if int(t) < len(types) {
		return types[t]
	}
	return typeInfo{name: fmt.Sprintf("Type(%d)", uint8(t)), kind: ast.KindOther}
}

// String returns Falco's name for the type, such as CHARBUF.
func (t Type) String() string { return t.info().name }

// ParseType returns the type with the given Falco name and whether it exists.
func ParseType(name string) (Type, bool) {
	for i, t := range types {
		if t.name == name {
			return Type(i), true
		}
	}
	return 0, false
}

// Kind returns the kind of values, which determines the operators and
// transformers that accept them.
func (t Type) Kind() ast.Kind { return t.info().kind }

// Bits returns the size of an integer type in bits, and 0 for other types.
func (t Type) Bits() int { return t.info().bits }

// Signed reports whether t is a signed integer type.
func (t Type) Signed() bool { return t.info().signed }

// ArgKind is the kind of argument that a field takes.
type ArgKind uint8

// The kinds of arguments.
const (
	// NoArg is for fields without an argument: ka.verb.
	NoArg ArgKind = iota
	// KeyArg is any text: ka.uri.param[limit].
	KeyArg
	// IndexArg is a number from 0: ka.req.pod.containers.image[0].
	IndexArg
	// IndexOrKeyArg is either: container.mount[0], container.mount[/proc].
	IndexOrKeyArg
	// CustomArg is an argument that the field set parses itself, in
	// [Namer.Lookup]: evt.arg.fd, proc.aname[2].
	CustomArg
)

// Print is the format in which outputs print a field's numbers.
type Print uint8

// The formats of numbers.
const (
	// PrintDecimal prints decimal digits.
	PrintDecimal Print = iota
	// PrintNanos prints decimal digits, padded with zeros to at least nine.
	PrintNanos
	// PrintHex and PrintOctal print hexadecimal and octal digits without a
	// prefix. In JSON they are strings.
	PrintHex
	PrintOctal
	// PrintNone prints no number, not even the length of a text field.
	PrintNone
)

// Match is the way a condition compares a field that is not a list but can have
// several values.
type Match uint8

// The ways to compare. As in Falco, MatchAny and MatchEither apply a modifier to
// the first value in the rule only, and in and intersects match only text and
// what MatchEither adds.
const (
	// MatchOne compares the only value.
	MatchOne Match = iota
	// MatchAny matches if any value does.
	MatchAny
	// MatchEither is for the two ends of a connection. It is like MatchAny, but
	// != requires all values to differ, intersects never matches, and in also
	// matches ports and the first network of its list.
	MatchEither
)

// Field describes one field of a source.
type Field struct {
	// Name is the name in rules, such as ka.target.name.
	Name string
	// Type is the type of the value, or of each value of a list.
	Type Type
	// List reports whether the field's value is a list.
	List bool
	// Arg is the kind of argument that the field takes.
	Arg ArgKind
	// ArgRequired reports whether the field cannot be used without an argument.
	ArgRequired bool
	// Print is the format of the field's numbers in outputs.
	Print Print
	// TimeAsNumber marks text fields with the event's time. JSON alerts have
	// nanoseconds since 1970 instead.
	TimeAsNumber bool
	// NoRightSide rejects the field on the right of an operator, and values other
	// than literals beside it.
	NoRightSide bool
	// NoTransformer rejects the field as an argument of a transformer.
	NoTransformer bool
	// FilterOnly marks fields meant for conditions. Falco accepts them in outputs
	// too, but prints no value.
	FilterOnly bool
	// Deprecated and Hidden fields work in rules but are left out of lists of
	// fields. Deprecated ones will be removed from Falco.
	Deprecated, Hidden bool
	// Plugin is the name of the Falco plugin that provides the field; empty for
	// Falco's own fields.
	Plugin string
	// EventType marks fields that hold the event type. Falco indexes rules by
	// it, so =, != and in accept only literals for these fields.
	EventType bool
	// Sequential marks fields whose value depends on earlier events, such as
	// evt.num.
	Sequential bool
	// Match is the way conditions compare the field.
	Match Match
	// ConditionValue reads the value that conditions compare, if that is not the value
	// that outputs print. Otherwise it is nil.
	ConditionValue Extractor
	// CheckValue, if not nil, validates a value that a rule compares the field
	// with. The value is already valid for Type. The error may be a
	// [*FieldError].
	CheckValue func(op ast.Operator, text string) error
	// Desc describes the field in one sentence.
	Desc string
}

// Arg is the argument of a field reference.
type Arg struct {
	// Present reports whether there is an argument. If not, the rest is zero.
	Present bool
	// Named reports whether the argument follows a dot, as in evt.arg.fd.
	Named bool
	// Key is the text in the brackets or after the dot.
	Key string
	// IsIndex reports whether the argument is a number; Index is its value. A
	// negative CustomArg is stored in two's complement.
	IsIndex bool
	Index   uint64
}
