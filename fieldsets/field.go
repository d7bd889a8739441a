package fieldsets

import (
	"fmt"

	"github.com/falcorules/falcorules/ast"
)

// Type is the type of a field's values, named as Falco names it in its field
// lists.
type Type uint8

// The types. Numbers of fewer than 64 bits are held in 64 and cut to their size
// where constants are read.
const (
	// CharBuf is text: bytes, usually UTF-8, without NUL.
	CharBuf Type = iota
	// FSPath and FSRelPath are paths of files, the latter relative to a
	// directory that another parameter names.
	FSPath
	FSRelPath
	// ByteBuf is bytes that need not be text.
	ByteBuf

	// Numbers with a sign. FD, PID and Errno are file descriptors, processes and
	// results of system calls, of 64 bits each.
	Int8
	Int16
	Int32
	Int64
	FD
	PID
	Errno

	// Numbers without a sign. EnumFlags have one value at a time, Flags any
	// number of bits.
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
	// Mode is the permissions of a file.
	Mode
	// Port is a port of TCP or UDP; constants may be names of services.
	Port
	// SyscallID and SigType are numbers of system calls and of signals. Falco
	// reads no constants of these types.
	SyscallID
	SigType
	// RelTime is a duration in nanoseconds.
	RelTime
	// AbsTime is a point in time in nanoseconds since 1970-01-01 UTC.
	AbsTime

	// Double is a floating point number.
	Double
	// Bool is true or false.
	Bool

	// IPAddr is an address; IPv4Addr one of IPv4. A field of type IPNet has an
	// address too, and is compared with networks.
	IPAddr
	IPv4Addr
	IPNet

	// UID and GID are numbers of users and of groups, which Falco compares with
	// nothing.
	UID
	GID
	// Types of event parameters that are compared with nothing.
	SockAddr
	SockTuple
	FDList
	SigSet
	CharBufArray
	CharBufPairArray
	// Dynamic is a type that depends on the event.
	Dynamic
	// NoType is a parameter that no event has any more.
	NoType
)

// typeInfo is what there is to know of a type.
type typeInfo struct {
	name   string
	kind   ast.Kind
	bits   int // of a number
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

// info returns what there is to know of t, nothing for what is no type.
func (t Type) info() typeInfo {
	if int(t) < len(types) {
		return types[t]
	}
	return typeInfo{name: fmt.Sprintf("Type(%d)", uint8(t)), kind: ast.KindOther}
}

// String returns Falco's name of the type, such as CHARBUF.
func (t Type) String() string { return t.info().name }

// ParseType returns the type of that name; false says that there is none.
func ParseType(name string) (Type, bool) {
	for i, t := range types {
		if t.name == name {
			return Type(i), true
		}
	}
	return 0, false
}

// Kind returns the sort of values that the type has, which decides what
// operators and transformers take them.
func (t Type) Kind() ast.Kind { return t.info().kind }

// Bits returns the size of a type of whole numbers, and 0 for all others.
func (t Type) Bits() int { return t.info().bits }

// Signed reports whether the type is one of whole numbers with a sign.
func (t Type) Signed() bool { return t.info().signed }

// ArgKind says what a field takes between brackets after its name.
type ArgKind uint8

// What a field takes as its argument.
const (
	// NoArg is a field without an argument: ka.verb.
	NoArg ArgKind = iota
	// KeyArg is an argument of any text: ka.uri.param[limit].
	KeyArg
	// IndexArg is a number from 0: ka.req.pod.containers.image[0].
	IndexArg
	// IndexOrKeyArg is either: container.mount[0], container.mount[/proc].
	IndexOrKeyArg
	// OwnArg is an argument with rules of its own, which the field set reads in
	// its Lookup: evt.arg.fd, proc.aname[2].
	OwnArg
)

// Print says how a field's numbers are printed in text.
type Print uint8

// The ways to print a number.
const (
	// PrintDecimal prints the shortest decimal text.
	PrintDecimal Print = iota
	// PrintNanos prints nine digits at least, padded with zeros.
	PrintNanos
	// PrintHex and PrintOctal print such digits alone, in JSON as text.
	PrintHex
	PrintOctal
	// PrintNone prints no number, not even the length of a text field.
	PrintNone
)

// Match says how a condition compares the values of a field that is no list and
// can have several at once.
type Match uint8

// The ways to compare. All but the first take modifiers for their first constant
// alone, and in and intersects are never true of their numbers, ports aside.
const (
	// MatchOne compares the only value.
	MatchOne Match = iota
	// MatchSome is true when some value is.
	MatchSome
	// MatchSides is MatchSome, but != wants all values to differ. There is no
	// intersects, and networks are in the first constant or nowhere.
	MatchSides
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
	// NoRight says that the field is compared with constants only and cannot
	// stand on the right of an operator.
	NoRight bool
	// NoTransformer says that no transformer takes the field.
	NoTransformer bool
	// FilterOnly says that the field is meant for conditions. Falco takes it in
	// outputs too, where it has no value.
	FilterOnly bool
	// Deprecated and Hidden mark fields that rules may use and that lists of
	// fields leave out; the former will go away.
	Deprecated, Hidden bool
	// Plugin is the name of the Falco plugin that the field comes from; empty
	// for fields of Falco itself.
	Plugin string
	// EventType marks the fields whose value is the type of the event, by which
	// Falco sorts conditions: their =, != and in take constants only.
	EventType bool
	// Sequential says that the value depends on the events that came before, as
	// that of evt.num does.
	Sequential bool
	// Match says how conditions compare the field.
	Match Match
	// Compared reads what conditions compare where outputs print another thing;
	// nil says that it is the same.
	Compared Extractor
	// Constant, if there is one, judges a constant that the field is compared
	// with, beside its type. The error may be a [*FieldError].
	Constant func(op ast.Operator, text string) error
	// Desc is one sentence for people.
	Desc string
}

// Arg is the argument of a field reference, checked against [Field.Arg].
type Arg struct {
	// Present says that there is an argument; without it the rest is zero.
	Present bool
	// Named says that the argument stands behind a dot, as in evt.arg.fd.
	Named bool
	// Key is the text between the brackets or behind the dot.
	Key string
	// IsIndex says that the argument is a number, and Index is it. Where an
	// OwnArg can be negative, it is the number's two's complement.
	IsIndex bool
	Index   uint64
}
