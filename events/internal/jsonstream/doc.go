// Package jsonstream splits a stream of bytes into JSON values, one for each event,
// with their positions and in bounded memory.
//
//	r := jsonstream.NewReader(file, 1<<20)
//	for {
//		piece, err := r.Next()
//		…
//	}
//
// # Layouts
//
// A stream can mix these layouts:
//
//   - one value per line
//   - values on several lines, one after another
//   - list objects, which have a member "items" with an array, such as an audit
//     EventList; [Reader.SplitRecords] adds lists of log records
//   - arrays
//
// The elements of lists and arrays are returned one by one and never buffered
// together. A top-level value must be an object or an array; an element can be any
// JSON value. The reader skips blank lines, a byte order mark at the start, and a
// comma after a top-level value.
//
// The reader only tracks brackets and strings. The decoder has to check that a value
// is valid JSON. The other members of a list object are not checked at all.
//
// # Broken input
//
// Broken text is reported once, as an [*Error], and reading goes on after it. An open
// value is broken
//
//   - if a line ends inside a string, because JSON strings have no newlines
//   - at a mismatched bracket, or a backslash outside a string
//   - at the end of a line, if the next text cannot follow: a complete value needs a
//     comma, a colon or a closing bracket after it; an opening brace, or a comma in an
//     object, a quote or a closing bracket; a colon, an opening bracket, or a comma in
//     an array, a value or a closing bracket
//   - at the end of the input
//
// A value is also broken after its first line if the next line begins with a brace in
// column 1. So a truncated record on one line never affects the next line.
//
// If the broken value is on one line, reading goes on at the next line. Otherwise it
// goes on at the next line with an opening bracket in column 1. In a list it also goes
// on at a line with an opening bracket and the same indentation as the broken element,
// or at the closing bracket of the list.
//
// A missing comma in a list is reported, and the next element is returned as usual.
// But if the element begins in column 1, the list counts as truncated and the element
// as a top-level value.
//
// # Limits
//
// The limit of the reader applies to the size of a value without white space outside
// strings. With white space, a value may be 8 times as large, plus 64 KiB. A larger
// value is skipped and reported with its size, as is a value with more than [MaxDepth]
// levels. The memory of the reader is a small multiple of the limit for any input.
package jsonstream
